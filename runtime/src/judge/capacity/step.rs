//! One step of a search: a load at one level, its length and its purpose.

use std::time::Duration;

/// The length of a confirmation in level lengths, after an overload that used up what the system had saved.
pub(super) const CONFIRMATION: u32 = 4;
/// The length of a confirmation in level lengths where nothing was used up before: what is saved must not last as long.
pub(super) const LONG_CONFIRMATION: u32 = 12;
/// The length in level lengths of another try of a level near the capacity.
pub(super) const AGAIN: u32 = 3;
/// How long the system has for its first recovery.
pub(super) const RECOVERY: Duration = Duration::from_secs(60);

/// The purpose of a load.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// To see whether the level holds.
    Probe,
    /// To use up what the system has saved: tokens, room in queues, idle connections.
    Overload,
    /// To wait until the level holds, after a load that broke.
    Recovery,
    /// To wait until a low level holds, after the fixture was made anew.
    FreshStart,
    /// To see the level hold again, for longer.
    Confirmation,
}

impl Purpose {
    /// Whether the load ends as soon as the targets hold.
    pub(crate) fn is_wait(self) -> bool {
        matches!(self, Self::Recovery | Self::FreshStart)
    }

    /// Its name in reports.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Probe => "probe",
            Self::Overload => "overload",
            Self::Recovery => "recovery",
            Self::FreshStart => "fresh start",
            Self::Confirmation => "confirmation",
        }
    }
}

/// The next load of a search.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct SearchStep {
    /// Users, or arrivals a second.
    pub(crate) level: f64,
    pub(crate) purpose: Purpose,
    /// How long the load lasts; for a wait, at most.
    pub(crate) length: Duration,
    /// Whether the fixture is made anew before.
    pub(crate) is_fresh: bool,
}

impl SearchStep {
    /// The same step at `level` or below.
    pub(super) fn at_most(self, level: f64) -> Self {
        Self { level: self.level.min(level), ..self }
    }
}
