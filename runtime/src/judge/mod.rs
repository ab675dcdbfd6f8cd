//! Judges measurements by targets. Pure: it reads no clock, no file and no runtime (held by `tests/layers.rs`).
//!
//! A target is judged in four steps, each a file: its names become a [selection](selector), the selection is cut into
//! [groups](group) where it is quantified, the [metric] of each group is read, and each figure is [compared](compare)
//! with the limit. A [`Trouble`](reading::Trouble) gives the reason where a target cannot be judged. The implicit rules
//! hold without being declared ([`unspoken`], [`forgiven`], [`successes`], [`conduct`], [`incidents`]).

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
mod experiment_metrics;
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
mod size_growth;
mod spread;
mod student;
mod successes;
mod target_verdict;
#[cfg(test)]
mod tests;
mod timeline;
mod unspoken;

pub(crate) use budget::ErrorBudget;
pub(crate) use early::{critical_breach, elapsed_lost, undecided_targets};
pub(crate) use generator::{generator_health, paused_share};
pub(crate) use growth::GrowthEstimate;
pub(crate) use hypothesis::check_steady_state;
pub(crate) use incidents::{incident_findings, incident_notes};
pub(crate) use isolation::BystanderIsolation;
pub(crate) use judge::{DerivedFigures, Judgement, judge};
pub(crate) use recovery::has_recovered;
pub(crate) use rule::Rule;
pub(crate) use size_growth::MeasuredGrowth;
pub(crate) use target_verdict::{MeasuredReference, Outcome, TargetVerdict, Verdict};
