//! How a load went on after its planned end, because a target was undecided.

use super::Measurements;
use std::sync::Arc;
use std::time::Duration;

/// The rounds of a load behind the planned one.
#[derive(Clone, Debug, Default)]
pub struct Settled {
    /// How many times the load was put on again; the last of them may still be on.
    pub rounds: u32,
    /// How long the rounds that have ended lasted together, without what was in flight at their ends.
    pub time: Duration,
    /// The targets that were undecided when a round began, as the language writes them, each once.
    pub undecided: Vec<String>,
    /// What the planned load measured: amounts, such as `elapsed` and `count`, are judged by it.
    pub(crate) planned: Arc<Measurements>,
}
