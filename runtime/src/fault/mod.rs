//! Faults for tests: a TCP proxy whose faults act on open connections, and processes that can be killed, stopped and
//! restarted.
//!
//! They work in any test, not only in resilience tests: a `setup` may start a proxy or a process. Every function that
//! breaks something returns a guard, which heals the fault when it is dropped (at the end of a block, by a panic, by a
//! timeout that cancels the test). Only a killed process stays dead until it is restarted. All guards implement
//! [`Heal`].
//!
//! # A slow network
//! ```no_run
//! use brunt::fault::{Fault, Injected, Proxy};
//! use brunt::prelude::*;
//! use std::time::Duration;
//!
//! struct Shop {
//!     proxy: Proxy,
//!     _slow: Injected,
//! }
//!
//! async fn shop() -> brunt::Result<Shop> {
//!     let proxy = Proxy::new("127.0.0.1:5432").await?;
//!     let slow = proxy.inject(Fault::latency(Duration::from_millis(50)).jitter(Duration::from_millis(10))).await?;
//!     Ok(Shop { proxy, _slow: slow })
//! }
//!
//! async fn order(shop: &Shop) -> brunt::Result {
//!     std::net::TcpStream::connect(shop.proxy.address())?;
//!     Ok(())
//! }
//! # let _ = (shop, order);
//! ```
//!
//! # What a client sees
//! | fault | on open connections | on new ones |
//! |---|---|---|
//! | [`refuse`](Fault::refuse) | nothing | `ConnectionRefused` |
//! | [`hang`](Fault::hang) | nothing | connected, then silence |
//! | [`reset`](Fault::reset) | `ConnectionReset` | connected, then `ConnectionReset` |
//! | [`black_hole`](Fault::black_hole) | silence; after healing every byte | connected, then silence |
//! | [`latency`](Fault::latency) | answers come later, the same number per second | the same |
//! | [`bandwidth`](Fault::bandwidth) | bytes drip, writes block | the same |
//! | [`stall`](Fault::stall) | some answers 200, 600, 1400 … ms late, and what follows them | the same |
//! | [`slicer`](Fault::slicer) | short reads | the same |
//! | [`limit`](Fault::limit) | an answer breaks off in an orderly end | the same |
//! | [`slow_close`](Fault::slow_close) | the end comes late | the same |
//!
//! Every fault can be narrowed: to a [share of the connections](Fault::connections), the [first few](Fault::first), a
//! [share of the data](Fault::pieces), [answers](Fault::on_answers) or [requests](Fault::on_requests); and
//! [`Fault::rule`] takes a [`Rule`] of your own. [`Injected::connections`] lists the connections that a fault affected.
//! [`Proxy::counts`] has the number of requests that arrived, with the retries that the client's own count may leave
//! out.
//!
//! # A process that dies
//! A [`Process`] is started with a ready check, can be killed, stopped and restarted, and ends with the test, however
//! the test ends.
//!
//! Clusters of real servers, whose nodes are such processes behind such proxies, are in `brunt::postgres` and
//! `brunt::redis` (features of these names).
//!
//! Sockets and processes need real time. In a test with a virtual clock, both are refused with an error.

mod clock;
mod error;
mod heal;
#[cfg(unix)]
mod process;
mod proxy;

pub use crate::failure::Missing;
pub use error::Error;
pub use heal::{Heal, Healing, Met};
#[cfg(unix)]
pub(crate) use process::unasked;
#[cfg(unix)]
pub use process::{Killed, Launch, Process, Ready, Stopped, Usage};
pub use proxy::{Action, Counts, Direction, Fault, Injected, Proxy, Rule};
