//! The steady-state hypothesis of a resilience test: what its targets say of the system while nothing disturbs it.
//!
//! A target that names no phase must hold over all time but the phases `fault` and `recovering`: throughput's seconds and
//! the windows of `each(10s)` are those of that time too. It is about the state of the system, so about what operations
//! do: latency, recorded values, success and errors, throughput, interrupted and dropped. What is no state is judged over
//! the whole test: amounts (`count`, `sum`), `elapsed`, what processes use, and the metrics of the experiment itself.
//! `each(stage)` names every phase.

use super::evidence::Evidence;
use super::selector::Known;
use super::{Outcome, TargetVerdict, assess, binomial, isolation, show, unspoken};
use crate::record::experiment::phase;
use crate::record::{Measurements, Selection};
use brunt_plan::target::{Comparison, Group, Measure, Metric, Name, Stat};
use brunt_plan::{Plan, Target};
use std::borrow::Cow;
use std::sync::Arc;

/// What a system is looked at by, while an experiment goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Look {
    /// Measurements of the experiment so far: its stage `baseline`.
    Baseline,
    /// Measurements of one short window alone, without stages and steps.
    Window,
}

/// Whether the measure is judged while nothing is disturbed.
pub(super) fn is_of_steady_state(known: &Known, measure: &Measure) -> bool {
    is_of_operations(&measure.metric) && measure.each != Some(Group::Stage) && !phases(known, measure).any(|_| true)
}

/// Whether the metric is one of what operations do, and no amount of them.
fn is_of_operations(metric: &Metric) -> bool {
    match metric {
        Metric::Stat(stat) | Metric::Service(stat) | Metric::ErrorLatency(_, stat) => {
            !matches!(stat, Stat::Count | Stat::Sum)
        }
        Metric::Errors(_) | Metric::SuccessRate | Metric::Throughput | Metric::Interrupted | Metric::Dropped => true,
        _ => false,
    }
}

/// The phases that a measure names.
fn phases<'m>(known: &'m Known, measure: &'m Measure) -> impl Iterator<Item = &'m str> {
    measure.selector.iter().filter_map(|name| match name {
        Name::Plain(name) if is_phase(known, name) => Some(name.as_str()),
        _ => None,
    })
}

fn is_phase(known: &Known, name: &str) -> bool {
    phase::ALL.contains(&name) || known.stages.iter().any(|stage| **stage == *name)
}

/// Whether the hypothesis holds of what was measured; the error says in one line why not. Only what was missed makes a
/// system unsteady, and not what has too few samples to tell; but where no operation ended, it is not steady, and a
/// window in which far too many were slow is not stable.
pub(crate) fn steady(plan: &Plan, targets: &[Target], measurements: &Measurements, look: Look) -> Result<(), String> {
    let looked = match look {
        Look::Baseline => Cow::Owned(measurements.of_stages(|stage| stage == Some(phase::BASELINE))),
        Look::Window => Cow::Borrowed(measurements),
    };
    if looked.tally(&Selection::default()).count() == 0 {
        return Err("no operation ended".to_owned());
    }
    let known = Known::of(plan, &looked);
    let judged: Vec<Target> = match look {
        Look::Baseline => targets.iter().filter(|target| is_of_baseline(&known, target)).cloned().collect(),
        Look::Window => targets.iter().filter_map(|target| of_window(&known, target)).collect(),
    };
    let judged: Vec<Target> = judged.into_iter().map(at_most).collect();
    let evidence = Evidence::of_all(plan, &judged, looked);
    let declared = judged.iter().enumerate().map(|(index, target)| assess::assess(&evidence, index, target, 0));
    // What fails without having come to a comparison asks for a name that may still come up.
    let missed = declared.filter(|verdict| verdict.limit.is_some());
    let missed = missed.filter(|verdict| verdict.outcome == Outcome::Fail);
    // Of a window there is no later verdict that could be inconclusive: what was turned away in it was not served.
    let counts = |outcome| outcome == Outcome::Fail || look == Look::Window && outcome == Outcome::Inconclusive;
    let broken = unspoken::findings(&evidence, &judged).into_iter().filter(|rule| counts(rule.outcome));
    if let Some(verdict) = missed.chain(broken).next() {
        return Err(said(&verdict));
    }
    let slow = || judged.iter().find_map(|target| slow(&evidence, target));
    if look == Look::Window { slow().map_or(Ok(()), Err) } else { Ok(()) }
}

