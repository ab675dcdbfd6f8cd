//! The iteration that a user has in flight, where the load can see it: a body that never gives its thread back cannot
//! report it. It is taken once, by the user at its end or by the load at its own, and what takes it records it.

use super::Load;
use super::whereabouts::Whereabouts;
use crate::record::{Label, NameId};
use crate::sync::Lock;
use std::sync::MutexGuard;
use std::sync::atomic::{
    AtomicBool, AtomicU16, AtomicU64, Ordering::AcqRel, Ordering::Acquire, Ordering::Relaxed, Ordering::Release,
};
use std::time::Duration;

/// Nothing is in flight.
const NONE_IN_FLIGHT: u64 = u64::MAX;

/// A user's iteration, if it has one.
#[derive(Debug)]
pub(crate) struct InFlight {
    user: u64,
    due: AtomicU64,
    start: AtomicU64,
    scenario: AtomicU16,
    /// The number that the user's next iteration has.
    next: AtomicU64,
    /// It was counted as timed out while its body went on.
    overdue: AtomicBool,
    steps: Lock<OpenSteps>,
}

/// The steps that a user is in.
#[derive(Debug, Default)]
struct OpenSteps {
    /// The outermost first, with when they began.
    open: Vec<(NameId, u64)>,
    /// Those that the iteration was in when its time was over.
    late: Option<Vec<NameId>>,
}

impl InFlight {
    pub(crate) fn of(user: u64) -> Self {
        Self {
            user,
            due: AtomicU64::new(NONE_IN_FLIGHT),
            start: AtomicU64::new(NONE_IN_FLIGHT),
            scenario: AtomicU16::new(Label::NONE.0),
            next: AtomicU64::new(0),
            overdue: AtomicBool::new(false),
            steps: Lock::default(),
        }
    }

    fn steps(&self) -> MutexGuard<'_, OpenSteps> {
        self.steps.lock()
    }

    /// The iteration of this number starts.
    #[inline]
    pub(crate) fn put(&self, number: u64, due: u64, start: u64, scenario: Label) {
        self.next.store(number + 1, Relaxed);
        self.start.store(start, Relaxed);
        self.scenario.store(scenario.0, Relaxed);
        self.due.store(due, Release);
    }

    /// When the iteration started.
    pub(crate) fn started(&self) -> u64 {
        self.start.load(Relaxed)
    }

    /// The iteration has ended; says whether it is still the user's to record. Where it is not `contested`, as the load
    /// was not killed and has no timeout, nobody else takes it, and an atomic exchange at each iteration would cost more
    /// than all the rest of this.
    #[inline]
    pub(crate) fn take(&self, contested: bool) -> bool {
        if !contested {
            self.due.store(NONE_IN_FLIGHT, Relaxed);
            return true;
        }
        let is_own = self.due.swap(NONE_IN_FLIGHT, Acquire) != NONE_IN_FLIGHT;
        if !is_own {
            self.overdue.store(false, Relaxed);
        }
        is_own
    }

    /// A number above that of the iteration that was begun last.
    pub(crate) fn next(&self) -> u64 {
        self.next.load(Relaxed)
    }

    /// Takes an iteration that has gone on since before `over`, to be counted as timed out; says when it was due.
    pub(crate) fn take_overdue(&self, over: u64) -> Option<u64> {
        let due = self.due.load(Acquire);
        let is_late = due != NONE_IN_FLIGHT && self.started() < over;
        let is_taken = is_late && self.due.compare_exchange(due, NONE_IN_FLIGHT, AcqRel, Relaxed).is_ok();
        is_taken.then(|| {
            self.overdue.store(true, Relaxed);
            due
        })
    }

    /// Whether the iteration that it is in was counted as timed out.
    pub(crate) fn is_overdue(&self) -> bool {
        self.overdue.load(Relaxed)
    }

    /// Takes the iteration that is in flight, whatever it is; says when it was due.
    pub(crate) fn take_any(&self) -> Option<u64> {
        Some(self.due.swap(NONE_IN_FLIGHT, Acquire)).filter(|due| *due != NONE_IN_FLIGHT)
    }

    /// The user and the scenario, under which the iteration's samples are recorded.
    pub(crate) fn user(&self) -> (u64, Label) {
        (self.user, Label(self.scenario.load(Relaxed)))
    }

    /// A step begins.
    pub(crate) fn enter(&self, step: NameId, now: u64) {
        self.steps().open.push((step, now));
    }

    /// The step that began at `since` has ended.
    pub(crate) fn leave(&self, step: NameId, since: u64, now: u64, timeout: Option<Duration>) {
        let mut steps = self.steps();
        let Some(at) = steps.open.iter().rposition(|open| *open == (step, since)) else { return };
        let over = timeout.map(|timeout| self.started().saturating_add(timeout.as_nanos() as u64));
        if over.is_some_and(|over| (since..now).contains(&over)) && steps.late.is_none() {
            steps.late = Some(steps.open.iter().map(|(step, _)| *step).collect());
        }
        steps.open.remove(at);
    }

    /// The steps that the iteration is in, or was in when its time was over: `order > pay`.
    pub(crate) fn place(&self, load: &Load) -> Option<String> {
        let mut steps = self.steps();
        let late = steps.late.take();
        let ids = late.unwrap_or_else(|| steps.open.iter().map(|(step, _)| *step).collect());
        drop(steps);
        let names: Vec<String> = ids.iter().map(|step| load.shared.recorder.step_name(*step).to_string()).collect();
        (!names.is_empty()).then(|| names.join(" > "))
    }

    /// Where the user is, while it is in an iteration.
    pub(crate) fn whereabouts(&self, load: &Load) -> Option<Whereabouts> {
        let is_on = self.due.load(Acquire) != NONE_IN_FLIGHT || self.overdue.load(Relaxed);
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
