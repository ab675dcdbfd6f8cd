//! Drives the virtual users of one test and records what they see. It judges nothing and prints nothing.

pub mod spec;
mod user;

pub use user::{Samples, User};
