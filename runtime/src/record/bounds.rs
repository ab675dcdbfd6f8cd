//! Bounds on the series and slots of time that are kept, so that measurements do not grow without end with the length
//! of a test, the number of steps, or the combinations of names and tags. Beyond the bounds timelines get coarser, and
//! further combinations are counted together. Both can be queried, as no target may pass on samples that are no longer
//! separate.

use super::selection::{Selection, Subject};
use super::slots::{TICKS_PER_SECOND, next_coarser};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The most slots of series with a tag; one takes some 500 bytes.
const TAGGED_SLOTS: usize = 60_000;
/// The most slots of steps and recorded values.
const NAMED_SLOTS: usize = 200_000;
/// The most series with a tag.
const TAGGED_SERIES: usize = 20_000;

/// Series that share a bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BoundedSort {
    /// Whole iterations, by stage, scenario and case: the plan limits their number.
    Whole,
    /// Steps and recorded values.
    Named,
    /// Series of one value of a tag.
    Tagged,
}

impl BoundedSort {
    pub(super) fn of(selection: &Selection) -> Self {
        Self::new(&selection.subject, selection.tag.is_some(), selection.user)
    }

    /// The sort of a series. A single user's series have no timeline and so no bound on slots.
    pub(super) fn new(subject: &Subject, is_tagged: bool, user: Option<u64>) -> Self {
        match subject {
            _ if user.is_some() => Self::Whole,
            _ if is_tagged => Self::Tagged,
            Subject::Iteration => Self::Whole,
            Subject::Step(_) | Subject::Value(_) => Self::Named,
        }
    }
}

/// The slots of one sort, and their bound.
#[derive(Clone, Debug, PartialEq, Eq)]
struct SlotBound {
    slots: usize,
    most: usize,
    /// The least width of slots, in ticks.
    width: u32,
}

/// The slots and series of all sorts, and their bounds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SeriesBounds {
    named: SlotBound,
    tagged: SlotBound,
    series: usize,
    /// Keys of tags with combinations that were counted together.
    folded: BTreeSet<Arc<str>>,
}

impl Default for SeriesBounds {
    fn default() -> Self {
        let bound = |most| SlotBound { slots: 0, most, width: 1 };
        Self { named: bound(NAMED_SLOTS), tagged: bound(TAGGED_SLOTS), series: 0, folded: BTreeSet::new() }
    }
}

impl SeriesBounds {
    fn of(&self, sort: BoundedSort) -> Option<&SlotBound> {
        match sort {
            BoundedSort::Whole => None,
            BoundedSort::Named => Some(&self.named),
            BoundedSort::Tagged => Some(&self.tagged),
        }
    }

    fn of_mut(&mut self, sort: BoundedSort) -> Option<&mut SlotBound> {
        match sort {
            BoundedSort::Whole => None,
            BoundedSort::Named => Some(&mut self.named),
            BoundedSort::Tagged => Some(&mut self.tagged),
        }
    }

    /// The least width of slots of this sort, in ticks.
    pub(super) fn width(&self, sort: BoundedSort) -> u32 {
        self.of(sort).map_or(1, |bound| bound.width)
    }

    /// Adds `more` to the number of slots.
    pub(super) fn count(&mut self, sort: BoundedSort, more: isize) {
        if let Some(bound) = self.of_mut(sort) {
            bound.slots = bound.slots.saturating_add_signed(more);
        }
    }

    /// The wider slots that this sort needs, in ticks, where it has too many.
    pub(super) fn too_many(&self, sort: BoundedSort) -> Option<u32> {
        let bound = self.of(sort).filter(|bound| bound.slots > bound.most)?;
        next_coarser(bound.width.max(TICKS_PER_SECOND))
    }

    /// Sets the new width of slots after they were merged, and how many remain.
    pub(super) fn widened(&mut self, sort: BoundedSort, width: u32, slots: usize) {
        if let Some(bound) = self.of_mut(sort) {
            (bound.width, bound.slots) = (width, slots);
        }
    }

    pub(super) fn widths(&self) -> [(BoundedSort, u32); 2] {
        [(BoundedSort::Named, self.named.width), (BoundedSort::Tagged, self.tagged.width)]
    }

    /// Reserves room for one more series with this tag. Returns whether there was room; if not, the tag's key counts as
    /// folded.
    pub(super) fn has_room(&mut self, tag: Option<&(Arc<str>, Arc<str>)>) -> bool {
        let is_left = self.series < TAGGED_SERIES;
        match (is_left, tag) {
            (true, _) => self.series += 1,
            (false, Some((key, _))) => _ = self.folded.insert(Arc::clone(key)),
            (false, None) => {}
        }
        is_left
    }

