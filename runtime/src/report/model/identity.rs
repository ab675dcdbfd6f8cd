//! The identity of a test in a run: a key that no other test, attempt or repetition of the run has.

use super::verdict::Verdict;
use serde::{Deserialize, Serialize};

/// The kind of cargo target that a test binary was built from: a library and a program may share package and name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
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
#[non_exhaustive]
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

/// What distinguishes the runs of one test: the runner's retries and repetitions.
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
pub(super) fn binary_id(package: &str, kind: TargetKind, binary: &str) -> String {
    match kind {
        TargetKind::Lib => package.to_owned(),
        TargetKind::Test => format!("{package}::{binary}"),
        TargetKind::Bin => format!("{package}::bin/{binary}"),
        TargetKind::Example => format!("{package}::example/{binary}"),
        TargetKind::Bench => format!("{package}::bench/{binary}"),
    }
}
