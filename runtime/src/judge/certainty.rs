//! The certainty of verdicts: the error that a hard verdict may have, and how it is shared.

/// The share of runs in which a test whose system meets all of its targets may fail by chance.
const WRONG_FAILURES: f64 = 0.001;

/// The error of one comparison, so that all of a test's targets, windows and groups together keep within
/// [`WRONG_FAILURES`] (Bonferroni).
///
/// A load that goes on until its verdict is sure is judged several times: look number k may spend 1 ÷ k(k + 1) of half
/// the error, which adds up to that half at most, whatever the number of looks; the other half is for the end, when
/// there are the most samples. A test with zero looks is judged once, at its end.
pub(super) fn error_of_one(comparisons: usize, looks: u32, is_end: bool) -> f64 {
    let looks = f64::from(looks);
    let share = match (looks == 0.0, is_end) {
        (true, _) => 1.0,
        (false, true) => 0.5,
        (false, false) => 0.5 / (looks * (looks + 1.0)),
    };
    WRONG_FAILURES * share / comparisons.max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_comparisons_and_looks_together_keep_within_the_error() {
        assert_eq!(error_of_one(1, 0, true), WRONG_FAILURES);
        let looks: f64 = (1..100_000).map(|look| 7.0 * error_of_one(7, look, false)).sum();
        let all = looks + 7.0 * error_of_one(7, 99_999, true);
        assert!(all <= WRONG_FAILURES && all > 0.99 * WRONG_FAILURES, "{all}");
    }
}
