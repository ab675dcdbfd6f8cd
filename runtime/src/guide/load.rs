//! # Load
//!
//! `#[brunt::load_test(…)]` describes the load: the number of users or arrivals, and the time. The load judges nothing;
//! [targets](super::targets) do.
//!
//! | you want | write |
//! |---|---|
//! | many users, each as fast as it can | `users = 100, iterations = 50`, or `duration = 30s` |
//! | users who pause as people do | `users = 50, duration = 30s, think_time = 1s..3s` |
//! | a fixed number of requests per second | `rate = 500/s, duration = 30s` |
//! | a ramp, a spike, a soak | `stages = […]` |
//! | several kinds of users | `scenarios = […]` |
//! | the same load over several inputs | `cases = […]` |
//! | hours of timers in moments | `virtual_time` |
//!
//! The usual kinds of load tests, and their purposes:
//!
//! | kind | question | write |
//! |---|---|---|
//! | smoke | does it work at all? | nothing: `BRUNT_PROFILE=smoke cargo test` runs every test with little load |
//! | average load | does it hold its targets on a usual day? | `rate = 200/s, duration = 5min` |
//! | stress | and at the busiest hour? | `stages = [50/s -> 500/s over 2min, peak: 500/s for 5min]` |
//! | spike | what does a sudden crowd do, and does it recover? | `stages = [before: 50/s for 1min, spike: 1_000/s for 20s, after: 50/s for 1min]` |
//! | soak | does it leak or slow down over hours? | `rate = 200/s, duration = 4h`, with `memory_growth < 10%` and `each(10min).p95 < 200ms` |
//! | breakpoint | how much can it carry? | `#[brunt::stress(search = capacity(…))]`: [capacity](super::capacity) |
//!
//! *Users or a rate?* Give a rate (an open model) for a service that strangers call: they come whether it is slow or
//! not, and an overload shows only in this model. Give users (a closed model) for a fixed number of workers or
//! connections, where each call waits for the one before.
//!
//! # Closed model: users
//!
//! A user calls the body, waits until it has ended, thinks, and calls it again.
//!
//! ```
//! # use brunt::prelude::*;
//! #[brunt::load_test(users = 100)] // a hundred users, one iteration each
//! # async fn a(user: &User) {}
//! #[brunt::load_test(users = 100, iterations = 50)] // fifty iterations each
//! # async fn b(user: &User) {}
//! #[brunt::load_test(users = 100, total_iterations = 1_000)] // a thousand, shared by all
//! # async fn c(user: &User) {}
//! #[brunt::load_test(users = 50, duration = 30s, ramp_up = 10s, think_time = 1s..3s)]
//! # async fn d(user: &User) {}
//! ```
//!
//! `ramp_up` spreads the starts of the users evenly over its time. `think_time`, fixed or drawn from a range, does not
//! count in a latency.
//!
//! # Open model: arrivals
//!
//! Iterations arrive on schedule, whatever the system does, as the users of a web site do. Latency counts from the
//! moment an iteration was *due*: a stall of one second shows in the latency of every arrival that it delayed.
//! The latency from the actual start is kept beside it as `service`.
//!
//! ```
//! # use brunt::prelude::*;
//! #[brunt::load_test(rate = 500/s, duration = 30s, max_users = 200)]
//! #[target(p99 < 200ms, service.p99 < 100ms, dropped < 0.1%)]
//! # async fn checkout(user: &User) {}
//! # #[brunt::load_test(rate = 500/s, duration = 30s, poisson)]
//! # async fn spread(user: &User) {}
//! ```
//!
//! An arrival that finds none of the `max_users` users free is *dropped* and counted. Dropped arrivals make the verdict
//! inconclusive, unless a target on `dropped` allows them. `poisson` draws the gaps from an exponential distribution.
//!
//! An arrival is *not sent* where the load generator itself is too late for it: an arrival that has not started a
//! moment after the end of the load is given up, so that the load ends in time. This is a limit of the generator and
//! not of the system: `unsent` counts it, and [more than 1 %](super::targets#the-generators-own-health) makes the
//! verdict inconclusive.
//!
//! # Bodies that block
//!
//! The users of an `async` body share one thread a core. A body that holds its thread (by `std::thread::sleep`, a
//! blocking client or a long computation) makes the other users wait, and a user that waits for a thread sends nothing.
//! Fifty users then put on no more load than one user a core. Make such a body a plain `fn` (its users have a thread
//! each), put the blocking part into `tokio::task::spawn_blocking`, or sleep with `tokio::time::sleep`.
//!
//! # Loads that hang
//!
//! A load of `iterations`, or a burst, is over when its users have done their work. Where no iteration has ended for
//! ten minutes beyond the planned time (25 hours of virtual time), brunt ends the load and the test fails. `timeout`
//! bounds an iteration.
//!
//! # Stages
//!
//! Stages follow one another; their names are selectors for targets.
//!
//! ```
//! # use brunt::prelude::*;
//! #[brunt::load_test(stages = [
//!     baseline: 10 for 20s,      // ten users
//!     10 -> 200 over 1min,       // more and more
//!     spike: 500 at once,        // each does one iteration, released together; over when all are done
//!     0 for 5s,                  // nobody
//!     after: 10 for 20s,
//! ])]
//! #[target(spike.success_rate > 80%, after.p95 < 1.2x baseline.p95)]
//! # async fn users(user: &User) {}
//! #[brunt::load_test(stages = [100/s for 10s, -> 500/s over 30s])] // arrivals likewise
//! # async fn arrivals(user: &User) {}
//! #[brunt::load_test(stages = [busy: 100 for 5s, 0 for 5s; 10])] // the list ten times
//! # async fn waves(user: &User) {}
//! #[brunt::load_test(users = 20, stages = [1min, steady: 9min])] // windows of one load, to judge the second
//! # async fn soak(user: &User) {}
//! ```
//!
//! # Scenarios
//!
//! Scenarios run at the same time; the body asks for the scenario that it runs in.
//!
//! ```
//! # use brunt::prelude::*;
//! #[brunt::load_test(users = 50, duration = 1min, scenarios = [list: 10x, buy: 1x])] // weights of one load
//! async fn shop(user: &User) {
//!     match user.scenario() {
//!         "buy" => { /* … */ }
//!         _ => { /* … */ }
//!     }
//! }
//!
//! #[brunt::load_test(
//!     scenarios = [quiet: 10/s, noisy: 100 from 10s until 20s], // loads of their own
//!     stages = [alone: 10s, beside: 10s],
//! )]
//! #[target(beside.quiet.p95 < 1.5x alone.quiet.p95, quiet.errors = 0)]
//! # async fn neighbours(user: &User) {}
//! ```
//!
//! # Cases
//!
//! The whole load runs once per input, one input after another. The names are selectors, and `setup` takes the value.
//!
//! ```
//! # use brunt::prelude::*;
//! #[brunt::load_test(users = 10, iterations = 100, setup = store_of, cases = [small: 1_000, large: 100_000])]
//! #[target(large.mean < 3x small.mean)]
//! async fn lookup(user: &User, store: &Vec<u32>) {
//!     std::hint::black_box(store.binary_search(&user.pick(0..1_000)).ok());
//! }
//!
//! fn store_of(rows: u32) -> Vec<u32> {
//!     (0..rows).collect()
//! }
//! ```
//!
//! # Around the load
//!
//! | option | meaning | default |
//! |---|---|---|
//! | `warm_up = 5s` | load before the measurement; its samples are left out | none |
//! | `timeout = 2s` | the longest time of an iteration; a longer one fails with the kind `timeout`, at the time that it had waited; a `user.think` in the body counts | none |
//! | `graceful_stop = 10s` | the time that iterations in flight at the end may take; after it they are *interrupted*, and counted | 30 s |
//! | `setup_timeout = 2min` | the time that each call of `setup`, `verify`, `teardown`, `user_setup` and `user_teardown` may take | 1 min |
//! | `abort_after = 5s` | how long a critical target must be missed to end the test early | 10 s |
//! | `settle = 60s` | how long the load may go on while a target is undecided: [until it is sure](#until-it-is-sure) | none |
//! | `seed = 42` | seed of everything random: the same seed draws the same | 0 |
//! | `per_core` | one runtime a core, for bodies that bring their own connections or are not `Send` | one shared runtime |
//! | `concurrent` | may run beside other tests: it does not measure time closely | one at a time |
//! | `virtual_time` | the same engine on a paused clock; for logic of timers, without sockets | real time |
//!
//! Tests run one at a time, over threads and processes, because two loads at once measure each other:
//! [tests wait for one another](super::running#tests-wait-for-one-another).
//!
//! No body and no hook can keep a test from ending: threads of brunt's own carry out ends, timeouts and Ctrl-C. An
//! iteration that never gives its thread back is counted as timed out, or as interrupted when `graceful_stop` is over,
//! and its thread is left behind; the report names the users that hung and their steps. A whole test may take 10
//! minutes longer than planned ([`BRUNT_LIMIT`](super::running)). Virtual time stands still while its thread is held;
//! there, a turn may take `graceful_stop` of real time.
//!
//! # Until it is sure
//!
//! The number of operations that a verdict needs depends on the system, and is not known before the run. `settle = 60s`
//! lets the load go on after its planned end while a target is [inconclusive](super::inconclusive), for 60 s at most. A
//! test whose targets are decided ends at its planned end.
//!
//! ```
//! # use brunt::prelude::*;
//! # async fn plain() -> brunt::Result { Ok(()) }
//! # async fn secured() -> brunt::Result { Ok(()) }
//! #[brunt::load_test(users = 20, duration = 10s, settle = 2min)]
//! #[target(secured.mean < 1.05x plain.mean)] // as long as noise decides, up to 2 min more
//! async fn costs_of_tls(user: &User) -> brunt::Result {
//!     user.pair("plain", plain(), "secured", secured()).await?;
//!     Ok(())
//! }
//! ```
//!
//! The report gives the time and the targets: *went on for 20 s (2 more rounds) until `secured.mean < 1.05x plain.mean`
//! was decided*, or *which is still undecided*.
//!
//! - The load goes on in *rounds*: the planned load again, on the same fixture, with the same users, their state and
//!   their connections. `user.iteration()` goes on, and random values are drawn anew. Every round lies behind the one
//!   before in all windows and stages. `verify` comes after the last round. Iterations in flight at the end of a round
//!   end before the next one begins, and that time is not counted against `settle`. A warm-up is not repeated.
//! - With `duration` alone the last round may be shorter, down to a second. Stages, ramps, and scenarios that come and
//!   go are put on whole or not at all. `iterations` are done again, and cut off where the time is up. With `cases` a
//!   round consists of all cases: each fixture is made, warmed up and verified anew, with users of its own.
//! - A stress test measures every input once more, for the same time or the same number of calls. A search for the
//!   capacity has no rounds.
//! - The load ends at once when a target is surely missed, when a critical target ends the test, and on Ctrl-C.
//! - brunt judges the targets after each round that added at least a tenth to the load. All these looks together are
//!   wrong no more often than the one look of a test without `settle`, as each has a part of its error.
//! - Amounts (`elapsed`, `count`, `sum`) are those of the planned load. A target that allows none of a kind
//!   (`errors = 0`, `lost.sum = 0`) must hold in every round. A number of failures such as `errors < 3` is refused
//!   beside `settle`: write a share.
//!
//! `BRUNT_SETTLE=5min`, a profile (`settle = "5min"`) or an `[[override]]` sets it for tests that do not have it; `0s`
//! takes it away, and so does the profile `smoke`. In virtual time it costs next to nothing.
//!
//! # Virtual time
//!
//! ```
//! # use brunt::prelude::*;
//! # use std::time::Duration;
//! #[brunt::load_test(rate = 100/s, duration = 10min, virtual_time, seed = 1)]
//! #[target(p50 = 10ms)]
//! async fn ten_minutes_at_once(user: &User) {
//!     tokio::time::sleep(Duration::from_millis(10)).await;
//! }
//! ```
//!
//! The clock is paused, and jumps to the next timer when every task waits for one. The same seed gives the same report.
//! Sockets do not work with it: opening one is an error with this reason.
//!
//! Next: [body and fixtures](super::body).
