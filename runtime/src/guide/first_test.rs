//! # First test
//!
//! From an empty crate to a passed test and a missed target. It takes about ten minutes, most of which is the first build.
//!
//! # 1. Add brunt
//!
//! Add these lines to the `Cargo.toml` of the crate that you want to test (or of a new one, `cargo new --lib shop`):
//!
//! ```toml
//! [dev-dependencies]
//! brunt = "0.1"
//! tokio = { version = "1", features = ["time"] } # this page's example sleeps with it
//! ```
//!
//! # 2. Write a test
//!
//! Write this into a new file, `tests/load.rs`:
//!
//! ```
//! use brunt::prelude::*;
//! use std::time::Duration;
//!
//! #[brunt::load_test(users = 10, iterations = 20)]
//! #[target(p95 < 100ms)]
//! async fn answers_quickly(user: &User) -> brunt::Result {
//!     user.step("nap", async {
//!         tokio::time::sleep(Duration::from_millis(5)).await; // your client's call goes here
//!         Ok::<_, std::io::Error>(())
//!     })
//!     .await
//! }
//! ```
//!
//! Ten *virtual users* run at the same time, and each calls the function twenty times. The code inside of `user.step`
//! is measured under the name `nap`. The test passes when 95 % of the two hundred calls took less than 100 ms, and none
//! failed.
//!
//! # 3. Run it
//!
//! ```text
//! $ cargo test --test load
//! note: `answers_quickly`: 200 operations are planned, too few to tell a percentile from
//! 1.2 times its limit: about 1300 for `p95` would do
//! running 1 test
//! report: /home/ann/shop/target/brunt/report.json
//! test answers_quickly ... ok
//!
//! test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.22s
//! ```
//!
//! It is a test like any other. The figures are in `target/brunt/report.json`; to see them here too, add
//! `-- --nocapture`:
//!
//! ```text
//! running 1 test
//! report: /home/ann/shop/target/brunt/report.json
//! ✓ pass  answers_quickly                                             tests/load.rs:6
//!   load     10 users × 20 iterations: 200 iterations in 148 ms, 1,354/s, all succeeded, at
//!            most 10 at once
//!   latency  mean 7.09 ms · p50 6.5 ms · p95 10.8 ms · p99 11.9 ms · p99.9 12 ms · max 12 ms
//!                 count  failed     mean      p50      p95      max
//!   step     nap    200       0  7.07 ms  6.49 ms  10.8 ms  11.9 ms
//!   target       observed   margin
//!   p95 < 100ms   10.8 ms  +89.2 %  ✓ held
//!   errors = 0          0           ✓ held
//! test answers_quickly ... ok
//! ```
//!
//! The *note* comes from the compiler: 200 calls are enough to show that a p95 is far below 100 ms, but too few to tell
//! 100 ms from 120 ms. Here that does not matter, as 11 ms is far below the limit.
//!
//! # 4. Miss a target
//!
//! Set the target to a limit that the test cannot hold, `p95 < 5ms`:
//!
//! ```text
//! test answers_quickly ... FAILED
//!
//! ---- answers_quickly stdout ----
//! ✗ fail  answers_quickly                                             tests/load.rs:6
//!   load     10 users × 20 iterations: 200 iterations in 154 ms, 1,300/s, all succeeded, at
//!            most 10 at once
//!   latency  mean 7.51 ms · p50 6.49 ms · p95 12.1 ms · p99 12.2 ms · max 14.7 ms
//!   target      observed  margin
//!   p95 < 5ms    12.1 ms  -142 %  ✗ missed
//!     12.1 ms is 142 % above 5ms (200 samples, 6.47 ms..12.2 ms with 95 % confidence)
//!   errors = 0         0          ✓ held
//! Error: 1 of 2 targets missed (a debug build: times are not those of a release build; try
//! `--release`)
//!   p95 < 5ms: missed: 12.1 ms is 142 % above 5ms; 200 samples; within 6.47 ms..12.2 ms with
//!   95 % confidence; at tests/load.rs:5
//! ```
//!
//! `observed` is the measured value. `margin` is the share of the limit that was left; it is below zero where the limit
//! was missed. The last line is the verdict for CI systems, with the place of the target.
//!
//! # 5. Make a mistake
//!
//! Mistakes in an attribute are compile errors at the word that is wrong:
//!
//! ```compile_fail
//! # use brunt::prelude::*;
//! #[brunt::load_test(usres = 10)] // unknown option `usres`: did you mean `users`?
//! #[target(p95 < 10%)] //           p95 is a time and `10%` a share
//! async fn mistaken(user: &User) {}
//! ```
//!
//! # Where it may stand
//!
//! A test may stand in a file of `tests/`, or in a `#[cfg(test)]` module in `src/`; neither needs a line in
//! `Cargo.toml`. With two lines in `Cargo.toml`, a file of `tests/` gets brunt's own harness, which shows progress and
//! the figures of passing tests. [Two harnesses](super::running#two-harnesses) describes it, and its price.
//!
//! # If it does not work
//!
//! | you see | why | what to do |
//! |---|---|---|
//! | nothing for a while | Another brunt test runs on this machine, in another terminal or an editor. | Wait, or end it: [tests wait for one another](super::running#tests-wait-for-one-another), and print that after ten seconds. |
//! | `cannot find attribute target` | `use brunt::load_test;` alone. | `use brunt::prelude::*;` |
//! | `cannot find module or crate tokio` | The example sleeps with tokio. | The line in `[dev-dependencies]` above. |
//! | `type annotations needed` at `user.step` | The `async` block does not name its error. | `Ok::<_, std::io::Error>(())`, as above. |
//! | `p95 wants at least 20 samples, but 2 iterations are planned` | Too few calls for that percentile. | More users or iterations. |
//! | `Cannot start a runtime from within a runtime` | A blocking client, or `block_on`, in an `async` body. | Make the body a plain `fn`, or use an async client. |
//! | `? inconclusive` | The run cannot tell. | [Inconclusive: what now](super::inconclusive) |
//! | `cargo doc -p brunt` panics | cargo itself, for a dev-dependency. | `cargo doc -p brunt --no-deps --lib --examples --open` |
//!
//! Next: [an HTTP service](super::http_service).
