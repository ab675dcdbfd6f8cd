//! Reads the metrics of an experiment beside its operations: the times of detection and recovery, the fate of writes,
//! the attempts at the dependency. They cover the whole experiment, whatever its phases, and take no name before them,
//! except that a phase may select `isolation` and `amplification`, and a bystander `isolation`.

use super::evidence::Evidence;
use super::group::Group;
use super::isolation;
use super::reading::Trouble;
use super::reading::{ReadResult, Reading};
use crate::record::experiment::{Attempts, Disruption, Ledger, Recovery};
use crate::record::{Experiment, Selection, Subject};
use crate::units;
use brunt_plan::target::Metric;
use brunt_plan::{Dimension, Scope};
use std::time::Duration;

/// The most lost writes that are named.
const NAMED: usize = 5;

/// Reads the metric; `None` unless it is one of experiments and the test's body leads an experiment.
pub(super) fn read_experiment(
    evidence: &Evidence<'_>,
    metric: &Metric,
    group: &Group,
    wanted: Option<Dimension>,
) -> Option<ReadResult> {
    if !evidence.plan.kind.is_led_by_body() || metric.scope() != Scope::Experiment {
        return None;
    }
    let nothing = Experiment::default();
    let experiment = evidence.measurements.experiment.as_deref().unwrap_or(&nothing);
    Some(check_selectable(metric, group).and_then(|()| read_metric_of(evidence, experiment, metric, group, wanted)))
}

fn read_metric_of(
    evidence: &Evidence<'_>,
    experiment: &Experiment,
    metric: &Metric,
    group: &Group,
    wanted: Option<Dimension>,
) -> ReadResult {
    match metric {
        Metric::DetectionTime => detection_time(disruptions_of(experiment)?),
        Metric::RecoveryTime => recovery_time(experiment, evidence.measurements.elapsed),
        Metric::Isolation => {
            disruptions_of(experiment).and_then(|_| isolation::read_isolation(evidence, experiment, group))
        }
        Metric::Amplification => read_amplification(experiment, group, wanted),
        Metric::CompensationTime => match experiment.compensation_time {
            Some(time) => Ok(time_reading(time, experiment.compensations)),
            None => Err(not_measured("no compensation", "`lab.compensated(time)`")),
        },
        Metric::Orphans => match experiment.orphans {
            Some(orphans) => Ok(Reading::new(orphans as f64, Dimension::Count, 1)),
            None => Err(not_measured("nothing that compensation may leave", "`lab.orphans(left)`")),
        },
        _ => read_writes(experiment, metric),
    }
}

/// Refuses a name or a quantifier that the metric cannot take.
fn check_selectable(metric: &Metric, group: &Group) -> Result<(), Trouble> {
    let Selection { stage, scenario, case, subject, tag, user } = &group.selection;
    let (by_phase, by_scenario) = match metric {
        Metric::Isolation => (true, true),
        Metric::Amplification => (true, false),
        _ => (false, false),
    };
    let never = case.is_some() || *subject != Subject::Iteration || tag.is_some() || user.is_some();
    let wrong = stage.is_some() && !by_phase || scenario.is_some() && !by_scenario;
    if !never && !wrong && group.window.is_none() {
        return Ok(());
    }
    Err(Trouble::Mistake(match (by_phase, by_scenario) {
        (true, true) => format!("`{metric}` is of bystanders: only a bystander's name or a phase can stand before it"),
        (true, false) => format!("`{metric}` is of the whole experiment or of a phase: no other name stands before it"),
        _ => format!("`{metric}` is of the whole experiment: write it without a name before it"),
    }))
}

fn not_measured(what: &str, by: &str) -> Trouble {
    Trouble::open(format!("{what} was measured: that is done by {by}"))
}

/// The faults that were injected; the error says why there were none.
fn disruptions_of(experiment: &Experiment) -> Result<&[Disruption], Trouble> {
    match (experiment.faults.as_slice(), &experiment.unsteady) {
        ([], Some(why)) => Err(Trouble::open(format!("nothing was broken, as the baseline was not steady: {why}"))),
        ([], None) => Err(Trouble::open("nothing was broken: call `lab.inject(fault)`")),
        (faults, _) => Ok(faults),
    }
}

fn time_reading(time: Duration, samples: u64) -> Reading {
    Reading::new(time.as_nanos() as f64, Dimension::Time, samples)
}

/// Reads the longest time from an injection to the first failure, among the faults that had one.
fn detection_time(faults: &[Disruption]) -> ReadResult {
    let times = faults.iter().filter_map(|fault| Some((fault.detected?.saturating_sub(fault.injected), fault)));
    let detected = times.clone().count();
    let Some((time, _)) = times.max_by_key(|(time, _)| *time) else {
        let what: Vec<&str> = faults.iter().map(|fault| fault.what.as_str()).collect();
        return Err(Trouble::open(format!("no operation failed: {} was not noticed by any load", what.join(", "))));
    };
    let unseen = faults.len() - detected;
    let note = (unseen > 0).then(|| format!("of {} faults {unseen} made no operation fail", faults.len()));
    Ok(Reading { note, ..time_reading(time, detected as u64) })
}

