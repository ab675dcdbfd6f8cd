//! # CI
//!
//! In CI a load test is a test: `cargo test` or `cargo nextest run`, an exit code, a `junit.xml`. The machine is
//! different: it is slower than yours and shared with others.
//!
//! # A plan that works
//!
//! | when | command | it finds |
//! |---|---|---|
//! | every push | `BRUNT_PROFILE=smoke cargo test` | tests that no longer run, operations that fail; each test takes seconds |
//! | every pull request | `BRUNT_PROFILE=ci cargo test` | the whole load, with limits that fit the slower machine |
//! | every night | `BRUNT_PROFILE=nightly cargo test --release` | long loads, tight limits |
//!
//! The profile `smoke` is built in: five users or ten arrivals a second for two seconds at most, and only failures are
//! judged. You define the others in `.config/brunt.toml`:
//!
//! ```toml
//! [profile.ci]
//! slack = "3x"              # p95 < 50ms is judged as p95 < 150ms, throughput > 90/s as > 30/s
//! settle = "30s"            # an undecided target may take 30 s more
//!
//! [profile.nightly]
//! duration = "10min"
//! pass = "proven"           # a pass must be shown beyond noise as well
//! ```
//!
//! # Exit codes
//!
//! | code | from | it means |
//! |---|---|---|
//! | 0 | both | every test passed, was skipped, or was forgiven by a setting |
//! | 101 | `cargo test` | a test failed, was inconclusive, could not be run, or was stopped by a signal |
//! | 130 | `cargo test`, of a file with `brunt::main!` | it was stopped by Ctrl-C or SIGTERM |
//! | 100 | `cargo nextest run` | a test failed, was inconclusive, or could not be run |
//!
//! The reports are written whatever the code is.
//!
//! # GitHub Actions
//!
//! ```yaml
//! name: load
//! on: [pull_request]
//! permissions:
//!   contents: read
//! jobs:
//!   load:
//!     runs-on: ubuntu-latest
//!     timeout-minutes: 30
//!     steps:
//!       - uses: actions/checkout@v4
//!       - uses: actions/cache@v4                # what cargo downloads and builds
//!         with:
//!           path: |
//!             ~/.cargo/registry
//!             target
//!           key: load-${{ runner.os }}-${{ hashFiles('**/Cargo.lock') }}
//!           restore-keys: load-${{ runner.os }}-
//!       - run: rm -rf target/brunt               # the reports of the run that filled the cache
//!       - run: cargo test --test load
//!         env:
//!           BRUNT_PROFILE: ci
//!       - if: always()                           # also when the step before failed
//!         uses: actions/upload-artifact@v4
//!         with:
//!           name: brunt-report
//!           path: target/brunt/
//! ```
//!
//! # GitLab
//!
//! ```yaml
//! load:
//!   image: rust:1
//!   variables:
//!     BRUNT_PROFILE: ci
//!     BRUNT_OUT: brunt-report                    # outside of the cached `target`
//!     CARGO_HOME: $CI_PROJECT_DIR/.cargo
//!   cache:
//!     key:
//!       files: [Cargo.lock]
//!     paths: [.cargo/registry, target]
//!   script:
//!     - cargo test --test load
//!   artifacts:
//!     when: always
//!     paths: [brunt-report]
//!     reports:
//!       junit: brunt-report/junit.xml
//! ```
//!
//! # Jenkins
//!
//! ```groovy
//! pipeline {
//!     agent { docker { image 'rust:1' } }
//!     environment {
//!         BRUNT_PROFILE = 'ci'
//!         BRUNT_JUNIT = 'strict'                 // one TEST-<package>.<binary>.xml a binary, in the form that Surefire writes
//!         BRUNT_OUT = 'brunt-report'
//!     }
//!     stages {
//!         stage('load') { steps { sh 'cargo test --test load' } }
//!     }
//!     post {
//!         always {
//!             junit 'brunt-report/TEST-*.xml'
//!             archiveArtifacts 'brunt-report/**'
//!         }
//!     }
//! }
//! ```
//!
//! # Reports as artifacts
//!
//! | file | for |
//! |---|---|
//! | `target/brunt/junit.xml` | the test page of the CI system; a failure has the verdict and the whole text of the test |
//! | `target/brunt/TEST-<package>.<binary>.xml` | the same with `BRUNT_JUNIT=strict`, for readers that hold to the Surefire schema |
//! | `target/brunt/report.json` | everything, for scripts and dashboards: [reports](super::reports) |
//!
//! All test binaries and processes of one `cargo test` are in one report. Where one job calls cargo several times and
//! wants one report, give all calls the same `BRUNT_RUN=name` ([settings](super::running#settings-and-profiles)). A job
//! that is killed leaves reports, too: they show every test that had not ended as red.
//!
//! # nextest
//!
//! `cargo nextest run` starts a process for each test. Tests that measure time then wait for one another across
//! processes ([why](super::running#tests-wait-for-one-another)), and nextest counts the wait as the test's time. A test
//! group keeps nextest from starting tests that would only wait, and `slow-timeout` must not end a long load:
//!
//! ```toml
//! # .config/nextest.toml
//! [test-groups]
//! load = { max-threads = 1 }
//!
//! [[profile.default.overrides]]
//! filter = "binary(load)"
//! test-group = "load"
//! slow-timeout = { period = "5min" }
//! ```
//!
//! A fixture of `setup = shared(f)` is made once per process, which under nextest is once per test: use
//! [`shared_by_run(f)`](super::body#what-tests-share) for an expensive fixture. nextest's own `junit` file has no
//! figures; upload brunt's.
//!
//! # Retries and flaky tests
//!
//! A test fails by chance in at most one of a thousand runs, so retries are seldom needed; a system whose test needs
//! them often lies on its limit ([inconclusive](super::inconclusive#when-it-comes-back)). With
//! `cargo nextest run --retries 1` a test that fails and then passes is `"flaky": true` in `report.json`, with the
//! attempts that failed, and has a `<flakyFailure>` in `junit.xml`. nextest itself passes.
//!
//! `settle` is the better retry: it goes on measuring where the first minute was undecided, and keeps its measurements.
//!
//! # What makes CI red without need
//!
//! - *Limits from a laptop.* `slack` widens limits of times and rates, and leaves shares, counts and relative targets as
//!   they are. Better still are targets that need no absolute figure: `spike.p95 < 3x baseline.p95`,
//!   `secured.mean < 1.2x plain.mean`, `growth <= n_log_n`.
//! - *Other jobs on the same machine.* A test does not wait for tests of other users or other containers. Give load
//!   tests a runner of their own, or a job that runs alone.
//! - *A build beside the load.* `cargo test --no-run` first, then `cargo test`: the load then runs without a build
//!   beside it.
//! - *CPU quotas.* A container that has used up its quota is stopped for the rest of the period. The report has this as
//!   a reason (`this process was stopped or starved of CPU`), and the verdict is inconclusive instead of red for the
//!   wrong reason.
//! - *A debug build.* Where targets are tight, use `cargo test --release`.
//! - *A server that is not installed.* A test that needs PostgreSQL is skipped without one. `BRUNT_REQUIRE=postgres` makes
//!   that a failure, so that CI cannot lose a test silently.
//!
//! The order of the environment, `.config/brunt.toml` and the attribute is under
//! [settings](super::running#settings-and-profiles).
//!
//! Next: [reports](super::reports).
