//! The ground floor of the engine, on which everything stands: time, random numbers, panics, how a load is told to end, the
//! runtime, and what generated code makes. It knows no load and no user.

pub(crate) mod alarm;
pub(crate) mod clock;
pub(crate) mod made;
pub(crate) mod panic;
#[cfg(unix)]
pub(crate) mod process_end;
pub(crate) mod run_delay;
pub(crate) mod runtime;
pub(crate) mod seed;
pub(crate) mod stop;
