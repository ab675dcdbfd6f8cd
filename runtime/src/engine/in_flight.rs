//! The iteration that a user has in flight, where the load can see it: who never gives its thread back cannot be asked.
//! Whoever takes it, the user at its end or the load at its own, records it; nobody else does.

use super::load::Stream;
use crate::record::{Label, Outcome, Sample, TagList};
use std::sync::PoisonError;
use std::sync::atomic::{AtomicU16, AtomicU64, Ordering::Acquire, Ordering::Relaxed, Ordering::Release};

/// Nothing is in flight.
const NOTHING: u64 = u64::MAX;

/// A user's iteration, if it has one.
#[derive(Debug)]
pub(super) struct InFlight {
    user: u64,
    due: AtomicU64,
    start: AtomicU64,
    scenario: AtomicU16,
    /// The number that the user's next iteration has.
    next: AtomicU64,
}

impl InFlight {
    pub(super) fn of(user: u64) -> Self {
        Self {
            user,
            due: AtomicU64::new(NOTHING),
            start: AtomicU64::new(NOTHING),
            scenario: AtomicU16::new(Label::NONE.0),
            next: AtomicU64::new(0),
        }
    }

    /// The iteration of this number starts.
    #[inline]
    pub(super) fn put(&self, number: u64, due: u64, start: u64, scenario: Label) {
        self.next.store(number + 1, Relaxed);
        self.start.store(start, Relaxed);
        self.scenario.store(scenario.0, Relaxed);
        self.due.store(due, Release);
    }

    /// When the iteration started.
    pub(super) fn started(&self) -> u64 {
        self.start.load(Relaxed)
    }

    /// The iteration has ended; says whether it is still the user's to record. Until the load is `killed` nobody else
    /// takes it, and an atomic exchange at each iteration would cost more than all the rest of this.
    #[inline]
    pub(super) fn take(&self, killed: bool) -> bool {
        match killed {
            true => self.due.swap(NOTHING, Acquire) != NOTHING,
            false => {
                self.due.store(NOTHING, Relaxed);
                true
            }
        }
    }
}

/// A number above those of all iterations that users of the stream have begun.
pub(super) fn next_iteration(stream: &Stream) -> u64 {
    let users = stream.users.lock().unwrap_or_else(PoisonError::into_inner);
    users.iter().map(|user| user.next.load(Relaxed)).max().unwrap_or(0)
}

/// Records what still runs after the stream was killed as interrupted, and says how many there were; arrivals that were
/// given to users who never began them were not sent.
pub(super) fn abandon(stream: &Stream) -> usize {
    let now = stream.load.now();
    let mut left_behind = 0;
    let users = stream.users.lock().unwrap_or_else(PoisonError::into_inner).clone();
    for user in users {
        let due = user.due.swap(NOTHING, Acquire);
        if due != NOTHING {
            let (start, scenario) = (user.start.load(Relaxed), Label(user.scenario.load(Relaxed)));
            interrupt(stream, user.user, due, stream.plan.is_open().then_some(start), scenario, now);
            left_behind += 1;
        }
    }
    for due in stream.roster.take_unbegun() {
        stream.give_up(due);
    }
    left_behind
}

fn interrupt(stream: &Stream, user: u64, due: u64, start: Option<u64>, scenario: Label, now: u64) {
    let Some(at) = stream.load.offset(due) else { return };
    let stage = stream.load.timeline.of(stream.load.timeline.at(due), due, now);
    let context = stream.context(stage, scenario, user, TagList::default());
    let service = start.map(|start| now.saturating_sub(start));
    let sample = Sample { at, latency: now.saturating_sub(due), service };
    stream.load.shared.recorder.iteration(&context, sample, Outcome::Interrupted, None);
    stream.load.note_end(now);
}
