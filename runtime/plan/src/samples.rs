//! The number of samples that it takes to tell a percentile from its limit. Pure arithmetic.

/// The normal quantile for a false alarm in 0.1 % of tests: noise alone makes a percentile that equals its limit look
/// missed.
const Z_OF_FALSE_ALARM: f64 = 3.090_232;
/// The normal quantile for a miss that is found in 95 % of tests.
const Z_OF_DETECTION: f64 = 1.644_854;

/// The approximate number of independent samples with which 95 of 100 tests find that a percentile is `factor` times
/// its limit, while at most one test in a thousand is wrong about a percentile that equals its limit. `percentile` must be
/// within 0..100, and `factor` above 1.
///
/// If a percentile p equals its limit, the share 1 − p of the samples lies above the limit. If it is f times the limit,
/// the share (1 − p)^(1/f) does, for an exponential tail. Two shares a and b are told apart by n = ((z₁·√(a(1−a)) +
/// z₂·√(b(1−b))) ÷ (b − a))² samples (Fleiss, *Statistical Methods for Rates and Proportions*, §4). A heavier tail
/// takes more.
///
/// ```
/// use brunt_plan::samples_to_tell;
/// assert_eq!(samples_to_tell(99.0, 1.2), 2_240);
/// assert_eq!(samples_to_tell(50.0, 2.0), 123);
/// ```
pub fn samples_to_tell(percentile: f64, factor: f64) -> u64 {
    let at_limit = (1.0 - percentile / 100.0).clamp(f64::EPSILON, 1.0 - f64::EPSILON);
    let missed = at_limit.powf(1.0 / factor.max(1.0 + 1e-6));
    let spread = |share: f64| (share * (1.0 - share)).sqrt();
    let samples =
        ((Z_OF_FALSE_ALARM * spread(at_limit) + Z_OF_DETECTION * spread(missed)) / (missed - at_limit)).powi(2);
    if samples < u64::MAX as f64 { samples.ceil() as u64 } else { u64::MAX }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn far_tails_and_small_differences_take_more() {
        let of = samples_to_tell;
        assert!(of(95.0, 1.2) < of(99.0, 1.2) && of(99.0, 1.2) < of(99.9, 1.2));
        assert!(of(99.0, 2.0) < of(99.0, 1.5) && of(99.0, 1.5) < of(99.0, 1.1));
        for (percentile, factor) in [(0.0, 2.0), (100.0, 2.0), (99.0, 1.0), (99.0, 0.5), (99.0, f64::INFINITY)] {
            assert!(of(percentile, factor) > 0, "{percentile} {factor}");
        }
    }
}
