//! The frozen measurements of one test: series by their full key, from which every selection is an exact merge.

use super::bounds::{Bounds, Sort};
use super::names::OTHER;
use super::query::widest_slot;
use super::slots::{self, Slots, TICKS_PER_SECOND};
use super::{CallMemory, Experiment, Generator, Incidents, Resources, Settled, Tally, ValueTally};
use std::collections::{BTreeMap, BTreeSet};
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
    /// Stages that end when their work is done, not at a time; `None` is the load of the whole test.
    pub ends_with_work: BTreeSet<Option<Arc<str>>>,
    /// How often the verdict was asked for with the power to end the load: more than once where a test settles.
    pub looks: u32,
    /// How the load went on after its planned end; `None` where it ended there.
    pub settled: Option<Settled>,
    /// What a resilience experiment did and saw beside its operations.
    pub experiment: Option<Box<Experiment>>,
    /// What the reader of a report must know: a cap reached, a sample that came too late to count.
    pub notes: Vec<String>,
    /// What happened beside the operations.
    pub(crate) incidents: Incidents,
    pub(super) bounds: Bounds,
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

/// The samples of one full key: all of them, and by the slot of time of their intended start (but for one user's, of
/// which there may be too many to keep a timeline of each). Parts are shared between snapshots until they change.
#[derive(Clone, Debug)]
pub(super) struct Series<T> {
    pub(super) total: Arc<T>,
    pub(super) slots: Arc<Slots<T>>,
}

impl<T: Default> Default for Series<T> {
    fn default() -> Self {
        Self { total: Arc::default(), slots: Arc::default() }
    }
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
    /// Adds a part; where there is a timeline, its slots are at least so wide. Gives how many more of them there are.
    fn add(&mut self, tick: u32, part: T, least_width: Option<u32>) -> isize {
        Arc::make_mut(&mut self.total).merge(&part);
        let Some(width) = least_width else { return 0 };
        let slots = Arc::make_mut(&mut self.slots);
        let before = slots.len() as isize;
        slots.widen_to(width);
        slots.add(tick, part);
        slots.len() as isize - before
    }
}

impl Measurements {
    /// Adds operations of one full key whose intended start lies in this second.
    pub(crate) fn add_operation(&mut self, selection: Selection, second: u32, tally: Tally) {
        self.add_operation_at(selection, second.saturating_mul(TICKS_PER_SECOND), tally);
    }

    /// Adds operations of one full key whose intended start lies in this tick.
    pub(crate) fn add_operation_at(&mut self, selection: Selection, tick: u32, tally: Tally) {
        let sort = Sort::of(&selection);
        add(&mut self.operations, &mut self.bounds, selection, tick, tally);
        self.keep_within_bounds(sort);
    }

    /// Adds recorded values of one full key and second.
    #[cfg(test)]
    pub(crate) fn add_value(&mut self, selection: Selection, second: u32, tally: ValueTally) {
        self.add_value_at(selection, second.saturating_mul(TICKS_PER_SECOND), tally);
    }

    /// Adds recorded values of one full key and tick.
    pub(super) fn add_value_at(&mut self, selection: Selection, tick: u32, tally: ValueTally) {
        let sort = Sort::of(&selection);
        add(&mut self.values, &mut self.bounds, selection, tick, tally);
        self.keep_within_bounds(sort);
    }

    /// Makes the slots of all series of a sort wider while there are too many.
    fn keep_within_bounds(&mut self, sort: Sort) {
        while let Some(width) = self.bounds.too_many(sort) {
            self.widen(sort, width);
        }
    }

    fn widen(&mut self, sort: Sort, width: u32) {
        let slots = widened(&mut self.operations, sort, width) + widened(&mut self.values, sort, width);
        self.bounds.widened(sort, width, slots);
    }

    /// Takes over how coarse the timelines of others are, before series of theirs are added.
    pub(super) fn as_coarse_as(&mut self, other: &Self) {
        self.bounds.fold_as(&other.bounds);
        for (sort, width) in other.bounds.widths() {
            if width > self.bounds.width(sort) {
                self.widen(sort, width);
            }
        }
    }

    /// Why windows of this width cannot be told apart in what is selected, where its timeline is too coarse.
    pub(crate) fn coarse(&self, selection: &Selection, window: Duration) -> Option<Duration> {
        let ticks = match selection.subject {
            Subject::Value(_) => widest_slot(&self.values, selection),
            Subject::Iteration | Subject::Step(_) => widest_slot(&self.operations, selection),
        };
        let slot = slots::start_of(ticks);
        let fits = slot <= Duration::from_secs(1) || window.as_nanos().is_multiple_of(slot.as_nanos());
        (!fits).then_some(slot)
    }

    /// Whether what is selected, or some of the values of its tag, was counted together with others, as there were too
    /// many combinations.
    pub(crate) fn is_folded(&self, selection: &Selection, each_of: Option<&str>) -> bool {
        let key = each_of.or(selection.tag.as_ref().map(|(key, _)| &**key));
        let Some(key) = key.filter(|key| self.bounds.is_folded(key)) else { return false };
        let about = |tag| About { subject: selection.subject.clone(), tag, user: None };
        let has = |about: &About| self.operations.contains_key(about) || self.values.contains_key(about);
        match (each_of, &selection.tag) {
            (None, Some(tag)) => !has(&about(Some(tag.clone()))),
            _ => has(&about(Some((key.into(), OTHER.into())))),
        }
    }
}

fn widened<T: Mergeable>(all: &mut SeriesOf<T>, sort: Sort, width: u32) -> usize {
    let mut slots = 0;
    let of_sort = |about: &About| Sort::new(&about.subject, about.tag.is_some(), about.user) == sort;
    for series in all.iter_mut().filter(|(about, _)| of_sort(about)).flat_map(|(_, places)| places.values_mut()) {
        let timeline = Arc::make_mut(&mut series.slots);
        timeline.widen_to(width);
        slots += timeline.len();
    }
    slots
}

fn add<T: Mergeable>(all: &mut SeriesOf<T>, bounds: &mut Bounds, selection: Selection, tick: u32, part: T) {
    let sort = Sort::of(&selection);
    let Selection { stage, scenario, case, subject, tag, user } = selection;
    let mut about = About { subject, tag, user };
    if sort == Sort::Tagged && !all.contains_key(&about) && !bounds.has_room(about.tag.as_ref()) {
        about.tag = about.tag.map(|(key, _)| (key, OTHER.into()));
    }
    let places = all.entry(about).or_default();
    let least_width = user.is_none().then(|| bounds.width(sort));
    let more = places.entry(Where { stage, scenario, case }).or_default().add(tick, part, least_width);
    bounds.count(sort, more);
}
