//! # Reports
//!
//! Everything lies in `target/brunt/`, or where `BRUNT_OUT` says.
//!
//! - `report.json`, of the schema [`brunt-report/1`](crate::report): every test with its load, metrics, steps, stages,
//!   scenarios, values, timeline of seconds, targets with observed value, limit, margin and samples, resources, and an
//!   HDR histogram (V2-deflate, base64) that other tools can merge.
//! - `junit.xml`: one testcase a test; `<failure type="target-missed">` carries the verdict and the place in the source,
//!   `<error>` is trouble of the framework.
//! - a folder of the run's name with each test's own part, rewritten every second while the test runs. A killed process
//!   leaves its last part, marked `"incomplete": true`.
//!
//! All test binaries of a `cargo test`, and all processes of a `cargo nextest run`, are merged into one report.
//!
//! On the console a test looks like this:
//!
//! ```text
//! ✓ pass  read_heavy                                                         tests/load.rs:28
//!   load     100 users × 50 iterations: 5,000 iterations in 1.52 s, 3,291/s, all succeeded, at most 100 at once
//!   latency  mean 29.4 ms · p50 28.3 ms · p95 46.9 ms · p99 57.4 ms · p99.9 87.9 ms · max 105 ms
//!   target               observed   margin
//!   throughput > 1000/s   3,291/s   +229 %  ✓ held
//!   elapsed < 10s          1.52 s  +84.8 %  ✓ held
//!   errors = 0                  0           ✓ held
//! ```
//!
//! The *margin* is the share of the limit that was left; negative when it was missed.
