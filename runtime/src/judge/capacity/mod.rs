//! The capacity of a system: the highest level of load at which the targets hold, and hold again when the level is
//! repeated.
//!
//! [`Search`] chooses the next load without any measurements; [`level`] judges what one load measured, independently of
//! the others; [`found`] judges the capacity that was found. The load itself is put on elsewhere.

mod found;
mod known;
mod level;
mod search;
mod search_target;
pub(crate) mod searched;
mod step;
mod task;
#[cfg(test)]
mod tests;

pub(crate) use found::judge_search;
pub(crate) use level::{first_window_that_held, judge_level};
pub(crate) use search::{Search, SearchOptions};
pub(crate) use search_target::levels_named_by;
pub(crate) use searched::{Ceiling, Searched, Seen, Shown, StepTrial};
pub(crate) use step::{Purpose, SearchStep};
