//! The rules by which an experiment was one, that hold without being written: the baseline was steady, every fault met an
//! operation and could be healed, and a recovery that was waited for came.

use super::evidence::Evidence;
use super::{Outcome, TargetVerdict, experiment, show};
use crate::record::Selection;
use crate::record::experiment::{Disruption, phase};
use brunt_plan::target::Metric;

/// What the rules found; nothing where they hold. `declared` are the verdicts on the targets: a recovery that one of
/// them speaks of is not told twice.
pub(super) fn findings(evidence: &Evidence<'_>, declared: &[TargetVerdict]) -> Vec<TargetVerdict> {
    let measurements = &evidence.measurements;
    let Some(experiment) = measurements.experiment.as_deref() else { return Vec::new() };
    let mut findings = Vec::new();
    if let Some(why) = &experiment.unsteady {
        let more = if experiment.faults.is_empty() { "" } else { " more" };
        let reason = format!("the baseline was not steady, and nothing{more} was broken: {why}");
        findings.push(TargetVerdict::rule("the baseline is steady", Outcome::Inconclusive, reason));
    }
    findings.extend(experiment.faults.iter().filter(|fault| !fault.met()).map(unmet));
    findings.extend(experiment.faults.iter().filter_map(unhealed));
    findings.extend(unawaited(evidence));
    if let Some(reason) = experiment::missing_recovery(experiment, measurements.elapsed)
        && !is_told(evidence, declared)
    {
        findings.push(TargetVerdict::rule("the system recovers", Outcome::Fail, reason));
    }
    findings
}

/// What was missed although nothing was broken says nothing of the system's resilience: it is why there was no
/// experiment.
pub(super) fn excused(evidence: &Evidence<'_>, row: TargetVerdict) -> TargetVerdict {
    let experiment = evidence.measurements.experiment.as_deref();
    let is_unsteady = experiment.is_some_and(|seen| seen.unsteady.is_some() && seen.faults.is_empty());
    // Without a figure a target asks for something that is not there, whatever is broken.
    if !is_unsteady || row.outcome != Outcome::Fail || row.observed.is_none() {
        return row;
    }
    let reason = row.reason.map(|reason| format!("{reason}, but the baseline was not steady, and nothing was broken"));
    TargetVerdict { outcome: Outcome::Inconclusive, reason, ..row }
}

/// What fails after the last fault was healed is expected only of a system whose recovery is waited for.
fn unawaited(evidence: &Evidence<'_>) -> Option<TargetVerdict> {
    let measurements = &evidence.measurements;
    let experiment = measurements.experiment.as_deref().filter(|seen| seen.recoveries.is_empty())?;
    let healed = experiment.faults.iter().filter_map(|fault| fault.healed).max()?;
    let stage = Some(phase::RECOVERING.into());
    let failed = measurements.tally(&Selection { stage, ..Selection::default() }).failures();
    (failed > 0).then(|| {
        let reason = format!(
            "{} operations failed after the last fault was healed, at {}, and nobody waited for the recovery: end with \
             `lab.recovery(longest)`",
            show::count(failed),
            show::time(healed.as_nanos() as f64)
        );
        TargetVerdict::rule("the recovery is waited for", Outcome::Inconclusive, reason)
    })
}

fn unmet(fault: &Disruption) -> TargetVerdict {
    let what = &fault.what;
    let reason = match fault.connections {
        Some(_) => format!(
            "{what} met no connection: send the operations of a `lab.load` through what it breaks, or hold it longer \
             with `fault.hold(time)`"
        ),
        None => {
            format!("{what} met no operation: start a `lab.load` before it, or hold it longer with `fault.hold(time)`")
        }
    };
    TargetVerdict::rule("every fault meets an operation", Outcome::Inconclusive, reason)
}

fn unhealed(fault: &Disruption) -> Option<TargetVerdict> {
    let why = fault.heal_failed.as_ref()?;
    let reason = format!("{} could not be healed: {why}", fault.what);
    Some(TargetVerdict::rule("every fault heals", Outcome::Fail, reason))
}

/// Whether a declared target says that the recovery was not seen.
fn is_told(evidence: &Evidence<'_>, declared: &[TargetVerdict]) -> bool {
    declared.iter().any(|verdict| {
        let target = verdict.index.and_then(|index| evidence.targets.get(index));
        target.is_some_and(|target| target.measure.metric == Metric::RecoveryTime) && verdict.outcome != Outcome::Pass
    })
}
