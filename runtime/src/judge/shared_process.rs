//! Targets on the resources of the process while other tests ran in it: the figure includes theirs. A verdict stands
//! only where it does not depend on them, as for a peak below its limit.

use super::evidence::Evidence;
use super::{Outcome, TargetVerdict};
use brunt_plan::target::{Comparison, Limit, Metric, Name};
use brunt_plan::{Scope, Target};

/// Makes the row inconclusive where other tests may have decided it.
pub(super) fn doubt_if_shared(evidence: &Evidence<'_>, row: TargetVerdict) -> TargetVerdict {
    let target = row.target();
    let measurements = &evidence.measurements;
    let is_shared = target.filter(|target| measurements.incidents.beside_other_tests && is_of_this_process(target));
    let counted_by_call =
        |target: &Target| matches!(target.limit, Limit::Growth(_)) && !measurements.call_memory.is_empty();
    match is_shared {
        Some(target) if !counted_by_call(target) && !stands_without_others(target, row.outcome) => {}
        _ => return row,
    }
    let why = "other tests ran in this process meanwhile, and what it used is theirs too: run this one alone, by nextest \
               or with `-- --test-threads 1`";
    let reason = row.reason.as_ref().map_or_else(|| why.to_owned(), |reason| format!("{reason}, but {why}"));
    TargetVerdict { outcome: Outcome::Inconclusive, reason: Some(reason), ..row }
}

fn is_of_this_process(target: &Target) -> bool {
    let measure = &target.measure;
    measure.metric.scope() == Scope::Process && !measure.selector.iter().any(|name| matches!(name, Name::Process(_)))
}

/// Whether the outcome is the same without the other tests: they only add to a peak, to CPU time and to traffic. They
/// may change the growth of memory either way.
fn stands_without_others(target: &Target, outcome: Outcome) -> bool {
    let is_upper = matches!(target.comparison, Comparison::Less | Comparison::AtMost)
        || (target.comparison == Comparison::Meets && !matches!(target.limit, Limit::Range(..)));
    let only_added = target.measure.metric != Metric::MemoryGrowth && target.limit.measure().is_none();
    match outcome {
        Outcome::Pass => is_upper && only_added,
        Outcome::Fail => !is_upper && only_added && target.comparison != Comparison::Meets,
        Outcome::Inconclusive => true,
    }
}
