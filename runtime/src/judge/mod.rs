//! Judges measurements by targets. Pure: it knows no clock, no file and no runtime.
//!
//! A target is judged in four steps, each a file: its names become a [selection](selector), the selection is cut into
//! [groups](group) where it is quantified, the [metric] of each group is read, and each figure is [compared](compare)
//! with the limit. What cannot be judged says why: [`Trouble`](reading::Trouble). Beside the targets stand the rules that hold without
//! being written ([`unspoken`], [`forgiven`], [`successes`], [`conduct`], [`incidents`]).

mod assess;
mod binomial;
mod bounds;
mod budget;
mod cancelled;
pub(crate) mod capacity;
mod certainty;
mod compare;
mod conduct;
mod early;
mod elsewhere;
mod evidence;
mod experiment;
mod forgiven;
mod generator;
mod group;
mod growth;
mod hypothesis;
mod incidents;
mod interval;
mod invariants;
mod isolation;
#[allow(clippy::module_inception)]
mod judge;
mod metric;
mod noise;
mod planned;
mod reading;
mod recovery;
mod resources;
mod rule;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
pub(crate) mod sample;
mod sampled;
mod selector;
mod shared_process;
mod spread;
mod student;
mod successes;
mod sweep;
#[cfg(test)]
mod tests;
mod timeline;
mod unspoken;
mod verdict;

pub(crate) use budget::Budget;
pub(crate) use early::{critical_breach, elapsed_lost, undecided};
pub(crate) use generator::{health, paused_share};
pub(crate) use growth::Growing;
pub(crate) use hypothesis::steady;
pub(crate) use incidents::{incident_findings, incident_notes};
pub(crate) use isolation::Isolation;
pub(crate) use judge::{DerivedFigures, Judgement, judge};
pub(crate) use recovery::recovered;
pub(crate) use rule::Rule;
pub(crate) use sweep::MeasuredGrowth;
pub(crate) use verdict::{Outcome, Reference, TargetVerdict, Verdict};
