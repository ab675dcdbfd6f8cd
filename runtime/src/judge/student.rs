//! Student's t distribution: the deviation of a mean by chance, in units of its own standard error.

use super::binomial::incomplete_beta;

/// The chance of a value above `t` (DLMF 8.17 through the incomplete beta function: Abramowitz & Stegun 26.7.1). With
/// infinite freedom this is the tail of the normal distribution.
pub(super) fn t_tail(t: f64, freedom: f64) -> f64 {
    if t.is_infinite() {
        return if t > 0.0 { 0.0 } else { 1.0 };
    }
    let half = 0.5 * incomplete_beta(freedom / (freedom + t * t), freedom / 2.0, 0.5);
    if t >= 0.0 { half } else { 1.0 - half }
}

/// The value that chance exceeds with this probability, at most one half.
pub(super) fn t_quantile(chance: f64, freedom: f64) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    while t_tail(high, freedom) > chance && high < 1e12 {
        (low, high) = (high, high * 2.0);
    }
    // After 60 halvings a double cannot tell the ends apart.
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if t_tail(middle, freedom) > chance { low = middle } else { high = middle }
    }
    high
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_the_tables() {
        for (chance, freedom, wanted) in [
            (0.025, 1.0, 12.706),
            (0.025, 5.0, 2.571),
            (0.001, 9.0, 4.297),
            (0.0005, 30.0, 3.646),
            (0.025, 1e7, 1.960),
            (0.001, 1e7, 3.090),
        ] {
            let found = t_quantile(chance, freedom);
            assert!((found - wanted).abs() < 2e-3, "{chance} {freedom}: {found}");
            assert!((t_tail(found, freedom) - chance).abs() < 1e-9);
            assert!((t_tail(-found, freedom) - (1.0 - chance)).abs() < 1e-9);
        }
        assert_eq!(t_tail(f64::INFINITY, 3.0), 0.0);
    }
}
