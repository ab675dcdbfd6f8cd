//! The measurements of one test: series by their full key, from which every selection is an exact merge; queries of
//! these series; and operations that append the measurements of several loads, or cut out parts, without loss.
//!
//! The file is above 500 lines with its tests because all queries need the same private series.

use super::bounds::{BoundedSort, SeriesBounds};
use super::names::OTHER;
use super::selection::{Selection, Subject};
use super::series::{
    ALL_TIME, SeriesOf, SeriesSubject, add_part, merged_total, retain_stages, slot_by_slot, slots_of, widen_slots,
    widest_slot,
};
use super::slots::{self, TICKS_PER_SECOND};
use super::span::{Span, intersect_times, join_spans, subtract_times};
use super::tally::Mergeable;
use super::{CallMemory, Experiment, Generator, Incidents, Resources, Tally, ValueTally};
use brunt_plan::Target;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

/// Every name in the measurements of a test.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Names {
    /// Stages, in order.
    pub(crate) stages: Vec<Arc<str>>,
    /// Scenarios, in order.
    pub(crate) scenarios: Vec<Arc<str>>,
    /// Cases, in order.
    pub(crate) cases: Vec<Arc<str>>,
    /// Steps, sorted.
    pub(crate) steps: Vec<Arc<str>>,
    /// Recorded values and gauges, sorted.
    pub(crate) values: Vec<Arc<str>>,
    /// Tags: key → values, sorted.
    pub(crate) tags: BTreeMap<Arc<str>, Vec<Arc<str>>>,
}

/// A stretch of time and the measurements of operations that were due to start in it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Window<T> {
    /// Where it starts, from the start of the load.
    pub(crate) start: Duration,
    /// How long it is; the last may be shorter than the others.
    pub(crate) width: Duration,
    /// The measurements.
    pub(crate) tally: T,
}

/// Everything measured in one test. Offsets are from the start of the load; warm-up, setup and teardown are not in it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Measurements {
    /// From the first intended start to the last end.
    pub(crate) elapsed: Duration,
    /// The time for which loads were on: the throughput of the whole is divided by it (pauses for setup between cases
    /// are left out).
    pub(crate) spans: Vec<Span>,
    /// The cases' spans, in order; empty without cases.
    pub(crate) case_spans: Vec<Span>,
    /// When each scenario was on; a scenario without a span was on all the time.
    pub(crate) scenario_spans: Vec<Span>,
    /// Every known name.
    pub(crate) names: Names,
    /// Most users at once.
    pub(crate) peak_users: u64,
    /// The resources of the process over time.
    pub(crate) resources: Resources,
    /// The memory that single calls took, by case, where allocations are counted.
    pub(crate) call_memory: BTreeMap<Option<Arc<str>>, CallMemory>,
    /// The generator's own health.
    pub(crate) generator: Generator,
    /// Stages that end when their work is done, not at a time; `None` is the load of the whole test.
    pub(crate) ends_with_work: BTreeSet<Option<Arc<str>>>,
    /// How often the verdict was computed when it could end the load: more than once where a test settles.
    pub(crate) looks: u32,
    /// How the load went on after its planned end; `None` where it ended there.
    pub(crate) settled: Option<Settled>,
    /// What a resilience experiment did and saw beside its operations.
    pub(crate) experiment: Option<Box<Experiment>>,
    /// Notes for the reader of a report, such as a cap that was reached or a sample that came too late to count.
    pub(crate) notes: Vec<String>,
    /// Incidents beside the operations.
    pub(crate) incidents: Incidents,
    pub(super) bounds: SeriesBounds,
    pub(super) operations: SeriesOf<Tally>,
    pub(super) values: SeriesOf<ValueTally>,
}

/// The rounds of a load after the planned one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Settled {
    /// How many times the load was repeated; the last round may still be running.
    pub(crate) rounds: u32,
    /// The total time of the rounds that have ended, without operations in flight at their ends.
    pub(crate) time: Duration,
    /// The targets that were undecided when a round began, each once.
    pub(crate) undecided: Vec<Target>,
    /// The measurements of the planned load: amounts, such as `elapsed` and `count`, are judged by them.
    pub(crate) planned: Arc<Measurements>,
}

impl Measurements {
    /// Adds operations of one full key whose intended start lies in this second.
    pub(crate) fn add_operation(&mut self, selection: Selection, second: u32, tally: Tally) {
        self.add_operation_at(selection, second.saturating_mul(TICKS_PER_SECOND), tally);
    }

