//! Ready-made suites: implement a trait for a system of your own and apply the suite's macro, which emits annotated
//! tests.
//!
//! - [`stateful_service!`]: a hundred users read, write and run a workflow ([`StatefulService`]).
//!
//! The tests that a suite emits are ordinary brunt tests of your crate: they are listed, filtered, overridden from
//! `.config/brunt.toml` and reported as if you had written them.

pub mod stateful;

pub use stateful::StatefulService;

#[doc(hidden)]
pub use brunt;
