//! Spans of stages and cases, and times made from them: sorted lists of (start, end) that do not overlap.

use std::sync::Arc;
use std::time::Duration;

/// The time of a stage or case, from the start of the load. A stage that was run again has several spans.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    /// Its name.
    pub(crate) name: Arc<str>,
    /// When it started.
    pub(crate) start: Duration,
    /// When it ended.
    pub(crate) end: Duration,
}

/// The times of spans with this name, or of all spans: overlapping ones are joined, empty ones left out.
pub(super) fn join_spans(spans: &[Span], name: Option<&Arc<str>>) -> Vec<(Duration, Duration)> {
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

/// The times that are in both lists; each list is disjoint and in order.
pub(super) fn intersect_times(
    left: &[(Duration, Duration)],
    right: &[(Duration, Duration)],
) -> Vec<(Duration, Duration)> {
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

/// The times in the first list that are not in the second; each list is disjoint and in order.
pub(super) fn subtract_times(
    time: &[(Duration, Duration)],
    taken: &[(Duration, Duration)],
) -> Vec<(Duration, Duration)> {
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
