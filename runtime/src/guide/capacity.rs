//! # Capacity
//!
//! How much load does the system carry before its targets break? A search tries levels of users, or of arrivals a
//! second, until it knows:
//!
//! ```
//! # use brunt::prelude::*;
//! # async fn order() -> brunt::Result { Ok(()) }
//! #[brunt::stress(search = capacity(rate 100/s..=100_000/s), duration = 5s)]
//! #[target(capacity > 500/s, p95 < 200ms)]
//! async fn orders() -> brunt::Result {
//!     order().await
//! }
//! ```
//!
//! reads: *holds p95 < 200 ms at least up to 500/s*. `capacity` and `recovery_time` are of the search; all other targets
//! are judged at every level by itself, and a level holds when all of them do. In the report their rows are those of the
//! last level that held. `capacity(users 10..=10_000)` searches over users who loop; `rate` does not wait for the
//! system, so prefer it for a service that others call.
//!
//! # How it searches
//!
//! Levels double until one breaks; then the search halves the distance between the highest that held and the lowest that
//! broke, until they are within 2 %. A level that a target on `capacity` names is tried itself. A level that breaks is
//! tried again before that counts, for near the capacity chance decides single levels. Every level is put on the same
//! fixture, lasts for `duration` (5 s, which is also the least) and drains before the next.
//!
//! A level breaks when
//!
//! - a target is missed, critical or not, or something fails that no target speaks of;
//! - an arrival is dropped; all arrivals of a level may be in flight at once unless you give `max_users`;
//! - a backlog grows: in the last third of an open level the median latency is more than 1 % of `duration` above that of
//!   the first third, and has more than doubled. Of a rate that is a little too high, a percentile would still hold after
//!   five seconds, and not after an hour.
//!
//! A level with too few samples to judge (ten a second for five seconds tell no p99) does not count: the search goes up.
//!
//! # What comes out
//!
//! The console and `levels` in `report.json` have every level in the order tried: whether it held, its metrics, and why
//! it did not hold. Each is a stage of the whole: `500/s`, `500/s (again)`.
//!
//! - *The first level fails*: the test fails and says so. Start lower.
//! - *The highest level holds*: the capacity is *at least* that. That meets `capacity > 500/s` where it is enough, and
//!   leaves the target inconclusive where it is not.
//! - *The load generator was saturated* when a target was missed: that level could not be told, and the capacity is at
//!   least the one below.
//!
//! After the first level that broke, the last one that had held is put on until the targets hold in a window of a second
//! (wider where that has too few samples), for up to a minute. The time from the end of the load that broke the system to
//! the start of that window is its recovery: `recovery_s` in the report, and `#[target(recovery_time < 10s)]`.