    /// Adds operations of one full key whose intended start lies in this tick.
    pub(crate) fn add_operation_at(&mut self, selection: Selection, tick: u32, tally: Tally) {
        let sort = BoundedSort::of(&selection);
        add_part(&mut self.operations, &mut self.bounds, selection, tick, tally);
        self.keep_within_bounds(sort);
    }

    /// Adds recorded values of one full key and second.
    #[cfg(test)]
    pub(crate) fn add_value(&mut self, selection: Selection, second: u32, tally: ValueTally) {
        self.add_value_at(selection, second.saturating_mul(TICKS_PER_SECOND), tally);
    }

    /// Adds recorded values of one full key and tick.
    pub(super) fn add_value_at(&mut self, selection: Selection, tick: u32, tally: ValueTally) {
        let sort = BoundedSort::of(&selection);
        add_part(&mut self.values, &mut self.bounds, selection, tick, tally);
        self.keep_within_bounds(sort);
    }

    /// Widens the slots of all series of a sort while there are too many.
    fn keep_within_bounds(&mut self, sort: BoundedSort) {
        while let Some(width) = self.bounds.too_many(sort) {
            self.widen(sort, width);
        }
    }

    fn widen(&mut self, sort: BoundedSort, width: u32) {
        let slots = widen_slots(&mut self.operations, sort, width) + widen_slots(&mut self.values, sort, width);
        self.bounds.widened(sort, width, slots);
    }

    /// Makes timelines as coarse as those of other measurements, before their series are added.
    pub(super) fn as_coarse_as(&mut self, other: &Self) {
        self.bounds.fold_as(&other.bounds);
        for (sort, width) in other.bounds.widths() {
            if width > self.bounds.width(sort) {
                self.widen(sort, width);
            }
        }
    }

    /// The width of the selection's slots where they are too coarse for windows of this width; otherwise `None`.
    pub(crate) fn coarse(&self, selection: &Selection, window: Duration) -> Option<Duration> {
        let ticks = match selection.subject {
            Subject::Value(_) => widest_slot(&self.values, selection),
            Subject::Iteration | Subject::Step(_) => widest_slot(&self.operations, selection),
        };
        let slot = slots::start_of(ticks);
        let fits = slot <= Duration::from_secs(1) || window.as_nanos().is_multiple_of(slot.as_nanos());
        (!fits).then_some(slot)
    }

    /// Whether the selection, or some value of its tag, was counted together with others because there were too many
    /// combinations.
    pub(crate) fn is_folded(&self, selection: &Selection, each_of: Option<&str>) -> bool {
        let key = each_of.or(selection.tag.as_ref().map(|(key, _)| &**key));
        let Some(key) = key.filter(|key| self.bounds.is_folded(key)) else { return false };
        let about = |tag| SeriesSubject { subject: selection.subject.clone(), tag, user: None };
        let has = |about: &SeriesSubject| self.operations.contains_key(about) || self.values.contains_key(about);
        match (each_of, &selection.tag) {
            (None, Some(tag)) => !has(&about(Some(tag.clone()))),
            _ => has(&about(Some((key.into(), OTHER.into())))),
        }
    }

    /// The counts of the selected operations.
    pub(crate) fn tally(&self, selection: &Selection) -> Tally {
        merged_total(&self.operations, selection).unwrap_or_default()
    }

    /// The records of the selected value; `None` if there are none.
    pub(crate) fn values(&self, selection: &Selection) -> Option<ValueTally> {
        merged_total(&self.values, selection)
    }

    /// The selected operations in windows of whole seconds, by intended start. The windows cover the time in which the
    /// selection's load was on. Empty ones are included, as a window without samples shows a stall. A single user has
    /// no timeline: all of its operations are one window.
    pub(crate) fn windows(&self, selection: &Selection, width: Duration) -> Vec<Window<Tally>> {
        self.windows_of(&self.operations, selection, width)
    }

    /// The selected recorded values in windows of whole seconds, by the time they were recorded.
    pub(crate) fn value_windows(&self, selection: &Selection, width: Duration) -> Vec<Window<ValueTally>> {
        self.windows_of(&self.values, selection, width)
    }

