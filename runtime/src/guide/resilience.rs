//! # Resilience
//!
//! `#[brunt::resilience]` runs an experiment: while background loads go on, the test breaks something real. brunt
//! measures the time until the fault was detected, the time until the system had recovered, and the writes that were
//! lost.
//!
//! ```no_run
//! # use brunt::fault::{Fault, Proxy};
//! # struct Shop { proxy: Proxy }
//! # impl Shop {
//! #     async fn order(&self, _id: u64) -> Result<(), std::io::Error> { Ok(()) }
//! #     async fn search(&self) -> Result<(), std::io::Error> { Ok(()) }
//! #     async fn orders(&self) -> Result<Vec<u64>, std::io::Error> { Ok(Vec::new()) }
//! # }
//! # async fn shop() -> brunt::Result<Shop> { Ok(Shop { proxy: Proxy::new("127.0.0.1:5432").await? }) }
//! use brunt::prelude::*;
//!
//! #[brunt::resilience(setup = shop)]
//! #[target(success_rate > 99%, fault.search.errors < 1%, recovery.p95 < 2x baseline.p95)]
//! #[target(detection_time < 1s, recovery_time < 10s, lost_writes = 0, isolation >= 99%)]
//! async fn database_unreachable(lab: &Lab, shop: &Shop) -> brunt::Result {
//!     lab.load("order", 100.per_second(), |user| shop.order(user.unique_id()));
//!     lab.bystander("search", 20.per_second(), |_| shop.search()).within(millis(200));
//!     lab.baseline(secs(2)).await?;      // not steady: nothing is broken
//!     let fault = lab.inject(shop.proxy.inject(Fault::refuse())).await?;
//!     fault.hold(secs(2)).await?;
//!     fault.heal().await?;
//!     lab.recovery(secs(10)).await?;     // until it is shown that it is well again
//!     lab.stop().await?;
//!     lab.ledger(shop.orders().await?)
//! }
//! ```
//!
//! The body is plain Rust: between the lines of the experiment it may promote a replica, deploy a version, or look
//! something up. [`Lab`](crate::Lab) has the methods of an experiment; [`fault`](crate::fault) has the faults.
//!
//! # A whole example
//!
//! One file, `tests/outage.rs`: a shop asks a stock service for every order, and the test breaks the network between the
//! two. It needs nothing but axum and reqwest (`Cargo.toml` as under [an HTTP service](super::http_service)), and is a test
//! of brunt's own repository: `cargo test -p workflow-service --test outage`.
//!
#![doc = "```ignore"]
#![doc = include_str!("../../guide/outage.rs")]
#![doc = "```"]
//!
//! `cargo test --test outage -- --nocapture` prints, among other rows:
//!
//! ```text
//! ✓ pass  stock_cannot_be_reached                                     tests/outage.rs:72
//!   load     experiment, load order, bystander browse: 662 iterations in 6.61 s, 85/s,
//!            84.9 % succeeded, at most 4 at once
//!   fault    at 2.019 s  reset, at 127.0.0.1:42381 · first failure after 3.03 ms · healed
//!                        after 2 s · affected 102 connections (#0, #1, #2, #3, #4, …)
//!   recovery stable 2.01 s after injection, 4.94 ms after healing
//!   isolated browse: 100 % of 100 succeeded within 250 ms, at least 97 % with 95 % confidence
//!                        count  failed     mean      p50      p95      max
//!   stage    baseline      200       0  7.15 ms  5.48 ms  22.1 ms  35.1 ms
//!            fault         200     100  5.91 ms  4.71 ms    17 ms  30.1 ms
//!            recovering    158       0  2.64 ms  1.34 ms  13.6 ms  24.4 ms
//!            recovery      102       0  3.88 ms  1.44 ms  14.3 ms  41.2 ms
//!   target               observed   margin
//!   success_rate > 99%      100 %  +1.01 %  ✓ held
//!   detection_time < 1s   3.03 ms  +99.7 %  ✓ held
//!   recovery_time < 10s    2.01 s  +79.9 %  ✓ held
//!   isolation >= 90%        100 %  +11.1 %  ✓ held
//! ```
//!
//! A hundred orders failed, all of them in `fault`, where failures are expected; `success_rate > 99%` is judged over
//! the rest of the time. The shop's behaviour during the fault can be a target as well:
//! `fault.order.errors.p95 < 600ms` requires fast failures (this target holds), `fault.order.success_rate > 50%`
//! requires a shop that takes orders without its stock service (this target is missed).
//!
//! # Phases
//!
//! | phase | from | until | failures |
//! |---|---|---|---|
//! | `baseline` | `lab.baseline(…)` | its end | need a target |
//! | `fault` | `lab.inject(…)` | the last fault is healed, or `lab.recovery(…)` | expected |
//! | `recovering` | then | it has been shown that the system recovered | expected |
//! | `recovery` | then | the end, or the next fault | need a target |
//! | `always` | | every phase, and the time outside of all | |
//!
//! The phases are selectors of targets: `fault.errors < 50%`, `recovery.order.p99 < 1.5x baseline.order.p99`; `always`
//! selects all of them together: `always.p95 < 1s`. Operations in flight when the fault came belong to `fault`, with
//! their steps, values and checks that ended since. **A target that names no phase is the steady-state hypothesis**. It
//! must hold in the baseline, or the test is *inconclusive* and nothing is broken. The system counts as recovered when
//! the target is shown to hold again, for all loads and bystanders together, as far as it is about whole operations.
//! And the target is judged over all time but `fault` and `recovering`. Without a target on errors the hypothesis is
//! that nothing fails.
//!
//! **A fault does not excuse a wrong answer.** A `check` that does not hold, and a panic, fail the test in `fault` and
//! `recovering` too, unless a target covers them there: `always.errors("check: total") <= 3`.
//!
//! A system that is left broken does not pass. If the test does not wait for a recovery after the last fault, and has
//! no operation after the healing, the hypothesis must hold while the fault is at work as well, or a target must set a
//! limit for that time (`fault.success_rate > 50%`).
//!
//! # Recovery
//!
//! `lab.recovery(secs(10))` waits until the system is shown to have recovered, for ten seconds at most. One good moment
//! is not enough: the system counts as recovered when enough operations in a row show that it meets all targets again.
//!
//! **How many operations that takes**: about 150 where none goes wrong, for a `p95`, for `errors = 0` and most other
//! targets. It takes more where some went wrong in the baseline already (about 400 at 1 % above the limit of a `p95`),
//! and more where failures went on for some time after the healing. At 50/s, 150 operations are three seconds; at
//! 1,000/s they come within the shortest window that [`stable_for`](crate::Recovering::stable_for) allows (1 s). The
//! window grows until there are enough, up to the limit of `lab.recovery(…)`. If that limit is reached and nothing went
//! wrong, but there were too few operations, the test is *inconclusive*, and the reason has the number of operations,
//! and of seconds at their rate, that would be enough.
//!
//! **The recovery time** counts from the injection to the first answer of the stable time, to the millisecond. The
//! stable time begins after the last operation that went wrong, and after the healing where chance explains that
//! nothing went wrong just before it. Answers from before the injection do not count. A system that works and fails in
//! turns counts as recovered after a quiet time of that length: give a longer `stable_for`.
//!
//! **How sure it is**: over all looks, a system that still misses its targets counts as recovered in one of a thousand
//! experiments at most. Every target on operations is tested by a sequential likelihood ratio (Wald 1945). The share
//! that goes wrong must not be above the share that the target allows (5 % above the limit of a `p95`, 1 % failures for
//! `success_rate > 99%`), and there must be enough operations to show a share that is too high. The smallest share that
//! counts as too high is 5 %, or the share that the target allows where this is larger. If the share that went wrong
//! during the fault lies between the share that the target allows and 5 %, it counts instead of 5 %. A mean must hold
//! with its uncertainty, a throughput in every window.
//!
//! # Loads
//!
//! `lab.load(name, amount, operation)` goes on in the background, on the same engine as any load test:
//! `500.per_second()` are arrivals on schedule, whatever the system does (open model); `20.users()` are users that call
//! in a loop (closed model). The name is a scenario. Give an amount a [`timeout`](crate::Amount::timeout) for each
//! operation: without one, an operation against a system that never answers does not end, and counts as interrupted.
//!
//! An operation's closure may borrow the fixture. It gets a [`User`](crate::User) of its own, for steps, tags and
//! values. Write an operation of several steps as an async closure:
//!
//! ```no_run
//! # use brunt::prelude::*;
//! # #[derive(Default)] struct Shop;
//! # impl Shop {
//! #     async fn login(&self) -> Result<u64, std::io::Error> { Ok(1) }
//! #     async fn order(&self, _session: u64) -> Result<(), std::io::Error> { Ok(()) }
//! # }
//! # async fn shop() -> brunt::Result<Shop> { Ok(Shop) }
//! # #[brunt::resilience(setup = shop)]
//! # async fn steps(lab: &Lab, shop: &Shop) -> brunt::Result {
//! lab.load("buy", 20.users().timeout(secs(1)), async |user| -> brunt::Result {
//!     let session = user.step("login", shop.login()).await?;
//!     user.step("order", shop.order(session)).await
//! });
//! # Ok(())
//! # }
//! ```
//!
//! # What is measured that operations do not show
//!
//! | metric | meaning |
//! |---|---|
//! | `detection_time` | from the injection to the end of the first operation that failed, of those in flight or due while the fault was at work; where several faults were at work, the failure counts for each, and the report names the others |
//! | `recovery_time` | from the injection until the first operation of the stable time was answered; the report has the time from the healing too |
//! | `isolation` | the share of bystanders' operations that succeeded in time while something was broken (from the injection until the start of the stable time), with the bound that their number supports; `fault.isolation` and `recovering.isolation` are of these phases |
//! | `lost_writes` | writes that were acknowledged, and not read back |
//! | `indeterminate_writes` | writes that were not acknowledged, and yet are there |
//! | `duplicate_writes` | writes that are there more than once |
//! | `amplification` | attempts at the dependency ÷ operations that were asked for: `fault.amplification < 3x` |
//! | `compensation_time`, `orphans` | of a [saga](crate::saga) |
//! | `process("api").cpu`, `.peak_memory` | of a process that [`lab.process`](crate::Lab::process) started, while it ran |
//!
//! The ledger identifies the write of an operation by the [`unique_id`](crate::User::unique_id) that it draws, or by
//! [`writes`](crate::User::writes); the operation's success is the acknowledgement. Read back after the loads are
//! [stopped](crate::Lab::stop): a write during the reading may or may not be there, and is left out.
//!
//! Attempts are requests at the proxies of [`lab.proxy`](crate::Lab::proxy) and connections turned away there, or the
//! count of [`lab.attempts`](crate::Lab::attempts). A proxy cannot count connections that were refused: use
//! `lab.attempts` where a fault refuses.
//!
//! # When it ends early
//!
//! A guard that is dropped heals its fault: at the end of a block, by an error that `?` passes on, by a panic, by the
//! test's `timeout` (which bounds the body), by Ctrl-C. The test does not end before everything is healed. A
//! `#[critical(…)]` target is the stop condition: if it is missed for `abort_after` (10 s), it ends the experiment. It
//! must name the phase that it is to stop, `#[critical(fault.success_rate > 20%)]`, or `always`: a critical target that
//! names no phase is not judged while a fault is at work.
//!
//! An experiment is *inconclusive* for one of these reasons: the baseline was not steady; a fault affected no
//! operation; there were too few operations to tell whether the system recovered; nothing was acknowledged, there was
//! no bystander, or the subject of another target was missing. No setting makes a pass of a baseline in which nothing
//! succeeded. A fault counts as having affected an operation where it acted on a connection, also where it refused a
//! connection and the client found another way. [Inconclusive: what now](super::inconclusive#experiments) explains each
//! reason.
//!
//! # Virtual time
//!
//! With `virtual_time` an experiment on logic alone (a circuit breaker, retries, a saga) runs on a paused clock: a minute
//! of waiting costs nothing. Sockets and processes are refused there. Without any load the body itself is the one
//! iteration:
//!
//! ```
//! # use brunt::prelude::*;
//! # use std::time::Duration;
//! #[brunt::resilience(virtual_time)]
//! #[target("third attempt".max < 1s)]
//! async fn gives_up_slowly(lab: &Lab) -> brunt::Result {
//!     tokio::time::sleep(Duration::from_secs(60)).await;
//!     lab.step("third attempt", async { brunt::Result::<()>::Ok(()) }).await
//! }
//! ```
//!
//! # Randomness
//!
//! Everything random comes from the test's seed, which the report names: `BRUNT_SEED=7` runs all tests with another,
//! and replays one. The fault timeline shows the seed of each fault that is random (jitter, a share of connections).
//!
//! Next: [coming from another tool](super::coming_from).
