//! The door for what follows the operations of a load one by one: the recorder shows an observer each of them as it
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
    /// How long its user thought meanwhile, which is no part of its latency.
    pub(crate) thought: u64,
}

impl OperationTimes {
    /// What is counted of it. `at` is the offset of `due` in the measurements; the time since its start is service time in
    /// the open model alone.
    #[inline]
    pub(crate) fn sample(&self, at: u64, is_open: bool) -> OperationSample {
        let took = |since: u64| self.end.saturating_sub(since).saturating_sub(self.thought);
        OperationSample { at, latency: took(self.due), service: is_open.then(|| took(self.start)) }
    }
}

/// Follows the operations of one load.
pub(crate) trait OperationObserver: Send + Sync {
    /// An operation of a user starts. It ends once, in whatever way.
    fn started(&self, user: u64, due: u64, start: u64);

    /// The recorder has counted an operation of a user.
    fn ended(&self, user: u64, times: OperationTimes, outcome: Outcome<'_>);

    /// An arrival was not started.
    fn dropped(&self, due: u64);
}
