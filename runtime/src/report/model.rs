//! The report as data, schema `brunt-report/1`. Every sink reads it, and the parts of other processes are merged in
//! this form.
//!
//! Units are in the fields' names. What was not measured is `null`, never zero and never NaN.

mod capacity;
pub mod experiment;
mod identity;
mod machine;
mod metrics;
mod sweep;
mod unit;
mod verdict;

pub use capacity::{Capacity, Level};
pub use experiment::Experiment;
pub(crate) use identity::Repetition;
pub use identity::{Attempt, TargetKind};
pub use machine::{Environment, Reading, Resources};
pub use metrics::{Failures, Message, Metrics, Summary};
pub use sweep::{CallMemory, Fit, Growth, Point, Size};
pub use unit::Unit;
pub use verdict::{TargetLevel, Verdict};

use identity::binary_id;
use serde::{Deserialize, Serialize};

/// The schema that this version writes.
pub const SCHEMA: &str = "brunt-report/1";

/// The report of one run: every test of every process that belonged to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Report {
    /// Always [`SCHEMA`].
    pub schema: String,
    /// Which run: the value of `BRUNT_RUN`, nextest's run id, or the cargo, command or script that began it.
    pub run: String,
    /// The worst verdict among the tests; `error` without any test.
    pub verdict: Verdict,
    /// Whether some test has not ended: it still runs, or its process died.
    pub incomplete: bool,
    /// Where the first of the tests ran.
    pub environment: Environment,
    /// The tests by package, binary and name; those that have not ended come last.
    pub tests: Vec<TestReport>,
    /// Notes on the report as a whole, such as a part that could not be read.
    pub notes: Vec<String>,
    /// Possible mistakes in the settings, which change no verdict: overrides for tests that no binary of the run has.
    #[serde(default)]
    pub warnings: Vec<String>,
}

/// The key by which tests are sorted: package, binary, name and repetition.
fn sort_key(test: &TestReport) -> impl Ord + '_ {
    (&test.package, &test.binary, test.target_kind, &test.name, test.iteration, test.attempt)
}

impl Report {
    /// Makes the report of a run: its tests sorted by package, binary and name.
    pub fn of(run: impl Into<String>, mut tests: Vec<TestReport>) -> Self {
        tests.sort_by(|a, b| sort_key(a).cmp(&sort_key(b)));
        Self {
            schema: SCHEMA.to_owned(),
            run: run.into(),
            verdict: tests.iter().map(|test| test.verdict).max().unwrap_or(Verdict::Error),
            incomplete: tests.iter().any(|test| test.incomplete),
            environment: tests.first().map(|test| test.environment.clone()).unwrap_or_default(),
            tests,
            notes: Vec::new(),
            warnings: Vec::new(),
        }
    }
}

/// The origin of a panic.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Backtrace {
    /// The message of the panic, and where it happened.
    pub panic: String,
    /// The frames of the user's code, two lines each where the place is known.
    pub frames: Vec<String>,
}

