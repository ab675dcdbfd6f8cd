//! # Targets
//!
//! A `#[target(…)]` is a condition that must hold. A `#[critical(…)]` target is one that must never be broken: if it
//! has been missed for ten seconds, it ends the test early. Both attributes may stand above or below the primary
//! attribute, and may repeat.
//!
//! ```
//! # use brunt::prelude::*;
//! #[brunt::load_test(users = 50, duration = 30s)]
//! #[target(success_rate > 99%, p95 < 200ms, p99.9 < 1s, throughput > 500/s)]
//! #[critical(success_rate > 90%, p95 < 2s)]
//! # async fn judged(user: &User) {}
//! ```
//!
//! A target has up to four parts:
//!
//! ```text
//! spike.login.p95 < 200ms           selector `spike.login`, metric `p95`, limit `200ms`
//! each(10s).throughput > 0.5x baseline.throughput
//!                                   quantifier `each(10s)`, metric `throughput`,
//!                                   limit relative to another selector
//! ```
//!
//! | you want | write |
//! |---|---|
//! | 95 of 100 answers within 200 ms | `p95 < 200ms` |
//! | no failure at all | nothing: this is the rule without a target |
//! | one failure in a hundred at most | `errors < 1%` |
//! | refusals allowed, nothing else | `errors("sold out") < 5%` |
//! | enough work done | `throughput > 500/s` |
//! | one step fast, whatever the rest | `login.p95 < 80ms` |
//! | no bad minute in an hour | `each(1min).p95 < 200ms` |
//! | no tenant treated worse | `each(tenant).p95 < 200ms` |
//! | not much slower in the spike | `spike.p95 < 3x baseline.p95` |
//! | recovered after the spike | `after.p95 < 1.2x baseline.p95` |
//! | a new version not slower than the old | `user.pair` in the body, and `new.mean < 1.1x old.mean` |
//! | the cache works | `user.record("hit", …)` in the body, and `hit.share > 80%` |
//! | no leak | `memory_growth < 10%`, over a load of ten seconds or more |
//!
//! # Metrics
//!
//! | metric | meaning |
//! |---|---|
//! | `min mean p50 p95 p99.9 max stddev cv`, any `pN` | latency of successes, timeouts and interrupted iterations; of a recorded value after its name |
//! | `service.p95` | the same from the actual start (open model) |
//! | `count sum share last` | of a recorded value; `count` also of iterations |
//! | `success_rate errors errors("kind") errors(except "kind") interrupted dropped unsent` | `< 1%` is a share, `< 3` a count |
//! | `errors("kind").p99` | the latency of those failures |
//! | `pay.cancelled` | runs of a step that were dropped before their end, by a timeout or a `select!`: a share or a count |
//! | `throughput` | successes per second by the time of their end, while load is on |
//! | `elapsed` | from the first start to the last end |
//! | `cpu peak_memory memory_growth network` | of this process, which includes a service started in it; memory is the allocated memory where `brunt::allocator!()` counts it, else the resident memory; `network` is bytes sent and received, on Linux by all processes of the network namespace, where bytes over loopback count once |
//! | `cpu peak_memory memory_growth` after `process("name")` | of a process that an experiment started with `lab.process` |
//!
//! The page on [resilience](super::resilience) has the further metrics of `#[brunt::resilience]`.
//!
//! # Comparisons
//!
//! `<  <=  >  >=`, a range with both ends included (`mean = 140ms..200ms`), and `=`, which means *meets*:
//!
//! - **exactly** where the limit counts something: `count = 5_000`, `items.sum = 10`, `errors("sold out") = 5`,
//!   `interrupted = 0`, `lost_writes = 0`;
//! - **at most** for a cost: a time, memory, `errors = 1%`;
//! - **at least** for a yield: `throughput = 500/s`, `success_rate = 99%`, `isolation = 99%`, the `share` of a flag.
//!   brunt cannot know whether a flag is good or bad, so write the side that you mean: `stale.share <= 1%`,
//!   `cache_hit.share >= 80%`.
//!
//! A target that every test would meet is a compile error, and the message has the right form: `success_rate = 0%`
//! (every test has at least 0 %; none at all is `success_rate <= 0%`), `errors = 100%`, `errors("429") <= 100%`,
//! `errors = 0%..100%`, a measure compared with itself, an empty `#[target()]`.
//!
//! `proven p95 < 50ms` asks for proof of a pass as well: where noise alone may explain that the target held, it is
//! inconclusive. Without the word `proven`, a target that held passes if enough was measured. `BRUNT_PASS=proven` puts
//! the word before every target.
//!
//! # Selectors
//!
//! Names before the metric select, in any order: a stage, a scenario, a step, a case, a recorded value, a tag.
//! `spike.quiet.login.p95` is the p95 of the step `login` in the scenario `quiet` during the stage `spike`. A name that
//! does not occur in the run is a failure, and the message lists the names that do; a known name without samples is
//! inconclusive.
//!
//! `each(10s).p95 < 200ms` must hold in every window of ten seconds, so that a collapse in the last minute is not
//! averaged away; `each(tenant)`, `each(step)`, `each(stage)`, `each(scenario)`, `each(case)`, `each(user)` likewise, and
//! the verdict names the worst. A stat may follow: `each(10s).throughput.cv < 30%`.
//!
//! The limit may be relative: `spike.mean < 3x baseline.mean`, `batch.mean = 1.5x..2.5x single.mean`. The target is
//! inconclusive where noise decides the ratio.
//!
//! # Failures that nobody covers
//!
//! **A failure that no target covers fails the test.** Without a target on errors or success, `errors = 0` holds.
//! `errors("deadlock") < 20%` covers that kind only, `spike.success_rate > 80%` covers failures in that stage only: see
//! the table under [failures](super::failures#targets-on-failures).
//!
//! The following also fail the test, unless a target allows them:
//!
//! - *A step* that failed while its iteration went on (`let _ = user.step("pay", …)`, a fallback, a retry), or in a task of
//!   its own. A target on that step covers it, `pay.errors < 60%` or `each(step).errors < 5%`; `errors < 1%` is about
//!   iterations and does not.
//! - *No success at all.* A test that expects this needs a target for it: `success_rate <= 0%`,
//!   `errors("rejected") > 90%`.
//! - *A lost user*, by a panic outside of an iteration (in a `Drop`), and *panics of tasks* that a body started, where
//!   there were more panics than failures. brunt sees the panics on its own threads, not those on threads of
//!   `std::thread::spawn`. `errors("panic") < 1%` covers them.
//!
//! Cancelled steps, failed samples and such panics are noted in every report, whatever the verdict.
//!
//! # Verdicts
//!
//! A verdict is *pass*, *fail*, *inconclusive*, *skipped* or *error*. The page on [verdicts](super::verdicts) explains
//! each, and how noise is told from a miss. Inconclusive fails the run too; [inconclusive: what
//! now](super::inconclusive) has every reason for it, with the remedy. A load may go on until its targets are decided:
//! [`settle = 60s`](super::load#until-it-is-sure).
//!
//! Where a load is planned too small, the compiler prints a note, and the report has it too: a p99 of 100 operations
//! cannot be told from one that is 1.2 times its limit; about 2,300 would do. This is a note and not an error, as few
//! operations are enough where the system is far from the limit.
//!
//! # The generator's own health
//!
//! A slow machine must not look like a slow system, and a load that was not put on must not look like a fast system.
//! brunt measures the part of the load generator (this process) in a figure, and checks whether this part decides the
//! target:
//!
//! - *Late starts.* A latency that missed its limit only because arrivals started late is inconclusive: it is met from the
//!   actual start (`service`). Service times, steps, recorded values, counts and sums contain no late start.
//! - *Pauses.* Two probes measure how late a timer fires, one on the users' threads and one beside them. A process that
//!   is stopped or starved of CPU shows in both probes, a busy runtime in the first only. A time that missed its limit
//!   is inconclusive where it would meet it without pauses of these lengths.
//! - *Lower bounds.* `p50 > 500ms` that holds only because the generator was late is inconclusive.
//! - *Arrivals not sent.* More than 1 % of them make the test inconclusive, unless it has a target on `unsent`. A
//!   missed throughput is inconclusive where the arrivals that were not sent would have met it.
//! - *Bodies that block.* A time is inconclusive where the users' waits for a thread decide it: see
//!   [load](super::load#bodies-that-block).
//!
//! These measurements are a note on the console, under `resources` in the JSON report, and the property `generator` in
//! JUnit. In virtual time there are none.
//!
//! # Resilience
//!
//! The phases of an experiment are selectors, and its measurements beside the operations are metrics of their own: the
//! page on [resilience](super::resilience) explains both.
//!
//! **A target of an experiment that names no phase is judged over all time but `fault` and `recovering`**; the seconds
//! of `throughput` and the windows of `each(10s)` lie in that time too. This holds for targets on operations: latency,
//! recorded values, success, errors, throughput, interrupted and dropped. Amounts (`count`, `sum`), `elapsed` and the
//! resources of processes are of the whole test; `each(stage)` goes over every phase. Failures, interrupted iterations
//! and dropped arrivals in `fault` and `recovering` need no target.
//!
//! An operation of a bystander is isolated where it succeeded within the time of `.within(…)`. Without `.within(…)` the
//! limit is the smallest time that a target on a percentile or `max` of the bystander allows; without such a target
//! success alone counts. A dropped arrival was not served. `reports.isolation` is that of one bystander,
//! `fault.isolation` that of one phase.
//!
//! A target on something that was not measured is inconclusive, and the reason names the way to measure it. A test that
//! measured the system only while something was broken is inconclusive too. A fault that could not be healed fails the
//! test, and so does a recovery that the test waited for and that did not come.
//!
//! Next: [verdicts](super::verdicts).
