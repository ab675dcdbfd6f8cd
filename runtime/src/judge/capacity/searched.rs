//! The result of a search for the capacity: every load, what it showed, and what was found.

use super::step::Purpose;
use crate::judge::target_verdict::Outcome;
use crate::units::{self, Figure};
use brunt_plan::Dimension;
use std::time::Duration;

/// What a load showed of the level that it put on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Seen {
    /// The targets held.
    Held,
    /// They did not, and chance does not explain it.
    Broke {
        /// A tenth of the load or more was too much: no draw of chance would have been kinder.
        far: bool,
    },
    /// The measurements cannot tell.
    Unclear,
    /// The load generator could not send what it had to.
    Unsent,
}

/// What came of one step of a search.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Shown {
    pub(crate) seen: Seen,
    /// Which share of the load the system kept up with.
    pub(crate) carried: f64,
    /// How long the load took, with its drain.
    pub(crate) took: Duration,
    /// Of a wait for the system to recover: the time from the end of the load before until it had.
    pub(crate) after: Option<Duration>,
    /// Of a wait: how long it was looked, from the end of the load before.
    pub(crate) looked: Duration,
}

/// A load that was put on: passed where its level held, failed where it broke.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct StepTrial {
    /// The stage that the measurements know it by.
    pub(crate) stage: String,
    /// Users, or arrivals a second.
    pub(crate) level: f64,
    pub(crate) purpose: Purpose,
    pub(crate) seen: Seen,
    /// How long the load was on, in seconds.
    pub(crate) seconds: f64,
    /// Which fixture it was put on, from 1.
    pub(crate) fixture: u32,
    /// Why it did not hold.
    pub(crate) reason: Option<String>,
}

impl StepTrial {
    /// How it came out, in the words of a verdict.
    pub(crate) fn outcome(&self) -> Outcome {
        match self.seen {
            Seen::Held => Outcome::Pass,
            Seen::Broke { .. } => Outcome::Fail,
            Seen::Unclear | Seen::Unsent => Outcome::Inconclusive,
        }
    }
}

/// How the system did at the last level that had held, after one that had broken it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct StepRecovery {
    /// From the end of the load that broke it to the first window in which the targets hold again; `None`: not seen.
    pub(crate) after: Option<Duration>,
    /// For how long it was looked.
    pub(crate) looked: Duration,
}

/// Why the capacity is not higher.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Ceiling {
    /// This level broke.
    Broke(f64),
    /// Of this level the measurements could not tell.
    Unclear(f64),
    /// The load generator could not send this level.
    Unsent(f64),
    /// There was no higher level to try.
    End,
}

/// Why a search ended before it knew the capacity.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum SearchCut {
    /// After this level had broken it, the system held none of the levels again that it had held before, and its fixture
    /// could not be made anew.
    Ruined(f64),
    /// A fixture that was made anew did not hold a level well below those that had held.
    RuinedAnew,
    /// The fixture's second `setup` failed.
    NotRemade,
    /// It took longer than searches may.
    TooLong,
}

/// Something that a reader must know of how the capacity was found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum SearchEvent {
    /// The level held, and did not when it was put on for longer or after an overload.
    WasBurst(f64),
    /// The first level overloaded the system so that it did not hold the second again until its fixture was made anew.
    Damaged(f64, f64),
    /// The same of a system whose fixture cannot be made anew.
    DamagedForGood(f64, f64),
}

/// What a search came to.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct SearchFound {
    /// The highest level that held and held again; `None` where none did.
    pub(crate) capacity: Option<f64>,
    /// The highest level that held, where none could be confirmed.
    pub(crate) once: Option<f64>,
    pub(crate) ceiling: Ceiling,
    /// The lowest level above the capacity that surely broke, on a system that nothing before had left broken.
    pub(crate) broke: Option<f64>,
    pub(crate) cut: Option<SearchCut>,
    /// `None` where nothing broke, or nothing had held before.
    pub(crate) recovery: Option<StepRecovery>,
    pub(crate) events: Vec<SearchEvent>,
}

/// A whole search.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Searched {
    /// Whether levels are arrivals a second, not users.
    pub(crate) is_rate: bool,
    pub(crate) found: SearchFound,
    /// How many fixtures were made.
    pub(crate) fixtures: u32,
    /// Every load in the order put on.
    pub(crate) trials: Vec<StepTrial>,
}

impl Searched {
    /// A level with its unit.
    pub(crate) fn figure(&self, level: f64) -> Figure {
        Figure { value: level, dimension: if self.is_rate { Dimension::Rate } else { Dimension::Count } }
    }

    /// A level for people: `500/s`, `120 users`.
    pub(crate) fn shown(&self, level: f64) -> String {
        let users = if self.is_rate { "" } else { " users" };
        format!("{}{users}", units::describe_observed(self.figure(level), None))
    }

    /// What a reader must know of how the capacity was found.
    pub(crate) fn notes(&self) -> Vec<String> {
        let events = self.found.events.iter().map(|event| self.told(*event));
        let cut = self.found.cut.map(|cut| self.why_cut(cut));
        let mut notes: Vec<String> = events.chain(cut).collect();
        notes.dedup();
        notes
    }

    fn told(&self, event: SearchEvent) -> String {
        match event {
            SearchEvent::WasBurst(level) => format!(
                "{} held, and did not when it was put on for longer or after an overload: it lived on what was saved \
                 before (tokens, room in queues or caches), so that it is no capacity",
                self.shown(level)
            ),
            SearchEvent::Damaged(overload, level) => format!(
                "{} overloaded the system so that it did not hold {} again until its fixture was made anew: the \
                 capacity is that of a system that was not overloaded, and each level that broke was followed by \
                 `teardown` and `setup` ({} fixtures in all)",
                self.shown(overload),
                self.shown(level),
                self.fixtures
            ),
            SearchEvent::DamagedForGood(overload, level) => format!(
                "after {} had overloaded it, the system did not hold {} again, which it had held before: what was found \
                 since then is a lower bound, what it holds after an overload. With a `setup` of the test's own (not \
                 `shared`) that makes the system, the search makes it anew",
                self.shown(overload),
                self.shown(level)
            ),
        }
    }

    pub(super) fn why_cut(&self, cut: SearchCut) -> String {
        match cut {
            SearchCut::Ruined(overload) => format!(
                "the search ended: after {} had overloaded it, the system held none of the levels again that it had held \
                 before, and no `setup` of the test's own (not `shared`) can make it anew",
                self.shown(overload)
            ),
            SearchCut::RuinedAnew => {
                "the search ended: the fixture was made anew after an overload, and did not hold a level \
                                well below those that had held"
                    .to_owned()
            }
            SearchCut::NotRemade => {
                "the search ended: after an overload the fixture could not be made anew, because its second \
                               `setup` failed"
                    .to_owned()
            }
            SearchCut::TooLong => {
                "the search ended because it took too long: begin it nearer to the capacity".to_owned()
            }
        }
    }

    pub(super) fn why(&self, level: f64) -> String {
        let of_level = |trial: &&StepTrial| trial.level == level && trial.reason.is_some() && !trial.purpose.is_wait();
        let reason = self.trials.iter().rfind(of_level).and_then(|trial| trial.reason.clone());
        reason.map(|reason| format!(": {reason}")).unwrap_or_default()
    }

    pub(super) fn broke(&self, level: f64) -> String {
        format!("{} broke{}", self.shown(level), self.why(level))
    }
}
