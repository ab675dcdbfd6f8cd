//! Questions to [`Measurements`]: exact merges of series. It judges nothing.

use super::measurements::{About, Mergeable, Series, SeriesOf, Where};
use super::{Measurements, Selection, Span, Tally, ValueTally, Window};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

impl Measurements {
    /// Everything counted of the operations selected.
    pub fn tally(&self, selection: &Selection) -> Tally {
        total(&self.operations, selection).unwrap_or_default()
    }

    /// Everything recorded of the value selected; `None` when nothing was.
    pub fn values(&self, selection: &Selection) -> Option<ValueTally> {
        total(&self.values, selection)
    }

    /// The operations selected in windows of whole seconds, by intended start. The windows cover the time in which the
    /// selection's load was on, empty ones too: a window without samples is a stall to be seen. Of one user no timeline
    /// is kept: all it did is one window.
    pub fn windows(&self, selection: &Selection, width: Duration) -> Vec<Window<Tally>> {
        self.windows_of(&self.operations, selection, width)
    }

    /// The recorded values selected in windows of whole seconds, by the time they were recorded.
    pub fn value_windows(&self, selection: &Selection, width: Duration) -> Vec<Window<ValueTally>> {
        self.windows_of(&self.values, selection, width)
    }

    fn windows_of<T: Mergeable>(&self, all: &SeriesOf<T>, selection: &Selection, width: Duration) -> Vec<Window<T>> {
        if selection.user.is_none() {
            return fill(self.empty_windows(selection, width), seconds_of(all, selection));
        }
        let on = self.on(selection);
        let (start, end) = on.first().zip(on.last()).map_or_else(Default::default, |(first, last)| (first.0, last.1));
        total(all, selection).map(|tally| Window { start, width: end - start, tally }).into_iter().collect()
    }

    /// For how many seconds the selection's load was on: what its throughput is divided by.
    pub fn seconds(&self, selection: &Selection) -> f64 {
        self.on(selection).iter().map(|(start, end)| (*end - *start).as_secs_f64()).sum()
    }

    /// The users that were told apart, sorted.
    pub fn users(&self) -> Vec<u64> {
        let mut users: Vec<u64> = self.operations.keys().filter_map(|about| about.user).collect();
        users.sort_unstable();
        users.dedup();
        users
    }

    /// When the selection's load was on: apart, in order, not empty.
    fn on(&self, selection: &Selection) -> Vec<(Duration, Duration)> {
        let all = || vec![(Duration::ZERO, self.elapsed)];
        let mut on = match &selection.stage {
            None if self.spans.is_empty() => all(),
            stage => joined(&self.spans, stage.as_ref()),
        };
        if selection.case.is_some() {
            on = both(&on, &joined(&self.case_spans, selection.case.as_ref()));
        }
        if let Some(scenario) = &selection.scenario
            && self.scenario_spans.iter().any(|span| span.name == *scenario)
        {
            on = both(&on, &joined(&self.scenario_spans, Some(scenario)));
        }
        on
    }

    fn empty_windows<T: Default>(&self, selection: &Selection, width: Duration) -> Vec<Window<T>> {
        let step = Duration::from_secs(width.as_secs().max(1));
        let mut windows = Vec::new();
        for (start, end) in self.on(selection) {
            let mut next = Duration::from_secs(start.as_secs());
            while next < end {
                let from = next.max(start);
                next += step;
                windows.push(Window { start: from, width: next.min(end) - from, tally: T::default() });
            }
        }
        windows
    }
}

fn matching<'a, T>(all: &'a SeriesOf<T>, selection: &'a Selection) -> impl Iterator<Item = &'a Series<T>> {
    let about = About { subject: selection.subject.clone(), tag: selection.tag.clone(), user: selection.user };
    let wanted = |place: &Where| {
        let fits = |wanted: &Option<Arc<str>>, there: &Option<Arc<str>>| wanted.is_none() || wanted == there;
        fits(&selection.stage, &place.stage)
            && fits(&selection.scenario, &place.scenario)
            && fits(&selection.case, &place.case)
    };
    let places = all.get(&about).into_iter().flatten();
    places.filter(move |(place, _)| wanted(place)).map(|(_, series)| series)
}

fn total<T: Mergeable>(all: &SeriesOf<T>, selection: &Selection) -> Option<T> {
    let mut total: Option<T> = None;
    for series in matching(all, selection) {
        total.get_or_insert_default().merge(&series.total);
    }
    total
}

fn seconds_of<T: Mergeable>(all: &SeriesOf<T>, selection: &Selection) -> BTreeMap<u32, T> {
    let mut seconds: BTreeMap<u32, T> = BTreeMap::new();
    for (second, part) in matching(all, selection).flat_map(|series| series.seconds.iter()) {
        seconds.entry(*second).or_default().merge(part);
    }
    seconds
}

/// Puts every second into the window that it begins in, or the last before it: none is lost.
fn fill<T: Mergeable>(mut windows: Vec<Window<T>>, seconds: BTreeMap<u32, T>) -> Vec<Window<T>> {
    for (second, part) in seconds {
        let start = Duration::from_secs(u64::from(second));
        let width = Duration::from_secs(1);
        if windows.is_empty() {
            windows.push(Window { start, width, tally: T::default() });
        }
        let after = windows.partition_point(|window| window.start < start + width);
        windows[after.saturating_sub(1)].tally.merge(&part);
    }
    windows
}

/// The spans of this name, or of any: overlapping ones joined, empty ones left out.
pub(super) fn joined(spans: &[Span], name: Option<&Arc<str>>) -> Vec<(Duration, Duration)> {
    let named = spans.iter().filter(|span| name.is_none_or(|name| *name == span.name) && span.start < span.end);
    let mut sorted: Vec<_> = named.map(|span| (span.start, span.end)).collect();
    sorted.sort_unstable();
    let mut joined: Vec<(Duration, Duration)> = Vec::new();
    for (start, end) in sorted {
        match joined.last_mut() {
            Some(last) if start <= last.1 => last.1 = last.1.max(end),
            _ => joined.push((start, end)),
        }
    }
    joined
}

/// The time in both; each is apart and in order.
fn both(left: &[(Duration, Duration)], right: &[(Duration, Duration)]) -> Vec<(Duration, Duration)> {
    let mut both = Vec::new();
    for (a, b) in left {
        for (c, d) in right {
            let (start, end) = (*a.max(c), *b.min(d));
            if start < end {
                both.push((start, end));
            }
        }
    }
    both
}
