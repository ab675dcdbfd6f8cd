//! A note on loads that are too small to tell a percentile from its limit, as far as the plan shows their size.

use crate::load::Plan;
use crate::metric::{Metric, Stat};
use crate::samples::samples_to_tell;
use crate::target::{Comparison, Limit, Target};

/// The factor above its limit at which a percentile should be found missed.
const FOUND_FACTOR: f64 = 1.2;

/// A note on the percentiles for which the load is too small to tell them from 1.2 times their limit. A load that is
/// too small for a percentile at all is a mistake, found by [`targets()`](super::targets()).
///
/// ```
/// use brunt_plan::{Kind, Level, check, parse};
/// let (plan, _) = parse::plan(Kind::Load, "users = 100");
/// let target = parse::target(Level::Target, "p99 < 1s")?;
/// let note = check::too_small(&plan, &[target]).unwrap();
/// assert!(note.starts_with("100 operations are planned, too few to tell a percentile from 1.2 times its limit: about"));
/// # Ok::<(), brunt_plan::Mistake>(())
/// ```
pub fn too_small(plan: &Plan, targets: &[Target]) -> Option<String> {
    // With `settle` the load goes on until there are enough samples.
    if plan.settle.is_some_and(|time| time.base() > 0.0) {
        return None;
    }
    let planned = plan.planned_iterations()?;
    let mut wanted: Vec<(u64, &Metric)> = Vec::new();
    for target in targets {
        let samples = bounded_percentile(target).map_or(0, |percent| samples_to_tell(percent, FOUND_FACTOR));
        if samples > planned && !wanted.iter().any(|(_, metric)| *metric == &target.measure.metric) {
            wanted.push((samples, &target.measure.metric));
        }
    }
    wanted.sort_by_key(|(samples, _)| *samples);
    let each: Vec<String> =
        wanted.iter().map(|(samples, metric)| format!("{} for `{metric}`", round_samples_up(*samples))).collect();
    (!each.is_empty()).then(|| {
        format!(
            "{planned} operations are planned, too few to tell a percentile from {FOUND_FACTOR} times its limit: about {} would \
             do",
            each.join(", ")
        )
    })
}

/// The percentile of the whole load that a target bounds from above.
fn bounded_percentile(target: &Target) -> Option<f64> {
    let measure = &target.measure;
    let bounds = matches!(target.comparison, Comparison::Less | Comparison::AtMost | Comparison::Meets);
    let whole = measure.selector.is_empty() && measure.each.is_none() && matches!(target.limit, Limit::Quantity(_));
    match measure.metric {
        Metric::Stat(Stat::Percentile(percent)) | Metric::Service(Stat::Percentile(percent)) if bounds && whole => {
            Some(percent)
        }
        _ => None,
    }
}

/// The number rounded up to two digits, as it rests on an assumed shape of the tail.
fn round_samples_up(samples: u64) -> u64 {
    let unit = 10_u64.pow(samples.max(1).ilog10().saturating_sub(1));
    samples.div_ceil(unit).saturating_mul(unit)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::{Kind, Level, parse};

    fn note(options: &str, targets: &str) -> Option<String> {
        let (plan, targets) = (parse::plan(Kind::Load, options).0, parse::targets(Level::Target, targets).0);
        too_small(&plan, &targets.into_iter().map(|(target, _)| target).collect::<Vec<_>>())
    }

    #[test]
    fn a_load_too_small_for_its_percentiles_says_how_large_it_should_be() {
        assert_eq!(
            note("users = 100", "p99 < 1s, service.p95 < 1s, p99 < 2s, errors < 1%").unwrap(),
            "100 operations are planned, too few to tell a percentile from 1.2 times its limit: about 1300 for \
             `service.p95`, 2300 for `p99` would do"
        );
        assert!(note("rate = 100/s, duration = 10s", "p99 < 1s").unwrap().starts_with("1000 operations"));
        for (options, targets) in [
            ("users = 100, iterations = 50", "p99 < 1s"),
            ("users = 100, duration = 5s", "p99 < 1s"),
            ("users = 100", "max < 1s, pay.p99 < 1s, p99 > 1ms, p95 < 3x pay.p95, mean < 1s"),
        ] {
            assert_eq!(note(options, targets), None, "{options}: {targets}");
        }
    }
}