/// A number of failures that the whole test is to have is one that a part of it has at most.
fn at_most(target: Target) -> Target {
    let exact = target.comparison == Comparison::Meets && target.is_number_of_events();
    Target { comparison: if exact { Comparison::AtMost } else { target.comparison }, ..target }
}

/// A window may be too short for a percentile. It is not stable all the same, where so many operations took longer than
/// the percentile may that less than one stable window in twenty has as many.
fn slow(evidence: &Evidence<'_>, target: &Target) -> Option<String> {
    const UNLIKELY: f64 = 0.05;
    let Metric::Stat(Stat::Percentile(percentile)) = target.measure.metric else { return None };
    let within = isolation::upper(target).filter(|_| target.measure.each.is_none())?;
    let latency = evidence.measurements.tally(&evidence.select(&target.measure.selector).ok()?).latency;
    let (all, slow) = (latency.count(), latency.count() - isolation::at_most(&latency, within));
    let is_unlikely = slow > 0 && binomial::tail(slow, all, 1.0 - percentile / 100.0) < UNLIKELY;
    is_unlikely.then(|| format!("{target}: {} of {} took longer", show::count(slow), show::count(all)))
}

/// `success_rate > 99%: 41 %`, or what an unwritten rule found.
fn said(verdict: &TargetVerdict) -> String {
    match (verdict.index, verdict.observed, &verdict.reason) {
        (Some(_), Some(figure), _) => {
            let worst = verdict.worst.as_ref().map(|worst| format!(" in {worst}")).unwrap_or_default();
            format!("{}: {}{worst}", verdict.text, show::observed(figure, verdict.limit.as_ref()))
        }
        (_, _, Some(reason)) => reason.clone(),
        _ => verdict.text.clone(),
    }
}

/// Whether the target can be judged on the baseline alone: it names no other phase, on neither side.
fn is_of_baseline(known: &Known, target: &Target) -> bool {
    let fits = |measure: &Measure| {
        is_of_operations(&measure.metric)
            && measure.each != Some(Group::Stage)
            && phases(known, measure).all(|name| name == phase::BASELINE)
    };
    fits(&target.measure) && super::reference(target).is_none_or(fits)
}

/// The target as it can be judged on one window: without the name of a phase that is steady, and without a quantifier
/// over windows, of which it is one.
fn of_window(known: &Known, target: &Target) -> Option<Target> {
    let measure = &target.measure;
    let is_shown = match &measure.metric {
        Metric::ErrorLatency(..) | Metric::Interrupted => false,
        metric => is_of_operations(metric),
    };
    if !is_shown || super::reference(target).is_some() || measure.over.is_some() {
        return None;
    }
    let each = match &measure.each {
        None | Some(Group::Window(_)) => None,
        Some(Group::Scenario) => Some(Group::Scenario),
        Some(_) => return None,
    };
    let is_calm = |name: &str| name == phase::BASELINE || name == phase::RECOVERY;
    let mut selector = measure.selector.clone();
    selector.retain(|name| !matches!(name, Name::Plain(name) if is_calm(name)));
    let is_scenario = |name: &Name| match name {
        Name::Plain(name) => known.scenarios.iter().any(|scenario: &Arc<str>| **scenario == **name),
        _ => false,
    };
    let measure = Measure { each, selector, ..measure.clone() };
    measure.selector.iter().all(is_scenario).then(|| Target { measure, ..target.clone() })
}