    fn windows_of<T: Mergeable>(&self, all: &SeriesOf<T>, selection: &Selection, width: Duration) -> Vec<Window<T>> {
        if selection.user.is_none() {
            let step = Duration::from_secs(width.as_secs().max(1));
            return fill_windows(empty_windows(&self.on(selection), step), slots_of(all, selection, ALL_TIME));
        }
        let on = self.on(selection);
        let (start, end) = on.first().zip(on.last()).map_or_else(Default::default, |(first, last)| (first.0, last.1));
        merged_total(all, selection).map(|tally| Window { start, width: end - start, tally }).into_iter().collect()
    }

    /// For how many seconds the selection's load was on: its throughput is divided by this.
    pub(crate) fn seconds(&self, selection: &Selection) -> f64 {
        self.on(selection).iter().map(|(start, end)| (*end - *start).as_secs_f64()).sum()
    }

    /// The users with series of their own, sorted.
    pub(crate) fn users(&self) -> Vec<u64> {
        let mut users: Vec<u64> = self.operations.keys().filter_map(|about| about.user).collect();
        users.sort_unstable();
        users.dedup();
        users
    }

    /// When the selection's load was on, as disjoint times, in order and not empty.
    fn on(&self, selection: &Selection) -> Vec<(Duration, Duration)> {
        let all = || vec![(Duration::ZERO, self.elapsed)];
        let mut on = match &selection.stage {
            None if self.spans.is_empty() => all(),
            stage => join_spans(&self.spans, stage.as_ref()),
        };
        if selection.case.is_some() {
            on = intersect_times(&on, &join_spans(&self.case_spans, selection.case.as_ref()));
        }
        if let Some(scenario) = &selection.scenario
            && self.scenario_spans.iter().any(|span| span.name == *scenario)
        {
            on = intersect_times(&on, &join_spans(&self.scenario_spans, Some(scenario)));
        }
        on
    }

    /// The selected operations in about `most` blocks of equal time, to measure the spread of a figure over time. The
    /// blocks cover the time in which load was on, including empty blocks. All operations of a single user are one
    /// block.
    pub(crate) fn blocks(&self, selection: &Selection, most: usize) -> Vec<Window<Tally>> {
        self.blocks_of(&self.operations, selection, most)
    }

    /// The selected recorded values in such blocks, by the time they were recorded.
    pub(crate) fn value_blocks(&self, selection: &Selection, most: usize) -> Vec<Window<ValueTally>> {
        self.blocks_of(&self.values, selection, most)
    }

    /// The selected operations that were due in a stretch of time, in blocks as narrow as its slots.
    pub(crate) fn blocks_within(&self, selection: &Selection, time: (Duration, Duration)) -> Vec<Window<Tally>> {
        self.slots_within(&self.operations, selection, time)
    }

    /// The selected values that were recorded in a stretch of time, in blocks as narrow as its slots.
    pub(crate) fn value_blocks_within(
        &self,
        selection: &Selection,
        time: (Duration, Duration),
    ) -> Vec<Window<ValueTally>> {
        self.slots_within(&self.values, selection, time)
    }

