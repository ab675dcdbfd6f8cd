//! Slack: how many times wider the limits are that depend on how fast a machine is, those of times and of rates.

use crate::metric::Direction;
use crate::quantity::{Dimension, Quantity};
use crate::target::{Comparison, Limit, Target};

/// The side of its limit on which a target holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Below,
    Above,
    Between,
}

impl Target {
    /// The same target with more room by this factor: an upper limit is multiplied, a lower one divided. Limits of other
    /// dimensions than times and rates, and relative ones, do not depend on the machine and stay.
    ///
    /// ```
    /// use brunt_plan::{Level, parse};
    /// let wider = |text: &str| parse::target(Level::Target, text).map(|target| target.with_slack(3.0).to_string());
    /// assert_eq!(wider("p95 < 50ms")?, "p95 < 150ms");
    /// assert_eq!(wider("throughput > 900/s")?, "throughput > 300/s");
    /// assert_eq!(wider("errors < 1%")?, "errors < 1%");
    /// # Ok::<(), brunt_plan::Mistake>(())
    /// ```
    #[must_use]
    pub fn with_slack(&self, factor: f64) -> Self {
        let limit = match (&self.limit, self.side()) {
            (Limit::Quantity(limit), Side::Above) => Limit::Quantity(times(*limit, factor.recip())),
            (Limit::Quantity(limit), Side::Below) => Limit::Quantity(times(*limit, factor)),
            (Limit::Range(low, high), _) => Limit::Range(times(*low, factor.recip()), times(*high, factor)),
            (limit, _) => limit.clone(),
        };
        Self { limit, ..self.clone() }
    }

    /// Whether both limit one measure on one side, so that the one can stand in place of the other.
    pub fn limits_the_same(&self, other: &Self) -> bool {
        let (one, another) = (self.side(), other.side());
        self.measure == other.measure && (one == another || one == Side::Between || another == Side::Between)
    }

    fn side(&self) -> Side {
        match (self.comparison, &self.limit) {
            (Comparison::Less | Comparison::AtMost, _) => Side::Below,
            (Comparison::Greater | Comparison::AtLeast, _) => Side::Above,
            (Comparison::Meets, Limit::Range(..) | Limit::RelativeRange { .. }) => Side::Between,
            (Comparison::Meets, _) => match self.direction() {
                Direction::Cost => Side::Below,
                Direction::Yield => Side::Above,
                Direction::Exact => Side::Between,
            },
        }
    }
}

/// A limit times a factor, to nine digits: 50 ms × 1.1 is 55 ms and no 55.000000000000007.
fn times(limit: Quantity, factor: f64) -> Quantity {
    if !matches!(limit.dimension(), Dimension::Time | Dimension::Rate) {
        return limit;
    }
    let product = limit.value * factor;
    let digits = 10_f64.powi(8 - product.abs().max(f64::MIN_POSITIVE).log10().floor() as i32);
    let rounded = (product * digits).round() / digits;
    Quantity { value: if rounded.is_finite() { rounded } else { product }, ..limit }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use crate::parse;
    use crate::target::{Level, Target};

    fn target(text: &str) -> Target {
        parse::target(Level::Critical, text).unwrap()
    }

    #[test]
    fn times_and_rates_get_room_on_the_side_on_which_they_hold() {
        for (written, wider) in [
            ("p95 < 50ms", "p95 < 55ms"),
            ("p95 = 50ms", "p95 = 55ms"),
            ("mean = 110ms..200ms", "mean = 100ms..220ms"),
            ("throughput >= 1_100/s", "throughput >= 1000/s"),
            ("throughput = 1_100/s", "throughput = 1000/s"),
            ("proven each(10s).p99 <= 2s", "proven each(10s).p99 <= 2.2s"),
            ("errors < 1%", "errors < 1%"),
            ("peak_memory < 50MiB", "peak_memory < 50MiB"),
            ("b.p95 < 3x a.p95", "b.p95 < 3x a.p95"),
            ("growth <= n", "growth <= n"),
            ("p95 <= 0s", "p95 <= 0s"),
        ] {
            let wide = target(written).with_slack(1.1);
            assert_eq!((wide.to_string().as_str(), wide.level), (wider, Level::Critical));
        }
    }

    #[test]
    fn a_limit_stands_in_place_of_one_on_the_same_side() {
        for (one, other, is_same) in [
            ("p95 < 50ms", "p95 <= 1s", true),
            ("p95 < 50ms", "p95 = 1s", true),
            ("p95 < 50ms", "p95 > 1ms", false),
            ("p95 < 50ms", "p95 = 1ms..2ms", true),
            ("p95 < 50ms", "p99 < 50ms", false),
            ("throughput = 5/s", "throughput > 9/s", true),
            ("\"pay\".p95 < 50ms", "p95 < 50ms", false),
        ] {
            assert_eq!(target(one).limits_the_same(&target(other)), is_same, "{one} {other}");
        }
    }
}
