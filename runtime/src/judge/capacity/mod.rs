//! The capacity of a system: the highest level of load at which the targets hold.
//!
//! [`Search`] says which level to try next and knows no measurements; [`level`] judges what one level measured and knows
//! no other level; [`verdict`] judges the capacity that came out. Who puts on the load is not known here.

mod found;
mod level;
mod search;
#[cfg(test)]
mod tests;

pub(crate) use found::verdict;
pub(crate) use level::{level, recovered};
pub(crate) use search::{Ceiling, Found, Search, Step};

use super::Outcome;
use brunt_plan::Target;
use brunt_plan::target::{Limit, Metric};
use std::time::Duration;

/// A level that was tried: passed where it held, failed where it broke.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Trial {
    /// The stage that the measurements know it by.
    pub(crate) stage: String,
    /// Users, or arrivals a second.
    pub(crate) level: f64,
    pub(crate) outcome: Outcome,
    /// Why it did not hold.
    pub(crate) reason: Option<String>,
    /// Whether it was there to see the system recover, not to find its capacity.
    pub(crate) is_recovery: bool,
}

/// How the system did at the last level that had held, after one that had broken it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Recovery {
    /// From the end of the load that broke it to the first window in which the targets hold again; `None`: not seen.
    pub(crate) after: Option<Duration>,
    /// For how long it was looked.
    pub(crate) looked: Duration,
}

/// What a whole search came to.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Searched {
    /// Whether levels are arrivals a second, not users.
    pub(crate) is_rate: bool,
    pub(crate) found: Found,
    /// `None` where nothing broke, or nothing had held before.
    pub(crate) recovery: Option<Recovery>,
    /// Every level in the order tried.
    pub(crate) trials: Vec<Trial>,
}

/// Whether the target is about the search as a whole; the others are about each of its levels.
pub(crate) fn is_of_search(target: &Target) -> bool {
    matches!(target.measure.metric, Metric::Capacity | Metric::RecoveryTime)
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
