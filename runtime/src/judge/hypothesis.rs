//! The steady-state hypothesis of a resilience test: its targets on the system while nothing disturbs it.
//!
//! A target that names no phase must hold outside of the phases `fault` and `recovering`; the seconds of a throughput
//! and the windows of `each(10s)` are of that time too. This applies to metrics of the system's state, which operations
//! show: latency, recorded values, success and errors, throughput, interrupted and dropped. All other metrics are
//! judged over the whole test: amounts (`count`, `sum`), `elapsed`, the resources of processes, and the metrics of the
//! experiment itself. `each(stage)` names every phase, one by one; `always` names them all together.

use super::evidence::{Evidence, phases_named};
use super::selector::KnownNames;
use super::{Outcome, TargetVerdict, assess, unspoken};
use crate::record::experiment::phase;
use crate::record::{Measurements, Selection};
use crate::units;
use brunt_plan::kind::EVERY_PHASE;
use brunt_plan::target::{Comparison, Group, Measure, Metric, Name};
use brunt_plan::{Plan, Target};
use std::borrow::Cow;
use std::sync::Arc;

/// Checks the hypothesis by the measurements of the phase `baseline`; the error says in one line why it does not hold.
/// Only a miss makes a system unsteady, and not a target with too few samples; but where no operation ended, the system
/// is not steady.
pub(crate) fn check_steady_state(plan: &Plan, targets: &[Target], so_far: &Measurements) -> Result<(), String> {
    let baseline = so_far.filter_stages(|stage| stage == Some(phase::BASELINE));
    if baseline.tally(&Selection::default()).count() == 0 {
        return Err("no operation ended".to_owned());
    }
    missed_in_state(plan, targets, baseline).first().map_or(Ok(()), |verdict| Err(describe_miss_of(verdict)))
}

/// Makes an exact number of events an upper limit: a part of the test has at most the number of the whole.
fn at_most(target: Target) -> Target {
    let exact = target.comparison == Comparison::Meets && target.is_number_of_events();
    Target { comparison: if exact { Comparison::AtMost } else { target.comparison }, ..target }
}

/// Lists the misses of the hypothesis in measurements of one state of the system, judged as if they were its baseline.
pub(super) fn missed_in_state(plan: &Plan, targets: &[Target], state: Measurements) -> Vec<TargetVerdict> {
    let known = KnownNames::of(plan, &state);
    let of_baseline = targets.iter().filter(|target| is_of_baseline(&known, target));
    let judged: Vec<Target> = of_baseline.cloned().map(at_most).collect();
    let evidence = Evidence::of_all(plan, &judged, Cow::Owned(state));
    let declared = judged.iter().map(|target| assess::assess_target(&evidence, target, 0));
    // A target that fails without a comparison asks for a name that may still come up.
    let declared = declared.filter(|verdict| verdict.limit.is_some());
    let all = declared.chain(unspoken::implicit_findings(&evidence, &judged));
    all.filter(|verdict| verdict.outcome == Outcome::Fail).collect()
}

/// Describes a miss: `success_rate > 99%: 41 %`, or the finding of an implicit rule.
pub(super) fn describe_miss_of(verdict: &TargetVerdict) -> String {
    match (verdict.target(), verdict.observed, &verdict.reason) {
        (Some(_), Some(figure), _) => {
            let worst = verdict.worst.as_ref().map(|worst| format!(" in {worst}")).unwrap_or_default();
            format!("{}: {}{worst}", verdict.text(), units::describe_observed(figure, verdict.limit.as_ref()))
        }
        (_, _, Some(reason)) => reason.clone(),
        _ => verdict.text(),
    }
}

/// Whether the target can be judged on the baseline alone: it names no other phase, on neither side.
fn is_of_baseline(known: &KnownNames, target: &Target) -> bool {
    let fits = |measure: &Measure| {
        measure.metric.is_of_steady_state()
            && measure.each != Some(Group::Stage)
            && phases_named(known, measure).all(|name| name == phase::BASELINE || name == EVERY_PHASE)
    };
    fits(&target.measure) && target.limit.measure().is_none_or(fits)
}

/// The target for a single state of the system: without the name of a steady phase, and without a quantifier over
/// windows, since the state counts as one window. `None` where the target is on no state, or on parts of operations.
pub(super) fn of_state(known: &KnownNames, target: &Target) -> Option<Target> {
    let measure = &target.measure;
    let is_shown = match &measure.metric {
        Metric::ErrorLatency(..) | Metric::Interrupted => false,
        metric => metric.is_of_steady_state(),
    };
    if !is_shown || target.limit.measure().is_some() || measure.over.is_some() {
        return None;
    }
    let each = match &measure.each {
        None | Some(Group::Window(_)) => None,
        Some(Group::Scenario) => Some(Group::Scenario),
        Some(_) => return None,
    };
    let mut selector = measure.selector.clone();
    selector.retain(|name| !matches!(name, Name::Plain(name) if is_calm(name)));
    let is_scenario = |name: &Name| match name {
        Name::Plain(name) => known.scenarios.iter().any(|scenario: &Arc<str>| **scenario == **name),
        _ => false,
    };
    let measure = Measure { each, selector, ..measure.clone() };
    measure.selector.iter().all(is_scenario).then(|| Target { measure, ..target.clone() })
}

/// Whether a target on this phase applies while nothing is disturbed.
fn is_calm(name: &str) -> bool {
    [phase::BASELINE, phase::RECOVERY, EVERY_PHASE].contains(&name)
}

/// Whether a target is on such a metric while nothing is disturbed, for the load or for parts of its operations.
pub(super) fn speaks_in_calm(known: &KnownNames, targets: &[Target], load: &str, of: &dyn Fn(&Metric) -> bool) -> bool {
    let measures = targets.iter().flat_map(|target| std::iter::once(&target.measure).chain(target.limit.measure()));
    let mut speaking = measures.filter(|measure| of(&measure.metric) && phases_named(known, measure).all(is_calm));
    speaking.any(|measure| {
        measure.selector.iter().all(|name| match name {
            Name::Plain(name) => **name == *load || !known.scenarios.iter().any(|scenario| **scenario == **name),
            _ => true,
        })
    })
}

/// Whether a target is on a phase in which something is broken.
pub(super) fn names_a_disturbed_phase(evidence: &Evidence<'_>) -> bool {
    let measures =
        evidence.targets.iter().flat_map(|target| std::iter::once(&target.measure).chain(target.limit.measure()));
    measures.filter(|measure| measure.metric.is_of_steady_state()).any(|measure| {
        let mut named = phases_named(&evidence.known, measure);
        measure.each == Some(Group::Stage) || named.any(|name| phase::is_disturbed(name) || name == EVERY_PHASE)
    })
}
