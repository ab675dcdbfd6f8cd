//! Load, stress and resilience tests that are cargo tests.
//!
//! Annotate a function, declare what must hold, run `cargo test`:
//!
//! ```
//! use brunt::prelude::*;
//!
//! #[brunt::load_test(users = 100, iterations = 50)]
//! #[target(p95 < 50ms, throughput > 1_000/s)]
//! async fn read_heavy(user: &User) -> brunt::Result {
//!     let key = user.pick(0..1_000);
//!     user.step("read", read(key)).await?;
//!     Ok(())
//! }
//! # async fn read(key: u64) -> Result<u64, std::io::Error> { Ok(key) }
//! ```
//!
//! # Where to go on
//!
//! The [`guide`] has pages in an order of reading. Begin with a [first test](guide::first_test) and a whole [HTTP
//! service](guide::http_service). If you come from another tool, read [k6, Gatling, Locust, goose,
//! criterion](guide::coming_from). If a red test is *inconclusive*, read [what now](guide::inconclusive). For CI, read
//! [GitHub, GitLab, Jenkins](guide::ci).
//!
//! | for | there is | guide |
//! |---|---|---|
//! | many users at once | [`load_test`](macro@load_test) | [load](guide::load) |
//! | the cost of one call, and how it grows | [`stress`](macro@stress) | [stress](guide::stress), [capacity](guide::capacity) |
//! | what happens when something breaks | [`resilience`](macro@resilience) | [resilience](guide::resilience) |
//! | what must hold | [`target`](macro@target), [`critical`](macro@critical) | [targets](guide::targets) |
//!
//! # Features
//!
//! | feature | default | brings |
//! |---|---|---|
//! | `junit` | yes | `junit.xml` beside `report.json` |
//! | `progress` | yes | a live line on a terminal |
//! | `csv` | no | feeds from CSV files |
//! | `postgres` | no | `brunt::postgres`: real PostgreSQL clusters to be broken (Unix) |
//! | `redis` | no | `brunt::redis`: real Redis clusters to be broken (Unix) |

// Generated code names `::brunt`, also in the tests of this crate.
extern crate self as brunt;

pub mod breaker;
#[cfg(all(unix, any(test, feature = "cluster")))]
pub mod cluster;
mod engine;
mod error;
mod failure;
pub mod fault;
pub mod guide;
mod harness;
mod judge;
#[cfg(all(unix, feature = "postgres"))]
pub mod postgres;
pub mod prelude;
#[doc(hidden)]
pub mod private;
mod private_folder;
mod record;
#[cfg(all(unix, feature = "redis"))]
pub mod redis;
mod registry;
mod regular_file;
pub mod report;
pub mod saga;
mod servers;
mod sync;
mod units;

pub use brunt_macros::{critical, load_test, resilience, stress, target};
pub use engine::{Amount, Amounts, Attempts, Background, Injection, Lab, Recovering, millis, secs};
pub use engine::{Bytes, Counted, Counts, Feed, Pick, Samples, Steps, User, Value};
#[cfg(feature = "csv")]
pub use engine::{Csv, Row};
pub use error::Error;
pub use failure::{Failed, Result};
pub use record::allocator;
pub use report::Report;
