//! Judgements before the end of a test: whether a critical target is being missed, whether an `elapsed` target is lost.
//! They are made about once a second; the caller decides how long a breach must last.

use super::evidence::Evidence;
use super::judge::judge_at;
use super::{Outcome, TargetVerdict, assess, planned};
use crate::record::Measurements;
use brunt_plan::target::{Comparison, Limit, Metric};
use brunt_plan::{Direction, Level, Plan, Target};
use std::time::Duration;

/// Finds the critical targets that the measurements so far miss. A miss that more measurements may still mend (a name
/// that comes up later, a count that is not reached yet) is no breach.
pub(crate) fn critical_breach(plan: &Plan, targets: &[Target], measurements: &Measurements) -> Vec<TargetVerdict> {
    let evidence = Evidence::new(plan, targets, measurements);
    let critical = targets.iter().filter(|target| target.level == Level::Critical && !may_recover(target));
    // There is one look per second: each may spend its share of the error.
    let looks = u32::try_from(measurements.elapsed.as_secs()).unwrap_or(u32::MAX).max(1);
    let judged = critical.map(|target| assess::assess_target(evidence.for_target(target), target, looks));
    // A target that fails without a comparison asks for something that does not exist yet.
    judged.filter(|verdict| verdict.outcome == Outcome::Fail && verdict.limit.is_some()).collect()
}

/// Lists the targets that are undecided so far and that more samples may decide. The list
/// is empty once the test has failed: more load would not change that.
pub(crate) fn undecided_targets(plan: &Plan, targets: &[Target], measurements: &Measurements) -> Vec<Target> {
    let verdict = judge_at(plan, targets, measurements, false);
    if verdict.outcome == Outcome::Fail {
        return Vec::new();
    }
    let grows = |row: &TargetVerdict| row.target().is_some_and(|target| !planned::is_of_planned_load(target));
    let open = verdict.targets.into_iter().filter(|row| row.outcome == Outcome::Inconclusive && grows(row));
    open.filter_map(|row| row.target().cloned()).collect()
}

/// Whether the figure only grows and has to reach its limit: every test misses that at first. `elapsed` has its own
/// rule.
fn may_recover(target: &Target) -> bool {
    let measure = &target.measure;
    match (&measure.metric, measure.over) {
        (Metric::Elapsed, _) => true,
        _ if target.is_number_of_events() => !is_upper(target),
        (metric, None) if metric.grows() => !is_upper(target),
        (_, Some(stat)) if stat.grows() => !is_upper(target),
        _ => false,
    }
}

fn is_upper(target: &Target) -> bool {
    match target.comparison {
        Comparison::Less | Comparison::AtMost => true,
        Comparison::Greater | Comparison::AtLeast => false,
        Comparison::Meets => matches!(target.limit, Limit::Quantity(_)) && target.direction() == Direction::Cost,
    }
}

/// The text of the longest `elapsed` target of the whole test, once all of them are lost: with `elapsed < 60s` and a
/// critical `elapsed < 120s` the test goes on to 120 s, so that the two levels can be told apart.
pub(crate) fn elapsed_lost(targets: &[Target], elapsed: Duration) -> Option<String> {
    let limit = |target: &Target| {
        let measure = &target.measure;
        if measure.metric != Metric::Elapsed || !measure.selector.is_empty() || measure.each.is_some() {
            return None;
        }
        let longest = match (&target.limit, target.comparison) {
            (_, Comparison::Greater | Comparison::AtLeast) => None,
            (Limit::Quantity(limit) | Limit::Range(_, limit), _) => limit.duration(),
            _ => None,
        };
        longest.map(|longest| (longest, target.to_string()))
    };
    let (longest, text) = targets.iter().filter_map(limit).max()?;
    (elapsed > longest).then_some(text)
}
