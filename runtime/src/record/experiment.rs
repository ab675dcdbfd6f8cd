//! What a resilience experiment did and saw beside its operations: faults, recoveries, the ledger, attempts. It judges
//! nothing. Times are offsets from the start of the measurements.

use super::Tally;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// The phases of an experiment, which are the stages of its measurements.
pub(crate) mod phase {
    /// Nothing is broken yet.
    pub(crate) const BASELINE: &str = "baseline";
    /// From the injection of a fault until the last is healed, or until recovery is waited for.
    pub(crate) const FAULT: &str = "fault";
    /// From then on, until it has been shown that the system has recovered.
    pub(crate) const RECOVERING: &str = "recovering";
    /// The recovered system.
    pub(crate) const RECOVERY: &str = "recovery";

    /// All of them, in their order.
    pub(crate) const ALL: [&str; 4] = [BASELINE, FAULT, RECOVERING, RECOVERY];

    /// Whether failures are expected in it.
    pub(crate) fn is_disturbed(phase: &str) -> bool {
        phase == FAULT || phase == RECOVERING
    }
}

/// What was seen of one experiment.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Experiment {
    /// The background loads, by the name of their scenario.
    pub(crate) loads: Vec<Arc<str>>,
    /// The loads on which isolation is measured.
    pub(crate) bystanders: Vec<Bystander>,
    /// What was broken, in order.
    pub(crate) faults: Vec<Disruption>,
    /// Every wait for a recovery, in order.
    pub(crate) recoveries: Vec<Recovery>,
    /// Acknowledged writes against what was read back.
    pub(crate) ledger: Option<Ledger>,
    /// Attempts at the dependency and operations asked for, by phase; `None` is the time outside of all phases. Empty
    /// where nothing counted attempts.
    pub(crate) attempts: BTreeMap<Option<Arc<str>>, Attempts>,
    /// The longest time from a failure to its last compensation.
    pub(crate) compensation_time: Option<Duration>,
    /// How many compensations that time is the longest of.
    pub(crate) compensations: u64,
    /// What was left over after compensation.
    pub(crate) orphans: Option<u64>,
    /// The processes under test.
    pub(crate) processes: Vec<ProcessRecord>,
    /// Why the baseline was not steady; nothing was broken then.
    pub(crate) unsteady: Option<String>,
}

impl Experiment {
    /// This and what came after it, as of one test's cases.
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
    /// So many of the writes that were lost are named.
    pub(crate) const NAMED: usize = 5;

    /// What was found of other loads.
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

/// A load that the fault should not touch.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Bystander {
    /// Its scenario.
    pub(crate) name: Arc<str>,
    /// How long one of its operations may take; `None` where nothing was said.
    pub(crate) within: Option<Duration>,
    /// Its operations in the time in which something was broken: from an injection until the system was well again, or
    /// where nobody waited for that, until the last fault was healed.
    pub(crate) broken: Tally,
}

/// Something that was broken.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Disruption {
    /// What it was: "kill `primary`".
    pub(crate) what: String,
    /// The seed of what it draws, where it draws.
    pub(crate) seed: Option<u64>,
    /// When it was injected.
    pub(crate) injected: Duration,
    /// When it was healed; `None` where it lasted to the end.
    pub(crate) healed: Option<Duration>,
    /// Why it could not be healed.
    pub(crate) heal_failed: Option<String>,
    /// When the first operation failed that was in flight or due while the fault was at work.
    pub(crate) detected: Option<Duration>,
    /// The other faults that were at work then: that operation may have failed by any of them.
    pub(crate) beside: Vec<String>,
    /// Whether operations that go on unharmed show that it met none.
    pub(crate) shows_in_failures: bool,
    /// Operations that were in flight or due while it lasted.
    pub(crate) operations: u64,
    /// How many of them failed, whatever of several faults it was that they failed by.
    pub(crate) failures: u64,
    /// Which connections it met, by their number; `None` where that cannot be known.
    pub(crate) connections: Option<Vec<u64>>,
    /// How many connections it refused; `None` where nobody counts them.
    pub(crate) refused: Option<u64>,
    /// How many pieces of data it delayed, paced or cut; `None` where that cannot be known.
    pub(crate) pieces: Option<u64>,
}

impl Disruption {
    /// Whether it met an operation. What counts its connections is believed, refused ones too: an operation that found
    /// another way met it all the same. Of another fault the operations in its time tell.
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
    /// When the first fault was injected that it is the recovery from.
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
    /// Since when nothing went wrong, where too little was seen since then to tell whether the system has recovered.
    pub(crate) undecided: Option<Duration>,
    /// What went wrong last, or what would be enough to tell.
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
    /// Acknowledged and not read back.
    pub(crate) lost: u64,
    /// Not acknowledged and yet read back.
    pub(crate) indeterminate: u64,
    /// Read back more than once.
    pub(crate) duplicates: u64,
    /// Read back although nobody wrote them.
    pub(crate) unknown: u64,
    /// Acknowledged and not read back, but perhaps not yet written when it was read.
    pub(crate) undecided: u64,
    /// The first few that were lost.
    pub(crate) lost_ids: Vec<String>,
}

/// How often a dependency was tried, and for how many operations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Attempts {
    /// Attempts seen at the dependency.
    pub(crate) attempts: u64,
    /// Operations asked for.
    pub(crate) operations: u64,
}

/// A process under test.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct ProcessRecord {
    /// Its name, as in `process("name").cpu`.
    pub(crate) name: String,
    /// What it and its descendants used, each reading since the one before.
    pub(crate) readings: Vec<(Duration, ProcessReading)>,
    /// The last lines that it wrote.
    pub(crate) output: Vec<String>,
}

/// What a process used.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct ProcessReading {
    /// Share of one core since the reading before; more than one on several.
    pub(crate) cpu: f64,
    /// Memory in use, in bytes.
    pub(crate) memory: u64,
}
