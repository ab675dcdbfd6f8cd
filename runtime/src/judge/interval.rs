//! How far a figure may be from the truth by chance: 95 % confidence intervals of means, percentiles and their ratios.
//! They take samples as independent, so that they are a lower bound of the doubt.

use crate::record::Distribution;
use brunt_plan::target::Stat;

/// The 97.5th percentile of the standard normal distribution.
pub(super) const Z: f64 = 1.959_964;

/// The ends between which the true figure lies with 95 % confidence.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Interval {
    pub(super) low: f64,
    pub(super) high: f64,
}

/// The interval of a mean (the central limit theorem: ± z·s/√n), or of a percentile (the order statistics whose ranks
/// are np ± z·√(np(1−p)): David & Nagaraja, *Order Statistics*, §7.1). Other stats have none.
pub(super) fn of(distribution: &Distribution, stat: Stat) -> Option<Interval> {
    let count = distribution.count() as f64;
    match stat {
        Stat::Mean => {
            let half = Z * distribution.stddev()? / count.sqrt();
            let mean = distribution.mean()?;
            Some(Interval { low: mean - half, high: mean + half })
        }
        Stat::Percentile(percentile) => {
            let share = percentile / 100.0;
            let half = 100.0 * Z * (share * (1.0 - share) / count).sqrt();
            let end = |percentile: f64| distribution.percentile(percentile.clamp(0.0, 100.0));
            Some(Interval { low: end(percentile - half)?, high: end(percentile + half)? })
        }
        _ => None,
    }
}

/// The interval of the ratio of two figures, from the interval of each: on the logarithms, by the method of variance
/// estimates recovery (Zou & Donner, *Statistics in Medicine* 27, 2008). `None` where a figure is not positive.
pub(super) fn of_ratio(left: (f64, Interval), right: (f64, Interval)) -> Option<Interval> {
    if left.0 <= 0.0 || right.0 <= 0.0 {
        return None;
    }
    // The distance of an end from its figure on the logarithmic scale; an end below zero is infinitely far.
    let down = |(figure, interval): (f64, Interval)| (figure / interval.low.max(0.0)).ln();
    let up = |(figure, interval): (f64, Interval)| (interval.high / figure).ln();
    let ratio = left.0 / right.0;
    Some(Interval {
        low: ratio * (-down(left).hypot(up(right))).exp(),
        high: ratio * up(left).hypot(down(right)).exp(),
    })
}

/// How many times the samples would settle it, if the ratio stays: the interval's half width shrinks with the square
/// root of the samples, and must come to less than the distance from the limit.
pub(super) fn samples_wanted(ratio: f64, limit: f64, interval: Interval) -> f64 {
    let end = if limit < ratio { interval.low } else { interval.high };
    let (half, distance) = ((ratio / end).ln().abs(), (ratio / limit).ln().abs());
    (half / distance).powi(2)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn spread(mean: f64, half: f64, count: u64) -> Distribution {
        let mut distribution = Distribution::default();
        distribution.record_n(mean - half, count / 2);
        distribution.record_n(mean + half, count / 2);
        distribution
    }

    #[test]
    fn the_interval_of_a_mean_is_two_standard_errors_each_way() {
        let interval = of(&spread(100.0, 10.0, 400), Stat::Mean).unwrap();
        assert!((interval.low - 99.02).abs() < 0.01 && (interval.high - 100.98).abs() < 0.01, "{interval:?}");
    }

    #[test]
    fn the_interval_of_a_median_lies_at_its_order_statistics() {
        let mut distribution = Distribution::default();
        (1..=1_000).for_each(|value| distribution.record(f64::from(value)));
        // 500 ± 1.96·√250 = 469…531
        let interval = of(&distribution, Stat::Percentile(50.0)).unwrap();
        assert!((interval.low - 470.0).abs() <= 1.0 && (interval.high - 531.0).abs() <= 1.0, "{interval:?}");
        assert_eq!(of(&distribution, Stat::Max), None);
    }

    #[test]
    fn a_ratio_is_as_uncertain_as_both_its_sides() {
        let side = |figure: f64| (figure, Interval { low: figure / 1.1, high: figure * 1.1 });
        let exact = |figure: f64| (figure, Interval { low: figure, high: figure });
        let both = of_ratio(side(200.0), side(100.0)).unwrap();
        let one = of_ratio(side(200.0), exact(100.0)).unwrap();
        assert!((one.low - 2.0 / 1.1).abs() < 1e-9 && (one.high - 2.2).abs() < 1e-9, "{one:?}");
        assert!(both.low < one.low && both.high > one.high, "{both:?}");
        let wide = of_ratio((1.0, Interval { low: -1.0, high: 2.0 }), exact(1.0)).unwrap();
        assert_eq!(wide.low, 0.0);
        assert_eq!(of_ratio(exact(0.0), exact(1.0)), None);
    }

    #[test]
    fn four_times_the_samples_halve_the_doubt() {
        let interval = Interval { low: 2.0 / 1.21, high: 2.0 * 1.21 };
        assert!((samples_wanted(2.0, 2.0 / 1.1, interval) - 4.0).abs() < 1e-9);
    }
}
