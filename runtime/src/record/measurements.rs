//! The frozen measurements of one test: series by their full key, from which every selection is an exact merge.

use super::{CallMemory, Experiment, Incidents, Resources, Tally, ValueTally};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
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
    /// Whether it could not keep its own schedule (the p99 of `lateness` is above 10 ms): what it measured is then worse
    /// than the truth.
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
    /// When each scenario was on; a scenario without one was on all the time.
    pub scenario_spans: Vec<Span>,
    /// Every name known.
    pub names: Names,
    /// Most users at once.
    pub peak_users: u64,
    /// The process over time.
    pub resources: Resources,
    /// What single calls took of memory, by case, where allocations are counted.
    pub call_memory: BTreeMap<Option<Arc<str>>, CallMemory>,
    /// The generator's own health.
    pub generator: Generator,
    /// What a resilience experiment did and saw beside its operations.
    pub experiment: Option<Box<Experiment>>,
    /// What the reader of a report must know: a cap reached, a sample that came too late to count.
    pub notes: Vec<String>,
    /// What happened beside the operations.
    pub(crate) incidents: Incidents,
    pub(super) operations: SeriesOf<Tally>,
    pub(super) values: SeriesOf<ValueTally>,
}

/// Series by what they are about, then by where: a query names the first exactly and may leave the second open.
pub(super) type SeriesOf<T> = BTreeMap<About, BTreeMap<Where, Series<T>>>;

/// What a series is about: the parts of a selection that are matched exactly.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct About {
    pub(super) subject: Subject,
    pub(super) tag: Option<(Arc<str>, Arc<str>)>,
    pub(super) user: Option<u64>,
}

/// Where a series was measured: the parts of a selection that may be left open.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Where {
    pub(super) stage: Option<Arc<str>>,
    pub(super) scenario: Option<Arc<str>>,
    pub(super) case: Option<Arc<str>>,
}

/// The samples of one full key: all of them, and by the second of their intended start (but for one user's, of which
/// there may be too many to keep a timeline of each). Parts are shared between snapshots until they change.
#[derive(Clone, Debug, Default)]
pub(super) struct Series<T> {
    pub(super) total: Arc<T>,
    pub(super) seconds: Arc<BTreeMap<u32, Arc<T>>>,
}

/// What can be merged.
pub(super) trait Mergeable: Clone + Default {
    fn merge(&mut self, other: &Self);
    /// Makes it small, as it is not written to any more.
    fn pack(&mut self);
}

impl Mergeable for Tally {
    fn merge(&mut self, other: &Self) {
        Self::merge(self, other);
    }

    fn pack(&mut self) {
        Self::pack(self);
    }
}

impl Mergeable for ValueTally {
    fn merge(&mut self, other: &Self) {
        Self::merge(self, other);
    }

    fn pack(&mut self) {
        self.distribution.pack();
    }
}

impl<T: Mergeable> Series<T> {
    fn add(&mut self, second: u32, part: T, timeline: bool) {
        Arc::make_mut(&mut self.total).merge(&part);
        if !timeline {
            return;
        }
        let seconds = Arc::make_mut(&mut self.seconds);
        match seconds.entry(second) {
            Entry::Occupied(mut there) => Arc::make_mut(there.get_mut()).merge(&part),
            Entry::Vacant(place) => {
                place.insert(Arc::new(part));
                // The second before may still be gathered from other threads, the one before that hardly is.
                if let Some((_, over)) = seconds.range_mut(..second.saturating_sub(1)).next_back() {
                    Arc::make_mut(over).pack();
                }
            }
        }
    }
}

impl Measurements {
    /// Adds operations of one full key whose intended start lies in this second.
    pub(crate) fn add_operation(&mut self, selection: Selection, second: u32, tally: Tally) {
        add(&mut self.operations, selection, second, tally);
    }

    /// Adds recorded values of one full key and second.
    pub(crate) fn add_value(&mut self, selection: Selection, second: u32, tally: ValueTally) {
        add(&mut self.values, selection, second, tally);
    }
}

fn add<T: Mergeable>(series: &mut SeriesOf<T>, selection: Selection, second: u32, part: T) {
    let Selection { stage, scenario, case, subject, tag, user } = selection;
    let timeline = user.is_none();
    let places = series.entry(About { subject, tag, user }).or_default();
    places.entry(Where { stage, scenario, case }).or_default().add(second, part, timeline);
}
