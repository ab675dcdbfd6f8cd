//! The result of a search for the capacity: every load, what it showed, and what was found.

use super::step::Purpose;
use crate::judge::target_verdict::Outcome;
use crate::units::{self, Figure};
use brunt_plan::Dimension;
use std::time::Duration;

/// How a level did under its load.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Seen {
    /// The targets held.
    Held,
    /// The targets were missed, and chance does not explain it.
    Broke {
        /// Whether a tenth of the load or more was too much: no other draw of chance would have helped.
        far: bool,
    },
    /// The measurements do not decide it.
    Unclear,
    /// The load generator could not send the load.
    Unsent,
}

/// The result of one step of a search.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Shown {
    pub(crate) seen: Seen,
    /// The share of the load that the system kept up with.
    pub(crate) carried: f64,
    /// How long the load took, with its drain.
    pub(crate) took: Duration,
    /// For a wait: the time from the end of the previous load until the system had recovered.
    pub(crate) after: Option<Duration>,
    /// For a wait: how long the system was watched, from the end of the previous load.
    pub(crate) looked: Duration,
}

/// A load that was put on: passed where its level held, failed where it broke.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct StepTrial {
    /// The name of its stage in the measurements.
    pub(crate) stage: String,
    /// Users, or arrivals a second.
    pub(crate) level: f64,
    pub(crate) purpose: Purpose,
    pub(crate) seen: Seen,
    /// How long the load was on, in seconds.
    pub(crate) seconds: f64,
    /// The number of the fixture that the load was put on, from 1.
    pub(crate) fixture: u32,
    /// Why the level did not hold.
    pub(crate) reason: Option<String>,
}

impl StepTrial {
    /// The outcome in the terms of a verdict.
    pub(crate) fn outcome(&self) -> Outcome {
        match self.seen {
            Seen::Held => Outcome::Pass,
            Seen::Broke { .. } => Outcome::Fail,
            Seen::Unclear | Seen::Unsent => Outcome::Inconclusive,
        }
    }
}

/// The recovery of the system at the last level that had held, after one that had broken it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct StepRecovery {
    /// The time from the end of the load that broke it to the first window in which the targets hold again; `None`
    /// where that was not seen.
    pub(crate) after: Option<Duration>,
    /// How long the system was watched.
    pub(crate) looked: Duration,
}

/// Why the capacity is not higher.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Ceiling {
    /// This level broke.
    Broke(f64),
    /// The measurements did not decide this level.
    Unclear(f64),
    /// The load generator could not send this level.
    Unsent(f64),
    /// There was no higher level to try.
    End,
}

/// Why a search ended before it found the capacity.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum SearchCut {
    /// This level broke the system for good: it held none of its earlier levels again, and its fixture could not be
    /// made anew.
    Ruined(f64),
    /// A fixture made anew did not hold a level well below those that had held.
    RuinedAnew,
    /// The fixture's second `setup` failed.
    NotRemade,
    /// The search took longer than searches may.
    TooLong,
}

/// An event of the search that belongs beside its capacity.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum SearchEvent {
    /// The level held at first, but not when it was put on for longer or after an overload.
    WasBurst(f64),
    /// The first level overloaded the system so that it did not hold the second again until its fixture was made anew.
    Damaged(f64, f64),
    /// The first level overloaded the system so that it did not hold the second again, and its fixture cannot be made
    /// anew.
    DamagedForGood(f64, f64),
}

/// The findings of a search.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct SearchFound {
    /// The highest level that held and was confirmed; `None` where none was.
    pub(crate) capacity: Option<f64>,
    /// The highest level that held, where none could be confirmed.
    pub(crate) once: Option<f64>,
    pub(crate) ceiling: Ceiling,
    /// The lowest level above the capacity that surely broke: nothing before had left the system broken.
    pub(crate) broke: Option<f64>,
    pub(crate) cut: Option<SearchCut>,
    /// The recovery after the first break; `None` where nothing broke, or nothing had held before.
    pub(crate) recovery: Option<StepRecovery>,
    pub(crate) events: Vec<SearchEvent>,
}

/// A whole search with its loads and findings.
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

    /// The level as text: `500/s`, `120 users`.
    pub(crate) fn shown(&self, level: f64) -> String {
        let users = if self.is_rate { "" } else { " users" };
        format!("{}{users}", units::describe_observed(self.figure(level), None))
    }

    /// Notes on how the capacity was found.
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
