//! The record of a resilience experiment beside its operations: faults, recoveries, the ledger, attempts. Times are
//! offsets from the start of the measurements.

use super::Tally;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// The phases of an experiment, which are the stages of its measurements.
pub(crate) mod phase {
    /// The phase before the first fault.
    pub(crate) const BASELINE: &str = "baseline";
    /// The phase from the injection of a fault until the last is healed, or until the wait for recovery begins.
    pub(crate) const FAULT: &str = "fault";
    /// The phase from then on until it has been shown that the system has recovered.
    pub(crate) const RECOVERING: &str = "recovering";
    /// The phase after recovery.
    pub(crate) const RECOVERY: &str = "recovery";

    /// All phases, in their order.
    pub(crate) const ALL: [&str; 4] = [BASELINE, FAULT, RECOVERING, RECOVERY];

    /// Whether failures are expected in this phase.
    pub(crate) fn is_disturbed(phase: &str) -> bool {
        phase == FAULT || phase == RECOVERING
    }
}

/// The record of one experiment.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Experiment {
    /// The background loads, by the name of their scenario.
    pub(crate) loads: Vec<Arc<str>>,
    /// The loads whose isolation is measured.
    pub(crate) bystanders: Vec<Bystander>,
    /// The faults, in order.
    pub(crate) faults: Vec<Disruption>,
    /// All waits for a recovery, in order.
    pub(crate) recoveries: Vec<Recovery>,
    /// Acknowledged writes against what was read back.
    pub(crate) ledger: Option<Ledger>,
    /// Attempts at the dependency and requested operations, by phase; `None` is the time outside of all phases. Empty
    /// where attempts were not counted.
    pub(crate) attempts: BTreeMap<Option<Arc<str>>, Attempts>,
    /// The longest time from a failure to its last compensation.
    pub(crate) compensation_time: Option<Duration>,
    /// How many compensations that longest time is taken from.
    pub(crate) compensations: u64,
    /// How many things were left over after compensation.
    pub(crate) orphans: Option<u64>,
    /// The processes under test.
    pub(crate) processes: Vec<ProcessRecord>,
    /// Why the baseline was not steady; nothing was broken then.
    pub(crate) unsteady: Option<String>,
}

impl Experiment {
    /// Appends the next experiment of the same test, as with several cases.
    pub(crate) fn and(mut self, next: Self) -> Self {
        for load in next.loads {
            if !self.loads.contains(&load) {
                self.loads.push(load);
            }
        }
        for bystander in next.bystanders {
            let known = self.bystanders.iter_mut().find(|known| known.name == bystander.name);
            match known.filter(|known| known.within == bystander.within) {
                Some(known) => known.broken.merge(&bystander.broken),
                None => self.bystanders.push(bystander),
            }
        }
        self.faults.extend(next.faults);
        self.recoveries.extend(next.recoveries);
        self.processes.extend(next.processes);
        for (phase, attempts) in next.attempts {
            let sum = self.attempts.entry(phase).or_default();
            sum.attempts += attempts.attempts;
            sum.operations += attempts.operations;
        }
        if let Some(ledger) = next.ledger {
            self.ledger.get_or_insert_default().add(ledger);
        }
        self.compensation_time = self.compensation_time.max(next.compensation_time);
        self.compensations += next.compensations;
        self.orphans = match (self.orphans, next.orphans) {
            (Some(mine), Some(next)) => Some(mine + next),
            (mine, next) => mine.or(next),
        };
        self.unsteady = self.unsteady.or(next.unsteady);
        self
    }
}

impl Ledger {
    /// The most lost writes that are named.
    pub(crate) const NAMED: usize = 5;

    /// Adds what was found for other loads.
    pub(crate) fn add(&mut self, found: Self) {
        self.acknowledged += found.acknowledged;
        self.unacknowledged += found.unacknowledged;
        self.present += found.present;
        self.lost += found.lost;
        self.indeterminate += found.indeterminate;
        self.duplicates += found.duplicates;
        self.unknown += found.unknown;
        self.undecided += found.undecided;
        self.lost_ids.extend(found.lost_ids);
        self.lost_ids.truncate(Self::NAMED);
    }
}

/// A load that the fault should not affect.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Bystander {
    /// Its scenario.
    pub(crate) name: Arc<str>,
    /// How long one of its operations may take; `None` where no limit was given.
    pub(crate) within: Option<Duration>,
    /// Its operations while something was broken: from an injection until the system had recovered, or until the last
    /// fault was healed if the experiment did not wait for recovery.
    pub(crate) broken: Tally,
}

