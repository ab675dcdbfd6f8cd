//! Deviations of a breaker from its settings, and their texts.

use super::history::Event;
use std::fmt;

/// A way in which a breaker can deviate from its settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Hazard {
    /// It opens at more failures, or a higher rate of them, than it is set to, or never.
    OpensLate,
    /// It opens at fewer failures or slow calls, or a lower rate of them, than it is set to.
    OpensEarly,
    /// It does not open at slow calls as it is set to.
    IgnoresSlowCalls,
    /// It admits calls before its reset time is over.
    AdmitsBeforeReset,
    /// It still rejects when its reset time is over, and admits calls later.
    RejectsAfterReset,
    /// It rejects calls however far the clock is moved: it uses another clock than the test, or never probes.
    IgnoresTime,
    /// More probes are in flight than allowed.
    TooManyProbes,
    /// It is half-open, has no probe in flight, and rejects calls: cancelled probes keep their places.
    Wedged,
    /// It closes after fewer successes than it is set to.
    ClosesEarly,
    /// It stays half-open after the successes that ought to close it.
    ClosesLate,
    /// A failed probe does not open it.
    IgnoresFailedProbe,
    /// It does not open though too many of the probes that are judged together have failed or were slow.
    PassesFailedProbes,
    /// It opens again though no probe has failed.
    Reopens,
    /// It opens again before as many of its probes have ended, or failed, as it is set to.
    ReopensEarly,
    /// The success of a call that an earlier state admitted changed its state.
    StaleSuccess,
    /// The failure of a call that an earlier state admitted changed its state.
    StaleFailure,
}

impl Hazard {
    /// The simpler hazard that looks the same in a breaker that hides its state.
    pub(super) fn explained_by(self, judges_together: bool) -> Option<Self> {
        match self {
            Self::ClosesEarly if judges_together => Some(Self::TooManyProbes),
            Self::ClosesEarly => Some(Self::IgnoresFailedProbe),
            Self::ClosesLate => Some(Self::OpensEarly),
            Self::StaleFailure => Some(Self::ClosesLate),
            Self::ReopensEarly => Some(Self::Wedged),
            _ => None,
        }
    }
}

impl fmt::Display for Hazard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OpensLate => "opens too late",
            Self::OpensEarly => "opens too early",
            Self::IgnoresSlowCalls => "does not open at slow calls",
            Self::AdmitsBeforeReset => "admits calls before its reset time is over",
            Self::RejectsAfterReset => "rejects though its reset time is over",
            Self::IgnoresTime => "ignores the time of the test (virtual time): stays open however much is told to pass",
            Self::TooManyProbes => "admits too many probes at once",
            Self::Wedged => "rejects for ever: half-open, and no probe in flight",
            Self::ClosesEarly => "closes after too few successes",
            Self::ClosesLate => "does not close after enough successes",
            Self::IgnoresFailedProbe => "does not open at a failed probe",
            Self::PassesFailedProbes => "does not open though too many of its probes failed or were slow",
            Self::Reopens => "opens though no probe has failed",
            Self::ReopensEarly => "opens again before enough of its probes have ended or failed",
            Self::StaleSuccess => "is changed by the success of a call that an earlier state admitted",
            Self::StaleFailure => "is changed by the failure of a call that an earlier state admitted",
        })
    }
}

/// A deviation of a breaker from its settings, with the shortest history found that shows it.
#[derive(Clone, Debug)]
pub struct Deviation {
    pub(super) hazard: Hazard,
    pub(super) history: Vec<Event>,
}

impl Deviation {
    /// The hazard.
    pub fn hazard(&self) -> Hazard {
        self.hazard
    }

    /// The events that show the hazard; it shows at the last one.
    pub fn history(&self) -> &[Event] {
        &self.history
    }
}

/// All deviations of a breaker, each hazard once.
#[derive(Clone, Debug)]
pub struct Deviations {
    pub(super) found: Vec<Deviation>,
    pub(super) seed: u64,
}

impl Deviations {
    /// The deviations, one for each hazard.
    pub fn deviations(&self) -> &[Deviation] {
        &self.found
    }

    /// Whether this hazard is among them.
    pub fn shows(&self, hazard: Hazard) -> bool {
        self.found.iter().any(|deviation| deviation.hazard == hazard)
    }
}

impl fmt::Display for Deviations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the breaker (seed {})", self.seed)?;
        for deviation in &self.found {
            write!(f, "\n{}:", deviation.hazard)?;
            deviation.history.iter().enumerate().try_for_each(|(n, event)| write!(f, "\n  {}. {event}", n + 1))?;
        }
        Ok(())
    }
}

impl std::error::Error for Deviations {}
