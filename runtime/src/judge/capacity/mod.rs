//! The capacity of a system: the highest level of load at which the targets hold, and hold again when they are asked once
//! more.
//!
//! [`Search`] says which load to put on next and knows no measurements; [`level`] judges what one load measured and knows
//! no other; [`verdict`] judges the capacity that came out. Who puts on the load is not known here.

mod found;
mod known;
mod level;
mod search;
mod step;
mod task;
#[cfg(test)]
mod tests;

pub(crate) use found::verdict;
pub(crate) use level::{level, recovered};
pub(crate) use search::{Options, Search};
pub(crate) use step::{Purpose, Step};

use super::Outcome;
use brunt_plan::Target;
use brunt_plan::target::{Limit, Metric};
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
pub(crate) struct Trial {
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

impl Trial {
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
pub(crate) struct Recovery {
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
pub(crate) enum Cut {
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
pub(crate) enum Event {
    /// The level held, and did not when it was put on for longer or after an overload.
    WasBurst(f64),
    /// The first level overloaded the system so that it did not hold the second again until its fixture was made anew.
    Damaged(f64, f64),
    /// The same of a system whose fixture cannot be made anew.
    DamagedForGood(f64, f64),
}

/// What a search came to.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Found {
    /// The highest level that held and held again; `None` where none did.
    pub(crate) capacity: Option<f64>,
    /// The highest level that held, where none could be confirmed.
    pub(crate) once: Option<f64>,
    pub(crate) ceiling: Ceiling,
    /// The lowest level above the capacity that surely broke, on a system that nothing before had left broken.
    pub(crate) broke: Option<f64>,
    pub(crate) cut: Option<Cut>,
    /// `None` where nothing broke, or nothing had held before.
    pub(crate) recovery: Option<Recovery>,
    pub(crate) events: Vec<Event>,
}

/// A whole search.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Searched {
    /// Whether levels are arrivals a second, not users.
    pub(crate) is_rate: bool,
    pub(crate) found: Found,
    /// How many fixtures were made.
    pub(crate) fixtures: u32,
    /// Every load in the order put on.
    pub(crate) trials: Vec<Trial>,
}

/// Whether the target is about the search as a whole; the others are about each of its levels.
pub(crate) fn is_of_search(target: &Target) -> bool {
    target.measure.metric.is_of_whole_search()
}

/// The levels that targets on the capacity name: a search that tries them itself decides these targets exactly.
pub(crate) fn marks(targets: &[Target]) -> Vec<f64> {
    let of_capacity = targets.iter().filter(|target| target.measure.metric == Metric::Capacity);
    let ends = of_capacity.flat_map(|target| match &target.limit {
        Limit::Quantity(limit) => vec![limit.base()],
        Limit::Range(low, high) => vec![low.base(), high.base()],
        Limit::Growth(_) | Limit::Relative { .. } | Limit::RelativeRange { .. } => Vec::new(),
    });
    ends.collect()
}
