//! What the board tells of the operations one by one: their course since a fault was injected, and what became of
//! bystanders' in a stretch of time.

use super::{Board, Inner};
use crate::failure::Failed;
use crate::record::course::{Change, Course, CourseLoad, Fate, Operation};
use crate::record::{OperationSample, Outcome, Tally};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

/// An arrival is told of so long after it was due, at the latest: a timer wakes to the millisecond.
const TOLD: u64 = 5_000_000;
/// What ended longer ago says nothing of now.
const OLDEST: u64 = 10_000_000_000;

impl Board {
    /// What operations came to since `from`. Nothing where no whole window has passed since then, of late, in which every
    /// operation has ended.
    pub(crate) fn course(&self, now: u64, window: u64, from: u64, changes: Vec<Change>) -> Option<Course> {
        let inner = self.lock();
        let until = inner.decided(now.saturating_sub(TOLD), window, from)?;
        let mut operations: Vec<Operation> =
            inner.log.iter().filter(|operation| operation.due >= from).copied().collect();
        for operation in operations.iter_mut().filter(|operation| operation.fate == Fate::Open) {
            operation.end = now;
        }
        let loads = inner.loads.iter().map(|load| CourseLoad {
            name: Arc::clone(&load.name),
            is_bystander: load.is_bystander,
            is_over: load.is_over,
        });
        let (loads, kinds) = (loads.collect(), inner.kinds.clone());
        drop(inner);
        operations.sort_by_key(|operation| operation.due);
        Some(Course { loads, kinds, operations, changes, from, until, window })
    }

    /// What became of bystanders' operations that were in flight at the start of a stretch, or due in it. What has not
    /// ended is left out, but where the stretch is over: then it hangs.
    pub(crate) fn bystanders(&self, stretch: Range<u64>, is_over: bool) -> BTreeMap<Arc<str>, Tally> {
        let inner = self.lock();
        let mut tallies: BTreeMap<Arc<str>, Tally> = BTreeMap::new();
        for operation in &inner.log {
            let Operation { load, due, start, end, fate } = *operation;
            let is_open = fate == Fate::Open;
            let load = &inner.loads[usize::from(load)];
            let is_in = due < stretch.end && (is_open || end >= stretch.start || due >= stretch.start);
            if !load.is_bystander || !is_in || is_open && !is_over {
                continue;
            }
            let tally = tallies.entry(Arc::clone(&load.name)).or_default();
            let (latency, service) = (end.saturating_sub(due), Some(end.saturating_sub(start)));
            let sample = OperationSample { at: due, latency, service };
            match fate {
                Fate::Dropped => tally.dropped += 1,
                Fate::Open | Fate::Interrupted => tally.count_one(sample, Outcome::Interrupted),
                Fate::Succeeded => tally.count_one(sample, Outcome::Success),
                Fate::Failed(kind) => {
                    let failed = Failed::new(&*inner.kinds[usize::from(kind)], "");
                    tally.count_one(sample, Outcome::Failed(&failed));
                }
            }
        }
        tallies
    }
}

impl Inner {
    /// The newest time before which all has ended that was due within one window.
    fn decided(&self, now: u64, window: u64, from: u64) -> Option<u64> {
        let mut open: Vec<u64> = self.running.values().filter(|one| one.load.is_some()).map(|one| one.due).collect();
        open.sort_unstable();
        let mut until = now;
        while let Some(due) = open.pop() {
            if due >= until {
                continue;
            }
            if due < until.saturating_sub(window) {
                break;
            }
            until = due;
        }
        (until >= from.saturating_add(window) && until.saturating_add(OLDEST) > now).then_some(until)
    }
}