    fn blocks_of<T: Mergeable>(&self, all: &SeriesOf<T>, selection: &Selection, most: usize) -> Vec<Window<T>> {
        if selection.user.is_some() {
            return self.windows_of(all, selection, Duration::MAX);
        }
        let widest = widest_slot(all, selection);
        // A selection that exists for only a part of the load is cut into as many blocks as one that exists throughout.
        let ends = slots_of(all, selection, ALL_TIME).map(|(start, end, _)| (start, end));
        let span =
            ends.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1))).map_or(0.0, |(start, end)| (end - start).as_secs_f64());
        let wanted = self.seconds(selection).min(span) / most.max(1) as f64 / slots::TICK.as_secs_f64();
        let slots = (wanted / f64::from(widest)).ceil().max(1.0);
        let width = slots::TICK * widest * slots as u32;
        fill_windows(empty_windows(&self.on(selection), width), slots_of(all, selection, ALL_TIME))
    }

    fn slots_within<T: Mergeable>(
        &self,
        all: &SeriesOf<T>,
        selection: &Selection,
        time: (Duration, Duration),
    ) -> Vec<Window<T>> {
        let width = slots::TICK * widest_slot(all, selection);
        let ticks = (slots::tick_of(time.0.as_nanos() as u64), slots::tick_of(time.1.as_nanos() as u64));
        fill_windows(
            empty_windows(&intersect_times(&self.on(selection), &[time]), width),
            slots_of(all, selection, ticks),
        )
    }

    /// Completed operations per second of the time in which load was on; `None` where it never was.
    ///
    /// Where a load or stage ends when its work is done, it counts until nineteen of twenty operations are completed,
    /// so that a single straggler does not stretch the time.
    pub(crate) fn throughput(&self, selection: &Selection) -> Option<f64> {
        let seconds = self.seconds(selection);
        let completed = self.tally(selection).completed;
        if seconds <= 0.0 {
            return None;
        }
        let trimmed = self.ends_with_work.contains(&selection.stage) && selection.user.is_none();
        let rate = if trimmed { self.rate_without_stragglers(selection, completed) } else { None };
        Some(rate.unwrap_or(completed as f64 / seconds))
    }

    fn rate_without_stragglers(&self, selection: &Selection, completed: u64) -> Option<f64> {
        const KEPT: f64 = 0.95;
        let wanted = KEPT * completed as f64;
        let (mut before, mut seconds) = (0.0, 0.0);
        for block in self.blocks(selection, usize::MAX) {
            let (here, width) = (block.tally.completed as f64, block.width.as_secs_f64());
            (before, seconds) = (before + here, seconds + width);
            if here > 0.0 && before >= wanted {
                return Some(before / seconds);
            }
        }
        None
    }

    /// Appends the measurements of another load as a stage of this name. It starts at the next whole second, so that
    /// the seconds of its timeline remain the same.
    pub(crate) fn append_as_stage(&mut self, stage: &str, other: &Self) {
        let stage: Arc<str> = stage.into();
        let start = Duration::from_secs(self.elapsed.as_nanos().div_ceil(1_000_000_000) as u64);
        let offset = start.as_secs() as u32 * TICKS_PER_SECOND;
        self.as_coarse_as(other);
        let of_stage = |selection: Selection| Selection { stage: Some(Arc::clone(&stage)), ..selection };
        for (selection, at, tally) in slot_by_slot(&other.operations) {
            self.add_operation_at(of_stage(selection), offset.saturating_add(at), tally.later(start));
        }
        for (selection, at, tally) in slot_by_slot(&other.values) {
            self.add_value_at(of_stage(selection), offset.saturating_add(at), tally.later(start));
        }
        self.spans.push(Span { name: Arc::clone(&stage), start, end: start + other.elapsed });
        self.incidents.append_as_stage(&stage, &other.incidents);
        self.names.stages.push(stage);
        self.elapsed = start + other.elapsed;
        self.peak_users = self.peak_users.max(other.peak_users);
        self.merge_names(other);
        self.merge_resources(other, start);
    }

    fn merge_names(&mut self, other: &Self) {
        let add = |mine: &mut Vec<Arc<str>>, other: &[Arc<str>]| {
            mine.extend_from_slice(other);
            mine.sort_unstable();
            mine.dedup();
        };
        add(&mut self.names.steps, &other.names.steps);
        add(&mut self.names.values, &other.names.values);
        for (key, values) in &other.names.tags {
            add(self.names.tags.entry(Arc::clone(key)).or_default(), values);
        }
        for note in &other.notes {
            if !self.notes.contains(note) {
                self.notes.push(note.clone());
            }
        }
    }

    fn merge_resources(&mut self, other: &Self, start: Duration) {
        let later = other.resources.samples.iter().map(|(at, sample)| (start + *at, *sample));
        self.resources.samples.extend(later);
        self.resources.network_scope = self.resources.network_scope.or(other.resources.network_scope);
        self.generator.merge(&other.generator);
        self.generator.sum_up(&self.resources, self.elapsed);
    }

    /// The measurements of operations that were due to start within `seconds` seconds from the second `from` on. Single
    /// users have no timeline and are left out.
    pub(crate) fn slice_seconds(&self, from: u32, seconds: u32) -> Self {
        let end = Duration::from_secs(u64::from(from) + u64::from(seconds)).min(self.elapsed);
        let start = Duration::from_secs(u64::from(from)).min(end);
        let mut part = Self {
            elapsed: end,
            spans: vec![Span { name: "".into(), start, end }],
            names: self.names.clone(),
            peak_users: self.peak_users,
            generator: self.generator.clone(),
            looks: self.looks,
            ..Self::default()
        };
        part.as_coarse_as(self);
        let within = |at: &u32| (from..from.saturating_add(seconds)).contains(&(at / TICKS_PER_SECOND));
        for (selection, at, tally) in slot_by_slot(&self.operations).filter(|(_, at, _)| within(at)) {
            part.add_operation_at(selection, at, tally);
        }
        for (selection, at, tally) in slot_by_slot(&self.values).filter(|(_, at, _)| within(at)) {
            part.add_value_at(selection, at, tally);
        }
        let readings = self.resources.samples.iter().filter(|(at, _)| (start..=end).contains(at));
        part.resources.samples = readings.copied().collect();
        part.resources.network_scope = self.resources.network_scope;
        part
    }

    /// The measurements in the stages that `keep` accepts; `None` is the time outside of all stages. They are complete,
    /// with their seconds, single users and recorded values. Resources cover the whole time.
    pub(crate) fn filter_stages(&self, keep: impl Fn(Option<&str>) -> bool) -> Self {
        let mut part = self.clone();
        retain_stages(&mut part.operations, &keep);
        retain_stages(&mut part.values, &keep);
        part.incidents.retain_stages(&keep);
        part.spans.retain(|span| keep(Some(&span.name)));
        if keep(None) {
            let outside = subtract_times(&self.loaded(), &join_spans(&self.spans, None));
            part.spans.extend(outside.into_iter().map(|(start, end)| Span { name: "".into(), start, end }));
        }
        part
    }

    /// When any scenario was on: all the time, if a scenario has no span.
    fn loaded(&self) -> Vec<(Duration, Duration)> {
        let tells = |name: &Arc<str>| self.scenario_spans.iter().any(|span| span.name == *name);
        if self.names.scenarios.is_empty() || !self.names.scenarios.iter().all(tells) {
            return vec![(Duration::ZERO, self.elapsed)];
        }
        join_spans(&self.scenario_spans, None)
    }

    /// Adds a note if samples (`strays`) came after the freeze.
    pub(crate) fn note_late_samples(&mut self, strays: u64) {
        if strays > 0 {
            self.notes.push(format!(
                "{strays} samples came after the measurements were closed and are not in them: work that a body spawned \
                 outlived the load; await it in the body"
            ));
        }
    }
}

