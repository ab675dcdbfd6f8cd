//! Implicit rules of resilience tests: the baseline was steady, every fault hit an operation and was healed, no
//! invariant broke, every awaited recovery happened, and where no recovery was awaited, the steady-state hypothesis
//! held to the end.

use super::evidence::Evidence;
use super::rule::Rule;
use super::{Outcome, TargetVerdict, experiment_metrics, hypothesis, invariants};
use crate::record::experiment::{Disruption, phase};
use crate::record::{Measurements, Selection};
use crate::units;
use brunt_plan::target::Metric;

/// Finds what breaks these rules. `declared` are the verdicts on the targets: a missing recovery that one of them
/// reports is not reported again.
pub(super) fn experiment_findings(evidence: &Evidence<'_>, declared: &[TargetVerdict]) -> Vec<TargetVerdict> {
    let measurements = &evidence.measurements;
    let Some(experiment) = measurements.experiment.as_deref() else { return Vec::new() };
    let mut findings = Vec::new();
    if let Some(why) = &experiment.unsteady {
        let more = if experiment.faults.is_empty() { "" } else { " more" };
        let reason = format!("the baseline was not steady, and nothing{more} was broken: {why}");
        let rule = if baseline_succeeds(measurements) { Rule::BaselineSteady } else { Rule::BaselineServes };
        findings.push(TargetVerdict::of_rule(rule, Outcome::Inconclusive, reason));
    }
    findings.extend(invariants::broken_invariants(evidence));
    findings.extend(experiment.faults.iter().filter(|fault| !fault.met()).map(fault_not_met));
    findings.extend(experiment.faults.iter().filter_map(fault_not_healed));
    findings.extend(recovery_not_awaited(evidence));
    findings.extend(left_broken(evidence));
    if let Some((reason, is_open)) = experiment_metrics::missing_recovery(experiment, measurements.elapsed)
        && !is_told(declared)
    {
        let outcome = if is_open { Outcome::Inconclusive } else { Outcome::Fail };
        findings.push(TargetVerdict::of_rule(Rule::SystemRecovers, outcome, reason));
    }
    findings
}

/// Whether most of the baseline's operations succeeded.
fn baseline_succeeds(measurements: &Measurements) -> bool {
    let stage = Some(phase::BASELINE.into());
    let tally = measurements.tally(&Selection { stage, ..Selection::default() });
    2 * tally.successes > tally.count() + tally.dropped
}

/// The finding for a test that left the system broken. Where no recovery was awaited and nothing was measured after the
/// last fault, the end of its effects is unknown: then targets that name no phase must hold during the fault as well,
/// unless a target names a disturbed phase.
fn left_broken(evidence: &Evidence<'_>) -> Option<TargetVerdict> {
    let measurements = &evidence.measurements;
    let experiment = measurements.experiment.as_deref()?;
    let last = experiment.faults.iter().map(|fault| fault.injected).max()?;
    let is_awaited = experiment.recoveries.iter().any(|recovery| recovery.since >= last);
    let of = |phase: &str| Selection { stage: Some(phase.into()), ..Selection::default() };
    let was_seen_after = measurements.tally(&of(phase::RECOVERING)).count() > 0;
    if is_awaited || was_seen_after || hypothesis::names_a_disturbed_phase(evidence) {
        return None;
    }
    let broken = measurements.filter_stages(|stage| stage == Some(phase::FAULT));
    if broken.tally(&Selection::default()).is_empty() {
        return None;
    }
    let missed = hypothesis::missed_in_state(evidence.plan, evidence.targets, broken);
    let reason = format!(
        "while {} was at work: {}; nobody waited for the recovery, so that this is how the system was left: end with \
         `lab.recovery(longest)`, or say what is expected meanwhile (`fault.success_rate > 50%`)",
        experiment.faults.last().map(|fault| fault.what.as_str()).unwrap_or_default(),
        hypothesis::describe_miss_of(missed.first()?)
    );
    Some(TargetVerdict::of_rule(Rule::WellAtEnd, Outcome::Fail, reason))
}

/// Makes a miss inconclusive where the baseline was unsteady and no fault was injected: it says nothing about the
/// system's resilience, and is the reason why there was no experiment.
pub(super) fn excuse_without_fault(evidence: &Evidence<'_>, row: TargetVerdict) -> TargetVerdict {
    let experiment = evidence.measurements.experiment.as_deref();
    let is_unsteady = experiment.is_some_and(|seen| seen.unsteady.is_some() && seen.faults.is_empty());
    // A failed target without a figure asks for something that does not exist, with or without a fault.
    if !is_unsteady || row.outcome != Outcome::Fail || row.observed.is_none() {
        return row;
    }
    let reason = row.reason.map(|reason| format!("{reason}, but the baseline was not steady, and nothing was broken"));
    TargetVerdict { outcome: Outcome::Inconclusive, reason, ..row }
}

/// The finding on failures after the last fault was healed: they are expected only where a recovery is awaited.
fn recovery_not_awaited(evidence: &Evidence<'_>) -> Option<TargetVerdict> {
    let measurements = &evidence.measurements;
    let experiment = measurements.experiment.as_deref().filter(|seen| seen.recoveries.is_empty())?;
    let healed = experiment.faults.iter().filter_map(|fault| fault.healed).max()?;
    let stage = Some(phase::RECOVERING.into());
    let failed = measurements.tally(&Selection { stage, ..Selection::default() }).failures();
    (failed > 0).then(|| {
        let reason = format!(
            "{} operations failed after the last fault was healed, at {}, and nobody waited for the recovery: end with \
             `lab.recovery(longest)`",
            units::describe_count(failed),
            units::describe_time(healed.as_nanos() as f64)
        );
        TargetVerdict::of_rule(Rule::RecoveryAwaited, Outcome::Inconclusive, reason)
    })
}

fn fault_not_met(fault: &Disruption) -> TargetVerdict {
    let what = &fault.what;
    let reason = match fault.connections {
        Some(_) => format!(
            "{what} affected no connection: send the operations of a `lab.load` through what it breaks, or hold it longer \
             with `fault.hold(time)`"
        ),
        None => {
            format!(
                "{what} affected no operation: start a `lab.load` before it, or hold it longer with `fault.hold(time)`"
            )
        }
    };
    TargetVerdict::of_rule(Rule::FaultsMet, Outcome::Inconclusive, reason)
}

fn fault_not_healed(fault: &Disruption) -> Option<TargetVerdict> {
    let why = fault.heal_failed.as_ref()?;
    let reason = format!("{} could not be healed: {why}", fault.what);
    Some(TargetVerdict::of_rule(Rule::FaultsHeal, Outcome::Fail, reason))
}

/// Whether the verdict on a declared target already reports that the recovery was not seen.
fn is_told(declared: &[TargetVerdict]) -> bool {
    declared.iter().any(|verdict| {
        verdict.target().is_some_and(|target| target.measure.metric == Metric::RecoveryTime)
            && verdict.outcome != Outcome::Pass
    })
}
