//! The hint for a target without samples that names the stages or phases in which there were some.

use super::evidence::Evidence;
use super::{Outcome, TargetVerdict};
use crate::record::{Selection, Subject};
use brunt_plan::target::Measure;
use std::sync::Arc;

/// Adds to a row without samples the stages in which its step or value was measured.
pub(super) fn explain_other_stages(evidence: &Evidence<'_>, row: TargetVerdict) -> TargetVerdict {
    let target = row.target();
    let is_empty = row.outcome == Outcome::Inconclusive && row.samples == 0 && row.observed.is_none();
    let reason = row.reason.as_deref().filter(|reason| is_empty && reason.ends_with("no samples"));
    let measures = target.into_iter().flat_map(|target| std::iter::once(&target.measure).chain(target.limit.measure()));
    let found = measures.into_iter().find_map(|measure| other_stages(evidence, measure));
    match (reason, found) {
        (Some(reason), Some(found)) => TargetVerdict { reason: Some(format!("{reason}: {found}")), ..row },
        _ => row,
    }
}

fn other_stages(evidence: &Evidence<'_>, measure: &Measure) -> Option<String> {
    let selection = evidence.select(&measure.selector).ok()?;
    let (name, what) = match &selection.subject {
        Subject::Iteration => return None,
        Subject::Step(step) => (step, "measured"),
        Subject::Value(value) => (value, "recorded"),
    };
    let is_in = |evidence: &Evidence<'_>, selection: &Selection| match &selection.subject {
        Subject::Value(_) => evidence.measurements.values(selection).is_some(),
        Subject::Iteration | Subject::Step(_) => evidence.measurements.tally(selection).count() > 0,
    };
    // This measure has samples: another one has none.
    if is_in(evidence.of(measure), &selection) {
        return None;
    }
    let has_some = |stage: &Option<Arc<str>>| is_in(evidence, &Selection { stage: stage.clone(), ..selection.clone() });
    let stages: Vec<String> = evidence
        .known
        .stages
        .iter()
        .map(|stage| Some(Arc::clone(stage)))
        .filter(has_some)
        .flatten()
        .map(|stage| format!("`{stage}`"))
        .collect();
    (!stages.is_empty()).then(|| format!("`{name}` was {what} in {} only", stages.join(" and ")))
}
