//! Questions to [`Measurements`]: exact merges of series. It judges nothing.

use super::measurements::{About, Mergeable, Series, SeriesOf, Where};
use super::{Measurements, Selection, Span, Tally, ValueTally, Window, slots};
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
            let step = Duration::from_secs(width.as_secs().max(1));
            return fill(empty_windows(&self.on(selection), step), slots_of(all, selection, ALL_TIME));
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

    /// The operations selected in blocks of equal time, about as many as `most`: what the spread of a figure over time is
    /// seen by. The blocks cover the time in which load was on, empty ones too. Of one user all it did is one block.
    pub fn blocks(&self, selection: &Selection, most: usize) -> Vec<Window<Tally>> {
        self.blocks_of(&self.operations, selection, most)
    }

    /// The recorded values selected in such blocks, by the time they were recorded.
    pub fn value_blocks(&self, selection: &Selection, most: usize) -> Vec<Window<ValueTally>> {
        self.blocks_of(&self.values, selection, most)
    }

    /// The operations selected that were due in a stretch of time, in blocks as narrow as its slots.
    pub fn blocks_within(&self, selection: &Selection, time: (Duration, Duration)) -> Vec<Window<Tally>> {
        self.slots_within(&self.operations, selection, time)
    }

    /// The same of recorded values.
    pub fn value_blocks_within(&self, selection: &Selection, time: (Duration, Duration)) -> Vec<Window<ValueTally>> {
        self.slots_within(&self.values, selection, time)
    }

    fn blocks_of<T: Mergeable>(&self, all: &SeriesOf<T>, selection: &Selection, most: usize) -> Vec<Window<T>> {
        if selection.user.is_some() {
            return self.windows_of(all, selection, Duration::MAX);
        }
        let widest = widest_slot(all, selection);
        // What is there for a part of the load only is cut as finely as what is there all along.
        let ends = slots_of(all, selection, ALL_TIME).map(|(start, end, _)| (start, end));
        let span =
            ends.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1))).map_or(0.0, |(start, end)| (end - start).as_secs_f64());
        let wanted = self.seconds(selection).min(span) / most.max(1) as f64 / slots::TICK.as_secs_f64();
        let slots = (wanted / f64::from(widest)).ceil().max(1.0);
        let width = slots::TICK * widest * slots as u32;
        fill(empty_windows(&self.on(selection), width), slots_of(all, selection, ALL_TIME))
    }

    fn slots_within<T: Mergeable>(
        &self,
        all: &SeriesOf<T>,
        selection: &Selection,
        time: (Duration, Duration),
    ) -> Vec<Window<T>> {
        let width = slots::TICK * widest_slot(all, selection);
        let ticks = (slots::tick_of(time.0.as_nanos() as u64), slots::tick_of(time.1.as_nanos() as u64));
        fill(empty_windows(&both(&self.on(selection), &[time]), width), slots_of(all, selection, ticks))
    }

    /// Completed operations per second of the time in which load was on; `None` where it never was.
    ///
    /// Where a load or stage ends when its work is done, it counts until nineteen of twenty are completed, so that one late
    /// straggler does not stretch the time.
    pub fn throughput(&self, selection: &Selection) -> Option<f64> {
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
}

/// Windows of this width over times that are apart and in order.
fn empty_windows<T: Default>(times: &[(Duration, Duration)], step: Duration) -> Vec<Window<T>> {
    let mut windows = Vec::new();
    for (start, end) in times {
        // Windows of whole seconds begin with a second.
        let mut next = if step.subsec_nanos() == 0 { Duration::from_secs(start.as_secs()) } else { *start };
        while next < *end {
            let from = next.max(*start);
            next += step;
            windows.push(Window { start: from, width: next.min(*end) - from, tally: T::default() });
        }
    }
    windows
}

/// How wide the slots of the series selected are at most, in ticks.
pub(super) fn widest_slot<T: Mergeable>(all: &SeriesOf<T>, selection: &Selection) -> u32 {
    matching(all, selection).map(|series| series.slots.width()).max().unwrap_or(1)
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

/// From the first tick to the last.
const ALL_TIME: (u32, u32) = (0, u32::MAX);

/// Every slot of the series selected that begins within these ticks: when it begins and ends, and what was measured in it.
fn slots_of<'a, T: Mergeable>(
    all: &'a SeriesOf<T>,
    selection: &'a Selection,
    ticks: (u32, u32),
) -> impl Iterator<Item = (Duration, Duration, &'a T)> {
    matching(all, selection)
        .flat_map(move |series| series.slots.within(ticks.0, ticks.1))
        .map(|(tick, width, part)| (slots::start_of(tick), slots::start_of(tick.saturating_add(width)), part))
}

/// Puts every slot into the window that begins in it or before it: none is lost.
fn fill<'a, T: Mergeable + 'a>(
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
