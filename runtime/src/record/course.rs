//! The operations of an experiment, one by one, since something was broken: what is asked whether, and since when, the
//! system has recovered, and what may be answered. It judges nothing. Times are nanoseconds of the load.

use std::sync::Arc;

/// How an operation ended, so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It still runs; its end is the time of the look.
    Open,
    /// It succeeded.
    Succeeded,
    /// It failed; the number is that of its kind among [`Course::kinds`].
    Failed(u16),
    /// It was interrupted.
    Interrupted,
    /// It was an arrival that found no free user.
    Dropped,
}

/// One operation of a background load.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Operation {
    /// The number of its load among [`Course::loads`].
    pub(crate) load: u16,
    /// When it was to start.
    pub(crate) due: u64,
    /// When it started.
    pub(crate) start: u64,
    /// When it ended.
    pub(crate) end: u64,
    /// How long its user thought meanwhile: no part of its latency.
    pub(crate) thought: u64,
    /// How.
    pub(crate) fate: Fate,
}

/// A background load whose operations these are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CourseLoad {
    /// Its scenario.
    pub(crate) name: Arc<str>,
    /// Whether the fault ought not to touch it.
    pub(crate) is_bystander: bool,
    /// Whether the body has ended it.
    pub(crate) is_over: bool,
}

impl Operation {
    /// How long it took, or has taken, since it was due.
    pub(crate) fn latency(&self) -> u64 {
        self.end.saturating_sub(self.due).saturating_sub(self.thought)
    }

    /// How long it took, or has taken, since it started.
    pub(crate) fn service_time(&self) -> u64 {
        self.end.saturating_sub(self.start).saturating_sub(self.thought)
    }

    /// Whether it ran to an end.
    pub(crate) fn has_ended(&self) -> bool {
        !matches!(self.fate, Fate::Open | Fate::Dropped)
    }
}

/// The experiment changed what works: it injected a fault, at one time, or healed one, from a time until another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Change {
    /// When it began to.
    pub(crate) begin: u64,
    /// When it had.
    pub(crate) end: u64,
    /// Whether something was healed.
    pub(crate) heals: bool,
}

/// What operations came to from the injection of a fault until now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Course {
    /// The loads, by their number.
    pub(crate) loads: Vec<CourseLoad>,
    /// The kinds of failures, by their number.
    pub(crate) kinds: Vec<Arc<str>>,
    /// What was due from the injection on, in the order of that.
    pub(crate) operations: Vec<Operation>,
    /// What the experiment changed, in order.
    pub(crate) changes: Vec<Change>,
    /// When the first fault was injected.
    pub(crate) from: u64,
    /// What was due before that, within one window, has ended. What was due earlier and has not, hangs.
    pub(crate) until: u64,
    /// How long the system must be stable, at least.
    pub(crate) window: u64,
}

/// Since when the system has recovered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Calm {
    /// What was due from then on went well.
    pub(crate) since: u64,
    /// When the first of that was answered.
    pub(crate) answered: u64,
}

/// Whether the system has recovered.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Recovered {
    /// It is shown that it has.
    Yes(Calm),
    /// It has not; the text says what went wrong.
    No(String),
    /// Nothing has gone wrong since that time, but too little was seen to tell; the text says what would be enough.
    Undecided(u64, String),
}
