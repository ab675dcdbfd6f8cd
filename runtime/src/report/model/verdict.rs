//! Verdicts on tests and targets, and the levels of targets.

use serde::{Deserialize, Serialize};

/// How a test came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Verdict {
    /// Every target held.
    Pass,
    /// It was not run.
    Skipped,
    /// The measurements do not suffice for a verdict.
    Inconclusive,
    /// A target was missed, or something failed that no target covers.
    Fail,
    /// The framework could not do its job, or the test did not end.
    Error,
}

/// The level of a target: how severe a miss is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TargetLevel {
    /// `#[target]`: what the system is meant to do.
    Target,
    /// `#[critical]`: what must never happen.
    Critical,
}