/// Reads the longest time from an injection to the first answer of the stable time. Where a recovery was not seen, the
/// time is longer than the wait; where it is undecided, longer than the time until nothing went wrong any more.
fn recovery_time(experiment: &Experiment, elapsed: Duration) -> ReadResult {
    disruptions_of(experiment)?;
    let waits = experiment.recoveries.iter();
    let count = experiment.recoveries.len() as u64;
    if let Some((waited, wait)) = waits
        .clone()
        .filter(|wait| wait.stable.is_none())
        .map(|wait| (time_without_recovery(wait, elapsed), wait))
        .max_by_key(|of| of.0)
    {
        let at_least = Some(why_not_recovered(wait, waited));
        return Ok(Reading { at_least, ..time_reading(waited, count) });
    }
    let times = waits.filter_map(|wait| Some(wait.stable?.saturating_sub(wait.injected)));
    let time = times
        .max()
        .ok_or_else(|| Trouble::open("nobody waited for a recovery: call `lab.recovery(longest)` after the fault"))?;
    Ok(time_reading(time, count))
}

/// The time from the injection without a recovery; where that is undecided, the least time.
fn time_without_recovery(wait: &Recovery, elapsed: Duration) -> Duration {
    if let Some(since) = wait.undecided {
        return since.saturating_sub(wait.injected);
    }
    (wait.since + wait.limit).min(elapsed.max(wait.since)).saturating_sub(wait.injected)
}

/// Describes why an awaited recovery was not seen.
pub(super) fn why_not_recovered(wait: &Recovery, waited: Duration) -> String {
    let waited = units::describe_time(waited.as_nanos() as f64);
    let why = wait.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
    match wait.undecided {
        Some(_) => format!("it cannot be told whether the system recovered {waited} after the injection{why}"),
        None => format!("not stable {waited} after the injection{why}"),
    }
}

/// Describes an awaited recovery that was not seen, a decided one first; the flag is true where it is only undecided.
pub(super) fn missing_recovery(experiment: &Experiment, elapsed: Duration) -> Option<(String, bool)> {
    let missing = || experiment.recoveries.iter().filter(|wait| wait.stable.is_none());
    let wait = missing().find(|wait| wait.undecided.is_none()).or_else(|| missing().next())?;
    Some((why_not_recovered(wait, time_without_recovery(wait, elapsed)), wait.undecided.is_some()))
}

fn read_writes(experiment: &Experiment, metric: &Metric) -> ReadResult {
    let Some(ledger) = &experiment.ledger else {
        return Err(Trouble::open("there is no ledger: give what can be read back to `lab.ledger(ids)` at the end"));
    };
    if ledger.acknowledged == 0 {
        let reason = "no write was acknowledged: draw the ids that are written with `user.unique_id()`, or name them \
                      with `user.writes(id)`";
        return Err(Trouble::open(reason));
    }
    if *metric == Metric::LostWrites && ledger.lost == 0 && ledger.undecided > 0 {
        let reason = format!(
            "{} writes are not there that were acknowledged since the body last awaited something of the lab: await \
             `lab.stop()` before reading back",
            units::describe_count(ledger.undecided)
        );
        return Err(Trouble::open(reason));
    }
    let (count, samples, note) = match metric {
        Metric::LostWrites => (ledger.lost, ledger.acknowledged, lost_writes(ledger)),
        Metric::IndeterminateWrites => (ledger.indeterminate, ledger.unacknowledged, None),
        _ => (ledger.duplicates, ledger.present, None),
    };
    Ok(Reading { note, ..Reading::new(count as f64, Dimension::Count, samples) })
}

fn lost_writes(ledger: &Ledger) -> Option<String> {
    let named: Vec<String> = ledger.lost_ids.iter().take(NAMED).map(|id| format!("`{id}`")).collect();
    let more = ledger.lost.saturating_sub(named.len() as u64);
    let more = if more > 0 { format!(" and {} more", units::describe_count(more)) } else { String::new() };
    let unknown = match ledger.unknown {
        0 => String::new(),
        unknown => format!("; {} read back that nobody wrote (ids of another form?)", units::describe_count(unknown)),
    };
    (!named.is_empty()).then(|| format!("lost {}{more}{unknown}", named.join(", ")))
}

fn read_amplification(experiment: &Experiment, group: &Group, wanted: Option<Dimension>) -> ReadResult {
    let all = &experiment.attempts;
    if all.values().all(|counted| counted.attempts == 0) {
        let by = "`lab.attempts()`, or by a proxy of `lab.proxy(upstream)` that the operations go through";
        return Err(not_measured("no attempt at the dependency", by));
    }
    let mut counted = Attempts::default();
    let stage = &group.selection.stage;
    for (_, part) in all.iter().filter(|(phase, _)| stage.is_none() || *phase == stage) {
        counted.attempts += part.attempts;
        counted.operations += part.operations;
    }
    if counted.operations == 0 {
        return Err(Trouble::open("no operation was asked for, which attempts could be counted against"));
    }
    let dimension = if wanted == Some(Dimension::Count) { Dimension::Count } else { Dimension::Factor };
    Ok(Reading::new(counted.attempts as f64 / counted.operations as f64, dimension, counted.operations))
}
