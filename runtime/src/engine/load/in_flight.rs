//! The iteration that a user has in flight, kept where the load can read it: a body that never gives its thread back
//! cannot report it. It is taken once, by the user when the iteration ends or by the load when the load ends, and the
//! taker records it.

use super::Load;
use super::whereabouts::Whereabouts;
use crate::record::{Label, NameId};
use crate::sync::Lock;
use std::sync::MutexGuard;
use std::sync::atomic::{
    AtomicBool, AtomicU16, AtomicU64, Ordering::AcqRel, Ordering::Acquire, Ordering::Relaxed, Ordering::Release,
};
use std::time::Duration;

/// The due time where no iteration is in flight.
const NONE_IN_FLIGHT: u64 = u64::MAX;

/// The iteration that a user has in flight, if any.
#[derive(Debug)]
pub(crate) struct InFlight {
    user: u64,
    due: AtomicU64,
    start: AtomicU64,
    scenario: AtomicU16,
    /// The number of the user's next iteration.
    next: AtomicU64,
    /// Whether the iteration was counted as timed out while its body continued.
    overdue: AtomicBool,
    steps: Lock<OpenSteps>,
}

/// The open steps of a user.
#[derive(Debug, Default)]
struct OpenSteps {
    /// The open steps with their start times, the outermost first.
    open: Vec<(NameId, u64)>,
    /// The steps that were open when the iteration timed out.
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

    /// Puts the iteration with this number in flight.
    #[inline]
    pub(crate) fn put(&self, number: u64, due: u64, start: u64, scenario: Label) {
        self.next.store(number + 1, Relaxed);
        self.start.store(start, Relaxed);
        self.scenario.store(scenario.0, Relaxed);
        self.due.store(due, Release);
    }

    /// The time at which the iteration started.
    pub(crate) fn started(&self) -> u64 {
        self.start.load(Relaxed)
    }

    /// Takes the iteration that has ended; returns whether the user still has to record it. Where it is not
    /// `contested`, because the load was not killed and has no timeout, only the user takes it, and an atomic exchange
    /// at each iteration would cost more than the rest of this type.
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

    /// The number after that of the last iteration that was begun.
    pub(crate) fn next(&self) -> u64 {
        self.next.load(Relaxed)
    }

    /// Takes an iteration that started before `over`, to be counted as timed out; returns its due time.
    pub(crate) fn take_overdue(&self, over: u64) -> Option<u64> {
        let due = self.due.load(Acquire);
        let is_late = due != NONE_IN_FLIGHT && self.started() < over;
        let is_taken = is_late && self.due.compare_exchange(due, NONE_IN_FLIGHT, AcqRel, Relaxed).is_ok();
        is_taken.then(|| {
            self.overdue.store(true, Relaxed);
            due
        })
    }

    /// Whether the current iteration was counted as timed out.
    pub(crate) fn is_overdue(&self) -> bool {
        self.overdue.load(Relaxed)
    }

    /// Takes the iteration in flight, whatever its age; returns its due time.
    pub(crate) fn take_any(&self) -> Option<u64> {
        Some(self.due.swap(NONE_IN_FLIGHT, Acquire)).filter(|due| *due != NONE_IN_FLIGHT)
    }

    /// The user and the scenario under which the iteration is recorded.
    pub(crate) fn user(&self) -> (u64, Label) {
        (self.user, Label(self.scenario.load(Relaxed)))
    }

    /// Adds an open step.
    pub(crate) fn enter(&self, step: NameId, now: u64) {
        self.steps().open.push((step, now));
    }

    /// Removes the open step that began at `since`.
    pub(crate) fn leave(&self, step: NameId, since: u64, now: u64, timeout: Option<Duration>) {
        let mut steps = self.steps();
        let Some(at) = steps.open.iter().rposition(|open| *open == (step, since)) else { return };
        let over = timeout.map(|timeout| self.started().saturating_add(timeout.as_nanos() as u64));
        if over.is_some_and(|over| (since..now).contains(&over)) && steps.late.is_none() {
            steps.late = Some(steps.open.iter().map(|(step, _)| *step).collect());
        }
        steps.open.remove(at);
    }

    /// The steps that are open, or were open when the iteration timed out: `order > pay`.
    pub(crate) fn place(&self, load: &Load) -> Option<String> {
        let mut steps = self.steps();
        let late = steps.late.take();
        let ids = late.unwrap_or_else(|| steps.open.iter().map(|(step, _)| *step).collect());
        drop(steps);
        let names: Vec<String> = ids.iter().map(|step| load.shared.recorder.step_name(*step).to_string()).collect();
        (!names.is_empty()).then(|| names.join(" > "))
    }

    /// The whereabouts of the user, while it is in an iteration.
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
