//! The fourth floor of the engine, above `user`: the virtual users of a stream, what they run and where. When they are to
//! run they are told.

pub(crate) mod crew;
pub(crate) mod interrupted;
pub(crate) mod iteration;
pub(crate) mod membership;
pub(crate) mod place;
pub(crate) mod pool;
pub(crate) mod relay;
pub(crate) mod start;
pub(crate) mod task;
pub(crate) mod thread;
