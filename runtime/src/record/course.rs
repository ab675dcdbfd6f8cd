//! The operations of an experiment, one by one, since something was broken: the input of the judgement whether and
//! since when the system has recovered, and its possible results. Times are nanoseconds of the load.

use std::sync::Arc;

/// How an operation has ended, if it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It is still running; its end is the time of the query.
    Open,
    /// It succeeded.
    Succeeded,
    /// It failed; the number is the index of its kind in [`Course::kinds`].
    Failed(u16),
    /// It was interrupted.
    Interrupted,
    /// It was an arrival that found no free user.
    Dropped,
}

/// One operation of a background load.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Operation {
    /// The index of its load in [`Course::loads`].
    pub(crate) load: u16,
    /// When it was to start.
    pub(crate) due: u64,
    /// When it started.
    pub(crate) start: u64,
    /// When it ended.
    pub(crate) end: u64,
    /// Its user's think time meanwhile, which is not part of its latency.
    pub(crate) thought: u64,
    /// How it ended.
    pub(crate) fate: Fate,
}

/// A background load, to which operations belong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CourseLoad {
    /// Its scenario.
    pub(crate) name: Arc<str>,
    /// Whether the fault should not affect it.
    pub(crate) is_bystander: bool,
    /// Whether the body has ended it.
    pub(crate) is_over: bool,
}

impl Operation {
    /// Its duration from when it was due until its end, or until now.
    pub(crate) fn latency(&self) -> u64 {
        self.end.saturating_sub(self.due).saturating_sub(self.thought)
    }

    /// Its duration from its start until its end, or until now.
    pub(crate) fn service_time(&self) -> u64 {
        self.end.saturating_sub(self.start).saturating_sub(self.thought)
    }

    /// Whether it ran to an end.
    pub(crate) fn has_ended(&self) -> bool {
        !matches!(self.fate, Fate::Open | Fate::Dropped)
    }
}

/// A change that the experiment made: it injected a fault, at one time, or healed one, from one time until another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Change {
    /// When the change began.
    pub(crate) begin: u64,
    /// When the change was complete.
    pub(crate) end: u64,
    /// Whether something was healed.
    pub(crate) heals: bool,
}

/// The operations from the injection of a fault until now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Course {
    /// The loads, in the order of their indices.
    pub(crate) loads: Vec<CourseLoad>,
    /// The kinds of failures, in the order of their indices.
    pub(crate) kinds: Vec<Arc<str>>,
    /// The operations that were due from the injection on, in the order in which they were due.
    pub(crate) operations: Vec<Operation>,
    /// The experiment's changes, in order.
    pub(crate) changes: Vec<Change>,
    /// When the first fault was injected.
    pub(crate) from: u64,
    /// The end of a window in which every operation that was due has ended. An operation that was due earlier and has
    /// not ended hangs.
    pub(crate) until: u64,
    /// How long the system must be stable, at least.
    pub(crate) window: u64,
}

/// The time since when the system has recovered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Calm {
    /// Every operation that was due from this time on went well.
    pub(crate) since: u64,
    /// When the first of these operations was answered.
    pub(crate) answered: u64,
}

/// Whether the system has recovered.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Recovered {
    /// It has recovered, as the operations show.
    Yes(Calm),
    /// It has not recovered; the text names what went wrong.
    No(String),
    /// Nothing has gone wrong since that time, but there were too few operations to decide; the text says what would
    /// suffice.
    Undecided(u64, String),
}
