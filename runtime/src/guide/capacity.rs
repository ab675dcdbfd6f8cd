//! # Capacity
//!
//! A search finds the highest load that a system carries before its targets break. It tries levels of users, or of
//! arrivals per second:
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
//! This reads: *p95 stays below 200 ms at least up to 500/s*. `capacity` and `recovery_time` are metrics of the search.
//! All other targets are judged at each level by itself, and a level holds when all of them hold. The report shows
//! their rows for the level that was confirmed. `capacity(users 10..=10_000)` searches over numbers of users in a
//! closed model. `rate` is an open model: prefer it for a service that others call.
//!
//! # What the capacity is
//!
//! The capacity is the highest level that held **and held again**: with other random draws and iteration numbers, for
//! four times the length of a level, and right after an overload that used up the system's reserves (tokens of a rate
//! limiter, room in queues and caches, idle connections). A token bucket of 300/s that holds 3,000 tokens is found to
//! carry 300/s, not the 800/s that it gives for some seconds. For a system that changes during the search (it leaks,
//! warms up, scales out) the capacity is the load that it carried at the end, during the confirmation.
//!
//! # How it searches
//!
//! 1. *Up*: levels double until one breaks. Then the search puts the level before it on again until the targets hold in
//!    a window of a second (wider where that has too few samples), for up to a minute. The time from the end of the
//!    load that broke the system to the start of that window is the recovery: `recovery_s` in the report,
//!    `#[target(recovery_time < 10s)]`.
//! 2. *Between*: the search halves the distance between the highest level that held and the lowest that broke, until
//!    they are within 2 %. If a target on `capacity` names a level, the search tries exactly this level.
//! 3. *Confirmation*: an overload of twice the level that held; then the level that broke once more (a system that was
//!    cold or small may hold it now); then the level that held, until it holds again, and then for four lengths of a
//!    level. Where no level broke there was no overload, and the level is confirmed for twelve lengths. A level that is
//!    not confirmed is not the capacity: the search goes down from there.
//!
//! Near the capacity, chance decides single levels. A level that breaks is therefore tried again with another seed
//! before it counts (for three times as long where it was near). A level that a target names is tried three times, and
//! a level with an undecided target is tried again for longer. Every level has a seed of its own, made from the test's,
//! and `user.iteration()` goes on from level to level: a pair `(user.id(), user.iteration())` never occurs twice.
//!
//! Every level lasts for `duration` (the default of 5 s is also the minimum), and drains before the next. A search from
//! 20/s for a capacity of 300/s takes about two minutes, or five where the system must be set up again. It never takes
//! more than 240 times `duration` (20 min) and the level under way; after half of that it accepts the result that it
//! has. Give a `duration` that is longer than the intervals between rare events of the system: levels of five seconds
//! do not show a garbage collection that comes every ten seconds.
//!
//! A level breaks when
//!
//! - a target is missed, critical or not, or there is a failure that no target covers; a level of 15 s or more also
//!   breaks when this is so in its second half alone;
//! - a backlog grows: in the last third of an open level the median latency is more than 1 % of the level's length
//!   above that of the first third, and has more than doubled. At a rate that is a little too high, a percentile would
//!   still hold after five seconds, but not after an hour.
//!
//! A level with too few samples to judge (ten per second for five seconds are too few for a p99) does not count: the search
//! goes up.
//!
//! # When an overload leaves the system broken
//!
//! After an overload the system may no longer hold a level that it had held before: either it held that level by its
//! reserves only, or the overload broke it. To find out, the search makes the fixture again: it calls `teardown` and
//! `setup`, and puts the level on for twelve lengths. If the level holds, the overload was the reason. From then on the
//! fixture is made again after each level that breaks, the capacity is that of a system that was not overloaded, and
//! the report has a note of it. The search also makes the fixture again where it confirms far less than the system
//! carried when it was overloaded for the first time.
//!
//! A fixture that is `shared(…)`, or a system that no `setup` makes, cannot be made again. Then the search goes down to
//! a level that the system still holds, and this level is a lower bound; where the system holds none, the search ends.
//! In both cases targets are judged by the measurements before, and are inconclusive where these do not decide them.
//! `verify` is called on the last fixture.
//!
//! # What comes out
//!
//! The console and `levels` in `report.json` list every load in the order in which it was put on: its purpose, whether
//! it held, its metrics, and the reason why it did not hold. Each is a stage of the whole: `500/s`, `500/s (again)`,
//! `1000/s (overload)`, `500/s (recovery)`, `250/s (fresh start)`, `490/s (confirmation)`.
//!
//! - *The first level fails*: the test fails with this reason. Start lower.
//! - *The highest level holds*: the capacity is *at least* that. A target such as `capacity > 500/s` holds where this
//!   is enough, and is inconclusive where it is not.
//! - *The load generator could not send a level*: half of its arrivals started late by 0.5 % of its length, or it was
//!   saturated and a target could not be told, or arrivals found no free user of the `max_users` that you gave (without
//!   it, all may be in flight at once). This is the generator's limit, not the system's: the capacity is *at least* the
//!   level below. A target on `dropped` makes dropped arrivals count against the system.
//! - *A level surely broke below the target*: the target is missed.
//!
//! # How sure it is
//!
//! Fifteen simulated systems (steady, random, token buckets, write-behind queues, thrashing, leaking, cold,
//! autoscaling, pausing, in batches, shedding, breaking for good) are each found within 5 %:
//! `cargo test -p brunt --lib each_system_is_found -- --nocapture` prints them, with the time that each search takes. A
//! target 5 % below the true capacity never failed and one 5 % above it never passed in the runs of
//! `a_target_a_twentieth_below`. The search does not find a system's reserves where no level broke and the reserves
//! last for longer than the confirmation.
//!
//! Next: [resilience](super::resilience).
