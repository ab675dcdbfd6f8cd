//! The fifth floor of the engine, above `users`: what a test under way asks of the thread that waits for it, and what that
//! thread sees of it. Who waits is above.

pub(crate) mod outcome;
pub(crate) mod questions;
pub(crate) mod standing;
