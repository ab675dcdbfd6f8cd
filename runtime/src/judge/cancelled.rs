//! Steps that were dropped before they ended. Their results are unknown: a target on a step holds only where it holds
//! whatever they would have been, or where a target on `cancelled` says how many there may be.

use super::evidence::Evidence;
use super::forgiven::allowing_target;
use super::selector::speaks_of;
use super::{Outcome, TargetVerdict};
use crate::record::{Selection, Subject, Tally};
use crate::units;
use brunt_plan::target::{Comparison, Group, Limit, Measure, Metric, Name, Stat};
use brunt_plan::{Dimension, Direction, Target};
use std::sync::Arc;

/// The share of the runs that may be unknown for figures that no share of the runs decides, such as a mean.
const HALF: f64 = 0.5;

/// Makes the row inconclusive where it held and the cancelled runs of its step might have made it a miss.
pub(super) fn doubt_if_cancelled(evidence: &Evidence<'_>, row: TargetVerdict) -> TargetVerdict {
    let target = row.target().filter(|_| row.outcome == Outcome::Pass);
    let Some(target) = target else { return row };
    let measures = std::iter::once(&target.measure).chain(target.limit.measure());
    match measures.into_iter().find_map(|measure| reason_to_doubt(evidence.of(measure), target, measure)) {
        Some(reason) => TargetVerdict { outcome: Outcome::Inconclusive, reason: Some(reason), ..row },
        None => row,
    }
}

fn reason_to_doubt(evidence: &Evidence<'_>, target: &Target, measure: &Measure) -> Option<String> {
    steps_of(evidence, measure).into_iter().find_map(|(step, selection)| {
        let tally = evidence.measurements.tally(&selection);
        let unknown = tally.cancelled > 0 && !may_hold_anyway(target, measure, &tally);
        (unknown && !is_spoken_of(evidence, &step)).then(|| {
            let all = tally.count() + tally.cancelled;
            let allowed = allowing_target(
                &format!("{}.cancelled", Name::Plain(step.to_string())),
                tally.cancelled as f64 / all as f64,
            );
            format!(
                "{} of {} runs of the step `{step}` were cancelled before their end, and how they would have ended \
                 decides; if they may be, say how many: `{allowed}`",
                units::describe_count(tally.cancelled),
                units::describe_count(all)
            )
        })
    })
}

/// Lists the steps that a measure is on, each with its selection.
fn steps_of(evidence: &Evidence<'_>, measure: &Measure) -> Vec<(Arc<str>, Selection)> {
    let Ok(selection) = evidence.select(&measure.selector) else { return Vec::new() };
    match (&selection.subject, &measure.each) {
        (Subject::Step(step), _) => vec![(Arc::clone(step), selection.clone())],
        (Subject::Iteration, Some(Group::Step)) => {
            let of_step = |step: &Arc<str>| Selection { subject: Subject::Step(Arc::clone(step)), ..selection.clone() };
            evidence.known.steps.iter().map(|step| (Arc::clone(step), of_step(step))).collect()
        }
        _ => Vec::new(),
    }
}

/// Whether a target limits how many runs of the step may be cancelled.
fn is_spoken_of(evidence: &Evidence<'_>, step: &Arc<str>) -> bool {
    let measures = evidence.targets.iter().map(|target| &target.measure);
    let mut speaking = measures.filter(|measure| measure.metric == Metric::Cancelled);
    speaking.any(|measure| steps_of(evidence, measure).iter().any(|(other, _)| other == step))
}

/// Whether the target holds whatever the results of the cancelled runs would have been.
fn may_hold_anyway(target: &Target, measure: &Measure, tally: &Tally) -> bool {
    let unknown = tally.cancelled as f64;
    let all = tally.count() as f64 + unknown;
    let (low, high) = limit_ends(target);
    let fits = |least: f64, most: f64| {
        low.is_none_or(|(low, included)| least > low || (included && least == low))
            && high.is_none_or(|(high, included)| most < high || (included && most == high))
    };
    let by_share = |some: f64| match limit_dimension(&target.limit) {
        Some(Dimension::Count) => fits(some, some + unknown),
        Some(_) => fits(some / all, (some + unknown) / all),
        None => unknown / all <= HALF,
    };
    match &measure.metric {
        Metric::Errors(kinds) => by_share(tally.failures_of(|kind| speaks_of(kinds, kind)) as f64),
        Metric::SuccessRate => by_share(tally.successes as f64),
        Metric::Stat(Stat::Percentile(percent)) | Metric::Service(Stat::Percentile(percent)) => {
            unknown / all <= (100.0 - percent.max(100.0 - percent)) / 100.0
        }
        Metric::Stat(Stat::Count) | Metric::Cancelled | Metric::Throughput => true,
        _ => unknown / all <= HALF,
    }
}

fn limit_dimension(limit: &Limit) -> Option<Dimension> {
    match limit {
        Limit::Quantity(quantity) | Limit::Range(quantity, _) => Some(quantity.dimension()),
        Limit::Growth(_) | Limit::Relative { .. } | Limit::RelativeRange { .. } => None,
    }
}

/// An end of a limit, and whether the end itself is allowed.
type ExactEnd = Option<(f64, bool)>;

/// The ends of a fixed limit.
fn limit_ends(target: &Target) -> (ExactEnd, ExactEnd) {
    let limit = match &target.limit {
        Limit::Range(low, high) => return (Some((low.base(), true)), Some((high.base(), true))),
        Limit::Quantity(limit) => limit.base(),
        Limit::Growth(_) | Limit::Relative { .. } | Limit::RelativeRange { .. } => return (None, None),
    };
    let (included, excluded) = (Some((limit, true)), Some((limit, false)));
    match (target.comparison, target.direction()) {
        (Comparison::Less, _) => (None, excluded),
        (Comparison::Greater, _) => (excluded, None),
        (Comparison::AtMost, _) | (Comparison::Meets, Direction::Cost) => (None, included),
        (Comparison::AtLeast, _) | (Comparison::Meets, Direction::Yield) => (included, None),
        (Comparison::Meets, Direction::Exact) => (included, included),
    }
}
