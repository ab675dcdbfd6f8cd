//! Measurements: exactly mergeable records of what happened, without any judgement.
//!
//! The recorder writes each sample to the buffer of the thread on which it ends. Buffers are gathered every second and
//! at the end into [`Measurements`], which the judge and the reports read.

pub mod allocator;
mod bounds;
mod call_memory;
mod counts;
pub(crate) mod course;
mod dense;
mod distribution;
pub(crate) mod experiment;
mod generator;
pub(crate) mod hdr;
mod incidents;
mod key;
mod measurements;
mod messages;
mod moments;
mod names;
pub(crate) mod observer;
mod operation;
mod recorder;
mod resources;
mod selection;
mod series;
mod slots;
mod span;
mod tally;
#[cfg(test)]
mod tests;
mod thread_buffer;
mod thread_recorder;
mod throttle;

pub(crate) use call_memory::CallMemory;
pub(crate) use distribution::Distribution;
pub(crate) use experiment::Experiment;
pub(crate) use generator::{Generator, Stuck};
pub(crate) use generator::{PROBE_INTERVAL, SHORTFALL};
pub(crate) use incidents::{Incidents, Repeated};
pub(crate) use key::{Context, Label, TagList};
pub(crate) use measurements::{Measurements, Settled, Window};
pub(crate) use messages::Messages;
pub(crate) use names::{NameId, OTHER, TagId};
pub(crate) use operation::{OperationSample, Outcome};
pub(crate) use recorder::{Completion, Labels, Recorder};
pub(crate) use resources::Sampler;
pub(crate) use resources::{NetworkScope, ResourceSample, Resources};
pub(crate) use selection::{Selection, Subject};
pub(crate) use span::Span;
#[cfg(test)]
pub(crate) use tally::FailureTally;
pub(crate) use tally::{Tally, ValueTally, ValueUnit};
pub(crate) use throttle::throttled_time;