/// A fault that was injected.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Disruption {
    /// Its description: "kill `primary`".
    pub(crate) what: String,
    /// The seed of its random numbers, where it draws any.
    pub(crate) seed: Option<u64>,
    /// When it was injected.
    pub(crate) injected: Duration,
    /// When it was healed; `None` where it lasted to the end.
    pub(crate) healed: Option<Duration>,
    /// Why it could not be healed.
    pub(crate) heal_failed: Option<String>,
    /// When the first operation failed that was in flight or due while the fault was at work.
    pub(crate) detected: Option<Duration>,
    /// The other faults that were at work then: any of them may have caused that failure.
    pub(crate) beside: Vec<String>,
    /// Whether the success of all operations shows that it affected none of them.
    pub(crate) shows_in_failures: bool,
    /// Operations that were in flight or due while it lasted.
    pub(crate) operations: u64,
    /// How many of them failed, whichever of several faults caused it.
    pub(crate) failures: u64,
    /// The numbers of the connections that it affected; `None` where that cannot be known.
    pub(crate) connections: Option<Vec<u64>>,
    /// How many connections it refused; `None` where they are not counted.
    pub(crate) refused: Option<u64>,
    /// How many pieces of data it delayed, paced or cut; `None` where that cannot be known.
    pub(crate) pieces: Option<u64>,
}

impl Disruption {
    /// Whether it affected an operation. A fault that counts its connections is judged by these counts, refused ones
    /// included: an operation that found another way was affected as well. Any other fault is judged by the operations
    /// during its time.
    pub(crate) fn met(&self) -> bool {
        match &self.connections {
            _ if self.refused.is_some_and(|refused| refused > 0) => true,
            Some(connections) => !connections.is_empty() || self.pieces.unwrap_or(0) > 0,
            None if self.shows_in_failures => self.failures > 0,
            None => self.operations > 0,
        }
    }
}

/// A wait for the system to be stable again.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Recovery {
    /// When the first of the faults was injected from which the system is to recover.
    pub(crate) injected: Duration,
    /// When the last of these faults was healed; `None` where one still lasted.
    pub(crate) healed: Option<Duration>,
    /// When the wait began.
    pub(crate) since: Duration,
    /// The longest wait.
    pub(crate) limit: Duration,
    /// How long the system must be stable, at least.
    pub(crate) window: Duration,
    /// When the first operation of the stable time was answered; `None` where the system was not shown to be stable.
    pub(crate) stable: Option<Duration>,
    /// Since when nothing has gone wrong, if there were too few operations since then to decide whether the system has
    /// recovered.
    pub(crate) undecided: Option<Duration>,
    /// What went wrong last, or what would suffice to decide.
    pub(crate) reason: Option<String>,
}

/// Acknowledged writes against what was read back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ledger {
    /// Writes whose operation succeeded.
    pub(crate) acknowledged: u64,
    /// Writes whose operation failed or never ended.
    pub(crate) unacknowledged: u64,
    /// Different ids that were read back.
    pub(crate) present: u64,
    /// Acknowledged, but not read back.
    pub(crate) lost: u64,
    /// Not acknowledged, but read back.
    pub(crate) indeterminate: u64,
    /// Read back more than once.
    pub(crate) duplicates: u64,
    /// Read back although no operation wrote them.
    pub(crate) unknown: u64,
    /// Acknowledged and not read back, but perhaps not yet written at the time of the reading.
    pub(crate) undecided: u64,
    /// The first few that were lost.
    pub(crate) lost_ids: Vec<String>,
}

/// How often a dependency was tried, and for how many operations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Attempts {
    /// Attempts seen at the dependency.
    pub(crate) attempts: u64,
    /// Requested operations.
    pub(crate) operations: u64,
}

/// A process under test.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct ProcessRecord {
    /// Its name, as in `process("name").cpu`.
    pub(crate) name: String,
    /// The resources that it and its descendants used, each reading since the one before.
    pub(crate) readings: Vec<(Duration, ProcessReading)>,
    /// The last lines that it wrote.
    pub(crate) output: Vec<String>,
}

/// The resources that a process used.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct ProcessReading {
    /// The share of one core used since the reading before; more than one on several cores.
    pub(crate) cpu: f64,
    /// Memory in use, in bytes.
    pub(crate) memory: u64,
}
