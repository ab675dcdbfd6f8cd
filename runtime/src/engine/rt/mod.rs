//! The ground floor of the engine, below everything else: time, random numbers, panics, orders to end a load, the
//! runtime, and the values that generated code makes. It knows no load and no user.

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
