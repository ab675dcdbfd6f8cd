//! Measurements: what was seen, exactly mergeable, and nothing about what it should have been.
//!
//! Samples go to a sheet of the thread they end on (the recorder); sheets are gathered every second and at the end into
//! [`Measurements`], which the judge and the reports read.

pub mod allocator;
mod call_memory;
mod counts;
pub(crate) mod course;
mod dense;
mod desk;
mod distribution;
pub mod experiment;
mod hdr;
mod key;
mod measurements;
mod moments;
mod names;
mod query;
mod recorder;
mod resources;
mod sheet;
mod splice;
mod tally;
#[cfg(test)]
mod tests;

pub use call_memory::CallMemory;
pub use distribution::{Bucket, Distribution};
pub use experiment::Experiment;
pub use hdr::HdrError;
pub(crate) use key::{Context, Label, TagList};
pub use measurements::{Generator, Measurements, Names, Selection, Span, Subject, Window};
pub(crate) use names::{NameId, TagId};
pub(crate) use recorder::{Labels, Recorder};
pub(crate) use resources::Sampler;
pub use resources::{NetworkScope, ResourceSample, Resources};
pub(crate) use sheet::{Outcome, Sample};
pub use tally::{FailureTally, Tally, ValueTally, ValueUnit};
