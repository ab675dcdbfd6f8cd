//! The timeline of one series: the measurements in each slot of time. Slots are 10 ms wide while there are few, so that
//! short tests have a timeline too, and up to one second wide in long ones: a series grows by at most one slot a
//! second. Where there are too many series, their slots are made wider.

use super::tally::Mergeable;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;
use std::time::Duration;

/// The width of the narrowest slot.
pub(super) const TICK: Duration = Duration::from_millis(10);
/// The ticks in a second, which is the widest slot of a single series.
pub(super) const TICKS_PER_SECOND: u32 = 100;
/// The widths of slots in ticks. Each divides the next, so that widening only merges whole slots.
const WIDTHS: [u32; 5] = [1, 2, 10, 20, TICKS_PER_SECOND];
/// Wider slots, for when there are too many timelines: 5 s, 10 s, 1 min, 5 min, 10 min, 1 h.
const COARSE: [u32; 6] = [500, 1_000, 6_000, 30_000, 60_000, 360_000];
/// The most slots before they are merged into wider ones.
const MOST_SLOTS: usize = 256;
/// Slots that ended this many ticks before the newest are rarely written to and are packed.
const SETTLED_TICKS: u32 = 2 * TICKS_PER_SECOND;

/// The tick to which an offset in nanoseconds belongs.
pub(super) fn tick_of(nanoseconds: u64) -> u32 {
    u32::try_from(nanoseconds / TICK.as_nanos() as u64).unwrap_or(u32::MAX)
}

/// The offset at which a tick begins.
pub(super) fn start_of(tick: u32) -> Duration {
    TICK * tick
}

/// The next width above this one, for widths of a second and more.
pub(super) fn next_coarser(width: u32) -> Option<u32> {
    COARSE.into_iter().find(|coarse| *coarse > width)
}

/// The measurements in each slot that has any.
#[derive(Clone, Debug)]
pub(super) struct Slots<T> {
    /// The width of the slots, in ticks.
    width: u32,
    /// The slots by the tick at which each begins.
    parts: BTreeMap<u32, Arc<T>>,
}

impl<T> Default for Slots<T> {
    fn default() -> Self {
        Self { width: WIDTHS[0], parts: BTreeMap::new() }
    }
}

impl<T: Mergeable> Slots<T> {
    /// Merges a part into the slot of this tick.
    pub(super) fn add(&mut self, tick: u32, part: T) {
        let begin = tick - tick % self.width;
        if merge_into(&mut self.parts, begin, part) {
            if let Some((_, settled)) = self.parts.range_mut(..begin.saturating_sub(SETTLED_TICKS)).next_back() {
                Arc::make_mut(settled).pack();
            }
            self.widen();
        }
    }

    /// Merges slots into wider ones while there are too many.
    fn widen(&mut self) {
        while self.parts.len() > MOST_SLOTS
            && let Some(wider) = WIDTHS.into_iter().find(|width| *width > self.width)
        {
            self.widen_to(wider);
        }
    }

    /// Merges slots into slots of this width, if they are narrower.
    pub(super) fn widen_to(&mut self, wider: u32) {
        if wider > self.width {
            self.width = wider;
            let last = self.parts.keys().next_back().copied().unwrap_or(0);
            for (begin, part) in std::mem::take(&mut self.parts) {
                let settled = begin + SETTLED_TICKS < last;
                let begin = begin - begin % wider;
                merge_into(&mut self.parts, begin, Arc::unwrap_or_clone(part));
                if settled && let Some(there) = self.parts.get_mut(&begin) {
                    Arc::make_mut(there).pack();
                }
            }
        }
    }

    /// How many slots have measurements.
    pub(super) fn len(&self) -> usize {
        self.parts.len()
    }

    /// Every slot that has measurements: the tick at which it begins, its width in ticks, and its measurements.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, u32, &T)> {
        self.parts.iter().map(|(begin, part)| (*begin, self.width, &**part))
    }

    /// The slots that begin at the tick `from` or later and before the tick `until`.
    pub(super) fn within(&self, from: u32, until: u32) -> impl Iterator<Item = (u32, u32, &T)> {
        self.parts.range(from..until.max(from)).map(|(begin, part)| (*begin, self.width, &**part))
    }

    /// How wide its slots are, in ticks.
    pub(super) fn width(&self) -> u32 {
        self.width
    }
}

/// Merges a part into the slot that begins at `begin`; returns whether this slot is new.
fn merge_into<T: Mergeable>(parts: &mut BTreeMap<u32, Arc<T>>, begin: u32, part: T) -> bool {
    match parts.entry(begin) {
        Entry::Occupied(mut there) => {
            Arc::make_mut(there.get_mut()).merge(&part);
            false
        }
        Entry::Vacant(place) => {
            place.insert(Arc::new(part));
            true
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Tally;
    use proptest::prelude::*;

    fn one() -> Tally {
        let mut tally = Tally { successes: 1, ..Tally::default() };
        tally.latency.record(5e6);
        tally
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_slots_stay_few(ticks in prop::collection::vec(0_u32..20_000, 1..1_500)) {
            let mut slots = Slots::default();
            ticks.iter().for_each(|tick| slots.add(*tick, one()));
            let all: u64 = slots.iter().map(|(.., part)| part.successes).sum();
            prop_assert_eq!(all, ticks.len() as u64);
            prop_assert!(slots.parts.len() <= MOST_SLOTS);
            for (begin, width, part) in slots.iter() {
                let within = ticks.iter().filter(|tick| (begin..begin + width).contains(tick)).count();
                prop_assert_eq!(part.successes, within as u64);
            }
        }
    }

    #[test]
    fn in_a_long_test_a_slot_is_a_second() {
        let mut slots = Slots::default();
        (0..100_000).step_by(50).for_each(|tick| slots.add(tick, one()));
        assert_eq!((slots.width(), slots.parts.len()), (TICKS_PER_SECOND, 1_000));
    }
}
