//! Which operations have been under way for long. What that says of the system is not its matter.

use super::Board;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

impl Board {
    /// A load of which an operation has been under way for longer than `patience`: one that was due since `start`, or
    /// that keeps a user from all others.
    pub(in super::super) fn hangs(&self, now: u64, start: u64, patience: u64) -> Option<(Arc<str>, Duration)> {
        let inner = self.lock();
        let mut old = inner.running.values().take_while(|running| running.start.saturating_add(patience) < now);
        old.find_map(|running| {
            let load = &inner.loads[running.load?];
            let hangs = !load.is_bystander && (load.loops || running.due >= start);
            hangs.then(|| (Arc::clone(&load.name), Duration::from_nanos(now - running.start)))
        })
    }

    /// How many operations of each load have been under way for longer than `patience`.
    pub(in super::super) fn overdue(&self, now: u64, patience: u64) -> BTreeMap<Arc<str>, u64> {
        let inner = self.lock();
        let mut overdue = BTreeMap::new();
        for running in inner.running.values().take_while(|running| running.start.saturating_add(patience) < now) {
            if let Some(load) = running.load {
                *overdue.entry(Arc::clone(&inner.loads[load].name)).or_default() += 1;
            }
        }
        overdue
    }
}
