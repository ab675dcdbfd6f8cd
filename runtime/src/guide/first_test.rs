//! # First test
//!
//! Add brunt to the dev-dependencies, and put this into `tests/load.rs`:
//!
//! ```
//! use brunt::prelude::*;
//!
//! #[brunt::load_test(users = 10, iterations = 20)]
//! #[target(p95 < 100ms)]
//! async fn answers_quickly(user: &User) -> brunt::Result {
//!     user.step("nap", async {
//!         tokio::time::sleep(std::time::Duration::from_millis(5)).await;
//!         Ok::<_, std::io::Error>(())
//!     })
//!     .await
//! }
//! ```
//!
//! `cargo test` runs it like any other test: ten virtual users call the function twenty times each. It passes when 95 %
//! of the two hundred calls took less than 100 ms and none failed; what was measured is in `target/brunt/report.json`.
//!
//! When a target is missed the test fails, and says what was measured, over how many samples and where:
//!
//! ```text
//! p95 < 5ms: missed: 6.21 ms is 24.2 % above 5 ms; 200 samples; at tests/load.rs:4
//! ```
//!
//! # Two harnesses, one function
//!
//! Without any change to `Cargo.toml` the function is a plain test of the standard harness, in `tests/` or in a
//! `#[cfg(test)]` module in `src/`. For summaries of passing tests and live progress, turn the harness off for that file
//! and let brunt be its `main`:
//!
//! ```toml
//! [[test]]
//! name = "load"
//! harness = false
//! ```
//!
//! and at the end of the file `brunt::main!();`. It has a price: plain tests (`#[test]`, `#[tokio::test]`) of that file and
//! its modules do not run, as the compiler drops them where the standard harness is off. Brunt reads the source, where it
//! is at hand, and names each in a warning on stderr; keep them in another file of `tests`. Tests that live in a dependency are linked when it is named:
//! `brunt::main!(my_suites);`.
//!
//! # Mistakes are compile errors
//!
//! ```compile_fail
//! # use brunt::prelude::*;
//! #[brunt::load_test(usres = 10)] // unknown option `usres`: did you mean `users`?
//! #[target(p95 < 10%)] //           p95 is a time and `10%` a share
//! async fn mistaken(user: &User) {}
//! ```
