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
//! | `success_rate errors errors("kind") errors(except "kind") interrupted dropped unsent` | `< 1%` is a share, `< 3` a count |
//! | `errors("kind").p99` | the latency of those failures |
//! | `pay.cancelled` | runs of a step that were dropped before their end, by a timeout or a `select!`: a share or a count |
//! | `throughput` | successes per second by the time of their end, while load is on |
//! | `elapsed` | from the first start to the last end |
//! | `cpu peak_memory memory_growth network` | of this process, which includes a service started in it; memory is what is allocated where `brunt::allocator!()` counts it, else what is resident; `network` is bytes sent and received, on Linux by all processes of the network namespace, what goes over loopback once |
//! | `cpu peak_memory memory_growth` after `process("name")` | of a process that an experiment started with `lab.process` |
//!
//! What `#[brunt::resilience]` measures besides is under [resilience](super::resilience).
//!
//! # Comparisons
//!
//! `<  <=  >  >=`, a range with both ends included (`mean = 140ms..200ms`), and `=`, which means *meets*:
//!
//! - **exactly** where the limit counts something: `count = 5_000`, `items.sum = 10`, `errors("sold out") = 5`,
//!   `interrupted = 0`, `lost_writes = 0`;
//! - **at most** for a cost: a time, memory, `errors = 1%`;
//! - **at least** for a yield: `throughput = 500/s`, `success_rate = 99%`, `isolation = 99%`, the `share` of a flag. Whether
//!   a flag is good or bad brunt does not know, so write the side you mean: `stale.share <= 1%`, `cache_hit.share >= 80%`.
//!
//! What says nothing is a compile error with what to write instead: `success_rate = 0%` (at least 0 % is every test; none
//! at all is `success_rate <= 0%`), `errors = 100%`, `errors("429") <= 100%`, `errors = 0%..100%`, a measure compared with
//! itself, an empty `#[target()]`.
//!
//! `proven p95 < 50ms` asks that a pass be shown as well: where noise alone may explain that it held, the target is
//! inconclusive. Without the word, a target that held in what was seen passes once enough was seen. `BRUNT_PASS=proven`
//! puts the word before every target.
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
//! *pass*, *fail*, *inconclusive*, *skipped* or *error*: what each means, and how noise is told from a miss, is under
//! [verdicts](super::verdicts). Inconclusive fails the run too, because nobody knows:
//!
//! - nothing was measured, or a percentile has too few samples: p99 wants a hundred operations, p99.9 a thousand;
//! - arrivals were dropped, and no target speaks of it;
//! - more than 1 % of the arrivals were not sent, and no target speaks of `unsent`;
//! - the load generator's own lateness explains what was missed, or what was met;
//! - so many runs of a step were cancelled that what they would have come to decides: 100 of 102 under
//!   `pay.errors < 1%`. Where that may be (the losers of a `select!`), `pay.cancelled < 99%` says so;
//! - a call of `sample` failed: what it records is not known for that time;
//! - a target on memory, CPU or network of this process that other brunt tests ran in meanwhile (tests that are
//!   `concurrent` or in virtual time run beside others): what they used is in the figure. Run it alone, by nextest or with
//!   `-- --test-threads 1`. Plain `#[test]`s beside it brunt does not see.
//!
//! A load that may go on until its targets are decided has [`settle = 60s`](super::load#until-it-is-sure).
//!
//! **A failure that no target speaks of fails the test.** Without a target on errors or success, `errors = 0` holds.
//! `errors("deadlock") < 20%` allows that kind only, `spike.success_rate > 80%` failures in that stage only.
//!
//! # The generator's own health
//!
//! A slow machine must not look like a slow system, nor a load that was not put on like a fast one. What the generator
//! did to a figure is asked against the limit at hand:
//!
//! - *Late starts.* A latency that was missed is inconclusive where it is met from the actual start (`service`): the
//!   arrivals were late. Else it is a miss. Service times, steps, recorded values, counts and sums have no late start in
//!   them.
//! - *Pauses.* A probe beside the users and one beside the process measure how late who sleeps wakes up: a process that is
//!   stopped, throttled or starved of CPU shows in both, a busy runtime in the first. A time that was missed is inconclusive
//!   where taking out what pauses of these lengths add to operations would meet the limit; never below the least time there
//!   was.
//! - *Lower bounds.* `p50 > 500ms` that holds only because the generator was late is inconclusive.
//! - *Arrivals not sent.* More than 1 % make the verdict inconclusive, whatever the targets say, but for one on `unsent`. A
//!   throughput that was missed is inconclusive where they would have met it.
//! - *Bodies that block.* A time that is met only without what users waited for a thread between their iterations is
//!   inconclusive, and so is one that is missed only for what they waited inside of them. The report names the remedy: see
//!   [load](super::load#bodies-that-block).
//!
//! What there is to know stands as a note on the console, under `resources` in the JSON report and as the property
//! `generator` in JUnit. Figures of virtual time have none of this.
//! **So does what fails unseen**, unless a target speaks of it:
//!
//! - a step that failed while its iteration went on (`let _ = user.step("pay", …)`, a fallback, a retry), or in a task of its
//!   own: a target on that step says how often that may be, `pay.errors < 60%` or `each(step).errors < 5%`. `errors < 1%`
//!   is about iterations and says nothing of it;
//! - a test in which nothing succeeded at all; one that wants that says so: `success_rate <= 0%`,
//!   `errors("rejected") > 90%`;
//! - a user lost to a panic outside of an iteration, as of a `Drop`; and panics of tasks that a body started, where there
//!   were more than failures. brunt sees those on its own threads, not those of `std::thread::spawn`;
//!   `errors("panic") < 1%` says that they may be.
//!
//! Cancelled steps, failed samples and such panics are noted in every report, whatever the verdict.
//!
//! A load that is planned too small says so while it is compiled and in a note of its report: a p99 of 100 operations is
//! not told from one that is 1.2 times its limit; about 2,300 would do.
//!
//! # Resilience
//!
//! The phases of an experiment are selectors, and what it measures besides its operations has metrics of its own: both
//! are explained under [resilience](super::resilience).
//!
//! **A target of an experiment that names no phase is judged over all time but `fault` and `recovering`**; the seconds of `throughput` and
//! the windows of `each(10s)` are those of that time too. What operations do is meant: latency, recorded values, success,
//! errors, throughput, interrupted and dropped. Amounts (`count`, `sum`), `elapsed` and what processes use are of the whole
//! test; `each(stage)` goes over every phase. Failures, interrupted iterations and dropped arrivals in `fault` and
//! `recovering` need no target.
//!
//! An operation of a bystander is isolated where it succeeded within what `.within(…)` says, else within the smallest time
//! that a target on a percentile or `max` of the bystander allows; else success alone counts. A dropped arrival was not
//! served. `reports.isolation` is that of one bystander, `fault.isolation` that of one phase.
//!
//! What was not measured is inconclusive, and says how to measure it. So is a test that has seen the system only while
//! something was broken. A fault that could not be healed fails the test, and so does a recovery that was waited for and
//! did not come.