/// The report of one test.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TestReport {
    /// The key that no other test, attempt or repetition of the run has: `shop::load checkout`, `shop::bin/till sells #2`.
    #[serde(default)]
    pub id: String,
    /// Its name: the module path without the crate.
    pub name: String,
    /// The package it is in.
    pub package: String,
    /// The test binary it is in.
    pub binary: String,
    /// The kind of cargo target that the binary was built from.
    #[serde(default)]
    pub target_kind: TargetKind,
    /// Which attempt this is, from 1: a runner may run a test again that failed.
    #[serde(default = "first_attempt")]
    pub attempt: u32,
    /// Which repetition of a stress run this is, from 0.
    #[serde(default)]
    pub iteration: Option<u32>,
    /// Whether it passed although an earlier attempt had failed.
    #[serde(default)]
    pub flaky: bool,
    /// The earlier attempts, which failed.
    #[serde(default)]
    pub attempts: Vec<Attempt>,
    /// `load_test`, `stress` or `resilience`.
    pub kind: String,
    /// The file it is written in.
    pub file: String,
    /// The line of the function.
    pub line: u32,
    /// How it came out.
    pub verdict: Verdict,
    /// Whether a critical target was missed.
    pub critical: bool,
    /// Why it did not pass: the whole verdict in words. `null` where it passed.
    pub message: Option<String>,
    /// The misses that a setting lets pass, with the setting's name: such a test passes with a warning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forgiven: Option<String>,
    /// Whether the test has not ended: its figures then cover the time so far.
    pub incomplete: bool,
    /// The load of the test, in words.
    pub load: String,
    /// Whether its time was virtual: none of its figures then describe this machine.
    #[serde(default)]
    pub virtual_time: bool,
    /// The seed of everything random.
    pub seed: Option<u64>,
    /// When it started, in seconds since 1970.
    pub started_s: Option<f64>,
    /// How long it took in real time, with its hooks and without the wait for its turn; `null` where it has not ended.
    #[serde(default)]
    pub duration_s: Option<f64>,
    /// The metrics of the whole test; `null` where nothing was run.
    pub metrics: Option<Metrics>,
    /// Each step.
    pub steps: Vec<Part>,
    /// Each stage.
    pub stages: Vec<Part>,
    /// Each scenario.
    pub scenarios: Vec<Part>,
    /// Each case.
    pub cases: Vec<Part>,
    /// Each size of a stress test's sweep; its sizes are among the cases too.
    #[serde(default)]
    pub sizes: Vec<Size>,
    /// How time grows over the sizes.
    #[serde(default)]
    pub growth: Option<Growth>,
    /// How the memory of a call grows over the sizes, where it was counted.
    #[serde(default)]
    pub memory_growth: Option<Growth>,
    /// The memory that calls of a stress test without sizes took, where that was counted: for each case, or for the
    /// body.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub call_memory: Vec<CallMemory>,
    /// Each recorded value and gauge.
    pub values: Vec<Value>,
    /// Each combination that a target named, as the language writes it: `spike.login`.
    pub selections: Vec<Part>,
    /// Windows of one second.
    pub timeline: Vec<Moment>,
    /// How the load went on after its planned end because a target was undecided; left out where it ended there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settled: Option<Settled>,
    /// What a search for the capacity found.
    pub capacity: Option<Capacity>,
    /// Each level that it tried, in the order tried.
    pub levels: Vec<Level>,
    /// What a resilience experiment did and saw.
    #[serde(default)]
    pub experiment: Option<Experiment>,
    /// Each target, and each implicit rule that did not hold.
    pub targets: Vec<Target>,
    /// The latencies of the whole test in nanoseconds: an HDR histogram, V2 with deflate, in base64.
    pub histogram: Option<String>,
    /// Where panics of bodies and hooks came from, once for each message; only where `RUST_BACKTRACE` enables it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub backtraces: Vec<Backtrace>,
    /// What the process used.
    pub resources: Resources,
    /// Where it ran.
    pub environment: Environment,
    /// Notes that a reader of the test must know.
    pub notes: Vec<String>,
}

impl TestReport {
    /// The binary, as nextest names it.
    pub(crate) fn binary_id(&self) -> String {
        binary_id(&self.package, self.target_kind, &self.binary)
    }

    /// The binary, and which repetition of a stress run: JUnit calls this a suite.
    pub(crate) fn suite(&self) -> String {
        let binary = self.binary_id();
        self.iteration.map_or(binary.clone(), |iteration| format!("{binary}@stress-{iteration}"))
    }

    /// The part of the key that all attempts of one test share.
    pub(crate) fn key(&self) -> String {
        format!("{} {}", self.suite(), self.name)
    }

    /// The key of this attempt.
    pub(crate) fn id_of_attempt(&self, attempt: u32) -> String {
        let key = self.key();
        if attempt > 1 { format!("{key} #{attempt}") } else { key }
    }

    /// The seconds that it took; for a test that has not ended, the time of its load so far.
    pub(crate) fn seconds(&self) -> f64 {
        let so_far = self.metrics.as_ref().filter(|_| !self.virtual_time).map(|metrics| metrics.elapsed_s);
        self.duration_s.or(so_far).unwrap_or_default()
    }

    /// Takes over an earlier attempt of the same test, with the attempts before that one.
    pub(crate) fn take_attempt(&mut self, earlier: Self) {
        self.attempts.extend(earlier.attempts);
        self.attempts.push(Attempt {
            attempt: earlier.attempt,
            verdict: earlier.verdict,
            message: earlier.message,
            started_s: earlier.started_s,
            duration_s: earlier.duration_s,
        });
        self.attempts.sort_by_key(|attempt| attempt.attempt);
        self.attempts.dedup_by_key(|attempt| attempt.attempt);
        self.flaky = self.is_flaky();
    }

