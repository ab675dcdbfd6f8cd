//! # An HTTP service, whole
//!
//! One file, `tests/shop.rs`: a small web shop with axum, a fixture that starts it on a free port, and two load tests
//! that call it with reqwest. It is also a test of brunt's own repository
//! (`cargo test -p workflow-service --test shop`), so the code on this page compiles and passes.
//!
//! ```toml
//! [dependencies]
//! axum = "0.8"
//! serde = { version = "1", features = ["derive"] }
//! tokio = { version = "1", features = ["net", "rt-multi-thread", "time"] }
//!
//! [dev-dependencies]
//! brunt = "0.1"
//! reqwest = { version = "0.13", default-features = false, features = ["json"] } # without TLS
//! ```
//!
//! | part | purpose |
//! |---|---|
//! | `router` | the service; in a project of your own it is in `src`, and the test calls it |
//! | `Shop::start` | the `setup`: runs once per test, and is not measured |
//! | `Shop::book`, `Shop::order` | a client of your own, with plain reqwest; brunt does not depend on it |
//! | `Shop::has_every_order` | the `verify`: runs after the load, and fails the test where an order is lost |
//! | `kinds!` | gives the errors of reqwest names: [failures](super::failures) |
//! | `readers`, `customers` | the tests: a closed and an open [load](super::load), with [targets](super::targets) |
//!
#![doc = "```ignore"]
#![doc = include_str!("../../guide/shop.rs")]
#![doc = "```"]
//!
//! # What it prints
//!
//! `cargo test --test shop` prints the usual lines of `cargo test`:
//!
//! ```text
//! running 2 tests
//! report: /home/ann/shop/target/brunt/report.json
//! test readers ... ok
//! test customers ... ok
//!
//! test result: ok. 2 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 6.23s
//! ```
//!
//! The figures are in `target/brunt/report.json` and `junit.xml`. To see them on the console as well, use
//! [the full harness](super::running#two-harnesses).
//!
//! Now let the shop be slow: put `tokio::time::sleep(Duration::from_millis(300)).await;` into `order`. The test fails,
//! and the message names the missed target, the difference and the place:
//!
//! ```text
//! ✗ fail  customers                                                tests/shop.rs:126
//!   load     50/s for 4s, at most 100 users: 200 iterations in 4 s, 42.5/s, 93.5 %
//!            succeeded, at most 21 at once
//!   latency  mean 303 ms · p50 303 ms · p95 304 ms · p99 304 ms · p99.9 304 ms · max 304 ms
//!   service  mean 302 ms · p50 303 ms · p95 304 ms · p99 304 ms · p99.9 304 ms · max 304 ms
//!   rate     ▅███  30/s to 48/s, a second each
//!                             count  failed    mean     p50      p95      max
//!   step     GET /books/{id}    200       0  667 µs  679 µs  1.03 ms  1.22 ms
//!            POST /orders       200      13  302 ms  302 ms   303 ms   303 ms
//!   target                      observed   margin
//!   p95 < 500ms                   304 ms  +39.2 %  ✓ held
//!   "POST /orders".p95 < 250ms    303 ms    -21 %  ✗ missed
//!     303 ms is 21 % above 250ms (187 samples, 302 ms..303 ms with 95 % confidence)
//!   errors("sold out") < 15%       6.5 %  +56.7 %  ✓ held
//!   errors   sold out 13 × (6.5 %), 1.04 s..4.22 s: no copy of book 7 is left
//! Error: 1 of 3 targets missed (a debug build: times are not those of a release build; try
//! `--release`)
//!   "POST /orders".p95 < 250ms: missed: 303 ms is 21 % above 250ms; 187 samples; within
//!   302 ms..303 ms with 95 % confidence; at tests/shop.rs:125
//! ```
//!
//! # A service that runs elsewhere
//!
//! The `setup` does not have to start a service. For a service that is running already, let it read the address and
//! check once that the service answers. A wrong address is then one clear error instead of a thousand failed requests:
//!
//! ```no_run
//! # type Error = Box<dyn std::error::Error + Send + Sync>;
//! struct Deployed {
//!     url: String,
//! }
//!
//! async fn deployed() -> Result<Deployed, Error> {
//!     let url = std::env::var("SHOP_URL").map_err(|_| "set SHOP_URL to the shop's address")?;
//!     // … one request to `{url}/health` …
//!     Ok(Deployed { url })
//! }
//! # let _ = deployed;
//! ```
//!
//! [`Process::start`](crate::fault::Process::start) starts a service that is a program of its own, with a
//! [`Ready`](crate::fault::Ready) check; the program ends with the test, however the test ends. Tests that share one
//! service use [`shared` or `shared_by_run`](super::body#what-tests-share).
//!
//! Next: [load](super::load).
