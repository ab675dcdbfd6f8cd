//! What a resilience experiment did and saw, as data.

use serde::{Deserialize, Serialize};

/// What an experiment did and saw beside its operations; its phases are among the stages. Times are from the start of the
/// measurements.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Experiment {
    /// The faults, in order.
    pub faults: Vec<Fault>,
    /// All waits for a recovery, in order.
    pub recoveries: Vec<Recovery>,
    /// How each bystander fared while something was broken.
    pub isolation: Vec<Isolation>,
    /// Acknowledged writes against what was read back.
    pub ledger: Option<Ledger>,
    /// Attempts at the dependency ÷ operations asked for; `null` where nothing was counted.
    pub amplification: Option<f64>,
    /// The same figures for each phase.
    pub attempts: Vec<Attempts>,
    /// The longest time from a failure to its last compensation.
    pub compensation_s: Option<f64>,
    /// How many compensations that longest time is taken from.
    pub compensations: u64,
    /// How many things were left over after compensation.
    pub orphans: Option<u64>,
    /// The processes under test.
    pub processes: Vec<Process>,
    /// What each target on errors or success allows, and what was used of it.
    pub budgets: Vec<Budget>,
    /// Why the baseline was not steady; nothing was broken then.
    pub unsteady: Option<String>,
}

/// A fault that was injected.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Fault {
    /// Its description.
    pub what: String,
    /// The seed of its random numbers, where it draws any.
    pub seed: Option<u64>,
    /// When it was injected.
    pub injected_s: f64,
    /// When it was healed; `null` where it lasted to the end.
    pub healed_s: Option<f64>,
    /// When the first operation failed that was in flight or due while the fault was at work.
    pub detected_s: Option<f64>,
    /// From the injection until then.
    pub detection_s: Option<f64>,
    /// The other faults that were at work then: any of them may have caused that failure.
    #[serde(default)]
    pub beside: Vec<String>,
    /// Operations that were in flight or due while it lasted.
    pub operations: u64,
    /// Which connections it affected; `null` where that cannot be known.
    pub connections: Option<Vec<u64>>,
    /// How many connections it refused; `null` where they are not counted.
    #[serde(default)]
    pub refused: Option<u64>,
    /// How many pieces of data it delayed, paced or cut; `null` where that cannot be known.
    pub pieces: Option<u64>,
    /// Whether it affected an operation.
    pub met: bool,
    /// Why it could not be healed.
    pub heal_failed: Option<String>,
}

/// A wait for the system to be stable again.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Recovery {
    /// When the first of the faults was injected from which the system is to recover.
    pub injected_s: f64,
    /// When the last of these faults was healed; `null` where one still lasted.
    pub healed_s: Option<f64>,
    /// When the wait began.
    pub since_s: f64,
    /// The longest wait.
    pub limit_s: f64,
    /// How long the system must be stable, at least.
    pub window_s: f64,
    /// When the first operation of the stable time was answered; `null` where the system was not shown to be stable.
    pub stable_s: Option<f64>,
    /// From the injection until then: `recovery_time`.
    pub recovery_s: Option<f64>,
    /// From the healing until then; `null` where it was stable before.
    pub recovery_from_healing_s: Option<f64>,
    /// Since when nothing has gone wrong, if there were too few operations since then to decide whether the system has
    /// recovered.
    #[serde(default)]
    pub undecided_since_s: Option<f64>,
    /// What went wrong last, or what would suffice to decide.
    pub reason: Option<String>,
}

/// How a bystander fared while something was broken.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Isolation {
    /// Its scenario.
    pub bystander: String,
    /// How long one of its operations may take; `null` where success alone counts.
    pub within_s: Option<f64>,
    /// Operations asked for.
    pub operations: u64,
    /// Operations among these that succeeded within the limit.
    pub kept: u64,
    /// `kept` ÷ `operations`.
    pub share: Option<f64>,
    /// The lower bound of the true share with 95 % confidence (Clopper and Pearson).
    pub at_least: Option<f64>,
}

/// Acknowledged writes against what was read back.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Ledger {
    /// Writes whose operation succeeded.
    pub acknowledged: u64,
    /// Writes whose operation failed or never ended.
    pub unacknowledged: u64,
    /// Different ids that were read back.
    pub present: u64,
    /// Acknowledged and not read back.
    pub lost: u64,
    /// Not acknowledged and yet read back.
    pub indeterminate: u64,
    /// Read back more than once.
    pub duplicates: u64,
    /// Read back, but not written by any operation.
    pub unknown: u64,
    /// The first few that were lost.
    pub lost_ids: Vec<String>,
}

/// How often the dependency was tried in a phase.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Attempts {
    /// The phase; `null` is the time outside of all phases.
    pub phase: Option<String>,
    /// Attempts seen at the dependency.
    pub attempts: u64,
    /// Operations asked for.
    pub operations: u64,
    /// `attempts` ÷ `operations`.
    pub amplification: Option<f64>,
}

/// A process under test, including the processes that it started.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Process {
    /// Its name, as in `process("name").cpu`.
    pub name: String,
    /// Cores busy in the mean.
    pub cpu_cores: Option<f64>,
    /// The most memory in use.
    pub peak_memory_bytes: Option<u64>,
    /// Readings.
    pub readings: Vec<ProcessReading>,
    /// The last lines that it wrote.
    pub output: Vec<String>,
}

/// What a process used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ProcessReading {
    /// When.
    pub at_s: f64,
    /// Cores busy since the last reading.
    pub cpu_cores: f64,
    /// Memory in use.
    pub memory_bytes: u64,
}

/// What a target on errors or success allows over the whole experiment, and what was used of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Budget {
    /// The target, as the language writes it.
    pub target: String,
    /// Operations of its selection, in whatever phase.
    pub operations: u64,
    /// How many of them may fail.
    pub allowed: f64,
    /// How many of them failed.
    pub used: u64,
    /// `used` ÷ `allowed`; `null` where nothing is allowed.
    pub share: Option<f64>,
    /// In which phases they failed.
    pub phases: Vec<Spent>,
}

/// The failures of a phase that count against an error budget.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Spent {
    /// The phase; `null` is the time outside of all phases.
    pub phase: Option<String>,
    /// Failures in it.
    pub used: u64,
}