    /// Adds the folded keys of other bounds.
    pub(super) fn fold_as(&mut self, other: &Self) {
        self.folded.extend(other.folded.iter().cloned());
    }

    pub(super) fn is_folded(&self, key: &str) -> bool {
        self.folded.contains(key)
    }

    /// Notes for the reader of the report on coarse timelines and folded combinations.
    pub(super) fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        for (of, bound) in [("steps and recorded values", &self.named), ("tags", &self.tagged)] {
            if bound.width > TICKS_PER_SECOND {
                notes.push(format!(
                    "the timelines of {of} are kept in slots of {} s: narrower ones of this many series would take too much \
                     memory",
                    bound.width / TICKS_PER_SECOND
                ));
            }
        }
        for key in &self.folded {
            notes.push(format!(
                "there were more than {TAGGED_SERIES} combinations of names with tags: further ones of `{key}` are counted \
                 together"
            ));
        }
        notes
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::record::{Measurements, Tally};
    use std::time::Duration;

    fn selection(step: Option<&str>, tenant: Option<u32>) -> Selection {
        Selection {
            subject: step.map_or(Subject::Iteration, |step| Subject::Step(step.into())),
            tag: tenant.map(|tenant| ("tenant".into(), format!("t{tenant}").into())),
            ..Selection::default()
        }
    }

    fn one() -> Tally {
        let mut tally = Tally { successes: 1, ..Tally::default() };
        tally.latency.record(5e6);
        tally
    }

    fn slots(measured: &Measurements) -> usize {
        measured.operations.values().flat_map(|places| places.values()).map(|series| series.slots.len()).sum()
    }

    #[test]
    fn a_thousand_tenants_take_no_more_slots_after_an_hour_than_after_minutes() {
        let (mut measured, seconds) = (Measurements::default(), 400);
        measured.elapsed = Duration::from_secs(seconds);
        for second in 0..seconds as u32 {
            for tenant in 0..500 {
                measured.add_operation(selection(None, Some(tenant)), second, one());
                measured.add_operation(selection(Some("read"), Some(tenant)), second, one());
            }
            measured.add_operation(selection(None, None), second, one());
            assert!(slots(&measured) <= TAGGED_SLOTS + 512 + second as usize, "{second} s");
        }
        // Nothing is lost, and the series of the whole keeps slots of a second.
        let of = |tenant| measured.tally(&selection(Some("read"), tenant)).successes;
        assert_eq!((of(Some(7)), measured.tally(&selection(None, None)).successes), (seconds, seconds));
        let minute = Duration::from_secs(60);
        assert_eq!(measured.coarse(&selection(None, None), Duration::from_secs(1)), None);
        let slot = measured.coarse(&selection(None, Some(7)), Duration::from_secs(1)).unwrap();
        assert!(slot > Duration::from_secs(1) && slot <= minute, "{slot:?}");
        assert_eq!(measured.coarse(&selection(None, Some(7)), minute), None);
        assert_eq!(measured.windows(&selection(None, Some(7)), minute)[2].tally.successes, 60);
        assert!(measured.bounds.notes()[0].starts_with("the timelines of tags are kept in slots of"));
        // Measurements derived from these are as coarse.
        let mut behind = Measurements::default();
        behind.append_as_stage("level", &measured);
        let of_level = Selection { stage: Some("level".into()), ..selection(None, Some(7)) };
        assert_eq!(behind.tally(&of_level).successes, seconds);
        assert!(behind.coarse(&of_level, Duration::from_secs(1)).is_some());
    }

    #[test]
    fn combinations_beyond_the_bound_are_counted_together_and_marked() {
        let mut measured = Measurements::default();
        for step in 0..50 {
            for tenant in 0..500 {
                measured.add_operation(selection(Some(&format!("s{step}")), Some(tenant)), 0, one());
            }
        }
        assert_eq!(measured.bounds.series, TAGGED_SERIES);
        assert!(measured.operations.len() <= TAGGED_SERIES + 50);
        let all: u64 =
            measured.operations.values().flat_map(|places| places.values()).map(|one| one.total.successes).sum();
        assert_eq!(all, 25_000, "nothing is lost");
        let folded = |step, tenant| measured.is_folded(&selection(Some(step), tenant), None);
        assert!(!folded("s0", Some(7)) && folded("s49", Some(7)) && !folded("s49", None));
        assert!(measured.is_folded(&selection(Some("s49"), None), Some("tenant")));
        assert!(!measured.is_folded(&selection(Some("s0"), None), Some("tenant")));
    }
}
