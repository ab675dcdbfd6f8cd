//! Checks of targets against one another: duplicates, and contradictions such as `p95 < 1s, p95 > 2s`.

use crate::quantity::Dimension;
use crate::target::Side;
use crate::target::{Limit, Reference, Target};

/// The first duplicate or contradiction among the targets, whatever the plan is.
///
/// ```
/// use brunt_plan::{Level, check, parse};
/// let targets = ["p95 < 1s", "p95 > 2s"].map(|text| parse::target(Level::Target, text));
/// let targets = targets.into_iter().collect::<Result<Vec<_>, _>>()?;
/// assert!(check::disagreement(&targets).is_some_and(|why| why.starts_with("`p95 > 2s` contradicts `p95 < 1s`")));
/// # Ok::<(), brunt_plan::Mistake>(())
/// ```
pub fn disagreement(targets: &[Target]) -> Option<String> {
    targets.iter().enumerate().find_map(|(index, target)| contradiction_with_earlier(&targets[..index], target))
}

/// What is wrong with the target beside the earlier ones.
pub(super) fn contradiction_with_earlier(before: &[Target], target: &Target) -> Option<String> {
    let is_there = before.iter().any(|other| is_same(other, target));
    let twice = is_there.then(|| format!("`{target}` is declared twice: leave one out"));
    twice.or_else(|| opposite_limit(before, target))
}

/// Whether both targets are the same, `proven` aside.
fn is_same(one: &Target, other: &Target) -> bool {
    *one == Target { proven: one.proven, line: one.line, ..other.clone() }
}

fn opposite_limit(before: &[Target], target: &Target) -> Option<String> {
    let held = Held::of(target)?;
    let excludes =
        |other: &&Target| other.measure == target.measure && Held::of(other).is_some_and(|o| o.excludes(&held));
    let other = before.iter().find(excludes)?;
    let measure = &target.measure;
    let range = match (limit_end(other), limit_end(target)) {
        (Some((low, low_text)), Some((high, high_text))) if low < high => {
            format!("{measure} = {low_text}..{high_text}")
        }
        (Some((high, high_text)), Some((low, low_text))) if low < high => {
            format!("{measure} = {low_text}..{high_text}")
        }
        _ => return Some(format!("`{target}` contradicts `{other}`: no `{measure}` holds both; leave one out")),
    };
    Some(format!("`{target}` contradicts `{other}`: no `{measure}` holds both; leave one out, or write `{range}`"))
}

/// The lower end of a limit, as a figure and as it is written.
fn limit_end(target: &Target) -> Option<(f64, String)> {
    match &target.limit {
        Limit::Quantity(limit) | Limit::Range(limit, _) => Some((limit.base(), limit.to_string())),
        Limit::Growth(_) | Limit::Relative { .. } | Limit::RelativeRange { .. } => None,
    }
}

/// The range of figures that meet a target.
struct Held<'a> {
    low: f64,
    high: f64,
    /// Whether the ends of the range meet it, too.
    with_ends: bool,
    /// The unit of the ends: a dimension, or multiples of another measure.
    unit: LimitUnit<'a>,
}

#[derive(PartialEq)]
enum LimitUnit<'a> {
    Of(Dimension),
    Times(&'a Reference),
}

impl<'a> Held<'a> {
    fn of(target: &'a Target) -> Option<Self> {
        let (low, high, unit) = match &target.limit {
            Limit::Quantity(limit) => (limit.base(), limit.base(), LimitUnit::Of(limit.dimension())),
            Limit::Range(low, high) => (low.base(), high.base(), LimitUnit::Of(low.dimension())),
            Limit::Relative { factor, of } => (*factor, *factor, LimitUnit::Times(of)),
            Limit::RelativeRange { low, high, of } => (*low, *high, LimitUnit::Times(of)),
            Limit::Growth(_) => return None,
        };
        let (low, high) = match target.side() {
            Side::Below => (f64::NEG_INFINITY, high),
            Side::Above => (low, f64::INFINITY),
            Side::Between => (low, high),
        };
        Some(Self { low, high, with_ends: !target.is_strict(), unit })
    }

    fn excludes(&self, other: &Self) -> bool {
        let (low, high) = (self.low.max(other.low), self.high.min(other.high));
        self.unit == other.unit && (low > high || low == high && !(self.with_ends && other.with_ends))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::parse;
    use crate::target::Level;

    fn found(one: &str, other: &str) -> Option<String> {
        let target = |text: &str| parse::target(Level::Target, text).unwrap();
        opposite_limit(&[target(one)], &target(other))
    }

    #[test]
    fn what_no_figure_can_hold_is_told() {
        for (one, other) in [
            ("p95 < 1s", "p95 > 2s"),
            ("p95 > 2s", "p95 < 1s"),
            ("p95 < 1s", "p95 > 1s"),
            ("p95 < 1s", "p95 >= 1s"),
            ("p95 < 1000ms", "p95 > 1s"),
            ("mean = 1s..2s", "mean < 500ms"),
            ("mean = 1s..2s", "mean = 3s..4s"),
            ("throughput > 500/s", "throughput < 1/s"),
            ("success_rate >= 99%", "success_rate < 90%"),
            ("errors = 0", "errors = 1"),
            ("spike.mean < 2x low.mean", "spike.mean > 3x low.mean"),
            ("each(10s).p95 < 1s", "each(10s).p95 > 2s"),
        ] {
            let message = found(one, other);
            assert!(
                message.as_ref().is_some_and(|message| message.contains("contradicts")),
                "{one}, {other}: {message:?}"
            );
        }
        let wanted = "`p95 > 2s` contradicts `p95 < 1s`: no `p95` holds both; leave one out, or write `p95 = 1s..2s`";
        assert_eq!(found("p95 < 1s", "p95 > 2s").unwrap(), wanted);
        assert_eq!(
            found("p95 > 2s", "p95 < 1s").unwrap(),
            wanted.replace("`p95 > 2s` contradicts `p95 < 1s`", "`p95 < 1s` contradicts `p95 > 2s`")
        );
    }

    #[test]
    fn what_some_figure_holds_is_no_contradiction() {
        for (one, other) in [
            ("p95 < 2s", "p95 > 1s"),
            ("p95 <= 1s", "p95 >= 1s"),
            ("p95 < 1s", "p99 > 2s"),
            ("p95 < 1s", "login.p95 > 2s"),
            ("errors = 0", "errors < 1%"),
            ("errors(\"a\") = 0", "errors(\"b\") = 1"),
            ("spike.mean < 2x low.mean", "spike.mean > 3x high.mean"),
            ("p95 < 1s", "each(10s).p95 > 2s"),
        ] {
            assert_eq!(found(one, other), None, "{one}, {other}");
        }
    }
}
