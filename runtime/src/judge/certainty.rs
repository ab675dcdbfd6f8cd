//! How sure a verdict is: which error a hard verdict may have, and how it is shared.

/// A test whose system meets all of its targets fails at most once in so many runs by chance.
const WRONG_FAILURES: f64 = 0.001;

/// The error of one comparison, so that all of a test's targets, windows and groups together keep within
/// [`WRONG_FAILURES`] (Bonferroni).
///
/// A load that goes on until it is sure is looked at several times: the look of number k may spend 1 ÷ k(k + 1) of the
/// error, which adds up to one however often is looked. Zero looks are a test that is judged once, at its end.
pub(super) fn error_of_one(comparisons: usize, looks: u32) -> f64 {
    let looks = f64::from(looks);
    let share = if looks == 0.0 { 1.0 } else { (looks * (looks + 1.0)).recip() };
    WRONG_FAILURES * share / comparisons.max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_comparisons_and_looks_together_keep_within_the_error() {
        assert_eq!(error_of_one(1, 0), WRONG_FAILURES);
        let all: f64 = (1..100_000).map(|look| 7.0 * error_of_one(7, look)).sum();
        assert!(all <= WRONG_FAILURES && all > 0.99 * WRONG_FAILURES, "{all}");
    }
}
