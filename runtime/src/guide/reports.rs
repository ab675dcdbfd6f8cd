//! # Reports
//!
//! All reports are in `brunt` in the workspace's target folder, or in the folder of `BRUNT_OUT`: a relative folder is
//! taken from the current directory, one in `.config/brunt.toml` from the root of the workspace. Each test binary
//! prints the place once.
//!
//! - `report.json`, of the schema [`brunt-report/1`](crate::report): every test with its load, metrics, steps, stages,
//!   scenarios, values, timeline of seconds, targets with observed value, limit, margin and samples, resources, and an
//!   HDR histogram (V2-deflate, base64) that other tools can merge.
//! - `junit.xml`: one testcase a test, with its own `time`, `file`, `line` and `timestamp`;
//!   `<failure type="target-missed">` carries the verdict and the place in the source, `<error>` is an error of the
//!   framework.
//! - a folder of the run's name, with the same files and the unfinished tests of its processes. The folders of the last
//!   five runs are kept, and those of runs that are under way.
//!
//! All test binaries of a `cargo test`, and all processes of a `cargo nextest run`, are in one report. Before a test
//! runs, the report has it as unfinished (`"incomplete": true`, in JUnit an `<error type="incomplete">`). While it
//! runs, its measurements so far are written every second. Whatever ends the process, the report belongs to this run,
//! and the test is red. `exit` in a body fails the process. Where two runs are under way at the same time,
//! `report.json` is that of the run that was started last.
//!
//! Each test has an `id` that no other test of the run has: package, kind of target, binary, name, attempt, repetition.
//! A test that passed when nextest tried it again is `"flaky": true` with the `attempts` that failed, and in JUnit a
//! testcase with `<flakyFailure>`; each repetition of `--stress-count` is a row of its own, in a suite named
//! `…@stress-0`.
//!
//! # From a script
//!
//! `report.json` has the same fields for every test; times are in nanoseconds (`…_ns`) or seconds (`…_s`), and a field
//! without a value is `null`. For a message on a pull request, or a dashboard:
//!
//! ```sh
//! jq -c '.tests[] | {name, verdict,
//!     p95_ns: .metrics.latency_ns.p95,
//!     missed: [.targets[] | select(.verdict != "pass") | .text]}' target/brunt/report.json
//! ```
//!
//! ```json
//! {"name":"customers","verdict":"fail","p95_ns":304218111,"missed":["\"POST /orders\".p95 < 250ms"]}
//! ```
//!
//! # On the console
//!
//! A test looks like this:
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
//! A row is shown where it has something to show:
//!
//! | row | it shows |
//! |---|---|
//! | `load` | the planned load, the iterations that were done, successes per second, the most iterations at once |
//! | `latency` | the latency of successes, timeouts and interrupted iterations |
//! | `service` | the same without the wait for the start, where the load is open |
//! | `rate` | successes per second over the time of the load |
//! | `stage`, `scenario`, `step`, `case`, `value` … | the same figures for each part that has a name |
//! | `sizes`, `growth` | of a stress test: the cost of each size, and the class that it seems to have |
//! | `levels`, `capacity` | of a search: every load that was tried, and the capacity |
//! | `target` | each target: the observed value, the margin, the verdict; below it the reason, where it did not hold |
//! | `errors` | failures by [kind](super::failures): number, share, first and last, the most frequent messages |
//! | `panic` | the places that panics came from |
//! | `build` | that it is a debug build |
//! | `note` | other facts, such as a generator that was held up, or settings that changed the limits |
//! | `reason` | the reason why the test was skipped, or could not be run |
//!
//! The *margin* is the share of the limit that was left; negative when it was missed. Targets that the test does not
//! declare, such as `errors = 0`, are [implicit rules](super::targets#failures-that-nobody-covers).
//!
//! A load that went on for a target (`settle`) has a note. It is in `report.json` under `settled` (`rounds`, `seconds`,
//! `for`, `undecided`), and in JUnit as properties `settled.rounds` …
//!
//! # Experiments
//!
//! A resilience test also shows its faults and their effects:
//!
//! ```text
//!   fault    at 3.003 s  latency 50ms ± 10ms at 127.0.0.1:5432 · first failure after 12 ms · healed after 2.1 s ·
//!                        affected 14 connections (#3, #4, #5, #6, #7, …), 1,204 pieces of data · seed 7
//!            at 4.000 s  kill postgres primary · no operation failed · healed after 900 ms · affected 40 operations
//!   recovery stable 4 s after injection, 1.9 s after healing
//!   isolated reports: 97 % of 100 succeeded within 200 ms, at least 92.4 % with 95 % confidence
//!   ledger   600 acknowledged · 0 lost · 12 indeterminate of 200 not acknowledged · 0 duplicate
//!   attempts 2.2x per operation: baseline 1x, fault 4x
//!   failures success_rate > 98%: 200 failed of 18 allowed (1,111 %): fault 200
//!   process  postgres-1: 50 % of a core, at most 64 MiB
//! ```
//!
//! The phases are among the stages. *isolated* has the bound that the number of operations supports: the lower end of
//! Clopper and Pearson's interval, which for 100 operations without a failure is 97 %. *failures* counts the failures
//! of the whole experiment against the number that the target allows (its error budget, `budgets` in JSON), phase by
//! phase. This count decides no verdict, as the target itself is judged without `fault` and `recovering` where it names
//! no phase. The last lines that a process wrote are shown where the test did not pass. In `report.json` all of this is
//! under `experiment`. In JUnit the faults are properties `fault.1`, `fault.2`, … beside the other figures, and the
//! whole text is in the body of a failure, or in `<system-out>` where the test passed; the strict form has it too.
//!
//! Next: [stress](super::stress).
