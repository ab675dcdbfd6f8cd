//! Which test of a run a report is of: one key that no other test, attempt or iteration of the run has.

use super::{TestReport, Verdict};
use serde::{Deserialize, Serialize};

/// The kind of cargo target that a test binary was built of: a library and a program may share package and name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TargetKind {
    /// The unit tests of a library.
    Lib,
    /// The unit tests of a program.
    Bin,
    /// An integration test.
    #[default]
    Test,
    /// An example.
    Example,
    /// A benchmark.
    Bench,
}

/// An earlier attempt of a test that was run again because it failed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Attempt {
    /// Which attempt, from 1.
    pub attempt: u32,
    /// How it came out.
    pub verdict: Verdict,
    /// Why it did not pass.
    pub message: Option<String>,
    /// When it started, in seconds since 1970.
    pub started_s: Option<f64>,
    /// How long it took.
    pub duration_s: Option<f64>,
}

/// What tells the runs of one test apart: the runner's retries and repetitions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Repetition {
    /// Which attempt, from 1.
    pub(crate) attempt: u32,
    /// How many attempts there may be.
    pub(crate) attempts: u32,
    /// Which repetition of a stress run, from 0.
    pub(crate) iteration: Option<u32>,
}

impl Default for Repetition {
    fn default() -> Self {
        Self { attempt: 1, attempts: 1, iteration: None }
    }
}

/// The binary as nextest names it: `shop`, `shop::bin/till`, `shop::load`, `shop::bench/load`.
fn binary_id(package: &str, kind: TargetKind, binary: &str) -> String {
    match kind {
        TargetKind::Lib => package.to_owned(),
        TargetKind::Test => format!("{package}::{binary}"),
        TargetKind::Bin => format!("{package}::bin/{binary}"),
        TargetKind::Example => format!("{package}::example/{binary}"),
        TargetKind::Bench => format!("{package}::bench/{binary}"),
    }
}

impl TestReport {
    /// The binary, as nextest names it.
    pub(crate) fn binary_id(&self) -> String {
        binary_id(&self.package, self.target_kind, &self.binary)
    }

    /// The binary, and which repetition of a stress run: what JUnit calls a suite.
    pub(crate) fn suite(&self) -> String {
        let binary = self.binary_id();
        self.iteration.map_or(binary.clone(), |iteration| format!("{binary}@stress-{iteration}"))
    }

    /// What all attempts of one test have in common.
    pub(crate) fn key(&self) -> String {
        format!("{} {}", self.suite(), self.name)
    }

    /// The key of this attempt.
    pub(crate) fn id_of_attempt(&self, attempt: u32) -> String {
        let key = self.key();
        if attempt > 1 { format!("{key} #{attempt}") } else { key }
    }

    /// What it took: of a test that has not ended, the time of its load so far.
    pub(crate) fn seconds(&self) -> f64 {
        let so_far = self.metrics.as_ref().filter(|_| !self.virtual_time).map(|metrics| metrics.elapsed_s);
        self.duration_s.or(so_far).unwrap_or_default()
    }

    /// Takes an earlier attempt of the same test, with those that it knew of.
    pub(crate) fn take_attempt(&mut self, earlier: Self) {
        self.attempts.extend(earlier.attempts);
        self.attempts.push(Attempt {
            attempt: earlier.attempt,
            verdict: earlier.verdict,
            message: earlier.message,
            started_s: earlier.started_s,
            duration_s: earlier.duration_s,
        });
        self.attempts.sort_by_key(|attempt| attempt.attempt);
        self.attempts.dedup_by_key(|attempt| attempt.attempt);
        self.flaky = self.is_flaky();
    }

    /// Whether it passed although an earlier attempt had failed.
    pub(crate) fn is_flaky(&self) -> bool {
        self.verdict == Verdict::Pass && !self.attempts.is_empty()
    }
}
