//! The fifth floor of the engine, above `users`: the questions of a running test to the thread that waits for it, and
//! the state of the test that this thread reads. The waiting thread belongs to a floor above.

pub(crate) mod outcome;
pub(crate) mod questions;
pub(crate) mod standing;
