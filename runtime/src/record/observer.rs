//! The interface for observers of a load's single operations: the recorder passes each operation to an observer as it
//! counts it, with the same times and the same outcome.

use super::{OperationSample, Outcome};

/// The times of an operation that ended, in nanoseconds of the load.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OperationTimes {
    /// When it was to start.
    pub(crate) due: u64,
    /// When it started.
    pub(crate) start: u64,
    /// When it ended.
    pub(crate) end: u64,
    /// Its user's think time meanwhile, which is not part of its latency.
    pub(crate) thought: u64,
}

impl OperationTimes {
    /// The sample that is counted for it. `at` is the offset of `due` in the measurements; the time since its start is
    /// the service time, in the open model only.
    #[inline]
    pub(crate) fn sample(&self, at: u64, is_open: bool) -> OperationSample {
        let took = |since: u64| self.end.saturating_sub(since).saturating_sub(self.thought);
        OperationSample { at, latency: took(self.due), service: is_open.then(|| took(self.start)) }
    }
}

/// Observes the operations of one load.
pub(crate) trait OperationObserver: Send + Sync {
    /// Called when an operation of a user starts. Each operation ends exactly once, in whatever way.
    fn started(&self, user: u64, due: u64, start: u64);

    /// Called when the recorder has counted an operation of a user.
    fn ended(&self, user: u64, times: OperationTimes, outcome: Outcome<'_>);

    /// Called when an arrival was not started.
    fn dropped(&self, due: u64);
}
