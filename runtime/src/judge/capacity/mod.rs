//! The capacity of a system: the highest level of load at which the targets hold, and hold again when they are asked once
//! more.
//!
//! [`Search`] says which load to put on next and knows no measurements; [`level`] judges what one load measured and knows
//! no other; [`verdict`] judges the capacity that came out. Who puts on the load is not known here.

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