    /// Whether it passed although an earlier attempt had failed.
    pub(crate) fn is_flaky(&self) -> bool {
        self.verdict == Verdict::Pass && !self.attempts.is_empty()
    }
}

fn first_attempt() -> u32 {
    1
}

/// The metrics of a named part of the test.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Part {
    /// Its name.
    pub name: String,
    /// Its metrics.
    pub metrics: Metrics,
    /// Its latencies, as the test's `histogram`.
    pub histogram: Option<String>,
}

/// Recorded values of one name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Value {
    /// Their name.
    pub name: String,
    /// `number`, `flag` (`true` is 1), `ns` or `bytes`.
    pub unit: Unit,
    /// Their distribution.
    pub summary: Summary,
    /// Their sum.
    pub sum: Option<f64>,
    /// The last one recorded.
    pub last: Option<f64>,
}

/// The rounds of the load after the planned one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Settled {
    /// How many times the load was repeated.
    pub rounds: u32,
    /// How long these rounds lasted, without operations in flight at their ends.
    pub seconds: f64,
    /// The targets that caused the further rounds.
    #[serde(rename = "for")]
    pub targets: Vec<String>,
    /// The targets among these that the test left undecided.
    pub undecided: Vec<String>,
}

/// One second of the test.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Moment {
    /// Where it starts, from the start of the load.
    pub start_s: f64,
    /// How long it is; the last may be shorter than a second.
    pub width_s: f64,
    /// Operations due to start in it.
    pub count: u64,
    /// Operations among these that failed or were interrupted.
    pub errors: u64,
    /// Successes a second.
    pub throughput_per_s: f64,
    /// Their median latency.
    pub p50_ns: Option<f64>,
    /// 95 % of their latencies are at most this.
    pub p95_ns: Option<f64>,
    /// 99 % of their latencies are at most this.
    pub p99_ns: Option<f64>,
    /// Their largest latency.
    pub max_ns: Option<f64>,
}

/// The verdict on one target. `observed`, `limit` and the rest are numbers in `unit`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Target {
    /// The target, as the language writes it.
    pub text: String,
    /// `target` or `critical`.
    pub level: TargetLevel,
    /// `pass`, `fail` or `inconclusive`; `skipped` where the profile in force does not judge it.
    pub verdict: Verdict,
    /// The measured figure; for a quantified target, in the worst group.
    pub observed: Option<f64>,
    /// The limit that decided: for a range, the end nearest to `observed`.
    pub limit: Option<f64>,
    /// Both ends, where the limit is a range.
    pub range: Option<[f64; 2]>,
    /// `ns`, `share` (1 is 100 %), `count`, `per_s`, `bytes`, `bytes_per_s` or `factor`.
    pub unit: Option<Unit>,
    /// `observed` for people: `62.1 ms`.
    pub observed_text: Option<String>,
    /// The limit for people: `50ms`, `3x baseline.mean = 12.3 ms`.
    pub limit_text: Option<String>,
    /// The share of the limit that was left; negative when missed.
    pub margin: Option<f64>,
    /// The ends between which the true figure lies with 95 % confidence, in `unit`, where the samples suffice.
    pub interval: Option<[f64; 2]>,
    /// `interval` for people: `58.4 ms..66 ms`.
    pub interval_text: Option<String>,
    /// How many samples `observed` is computed from.
    pub samples: u64,
    /// The group that did worst: `10s..20s`, `tenant("acme")`.
    pub worst: Option<String>,
    /// The other side of a relative target.
    pub reference: Option<Reference>,
    /// How it was missed, why it cannot be decided, or what a reader should know although it held.
    pub reason: Option<String>,
    /// The line it is written in; `null` for an implicit rule.
    pub line: Option<u32>,
}

/// The other side of a relative target.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Reference {
    /// The measure, as the language writes it.
    pub text: String,
    /// Its value, in the target's unit.
    pub observed: f64,
    /// How many samples it is computed from.
    pub samples: u64,
}
