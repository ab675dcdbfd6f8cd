//! # Running
//!
//! `cargo test`, `cargo nextest run` and an editor's Run button. With `harness = false` and `brunt::main!()` libtest's
//! flags work too: filters, `--exact`, `--skip`, `--ignored`, `--list`, `--nocapture`, `--test-threads` ….
//!
//! Tests that measure time run one at a time, across threads and processes, unless their attribute says `concurrent`.
//! Where each is a process of its own, nextest counts the wait for its turn as the test's time: leave `slow-timeout` room.
//! The exit code is 101 when a test failed. Ctrl-C ends the load, and what was measured is reported; a second Ctrl-C
//! ends the process.
//!
//! # Settings
//!
//! From the environment, and from `.config/brunt.toml` in the crate or its workspace. The environment is stronger than
//! an `[[override]]`, that than the chosen profile, that than the attribute. An unknown key or a bad value is an error
//! that names its line.
//!
//! | variable | meaning |
//! |---|---|
//! | `BRUNT_USERS=5`, `BRUNT_DURATION=10s`, `BRUNT_RATE=50/s`, `BRUNT_SEED=42` … | an option of the attribute, for the tests that have it |
//! | `BRUNT_PROFILE=smoke` | a profile; `smoke` is built in: little load, and only whether operations succeed is judged. Pauses between stages (`0 for 5s`) stay whole up to 30 s: they are the system's time to recover |
//! | `BRUNT_FAIL_ON=critical` | missed `#[target]`s are warnings |
//! | `BRUNT_INCONCLUSIVE=warn` | inconclusive verdicts are warnings |
//! | `BRUNT_PASS=proven` | every target is one that must be [`proven`](super::targets) |
//! | `BRUNT_SLACK=3x` | limits of times and rates are so many times wider, as on a slower machine: `p95 < 50ms` is judged as `p95 < 150ms`, `throughput > 90/s` as `> 30/s`. Shares, counts, memory and relative limits stay, and so does all in virtual time |
//! | `BRUNT_OUT=dir` | where reports go, from where you stand; `brunt` in the workspace's target folder by default |
//! | `BRUNT_RUN=name` | which processes belong to one run; by default those of one cargo, nextest, typed command or script |
//! | `BRUNT_LIMIT=20min` | how much longer than planned a whole test may take before it is ended as failed, or `off`; 10 min by default. Setup and teardown count, and all of the load where its length is not planned (`iterations`) |
//! | `RUST_BACKTRACE=1` | where panics of bodies and hooks came from, once for each message, on the console and in `report.json` |
//! | `BRUNT_JUNIT=strict` | one `TEST-<binary>.xml` a binary, for readers that hold to the Surefire schema |
//! | `BRUNT_PROGRESS=off` | no progress on stderr |
//! | `BRUNT_REQUIRE=postgres,redis` | a server that is missing fails a test instead of skipping it; `,`, `;` or spaces between the names, in any case |
//! | `BRUNT_POSTGRES_BIN=dir`, `BRUNT_REDIS_BIN=dir` | where those servers' programs are, instead of `PATH` and the usual places |
//!
//! `iterations`, `total_iterations` and `duration` replace one another. An option that does not fit a test is noted in
//! its report when it comes from the environment or a profile, and an error when an `[[override]]` names that test. A
//! value that no test could take (`BRUNT_USERS=0`) is an error, and so is a slip for a server in `BRUNT_REQUIRE`
//! (`postgre`) or a word that is no server (`all`). An `[[override]]` that is for no test of a binary is a warning on stderr.
//! `BRUNT_FAIL_ON` and `BRUNT_INCONCLUSIVE` forgive what a declared target says; it stands as `forgiven` in JSON and JUnit, on
//! the console, and on stderr where libtest shows nothing of a test that passes. A failed
//! `verify`, an unknown name and trouble of the framework are never forgiven. Variables that begin with `BRUNT_TEST_`
//! are yours.
//!
//! ```toml
//! # .config/brunt.toml
//! [profile.nightly]
//! duration = "10min"
//!
//! [[override]]
//! name = "checkout::*"
//! profile = "nightly"
//! users = 500
//!
//! [profile.ci]
//! slack = "3x"
//!
//! [[override]]
//! name = "checkout::buy"
//! profile = "ci"
//! targets = ["p95 < 300ms", "throughput > 40/s"]
//! ```
//!
//! `targets` (or `BRUNT_TARGETS`) stand in place of the declared ones that limit the same measure on the same side, and
//! take their level; others come beside them. `slack` is put on last. The report's notes say what was judged instead of
//! what.
