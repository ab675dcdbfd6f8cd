//! Load, stress and resilience tests that are cargo tests.

// Generated code names `::brunt`, also in the tests of this crate.
extern crate self as brunt;

pub mod engine;
mod error;
mod failure;
mod harness;
mod judge;
pub mod prelude;
#[doc(hidden)]
pub mod private;
pub mod record;
mod registry;
pub mod report;

pub use brunt_macros::{critical, load_test, resilience, stress, target};
pub use engine::{Samples, User};
pub use error::Error;
pub use failure::{Failed, Result};
