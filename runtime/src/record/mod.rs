//! Measurements: what was seen, exactly mergeable, and nothing about what it should have been.
//!
//! Samples go to a sheet of the thread they end on ([`Recorder`]); sheets are gathered every second and at the end into
//! [`Measurements`], which the judge and the reports read.

mod distribution;
mod measurements;
mod recorder;
mod resources;
mod tally;

pub use distribution::Distribution;
pub use measurements::{Generator, Measurements, Names, Selection, Span, Subject, Window};
pub use resources::{ResourceSample, Resources};
pub use tally::{FailureTally, Tally, ValueTally, ValueUnit};
