//! Measurements of several loads put behind one another, and a stretch cut out of one. Nothing is lost in the first and
//! nothing invented in the second; it judges nothing.

use super::measurements::{Mergeable, SeriesOf};
use super::{Measurements, Selection, Span, Tally, ValueTally};
use std::sync::Arc;
use std::time::Duration;

impl Measurements {
    /// Puts the measurements of another load behind these, as a stage of this name. It starts with the next whole
    /// second, so that the seconds of its timeline stay what they were.
    pub(crate) fn follow(&mut self, stage: &str, other: &Self) {
        let stage: Arc<str> = stage.into();
        let start = Duration::from_secs(self.elapsed.as_nanos().div_ceil(1_000_000_000) as u64);
        let second = start.as_secs() as u32;
        let of_stage = |selection: Selection| Selection { stage: Some(Arc::clone(&stage)), ..selection };
        for (selection, at, tally) in parts(&other.operations) {
            self.add_operation(of_stage(selection), second.saturating_add(at), tally.later(start));
        }
        for (selection, at, tally) in parts(&other.values) {
            self.add_value(of_stage(selection), second.saturating_add(at), tally.later(start));
        }
        self.spans.push(Span { name: Arc::clone(&stage), start, end: start + other.elapsed });
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
        self.generator.lateness.merge(&other.generator.lateness);
        self.generator.scheduling_lag.merge(&other.generator.scheduling_lag);
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
            ..Self::default()
        };
        let within = |at: &u32| (from..from.saturating_add(seconds)).contains(at);
        for (selection, at, tally) in parts(&self.operations).filter(|(_, at, _)| within(at)) {
            part.add_operation(selection, at, tally);
        }
        for (selection, at, tally) in parts(&self.values).filter(|(_, at, _)| within(at)) {
            part.add_value(selection, at, tally);
        }
        let readings = self.resources.samples.iter().filter(|(at, _)| (start..=end).contains(at));
        part.resources.samples = readings.copied().collect();
        part.resources.network_scope = self.resources.network_scope;
        part
    }
}

/// Every series second by second; one user's, which has no seconds, as a whole.
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
            let seconds = series.seconds.iter().map(|(at, part)| (*at, part));
            whole.into_iter().chain(seconds).map(move |(at, part)| (selection.clone(), at, T::clone(part)))
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

    #[test]
    fn a_stretch_has_what_was_due_in_it() {
        let part = load(5, 10).stretch(2, 2);
        assert_eq!(part.tally(&Selection::default()).count(), 20);
        assert_eq!(part.seconds(&Selection::default()), 2.0);
        assert_eq!(load(5, 10).stretch(4, 10).seconds(&Selection::default()), 1.3, "as long as there was load");
        assert_eq!(load(5, 10).stretch(9, 1).tally(&Selection::default()).count(), 0);
    }
}
