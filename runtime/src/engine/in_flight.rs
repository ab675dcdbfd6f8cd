//! The iteration that a user has in flight, where the load can see it: who never gives its thread back cannot be asked.
//! Whoever takes it, the user at its end or the load at its own, records it; nobody else does.

use super::load::{Load, Stream};
use super::virtual_user::timed_out;
use super::whereabouts::Whereabouts;
use crate::record::{Label, NameId, Outcome, Sample, TagList};
use std::sync::atomic::{
    AtomicBool, AtomicU16, AtomicU64, Ordering::AcqRel, Ordering::Acquire, Ordering::Relaxed, Ordering::Release,
};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

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
    /// It was counted as timed out while its body went on.
    overdue: AtomicBool,
    steps: Mutex<Steps>,
}

/// The steps that a user is in.
#[derive(Debug, Default)]
struct Steps {
    /// The outermost first, with when they began.
    open: Vec<(NameId, u64)>,
    /// Those that the iteration was in when its time was over.
    late: Option<Vec<NameId>>,
}

impl InFlight {
    pub(super) fn of(user: u64) -> Self {
        Self {
            user,
            due: AtomicU64::new(NOTHING),
            start: AtomicU64::new(NOTHING),
            scenario: AtomicU16::new(Label::NONE.0),
            next: AtomicU64::new(0),
            overdue: AtomicBool::new(false),
            steps: Mutex::default(),
        }
    }

    fn steps(&self) -> MutexGuard<'_, Steps> {
        self.steps.lock().unwrap_or_else(PoisonError::into_inner)
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

    /// The iteration has ended; says whether it is still the user's to record. Where it is not `contested`, as the load
    /// was not killed and has no timeout, nobody else takes it, and an atomic exchange at each iteration would cost more
    /// than all the rest of this.
    #[inline]
    pub(super) fn take(&self, contested: bool) -> bool {
        if !contested {
            self.due.store(NOTHING, Relaxed);
            return true;
        }
        let is_own = self.due.swap(NOTHING, Acquire) != NOTHING;
        if !is_own {
            self.overdue.store(false, Relaxed);
        }
        is_own
    }

    /// A step begins.
    pub(super) fn enter(&self, step: NameId, now: u64) {
        self.steps().open.push((step, now));
    }

    /// The step that began at `since` has ended.
    pub(super) fn leave(&self, step: NameId, since: u64, now: u64, timeout: Option<Duration>) {
        let mut steps = self.steps();
        let Some(at) = steps.open.iter().rposition(|open| *open == (step, since)) else { return };
        let over = timeout.map(|timeout| self.started().saturating_add(timeout.as_nanos() as u64));
        if over.is_some_and(|over| (since..now).contains(&over)) && steps.late.is_none() {
            steps.late = Some(steps.open.iter().map(|(step, _)| *step).collect());
        }
        steps.open.remove(at);
    }

    /// The steps that the iteration is in, or was in when its time was over: `order > pay`.
    pub(super) fn place(&self, load: &Load) -> Option<String> {
        let mut steps = self.steps();
        let late = steps.late.take();
        let ids = late.unwrap_or_else(|| steps.open.iter().map(|(step, _)| *step).collect());
        drop(steps);
        let names: Vec<String> = ids.iter().map(|step| load.shared.recorder.step_name(*step).to_string()).collect();
        (!names.is_empty()).then(|| names.join(" > "))
    }

    /// Where the user is, while it is in an iteration.
    pub(super) fn whereabouts(&self, load: &Load) -> Option<Whereabouts> {
        let is_on = self.due.load(Acquire) != NOTHING || self.overdue.load(Relaxed);
        let start = self.started();
        let steps = self.steps().open.clone();
        let steps = steps.into_iter().filter(|(_, since)| *since >= start);
        is_on.then(|| Whereabouts {
            user: self.user,
            since: load.elapsed(start),
            steps: steps.map(|(id, at)| (load.shared.recorder.step_name(id).to_string(), load.elapsed(at))).collect(),
        })
    }
}

/// A number above those of all iterations that users of the stream have begun.
pub(super) fn next_iteration(stream: &Stream) -> u64 {
    let users = stream.users.lock().unwrap_or_else(PoisonError::into_inner);
    users.iter().map(|user| user.next.load(Relaxed)).max().unwrap_or(0)
}

/// Records iterations that have gone on beyond their timeout, as only a body can that holds its thread or all threads of
/// the runtime; says how many users are in such a one.
pub(super) fn time_out(stream: &Stream, timeout: Duration, notice: Duration) -> u64 {
    let now = stream.load.now();
    let over = now.saturating_sub((timeout + notice).as_nanos() as u64);
    let users = stream.users.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let mut overdue = 0;
    for user in users {
        let (due, start) = (user.due.load(Acquire), user.started());
        let is_late = due != NOTHING && start < over;
        if is_late && user.due.compare_exchange(due, NOTHING, AcqRel, Relaxed).is_ok() {
            user.overdue.store(true, Relaxed);
            let failed = timed_out(timeout, user.place(&stream.load));
            record(stream, &user, due, Outcome::Failed(&failed), now);
        }
        overdue += u64::from(user.overdue.load(Relaxed));
    }
    overdue
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
            record(stream, &user, due, Outcome::Interrupted, now);
        }
        left_behind += usize::from(due != NOTHING || user.overdue.load(Relaxed));
    }
    for due in stream.roster.take_unbegun() {
        stream.give_up(due);
    }
    left_behind
}

fn record(stream: &Stream, user: &InFlight, due: u64, outcome: Outcome<'_>, now: u64) {
    let Some(at) = stream.load.offset(due) else { return };
    let stage = stream.load.timeline.of(stream.load.timeline.at(due), due, now);
    let context = stream.context(stage, Label(user.scenario.load(Relaxed)), user.user, TagList::default());
    let service = stream.plan.is_open().then(|| now.saturating_sub(user.started()));
    let sample = Sample { at, latency: now.saturating_sub(due), service };
    stream.load.shared.recorder.iteration(&context, sample, outcome, None);
    stream.load.note_end(now);
}
