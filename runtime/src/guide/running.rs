//! # Running
//!
//! Run brunt's tests with `cargo test`, `cargo nextest run` or an editor's Run button. There is no program of brunt's
//! own to install.
//!
//! ```sh
//! cargo test --test load                   # the tests of tests/load.rs
//! cargo test --test load spike             # those whose name contains `spike`
//! cargo test --test load -- --exact spike  # that one
//! cargo test --test load -- --skip soak    # all but those
//! cargo test --test load -- --nocapture    # with the text of tests that pass
//! cargo test --release --test load         # figures of an optimised build
//! cargo nextest run -E 'binary(load)'      # a process for each test
//! ```
//!
//! The exit code is 101 when a test failed; the page on [CI](super::ci#exit-codes) has those of nextest and others.
//! `#[ignore]` works as on any test.
//!
//! Ctrl-C ends the load, and the report has the measurements until then; a second Ctrl-C ends the process at once.
//!
//! # Two harnesses
//!
//! The *harness* is the `main` of a test binary. The same function runs under either of two harnesses, without a change
//! to it.
//!
//! | | the standard one (libtest) | brunt's own, `brunt::main!()` |
//! |---|---|---|
//! | to get it | nothing to do | two lines in `Cargo.toml`, one at the end of the file |
//! | tests in `src/`, in `#[cfg(test)]` | yes | no, a file of `tests/` only |
//! | plain `#[test]`s in the same file | run | **do not run** |
//! | text of a test that failed | shown | shown |
//! | text of a test that passed | with `-- --nocapture` | shown |
//! | progress while a test runs | no | on a terminal; elsewhere a line every ten seconds |
//! | a test that `setup` found no server for | *ok*, with a note | *ignored*, with the reason |
//! | `--format junit`, `--shuffle` | only on nightly | yes |
//! | reports, verdicts, settings, nextest | the same | the same |
//!
//! Begin with the standard one. Change a file to brunt's own harness when you want to see the figures of tests that
//! pass:
//!
//! ```toml
//! [[test]]
//! name = "load"        # tests/load.rs
//! harness = false
//! ```
//!
//! and at the end of `tests/load.rs`:
//!
//! ```ignore
//! brunt::main!();
//! ```
//!
//! **The price.** In a file with `harness = false`, and in its modules, no `#[test]` and no `#[tokio::test]` runs: the
//! compiler drops them, and the binary contains no trace of them. Where brunt finds the source, it names each of them
//! in a warning on stderr:
//!
//! ```text
//! warning: /home/ann/shop/tests/load.rs:31: `parses` is not run: a target with
//! `harness = false` has no plain tests; move it to a file of its own in `tests`
//! ```
//!
//! So keep load tests in a file of their own. Without the last line, `brunt::main!();`, such a file does not compile:
//! it has no `main`. To link the tests of a library of suites, name the library: `brunt::main!(my_suites);`.
//!
//! # Tests wait for one another
//!
//! Two loads at once measure each other. Tests that measure time therefore run one at a time: those of one process, of
//! all processes that nextest starts, and of every other `cargo test` **of the same user on the same machine**. A test
//! waits for its turn before its `setup`. The wait is no part of its figures, but it is part of the time that libtest
//! and nextest show.
//!
//! Every ten seconds a waiting test prints the test that it waits for: its name, its process, the time for which it has
//! had its turn, and the lock file for the turns:
//!
//! ```text
//! readers: has waited 10 s for `soak` (process 31727, for 260 s) to end
//! (/tmp/brunt-1000/turn.lock)
//! ```
//!
//! This line is on stderr where the other test is of another process. Where it is of the same process, as is usual, the
//! standard harness keeps the line with the text of the test.
//!
//! | test | waits for | and is waited for by |
//! |---|---|---|
//! | as it is | every other brunt test | every other |
//! | `concurrent` in the attribute, or `virtual_time` | tests that are neither | tests that are neither |
//! | plain `#[test]`s | nothing: brunt does not see them | nothing |
//!
//! - **To opt out**, write `concurrent` where a test does not measure time closely: it then runs beside other tests
//!   with this option. Its targets should not be on latency.
//! - Plain tests run beside load tests in the same binary, and take CPU from them: another reason for a file of its own.
//! - *A test seems to hang*, and prints nothing for ten seconds: it waits. End the process that the message names, or
//!   let it end.
//! - The lock is released when its process ends, however it ends. It is in a folder of the user's own
//!   (`$XDG_RUNTIME_DIR`, else the folder for temporary files), so that a test does not wait for other users or
//!   containers.
//! - Under nextest the wait counts as the test's time: give `slow-timeout` room, or use a
//!   [test group](super::ci#nextest).
//!
//! # Settings and profiles
//!
//! A setting comes from one of four places. The first place that has the setting wins:
//!
//! 1. the environment: `BRUNT_USERS=5`;
//! 2. an `[[override]]` for this test in `.config/brunt.toml`, in the folder of the crate or of its workspace;
//! 3. the profile that `BRUNT_PROFILE` chooses, in the same file;
//! 4. the attribute of the test.
//!
//! An unknown key or a bad value is an error that names its line.
//!
//! | variable | meaning |
//! |---|---|
//! | `BRUNT_USERS=5`, `BRUNT_DURATION=10s`, `BRUNT_RATE=50/s`, `BRUNT_SEED=42` … | an option of the attribute, for the tests that have it |
//! | `BRUNT_PROFILE=smoke` | a profile; `smoke` is built in: it puts on little load, and judges only whether operations succeed. Pauses between stages (`0 for 5s`) stay whole up to 30 s: they are the system's time to recover |
//! | `BRUNT_FAIL_ON=critical` | missed `#[target]`s are warnings |
//! | `BRUNT_INCONCLUSIVE=warn` | inconclusive verdicts are warnings |
//! | `BRUNT_PASS=proven` | every target must be [`proven`](super::targets) |
//! | `BRUNT_SLACK=3x` | limits of times and rates are wider by this factor, for a slower machine: `p95 < 50ms` is judged as `p95 < 150ms`, `throughput > 90/s` as `> 30/s`. Shares, counts, memory and relative limits stay as they are, and so do all limits in virtual time |
//! | `BRUNT_OUT=dir` | the folder of the reports, relative to the current directory; `brunt` in the workspace's target folder by default |
//! | `BRUNT_RUN=name` | the name of the run, to which the processes with this name belong; by default a run is one cargo, nextest, typed command or script |
//! | `BRUNT_LIMIT=20min` | the time beyond its planned time that a whole test may take before it is ended as failed, or `off`; 10 min by default. Setup and teardown count, and all of the load where its length is not planned (`iterations`) |
//! | `RUST_BACKTRACE=1` | the places that panics of bodies and hooks came from, once for each message, on the console and in `report.json` |
//! | `BRUNT_JUNIT=strict` | one `TEST-<package>.<binary>.xml` a binary, for readers that hold to the Surefire schema |
//! | `BRUNT_PROGRESS=off` | no progress on stderr |
//! | `BRUNT_REQUIRE=postgres,redis` | a server that is missing fails a test instead of skipping it; `,`, `;` or spaces between the names, in any case |
//! | `BRUNT_POSTGRES_BIN=dir`, `BRUNT_REDIS_BIN=dir` | the folder of those servers' programs, instead of `PATH` and the usual places |
//!
//! - `iterations`, `total_iterations` and `duration` replace one another.
//! - An option that does not fit a test (`BRUNT_RATE` on a test of users) is noted in its report when it comes from the
//!   environment or a profile, and is an error when an `[[override]]` names that test.
//! - A value that no test could take (`BRUNT_USERS=0`) is an error, and so is a word in `BRUNT_REQUIRE` that is no
//!   server. An `[[override]]` whose name fits no test of the run so far is a warning on stderr; those without a test
//!   at the end are in `warnings` of `report.json`. The warning changes no verdict, as `cargo test -p` runs a part of
//!   the tests.
//! - Verdicts that `BRUNT_FAIL_ON` and `BRUNT_INCONCLUSIVE` forgive are marked `forgiven` in JSON and JUnit, on the
//!   console, and on stderr where the standard harness shows nothing of a test that passes. A failed `verify`, an
//!   unknown name in a target, and errors of the framework are never forgiven.
//! - Variables that begin with `BRUNT_TEST_` are yours: brunt does not read them.
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
//! `targets` (or `BRUNT_TARGETS`) replace those declared targets that limit the same measure on the same side, and keep
//! the level (target or critical) of the replaced ones; others are added. `slack` is applied last. The report's notes
//! list the declared and the judged targets.
//!
//! Next: [CI](super::ci).
