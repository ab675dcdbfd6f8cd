//! What a search for the capacity came to, as data. It knows no search.

use super::{Metrics, Verdict};
use serde::{Deserialize, Serialize};

/// The capacity that a search found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Capacity {
    /// `users`, or `per_s` for arrivals a second.
    pub unit: String,
    /// The highest level that held; `null` where none did.
    pub level: Option<f64>,
    /// Whether nothing higher broke, so that the capacity is at least `level`.
    pub at_least: bool,
    /// The lowest level that broke.
    pub broke_at: Option<f64>,
    /// After the first level that broke, the time from the end of its load until the targets held again at the last
    /// level that had held; `null` where nothing broke, nothing had held, or it was not seen.
    pub recovery_s: Option<f64>,
}

/// One level that a search tried.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Level {
    /// Its name among the stages: `500/s`, `500/s (again)`, `250/s (recovery)`.
    pub name: String,
    /// Users, or arrivals a second.
    pub level: f64,
    /// `pass` where it held, `fail` where it broke, `inconclusive` where it could not be told.
    pub verdict: Verdict,
    /// Why it did not hold.
    pub reason: Option<String>,
    /// Its metrics; its throughput is over the time until the last iteration ended.
    pub metrics: Metrics,
}
