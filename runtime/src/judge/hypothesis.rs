//! The steady-state hypothesis of a resilience test: what its targets say of the system while nothing disturbs it.
//!
//! A target that names no phase must hold over all time but the phases `fault` and `recovering`: throughput's seconds and
//! the windows of `each(10s)` are those of that time too. It is about the state of the system, so about what operations
//! do: latency, recorded values, success and errors, throughput, interrupted and dropped. What is no state is judged over
//! the whole test: amounts (`count`, `sum`), `elapsed`, what processes use, and the metrics of the experiment itself.
//! `each(stage)` names every phase, one by one; `always` names them all together.

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

/// Whether the hypothesis holds of what was measured in the phase `baseline`; the error says in one line why not. Only what
/// was missed makes a system unsteady, and not what has too few samples to tell; but where no operation ended, it is not
/// steady.
pub(crate) fn check_steady_state(plan: &Plan, targets: &[Target], so_far: &Measurements) -> Result<(), String> {
    let baseline = so_far.filter_stages(|stage| stage == Some(phase::BASELINE));
    if baseline.tally(&Selection::default()).count() == 0 {
        return Err("no operation ended".to_owned());
    }
    missed_in_state(plan, targets, baseline).first().map_or(Ok(()), |verdict| Err(describe_miss_of(verdict)))
}

/// A number of failures that the whole test is to have is one that a part of it has at most.
fn at_most(target: Target) -> Target {
    let exact = target.comparison == Comparison::Meets && target.is_number_of_events();
    Target { comparison: if exact { Comparison::AtMost } else { target.comparison }, ..target }
}

/// What of the hypothesis was missed in measurements of one state of the system, judged as if they were its baseline.
pub(super) fn missed_in_state(plan: &Plan, targets: &[Target], state: Measurements) -> Vec<TargetVerdict> {
    let known = KnownNames::of(plan, &state);
    let of_baseline = targets.iter().filter(|target| is_of_baseline(&known, target));
    let judged: Vec<Target> = of_baseline.cloned().map(at_most).collect();
    let evidence = Evidence::of_all(plan, &judged, Cow::Owned(state));
    let declared = judged.iter().map(|target| assess::assess_target(&evidence, target, 0));
    // What fails without having come to a comparison asks for a name that may still come up.
    let declared = declared.filter(|verdict| verdict.limit.is_some());
    let all = declared.chain(unspoken::implicit_findings(&evidence, &judged));
    all.filter(|verdict| verdict.outcome == Outcome::Fail).collect()
}

/// `success_rate > 99%: 41 %`, or what an unwritten rule found.
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

/// The target as it speaks of a state of the system: without the name of a phase that is steady, and without a quantifier
/// over windows, of which that state is one. Nothing where it speaks of none, or of parts of operations.
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

/// Whether what holds in this phase must hold while nothing is disturbed.
fn is_calm(name: &str) -> bool {
    [phase::BASELINE, phase::RECOVERY, EVERY_PHASE].contains(&name)
}

/// Whether a target is on a metric while nothing is disturbed, of a load or of parts of its operations.
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
