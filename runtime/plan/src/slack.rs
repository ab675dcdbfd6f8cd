//! Slack: limits that depend on the speed of the machine (times and rates), multiplied by a factor.

use crate::quantity::{Dimension, Quantity};

/// The limit times the factor, rounded to a number that is short to read: 50 ms × 1.1 is 55 ms, and a third of 1/s is
/// 0.3333/s. Rounding keeps four digits, and all digits before the decimal point, so that it changes the limit by less
/// than a ten-thousandth.
pub(crate) fn widen_limit(limit: Quantity, factor: f64) -> Quantity {
    if !matches!(limit.dimension(), Dimension::Time | Dimension::Rate) {
        return limit;
    }
    let product = limit.value * factor;
    let exact = round_to_digits(product, EXACT_DIGITS);
    let whole_digits = product.abs().max(1.0).log10().floor() as i32 + 1;
    let short = round_to_digits(product, ROUNDED_DIGITS.max(whole_digits));
    // A product with few digits, such as 1,234.5 ms × 2, is kept exactly.
    let value = if round_to_digits(product, KEPT_DIGITS) == exact { exact } else { short };
    Quantity { value: if value.is_finite() { value } else { product }, ..limit }
}

/// Significant digits of a product of two decimals; the digits behind them come from binary fractions.
const EXACT_DIGITS: i32 = 12;
/// The most digits of a product that is kept exactly.
const KEPT_DIGITS: i32 = 9;
/// Digits of a product that is rounded.
const ROUNDED_DIGITS: i32 = 4;

fn round_to_digits(value: f64, digits: i32) -> f64 {
    if value == 0.0 {
        return 0.0;
    }
    let scale = 10_f64.powi(digits - 1 - value.abs().log10().floor() as i32);
    if scale.is_finite() { (value * scale).round() / scale } else { value }
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
    fn a_wider_limit_is_written_as_people_would() {
        for (written, factor, wider) in [
            ("throughput > 1/s", 3.0, "throughput > 0.3333/s"),
            ("throughput > 500/s", 7.0, "throughput > 71.43/s"),
            ("throughput > 100_000/s", 3.0, "throughput > 33333/s"),
            ("p95 < 1.5ms", 1.0 / 3.0, "p95 < 0.5ms"),
            ("p95 < 1234.5ms", 2.0, "p95 < 2469ms"),
            ("p95 < 12345ms", 1.5, "p95 < 18517.5ms"),
            ("mean = 100ms..200ms", 3.0, "mean = 33.33ms..600ms"),
        ] {
            assert_eq!(target(written).with_slack(factor).to_string(), wider);
        }
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
