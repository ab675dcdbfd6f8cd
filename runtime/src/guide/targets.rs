//! # Targets
//!
//! `#[target(…)]` says what must hold, `#[critical(…)]` what must never happen: a critical target that has been missed
//! for ten seconds ends the test early. Both may stand above or below the primary attribute, and repeat.
//!
//! ```
//! # use brunt::prelude::*;
//! #[brunt::load_test(users = 50, duration = 30s)]
//! #[target(success_rate > 99%, p95 < 200ms, p99.9 < 1s, throughput > 500/s)]
//! #[critical(success_rate > 90%, p95 < 2s)]
//! # async fn judged(user: &User) {}
//! ```
//!
//! # Metrics
//!
//! | metric | meaning |
//! |---|---|
//! | `min mean p50 p95 p99.9 max stddev cv` | latency of successes, timeouts and interrupted iterations; of a recorded value after its name |
//! | `service.p95` | the same from the actual start (open model) |
//! | `count sum share last` | of a recorded value; `count` also of iterations |
//! | `success_rate errors errors("kind") errors(except "kind") interrupted dropped` | `< 1%` is a share, `< 3` a count |
//! | `errors("kind").p99` | the latency of those failures |
//! | `throughput` | successes per second |
//! | `elapsed` | from the first start to the last end |
//! | `cpu peak_memory memory_growth network` | of this process, which includes a service started in it |
//! | `cpu peak_memory memory_growth` after `process("name")` | of a process that an experiment started with `lab.process` |
//!
//! What `#[brunt::resilience]` measures besides is under [Resilience](#resilience).
//!
//! `=` means *meets*: at most for a cost, at least for a yield, exactly for `count` and `sum`; `mean = 140ms..200ms` is
//! a range with both ends included.
//!
//! # Selectors
//!
//! Names before the metric select, in any order: a stage, a scenario, a step, a case, a recorded value, a tag.
//! `spike.quiet.login.p95` is the p95 of the step `login` in the scenario `quiet` during the stage `spike`. A name that
//! nothing had is a failure that lists what there was; a known name without samples is inconclusive.
//!
//! `each(10s).p95 < 200ms` must hold in every window of ten seconds, so that a collapse in the last minute is not
//! averaged away; `each(tenant)`, `each(step)`, `each(stage)`, `each(scenario)`, `each(case)`, `each(user)` likewise, and
//! the verdict names the worst. A stat may follow: `each(10s).throughput.cv < 30%`.
//!
//! The limit may be relative: `spike.mean < 3x baseline.mean`, `batch.mean = 1.5x..2.5x single.mean`. A ratio that noise
//! decides is inconclusive.
//!
//! # Verdicts
//!
//! *pass*, *fail*, *inconclusive*, *skipped* or *error*. Inconclusive fails the run too, because nobody knows:
//!
//! - nothing was measured, or a percentile has too few samples: p99 wants a hundred operations, p99.9 a thousand;
//! - arrivals were dropped, and no target speaks of it;
//! - a target on time was missed while the load generator itself was late.
//!
//! **A failure that no target speaks of fails the test.** Without a target on errors or success, `errors = 0` holds.
//! `errors("deadlock") < 20%` allows that kind only, `spike.success_rate > 80%` failures in that stage only.
//!
//! # Resilience
//!
//! An experiment goes through the phases `baseline`, `fault` (from the injection until the last fault is healed, or until
//! recovery is waited for), `recovering` (until the first stable window) and `recovery`. They are selectors:
//! `fault.success_rate > 20%`, `recovery.p95 < 1.2x baseline.p95`.
//!
//! **A target that names no phase is the steady-state hypothesis.** It must hold over all time but `fault` and
//! `recovering`: in the baseline, which decides whether anything is broken at all, and again after recovery. The seconds
//! of `throughput` and the windows of `each(10s)` are those of that time too. It is what operations do that is meant:
//! latency, recorded values, success, errors, throughput, interrupted and dropped. Amounts (`count`, `sum`), `elapsed` and
//! what processes use are of the whole test; `each(stage)` goes over every phase. Failures, interrupted iterations and
//! dropped arrivals in `fault` and `recovering` are expected: they need no target.
//!
//! | metric | meaning |
//! |---|---|
//! | `detection_time` | from the injection to the end of the first failed operation; of several faults, the longest |
//! | `recovery_time` | from the injection to the start of the first stable window |
//! | `isolation` | share of bystander operations, while something was broken, that succeeded and kept within their own limit: what `.within(…)` says, else the smallest time that a percentile or `max` target on the bystander allows, else success alone; `reports.isolation` is that of one bystander. A dropped arrival was not served. The verdict says what the true share is at least, with 95 % confidence |
//! | `lost_writes indeterminate_writes duplicate_writes` | acknowledged and not there; not acknowledged and yet there; there more than once |
//! | `amplification` | attempts seen at the dependency ÷ operations asked for; `fault.amplification < 3x` in one phase |
//! | `compensation_time orphans` | from the saga checker, or what the test said with `lab.compensated` and `lab.orphans` |
//!
//! What was not measured is inconclusive, and says how to measure it. So is a test whose fault met no operation, whose
//! baseline was not steady, or that has seen the system only while it was broken. A fault that could not be healed fails
//! the test, and so does a recovery that was waited for and did not come.
