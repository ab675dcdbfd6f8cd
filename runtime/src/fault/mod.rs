//! What can be broken: the network, by a proxy whose faults come and go on live connections, and processes.
//!
//! Nothing here needs a resilience test: any test's `setup` may start a proxy or a process, and a guard that is dropped
//! heals what it broke.

mod clock;
mod error;
mod proxy;

pub use error::Error;
pub use proxy::{Action, Counts, Direction, Fault, Injected, Proxy, Rule};