/// Windows of this width over times that are disjoint and in order.
fn empty_windows<T: Default>(times: &[(Duration, Duration)], step: Duration) -> Vec<Window<T>> {
    let mut windows = Vec::new();
    for (start, end) in times {
        // Windows of whole seconds begin at a whole second.
        let mut next = if step.subsec_nanos() == 0 { Duration::from_secs(start.as_secs()) } else { *start };
        while next < *end {
            let from = next.max(*start);
            next += step;
            windows.push(Window { start: from, width: next.min(*end) - from, tally: T::default() });
        }
    }
    windows
}

/// Puts every slot into the last window that begins in it or before it, so that none is lost.
fn fill_windows<'a, T: Mergeable + 'a>(
    mut windows: Vec<Window<T>>,
    slots: impl Iterator<Item = (Duration, Duration, &'a T)>,
) -> Vec<Window<T>> {
    for (start, end, part) in slots {
        if windows.is_empty() {
            windows.push(Window { start, width: end - start, tally: T::default() });
        }
        let after = windows.partition_point(|window| window.start < end);
        windows[after.saturating_sub(1)].tally.merge(part);
    }
    windows
}

/// Tallies whose times can be moved later.
trait Later {
    fn later(self, by: Duration) -> Self;
}

impl Later for Tally {
    fn later(mut self, by: Duration) -> Self {
        for failures in self.failures.values_mut() {
            (failures.first, failures.last) = (failures.first + by, failures.last + by);
        }
        self
    }
}

impl Later for ValueTally {
    fn later(mut self, by: Duration) -> Self {
        self.last = self.last.map(|(at, value)| (at + by, value));
        self
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::record::{FailureTally, Subject};

    fn load(seconds: u64, of_each: u64) -> Measurements {
        let elapsed = Duration::from_millis(seconds * 1_000 + 300);
        let mut load = Measurements { elapsed, ..Measurements::default() };
        for second in 0..seconds as u32 {
            let mut tally = Tally { successes: of_each, ..Tally::default() };
            tally.latency.record_n(1e6, of_each);
            load.add_operation(Selection::default(), second, tally.clone());
            load.add_operation(Selection { user: Some(3), ..Selection::default() }, second, tally);
        }
        let seen = Duration::from_millis(1_500);
        let failures = FailureTally { count: 1, ..FailureTally::of(seen, "away".into()) };
        let failed = Tally { failures: [("io".into(), failures)].into(), ..Tally::default() };
        load.add_operation(Selection { subject: Subject::Step("read".into()), ..Selection::default() }, 1, failed);
        load.names.steps.push("read".into());
        load
    }

    #[test]
    fn loads_behind_one_another_stay_apart_and_add_up() {
        let mut whole = Measurements::default();
        whole.append_as_stage("10/s", &load(3, 10));
        whole.append_as_stage("20/s", &load(3, 20));
        let of = |stage: &str| Selection { stage: Some(stage.into()), ..Selection::default() };
        let counts = [&of("10/s"), &of("20/s"), &Selection::default()].map(|which| whole.tally(which).count());
        assert_eq!(counts, [30, 60, 90]);
        assert_eq!(whole.tally(&Selection { user: Some(3), ..of("20/s") }).count(), 60);
        assert_eq!((whole.seconds(&of("20/s")), whole.seconds(&Selection::default())), (3.3, 6.6));
        // The second load starts with the second after 3.3 s.
        let first = whole.windows(&of("20/s"), Duration::from_secs(1)).swap_remove(0);
        assert_eq!((first.start, first.tally.count()), (Duration::from_secs(4), 20));
        let step = whole.tally(&Selection { subject: Subject::Step("read".into()), ..of("20/s") });
        assert_eq!(step.failures["io"].first, Duration::from_millis(5_500));
        assert_eq!(whole.names.steps.len(), 1);
    }

    /// Ten operations a second for ten seconds: 1 s..3.5 s are the stage `baseline`, and 3.5 s..6 s the stage `fault`.
    fn disturbed() -> Measurements {
        let mut load = Measurements { elapsed: Duration::from_secs(10), ..Measurements::default() };
        let span = |name: &str, start, end| Span {
            name: name.into(),
            start: Duration::from_millis(start),
            end: Duration::from_millis(end),
        };
        load.spans = vec![span("baseline", 1_000, 3_500), span("fault", 3_500, 6_000)];
        for (half, stage) in (0..20)
            .map(|half| (half, (2..7).contains(&half), (7..12).contains(&half)))
            .map(|(half, baseline, fault)| (half, baseline.then_some("baseline").or(fault.then_some("fault"))))
        {
            let tally = Tally { successes: 5, ..Tally::default() };
            let selection = Selection { stage: stage.map(Into::into), ..Selection::default() };
            load.add_operation(Selection { user: Some(3), ..selection.clone() }, half / 2, tally.clone());
            load.add_operation(selection, half / 2, tally);
        }
        load
    }

    #[test]
    fn stages_that_are_left_out_take_their_time_with_them() {
        let calm = disturbed().filter_stages(|stage| stage != Some("fault"));
        let all = Selection::default();
        assert_eq!((calm.tally(&all).count(), calm.seconds(&all)), (75, 7.5));
        assert_eq!(calm.tally(&Selection { user: Some(3), ..all.clone() }).count(), 75);
        let windows = calm.windows(&all, Duration::from_secs(1));
        let rate = |window: &crate::record::Window<Tally>| window.tally.count() as f64 / window.width.as_secs_f64();
        assert_eq!(windows.len(), 8);
        assert!(windows.iter().all(|window| rate(window) == 10.0), "{windows:?}");
        let baseline = disturbed().filter_stages(|stage| stage == Some("baseline"));
        assert_eq!((baseline.tally(&all).count(), baseline.seconds(&all)), (25, 2.5));
    }

    #[test]
    fn time_outside_of_stages_is_that_of_the_loads() {
        let mut load = disturbed();
        load.names.scenarios = vec!["a".into(), "b".into()];
        let span = |name: &str, start, end| Span {
            name: name.into(),
            start: Duration::from_secs(start),
            end: Duration::from_secs(end),
        };
        load.scenario_spans = vec![span("a", 0, 7)];
        let calm =
            |load: &Measurements| load.filter_stages(|stage| stage != Some("fault")).seconds(&Selection::default());
        assert_eq!(calm(&load), 7.5, "`b` was on all the time");
        load.scenario_spans.push(span("b", 2, 8));
        assert_eq!(calm(&load), 5.5);
    }

    #[test]
    fn a_stretch_has_what_was_due_in_it() {
        let part = load(5, 10).slice_seconds(2, 2);
        assert_eq!(part.tally(&Selection::default()).count(), 20);
        assert_eq!(part.seconds(&Selection::default()), 2.0);
        assert_eq!(load(5, 10).slice_seconds(4, 10).seconds(&Selection::default()), 1.3, "as long as there was load");
        assert_eq!(load(5, 10).slice_seconds(9, 1).tally(&Selection::default()).count(), 0);
    }
}
