//! The stages of a load by offset. They are known in advance, except for a burst, which ends when its work is done, and
//! the stages after it.

use crate::engine::schedule::StageWindow;
use crate::record::Label;
use crate::sync::SharedLock;
use std::sync::atomic::{AtomicBool, Ordering::Acquire, Ordering::Release};

/// The stages of a load over its time.
#[derive(Debug)]
pub(crate) struct Timeline {
    /// The windows that are known in advance, read without a lock.
    known: Vec<StageWindow>,
    /// The end of the known windows.
    known_until: u64,
    /// The first burst and the windows after it.
    later: SharedLock<Vec<StageWindow>>,
    /// Whether an incident was noted.
    disturbed: AtomicBool,
    /// The times of incidents that affected operations in flight, and the stages that began with them.
    incidents: SharedLock<Vec<(u64, u16)>>,
}

impl Timeline {
    pub(crate) fn new(windows: &[StageWindow]) -> Self {
        let (known, open): (Vec<StageWindow>, Vec<StageWindow>) =
            windows.iter().copied().partition(|window| window.end.is_some());
        let known_until = open.first().map_or(u64::MAX, |burst| burst.start);
        let (later, disturbed, incidents) = (SharedLock::default(), AtomicBool::new(false), SharedLock::default());
        Self { known, known_until, later, disturbed, incidents }
    }

    /// The stage at `t`.
    #[inline]
    pub(crate) fn at(&self, t: u64) -> Label {
        if t < self.known_until {
            return if self.known.is_empty() { Label::NONE } else { stage_at(&self.known, t) };
        }
        stage_at(&self.later.read(), t)
    }

    /// Begins a stage that was not known in advance; the previous one ends.
    pub(crate) fn open(&self, stage: u16, start: u64, end: Option<u64>) {
        let mut later = self.later.write();
        if let Some(last) = later.last_mut() {
            last.end = last.end.or(Some(start));
        }
        later.push(StageWindow { stage, start, end });
    }

    /// Notes an incident: operations in flight now belong to the stage that begins, and not to the one in which they
    /// were due.
    pub(crate) fn disturb(&self, stage: u16, at: u64) {
        self.incidents.write().push((at, stage));
        self.disturbed.store(true, Release);
    }

    /// The stage of an operation that was due in `stage` at `due` and ended at `end`.
    #[inline]
    pub(crate) fn of(&self, stage: Label, due: u64, end: u64) -> Label {
        if !self.disturbed.load(Acquire) {
            return stage;
        }
        let incidents = self.incidents.read();
        // In virtual time an operation may end in the instant of the incident, and after it.
        let met = incidents.iter().find(|(at, _)| (due..=end).contains(at));
        met.map_or(stage, |(_, stage)| Label(*stage))
    }

    /// Ends the current stage with the load.
    pub(crate) fn close(&self, end: u64) {
        let mut later = self.later.write();
        if let Some(last) = later.last_mut() {
            last.end = last.end.or(Some(end));
        }
    }

    /// Every stage that began before `now`, with its end, or `now` where it has not ended.
    pub(crate) fn until(&self, now: u64) -> Vec<(Label, u64, u64)> {
        let later = self.later.read();
        let begun = self.known.iter().chain(later.iter()).filter(|window| window.start < now);
        begun.map(|window| (Label(window.stage), window.start, window.end.unwrap_or(now).min(now))).collect()
    }
}

fn stage_at(windows: &[StageWindow], t: u64) -> Label {
    let after = windows.partition_point(|window| window.start <= t);
    let there = windows[..after].last().filter(|window| window.end.is_none_or(|end| t < end));
    there.map_or(Label::NONE, |window| Label(window.stage))
}
