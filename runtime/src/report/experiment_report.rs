//! Converts an experiment's record to the report's data.

use super::model::experiment::{
    Attempts, Budget, Experiment, Fault, Isolation, Ledger, Process, ProcessReading, Recovery, Spent,
};
use crate::judge::{self, DerivedFigures};
use crate::record::experiment::{self as record, Disruption, ProcessRecord};
use crate::record::{self as records, Measurements};
use std::time::Duration;

/// Reports what the experiment did and saw; `None` without an experiment.
pub(super) fn report_experiment(from: &Measurements, figures: &DerivedFigures) -> Option<Experiment> {
    let seen = from.experiment.as_deref()?;
    Some(Experiment {
        faults: seen.faults.iter().map(report_fault).collect(),
        recoveries: seen.recoveries.iter().map(report_recovery).collect(),
        isolation: figures.isolation.iter().map(report_isolation).collect(),
        ledger: seen.ledger.as_ref().map(report_ledger),
        amplification: retry_amplification(seen),
        attempts: seen.attempts.iter().map(|(phase, of)| report_attempts(phase.as_deref(), *of)).collect(),
        compensation_s: seen.compensation_time.map(in_seconds),
        compensations: seen.compensations,
        orphans: seen.orphans,
        processes: seen.processes.iter().map(report_process).collect(),
        budgets: figures.budgets.iter().map(report_budget).collect(),
        unsteady: seen.unsteady.clone(),
    })
}

fn in_seconds(time: Duration) -> f64 {
    time.as_secs_f64()
}

fn report_fault(of: &Disruption) -> Fault {
    Fault {
        what: of.what.clone(),
        seed: of.seed,
        injected_s: in_seconds(of.injected),
        healed_s: of.healed.map(in_seconds),
        detected_s: of.detected.map(in_seconds),
        detection_s: of.detected.map(|at| in_seconds(at.saturating_sub(of.injected))),
        beside: of.beside.clone(),
        operations: of.operations,
        connections: of.connections.clone(),
        refused: of.refused,
        pieces: of.pieces,
        met: of.met(),
        heal_failed: of.heal_failed.clone(),
    }
}

fn report_recovery(of: &record::Recovery) -> Recovery {
    let healing = of.stable.zip(of.healed).and_then(|(stable, healed)| stable.checked_sub(healed));
    Recovery {
        injected_s: in_seconds(of.injected),
        healed_s: of.healed.map(in_seconds),
        since_s: in_seconds(of.since),
        limit_s: in_seconds(of.limit),
        window_s: in_seconds(of.window),
        stable_s: of.stable.map(in_seconds),
        recovery_s: of.stable.map(|at| in_seconds(at.saturating_sub(of.injected))),
        recovery_from_healing_s: healing.map(in_seconds),
        undecided_since_s: of.undecided.map(in_seconds),
        reason: of.reason.clone(),
    }
}

fn report_isolation(of: &judge::BystanderIsolation) -> Isolation {
    Isolation {
        bystander: of.name.to_string(),
        within_s: of.within.map(in_seconds),
        operations: of.asked,
        kept: of.kept,
        share: of.share(),
        at_least: of.bound(),
    }
}

fn report_ledger(of: &record::Ledger) -> Ledger {
    Ledger {
        acknowledged: of.acknowledged,
        unacknowledged: of.unacknowledged,
        present: of.present,
        lost: of.lost,
        indeterminate: of.indeterminate,
        duplicates: of.duplicates,
        unknown: of.unknown,
        lost_ids: of.lost_ids.clone(),
    }
}

fn report_attempts(phase: Option<&str>, of: record::Attempts) -> Attempts {
    let record::Attempts { attempts, operations } = of;
    Attempts { phase: phase.map(str::to_owned), attempts, operations, amplification: ratio_of(attempts, operations) }
}

/// The retry amplification over all phases; `None` where no attempt was counted.
fn retry_amplification(seen: &records::Experiment) -> Option<f64> {
    let sum = |of: fn(&record::Attempts) -> u64| seen.attempts.values().map(of).sum::<u64>();
    let (attempts, operations) = (sum(|part| part.attempts), sum(|part| part.operations));
    ratio_of(attempts, operations).filter(|_| attempts > 0)
}

fn ratio_of(some: u64, of: u64) -> Option<f64> {
    (of > 0).then(|| some as f64 / of as f64)
}

fn report_process(of: &ProcessRecord) -> Process {
    let readings = &of.readings;
    let busy: f64 = readings.iter().map(|(_, reading)| reading.cpu).sum();
    Process {
        name: of.name.clone(),
        cpu_cores: (!readings.is_empty()).then(|| busy / readings.len() as f64),
        peak_memory_bytes: readings.iter().map(|(_, reading)| reading.memory).max().filter(|memory| *memory > 0),
        readings: readings
            .iter()
            .map(|(at, reading)| ProcessReading {
                at_s: in_seconds(*at),
                cpu_cores: reading.cpu,
                memory_bytes: reading.memory,
            })
            .collect(),
        output: of.output.clone(),
    }
}

fn report_budget(of: &judge::ErrorBudget) -> Budget {
    let spent = |(phase, used): &(Option<std::sync::Arc<str>>, u64)| Spent {
        phase: phase.as_ref().map(ToString::to_string),
        used: *used,
    };
    Budget {
        target: of.target.clone(),
        operations: of.operations,
        allowed: of.allowed,
        used: of.used,
        share: (of.allowed > 0.0).then(|| of.used as f64 / of.allowed),
        phases: of.phases.iter().map(spent).collect(),
    }
}
