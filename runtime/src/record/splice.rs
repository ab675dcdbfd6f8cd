//! Measurements of several loads put behind one another, and a stretch or some stages cut out of one. Nothing is lost in
//! the first and nothing invented in the others; it judges nothing.

use super::measurements::{Mergeable, SeriesOf};
use super::query::joined;
use super::slots::TICKS_PER_SECOND;
use super::{Measurements, Selection, Span, Tally, ValueTally};
use std::sync::Arc;
use std::time::Duration;

impl Measurements {
    /// Puts the measurements of another load behind these, as a stage of this name. It starts with the next whole
    /// second, so that the seconds of its timeline stay what they were.
    pub(crate) fn follow(&mut self, stage: &str, other: &Self) {
        let stage: Arc<str> = stage.into();
        let start = Duration::from_secs(self.elapsed.as_nanos().div_ceil(1_000_000_000) as u64);
        let offset = start.as_secs() as u32 * TICKS_PER_SECOND;
        self.as_coarse_as(other);
        let of_stage = |selection: Selection| Selection { stage: Some(Arc::clone(&stage)), ..selection };
        for (selection, at, tally) in parts(&other.operations) {
            self.add_operation_at(of_stage(selection), offset.saturating_add(at), tally.later(start));
        }
        for (selection, at, tally) in parts(&other.values) {
            self.add_value_at(of_stage(selection), offset.saturating_add(at), tally.later(start));
        }
        self.spans.push(Span { name: Arc::clone(&stage), start, end: start + other.elapsed });
        self.incidents.follow(&stage, &other.incidents);
        self.names.stages.push(stage);
        self.elapsed = start + other.elapsed;
        self.peak_users = self.peak_users.max(other.peak_users);
        self.name_all_of(other);
        self.use_all_of(other, start);
    }

    fn name_all_of(&mut self, other: &Self) {
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

    fn use_all_of(&mut self, other: &Self, start: Duration) {
        let later = other.resources.samples.iter().map(|(at, sample)| (start + *at, *sample));
        self.resources.samples.extend(later);
        self.resources.network_scope = self.resources.network_scope.or(other.resources.network_scope);
        self.generator.merge(&other.generator);
        self.generator.weigh(&self.resources, self.elapsed);
    }

    /// What was due to start within so many seconds from this one on. Of single users no timeline is kept: they are
    /// left out.
    pub(crate) fn stretch(&self, from: u32, seconds: u32) -> Self {
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
        for (selection, at, tally) in parts(&self.operations).filter(|(_, at, _)| within(at)) {
            part.add_operation_at(selection, at, tally);
        }
        for (selection, at, tally) in parts(&self.values).filter(|(_, at, _)| within(at)) {
            part.add_value_at(selection, at, tally);
        }
        let readings = self.resources.samples.iter().filter(|(at, _)| (start..=end).contains(at));
        part.resources.samples = readings.copied().collect();
        part.resources.network_scope = self.resources.network_scope;
        part
    }
}

impl Measurements {
    /// What was measured in the stages that `keep` accepts; `None` is the time outside of all stages. What is kept is
    /// whole: its seconds, its single users and its recorded values. Resources are those of the whole time.
    pub(crate) fn of_stages(&self, keep: impl Fn(Option<&str>) -> bool) -> Self {
        let mut part = self.clone();
        retain(&mut part.operations, &keep);
        retain(&mut part.values, &keep);
        part.incidents.retain_stages(&keep);
        part.spans.retain(|span| keep(Some(&span.name)));
        if keep(None) {
            let outside = without(&self.loaded(), &joined(&self.spans, None));
            part.spans.extend(outside.into_iter().map(|(start, end)| Span { name: "".into(), start, end }));
        }
        part
    }

    /// When any scenario was on: all the time, where one of them does not tell.
    fn loaded(&self) -> Vec<(Duration, Duration)> {
        let tells = |name: &Arc<str>| self.scenario_spans.iter().any(|span| span.name == *name);
        if self.names.scenarios.is_empty() || !self.names.scenarios.iter().all(tells) {
            return vec![(Duration::ZERO, self.elapsed)];
        }
        joined(&self.scenario_spans, None)
    }
}

fn retain<T>(all: &mut SeriesOf<T>, keep: impl Fn(Option<&str>) -> bool) {
    all.retain(|_, places| {
        places.retain(|place, _| keep(place.stage.as_deref()));
        !places.is_empty()
    });
}

/// The time in the first that is not in the second; each is apart and in order.
fn without(time: &[(Duration, Duration)], taken: &[(Duration, Duration)]) -> Vec<(Duration, Duration)> {
    let mut left = Vec::new();
    for (start, end) in time {
        let mut from = *start;
        for (begin, over) in taken.iter().filter(|(begin, over)| over > start && begin < end) {
            if from < *begin {
                left.push((from, *begin));
            }
            from = from.max(*over);
        }
        if from < *end {
            left.push((from, *end));
        }
    }
    left
}

/// Every series slot by slot, with the tick at which each begins; one user's, which has no timeline, as a whole.
fn parts<T: Mergeable>(all: &SeriesOf<T>) -> impl Iterator<Item = (Selection, u32, T)> {
    all.iter().flat_map(|(about, places)| {
        places.iter().flat_map(move |(place, series)| {
            let selection = Selection {
                stage: place.stage.clone(),
                scenario: place.scenario.clone(),
                case: place.case.clone(),
                subject: about.subject.clone(),
                tag: about.tag.clone(),
                user: about.user,
            };
            let whole = about.user.map(|_| (0, &series.total));
            let whole = whole.map(|(tick, part)| (tick, &**part));
            let slots = series.slots.iter().map(|(tick, _, part)| (tick, part));
            whole.into_iter().chain(slots).map(move |(tick, part)| (selection.clone(), tick, T::clone(part)))
        })
    })
}

/// What knows when it was seen, seen so much later.
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
        whole.follow("10/s", &load(3, 10));
        whole.follow("20/s", &load(3, 20));
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

    /// Ten a second for ten seconds, of which 3.5 s..6 s are the stage `fault`; `baseline` is 1 s..3.5 s.
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
        let calm = disturbed().of_stages(|stage| stage != Some("fault"));
        let all = Selection::default();
        assert_eq!((calm.tally(&all).count(), calm.seconds(&all)), (75, 7.5));
        assert_eq!(calm.tally(&Selection { user: Some(3), ..all.clone() }).count(), 75);
        let windows = calm.windows(&all, Duration::from_secs(1));
        let rate = |window: &crate::record::Window<Tally>| window.tally.count() as f64 / window.width.as_secs_f64();
        assert_eq!(windows.len(), 8);
        assert!(windows.iter().all(|window| rate(window) == 10.0), "{windows:?}");
        let baseline = disturbed().of_stages(|stage| stage == Some("baseline"));
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
        let calm = |load: &Measurements| load.of_stages(|stage| stage != Some("fault")).seconds(&Selection::default());
        assert_eq!(calm(&load), 7.5, "`b` was on all the time");
        load.scenario_spans.push(span("b", 2, 8));
        assert_eq!(calm(&load), 5.5);
    }

    #[test]
    fn a_stretch_has_what_was_due_in_it() {
        let part = load(5, 10).stretch(2, 2);
        assert_eq!(part.tally(&Selection::default()).count(), 20);
        assert_eq!(part.seconds(&Selection::default()), 2.0);
        assert_eq!(load(5, 10).stretch(4, 10).seconds(&Selection::default()), 1.3, "as long as there was load");
        assert_eq!(load(5, 10).stretch(9, 1).tally(&Selection::default()).count(), 0);
    }
}
