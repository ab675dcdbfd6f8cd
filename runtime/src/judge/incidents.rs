//! Judges incidents beside the operations: calls of `sample` that failed, virtual users that were lost, panics that no
//! failure shows; and lists the notes on them for the report.

use super::rule::Rule;
use super::{Outcome, TargetVerdict};
use crate::record::{Incidents, Measurements, Repeated, Selection, Subject, Tally};
use crate::units;
use brunt_plan::Target;
use brunt_plan::target::{Kinds, Metric};

/// Finds what breaks the implicit rules on incidents.
pub(crate) fn incident_findings(targets: &[Target], measurements: &Measurements) -> Vec<TargetVerdict> {
    let Incidents { samples, failed_samples, lost_users, stray_panics, ended_processes, .. } = &measurements.incidents;
    let mut findings = Vec::new();
    if ended_processes.count > 0 {
        findings.push(TargetVerdict::of_rule(Rule::NoProcessEnds, Outcome::Fail, of_processes(ended_processes)));
    }
    if let Some(why) = &measurements.incidents.overran {
        findings.push(TargetVerdict::of_rule(Rule::TestEnds, Outcome::Fail, why.clone()));
    }
    if failed_samples.count > 0 {
        let reason = format!("{}; what it records is not known for that time", of_samples(failed_samples, *samples));
        findings.push(TargetVerdict::of_rule(Rule::SampleSucceeds, Outcome::Inconclusive, reason));
    }
    if lost_users.count > 0 {
        let reason =
            format!("{} lost to a panic outside of an iteration: {}", count_users(lost_users.count), lost_users.first);
        findings.push(TargetVerdict::of_rule(Rule::NoUserLost, Outcome::Fail, reason));
    }
    let strays = stray_panics.count.saturating_sub(lost_users.count);
    if strays > shown_failures(measurements) && measurements.experiment.is_none() && !targets.iter().any(names_panics) {
        let reason = format!(
            "{}; await what a body starts, so that its failure is one of the iteration, or say that panics may be: \
             `errors(\"panic\") < 1%`",
            of_strays(strays, &stray_panics.first)
        );
        findings.push(TargetVerdict::of_rule(Rule::NoTaskPanics, Outcome::Fail, reason));
    }
    findings
}

/// Lists the notes of a report on incidents, whatever the verdict is.
pub(crate) fn incident_notes(measurements: &Measurements) -> Vec<String> {
    let Incidents { samples, failed_samples, lost_users, stray_panics, .. } = &measurements.incidents;
    let mut notes = Vec::new();
    notes.extend(cancelled_steps(measurements));
    if failed_samples.count > 0 {
        notes.push(of_samples(failed_samples, *samples));
    }
    let strays = stray_panics.count.saturating_sub(lost_users.count);
    if strays > 0 {
        notes.push(of_strays(strays, &stray_panics.first));
    }
    notes
}

fn cancelled_steps(measurements: &Measurements) -> Option<String> {
    let cancelled: Vec<String> = tallies_of_steps(measurements)
        .filter(|(_, tally)| tally.cancelled > 0)
        .map(|(step, tally)| {
            let all = tally.count() + tally.cancelled;
            format!("`{step}` {} of {}", units::describe_count(tally.cancelled), units::describe_count(all))
        })
        .collect();
    (!cancelled.is_empty()).then(|| {
        format!("steps cancelled before their end, which are in no figure but `cancelled`: {}", cancelled.join(", "))
    })
}

fn tallies_of_steps(measurements: &Measurements) -> impl Iterator<Item = (&str, Tally)> {
    measurements.names.steps.iter().map(|step| {
        let selection = Selection { subject: Subject::Step(step.clone()), ..Selection::default() };
        (&**step, measurements.tally(&selection))
    })
}

fn of_samples(failed: &Repeated, calls: u64) -> String {
    format!(
        "`sample` failed {} of {} times: {}",
        units::describe_count(failed.count),
        units::describe_count(calls),
        failed.first
    )
}

fn of_strays(panics: u64, first: &str) -> String {
    let plural = if panics == 1 { "" } else { "s" };
    format!("{} panic{plural} in tasks outside of an iteration, the first: {first}", units::describe_count(panics))
}

fn of_processes(ended: &Repeated) -> String {
    let others = match ended.count {
        1 => String::new(),
        2 => "; another did, too".to_owned(),
        count => format!("; {} others did, too", units::describe_count(count - 1)),
    };
    format!("{}{others} (`Launch::may_end` allows it)", ended.first)
}

fn count_users(count: u64) -> String {
    if count == 1 { "1 user was".to_owned() } else { format!("{} users were", units::describe_count(count)) }
}

/// The number of failures of iterations and steps: the panic of a task that a body awaits is among them.
fn shown_failures(measurements: &Measurements) -> u64 {
    let of_steps: u64 = tallies_of_steps(measurements).map(|(_, tally)| tally.failures()).sum();
    measurements.tally(&Selection::default()).failures() + of_steps
}

/// Whether the target is on failures that are panics, by name.
fn names_panics(target: &Target) -> bool {
    let is_panic = |kind: &String| kind == crate::failure::Failed::PANIC;
    matches!(&target.measure.metric, Metric::Errors(Kinds::Only(kinds)) if kinds.iter().any(is_panic))
}
