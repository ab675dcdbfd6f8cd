//! The fourth floor of the engine, above `user`: the virtual users of a stream, their work and their executors. Floors
//! above decide when they run.

pub(crate) mod executor;
pub(crate) mod interrupted;
pub(crate) mod iteration;
pub(crate) mod membership;
pub(crate) mod pool;
pub(crate) mod relay;
pub(crate) mod starting;
pub(crate) mod task;
pub(crate) mod thread;
pub(crate) mod user_kind;
