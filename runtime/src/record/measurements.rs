//! The frozen measurements of one test: series by their full key, from which every selection is an exact merge.

use super::{Resources, Tally, ValueTally};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// What a series is about.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// Whole iterations.
    #[default]
    Iteration,
    /// The step of this name.
    Step(Arc<str>),
    /// The recorded value or gauge of this name.
    Value(Arc<str>),
}

/// Which samples are meant. `None` means "of any".
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Selection {
    /// Of this stage.
    pub stage: Option<Arc<str>>,
    /// Of this scenario.
    pub scenario: Option<Arc<str>>,
    /// Of this case.
    pub case: Option<Arc<str>>,
    /// Of this subject.
    pub subject: Subject,
    /// Carrying this tag.
    pub tag: Option<(Arc<str>, Arc<str>)>,
    /// Of this user.
    pub user: Option<u64>,
}

/// A stage or case and when it was, from the start of the load. A stage that was run again has several spans.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// Its name.
    pub name: Arc<str>,
    /// When it started.
    pub start: Duration,
    /// When it ended.
    pub end: Duration,
}

/// Every name the test made known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    /// Stages, in order.
    pub stages: Vec<Arc<str>>,
    /// Scenarios, in order.
    pub scenarios: Vec<Arc<str>>,
    /// Cases, in order.
    pub cases: Vec<Arc<str>>,
    /// Steps, sorted.
    pub steps: Vec<Arc<str>>,
    /// Recorded values and gauges, sorted.
    pub values: Vec<Arc<str>>,
    /// Tags: key → values, sorted.
    pub tags: BTreeMap<Arc<str>, Vec<Arc<str>>>,
}

/// A stretch of time and what was measured of what was due to start in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Window<T> {
    /// Where it starts, from the start of the load.
    pub start: Duration,
    /// How long it is; the last may be shorter than the others.
    pub width: Duration,
    /// What was measured.
    pub tally: T,
}

/// How well the generator itself did.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Generator {
    /// CPU time of this process ÷ (elapsed × cores): 0…1.
    pub cpu_share: f64,
    /// How late arrivals started though a user was free, in nanoseconds (open model).
    pub lateness: super::Distribution,
    /// How late a probe that sleeps woke up, in nanoseconds.
    pub scheduling_lag: super::Distribution,
    /// Whether it could not keep its own schedule: what it measured is then worse than the truth.
    pub saturated: bool,
}

/// Everything measured in one test. Offsets are from the start of the load; warm-up, setup and teardown are not in it.
#[derive(Clone, Debug, Default)]
pub struct Measurements {
    /// From the first intended start to the last end.
    pub elapsed: Duration,
    /// The time loads were on: what a throughput of the whole is divided by (pauses for setup between cases are out).
    pub spans: Vec<Span>,
    /// The cases' spans, in order; empty without cases.
    pub case_spans: Vec<Span>,
    /// Every name known.
    pub names: Names,
    /// Most users at once.
    pub peak_users: u64,
    /// The process over time.
    pub resources: Resources,
    /// The generator's own health.
    pub generator: Generator,
    /// What the reader of a report must know: a cap reached, a sample that came too late to count.
    pub notes: Vec<String>,
    pub(super) operations: BTreeMap<Selection, BTreeMap<u32, Tally>>,
    pub(super) values: BTreeMap<Selection, BTreeMap<u32, ValueTally>>,
}
