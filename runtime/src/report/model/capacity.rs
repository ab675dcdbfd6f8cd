//! The result of a search for the capacity, as data.

use super::metrics::Metrics;
use super::unit::Unit;
use super::verdict::Verdict;
use serde::{Deserialize, Serialize};

/// The capacity that a search found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Capacity {
    /// `users`, or `per_s` for arrivals a second.
    pub unit: Unit,
    /// The highest level that held and held again for longer; `null` where none did.
    pub level: Option<f64>,
    /// The highest level that held once, where none could be confirmed.
    #[serde(default)]
    pub unconfirmed: Option<f64>,
    /// Whether nothing higher surely broke, so that the capacity is at least `level`.
    pub at_least: bool,
    /// The lowest level above it that surely broke.
    pub broke_at: Option<f64>,
    /// The lowest level above it that the load generator could not send: the limit is its own, not the system's.
    #[serde(default)]
    pub unsent_at: Option<f64>,
    /// How many fixtures were set up: more than one where an overload left the system broken.
    #[serde(default)]
    pub fixtures: u32,
    /// After the first level that broke, the time from the end of its load until the targets held again at the last
    /// level that had held; `null` where nothing broke, nothing had held, or it was not seen.
    pub recovery_s: Option<f64>,
}

/// One load that a search generated.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Level {
    /// Its name among the stages: `500/s`, `500/s (again)`, `250/s (recovery)`, `490/s (confirmation)`.
    pub name: String,
    /// Users, or arrivals a second.
    pub level: f64,
    /// Its purpose: `probe`, `overload` (to use up the system's reserves), `recovery`, `fresh start` (of a fixture made
    /// anew), `confirmation`.
    #[serde(default)]
    pub purpose: String,
    /// How long it was put on, in seconds, without its drain.
    #[serde(default)]
    pub seconds: f64,
    /// The fixture that it was put on, from 1.
    #[serde(default)]
    pub fixture: u32,
    /// `pass` where it held, `fail` where it broke, `inconclusive` where it could not be decided or not be sent.
    pub verdict: Verdict,
    /// Why it did not hold.
    pub reason: Option<String>,
    /// Its metrics; its throughput is over the time until the last iteration ended.
    pub metrics: Metrics,
}
