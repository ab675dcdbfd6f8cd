//! The tasks of a search: each is a question about one level that takes several steps to answer.

/// A question about a level.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum SearchTask {
    /// Whether the level holds.
    Probe(Probe),
    /// Whether the system recovers at a level that had held, after a higher one broke.
    Recover(f64),
    /// Whether a level that did not hold again after an overload holds for long on a fixture made anew. If so, the
    /// overload left the system broken.
    Doubt { level: f64, is_fresh: bool },
    /// Whether a fixture made anew carries more than was confirmed, where the system carried more in its first
    /// overload. If so, that overload left it broken.
    Look(Look),
    /// Whether the level holds again, when no level is left to try between it and the one that broke.
    Confirm(Confirm),
}

/// A level that is tried.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Probe {
    pub(super) level: f64,
    pub(super) tries: u32,
    pub(super) broke: u32,
    /// Whether the last try broke by far.
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
    /// Whether an overload has used up what the system had saved.
    pub(super) is_spent: bool,
    /// How often the level did not hold.
    pub(super) failed: u32,
}

/// A level that is tried on a fixture made anew: for one level length first, then for long.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Look {
    pub(super) level: f64,
    /// The level that was confirmed.
    pub(super) floor: f64,
    pub(super) is_fresh: bool,
    pub(super) has_held: bool,
}

/// The stages of a confirmation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ConfirmationStage {
    /// A load that uses up what the system had saved.
    Overload,
    /// Another try of the level that broke.
    Ceiling,
    Recovery,
    Hold,
}

/// The way in which the search tries a level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// Levels are tried one after another.
    Plain,
    /// A short hold is not trusted: an overload and a recovery come before each level.
    Spent,
    /// The system does not recover from an overload: the fixture is made anew after each.
    Fresh,
}

/// The condition in which the last load left the system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Condition {
    /// Well.
    Calm,
    /// Overloaded.
    Overloaded,
    /// Overloaded, and well again.
    Recovered,
}
