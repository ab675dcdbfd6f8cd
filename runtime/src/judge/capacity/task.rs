//! What a search is about at the moment: a question about one level that takes several steps to answer.

/// A question about a level.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum SearchTask {
    /// Does it hold?
    Probe(Probe),
    /// It had held, and something above it broke since. Does the system recover?
    Recover(f64),
    /// It did not hold again after an overload. Does it on a fixture made anew, and for long? Then it was the overload.
    Doubt { level: f64, is_fresh: bool },
    /// Less was confirmed than the system carried when it was overloaded for the first time. Does a fixture made anew carry
    /// more? Then it was the overload.
    Look(Look),
    /// Nothing is left to try between it and what broke. Does it hold again?
    Confirm(Confirm),
}

/// A level that is tried.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Probe {
    pub(super) level: f64,
    pub(super) tries: u32,
    pub(super) broke: u32,
    /// Whether it broke by far the last time.
    pub(super) far: bool,
}

impl Probe {
    pub(super) const fn of(level: f64) -> Self {
        Self { level, tries: 0, broke: 0, far: false }
    }
}

/// A level that is confirmed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Confirm {
    pub(super) level: f64,
    pub(super) stage: ConfirmationStage,
    /// Whether an overload used up before what the system had saved.
    pub(super) is_spent: bool,
    /// How often it did not hold.
    pub(super) failed: u32,
}

/// A level that is asked of a fixture made anew: for a level's time first, then for long.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Look {
    pub(super) level: f64,
    /// What was confirmed.
    pub(super) floor: f64,
    pub(super) is_fresh: bool,
    pub(super) has_held: bool,
}

/// What is next of a confirmation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ConfirmationStage {
    /// A load that uses up what was saved.
    Overload,
    /// The level that broke: does it still?
    Ceiling,
    Recovery,
    Hold,
}

/// How the search goes about a level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// Levels are tried one after another.
    Plain,
    /// What holds for a while is not to be trusted: an overload and a recovery come before each level.
    Spent,
    /// The system does not get over an overload: the fixture is made anew after each.
    Fresh,
}

/// How the last load left the system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Condition {
    /// Well.
    Calm,
    /// Overloaded.
    Overloaded,
    /// Overloaded, and well again.
    Recovered,
}
