//! One call of the body, from its due time until its outcome is recorded.

use crate::engine::load::health::{CALLS_PER_TIMED_CALL, HELD_THREAD_NOTICED};
use crate::engine::load::stream::Stream;
use crate::engine::user::{FailedStep, User};
use crate::failure::Failed;
use crate::record::Outcome;
use crate::record::observer::OperationTimes;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

/// A running iteration. Dropped before its end, it is recorded as interrupted.
pub(crate) struct RunningIteration<'a> {
    user: &'a User,
    start: u64,
    ended: bool,
    interrupted: bool,
}

impl<'a> RunningIteration<'a> {
    pub(crate) fn start(user: &'a User, start: u64) -> Self {
        // Must come before the load can take the iteration and record its end.
        if let Some(observer) = &user.stream.observer {
            observer.started(user.id, user.due, start);
        }
        user.in_flight.put(user.iteration, user.due, start, user.scenario);
        Self { user, start, ended: false, interrupted: false }
    }

    /// The time at which the iteration started.
    #[inline]
    pub(crate) fn started(&self) -> u64 {
        self.start
    }

    /// Records the result of the body; returns the time of its end.
    #[inline]
    pub(crate) fn end(mut self, result: Result<(), Failed>) -> u64 {
        let now = self.user.stream.load.now();
        match result {
            Ok(()) => self.record(now, None),
            Err(failed) => self.record(now, Some(&failed)),
        }
        now
    }

    /// Records the iteration as interrupted; returns the time of its end.
    pub(crate) fn interrupt(mut self) -> u64 {
        let now = self.user.stream.load.now();
        self.interrupted = true;
        self.record(now, None);
        now
    }

    #[inline]
    fn record(&mut self, now: u64, failed: Option<&Failed>) {
        self.ended = true;
        let Stream { load, plan, roster, .. } = &*self.user.stream;
        let killed = roster.is_killed();
        if !self.user.in_flight.take(killed || load.shared.options.timeout.is_some()) {
            return;
        }
        let Some(at) = load.offset(self.user.due) else { return };
        let mut marks = self.user.marks();
        let times = OperationTimes { due: self.user.due, start: self.start, end: now, thought: marks.thought };
        let failures = marks.failures.take().map(|failures| *failures).unwrap_or_default();
        let stage = load.timeline.of(self.user.stage, self.user.due, now);
        let context = self.user.stream.context(stage, self.user.scenario, self.user.id, marks.tags.clone());
        drop(marks);
        let outcome = match (self.interrupted || killed, failed.or(failures.check.as_ref())) {
            (true, _) => Outcome::Interrupted,
            (false, Some(failed)) => Outcome::Failed(failed),
            (false, None) => Outcome::Success,
        };
        let completion = load.completion(now, plan.end);
        self.user.stream.record(&context, times, at, outcome, completion);
        if matches!(outcome, Outcome::Success) {
            for FailedStep { step, kind, message, count } in failures.steps {
                load.shared.recorder.step_forgiven(&context, step, &kind, count, &message);
            }
        }
    }
}

impl Drop for RunningIteration<'_> {
    fn drop(&mut self) {
        if !self.ended {
            self.interrupted = true;
            self.record(self.user.stream.load.now(), None);
        }
    }
}

/// The result of a call of the body.
pub(crate) struct Called {
    /// `None` when the call was ended from outside.
    pub(crate) result: Option<Result<(), Failed>>,
    /// Whether the call ever gave its thread back.
    pub(crate) awaited: bool,
}

/// The time at which a turn of a call on its thread began, in microseconds that wrap every 71 minutes, because every
/// user keeps one.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct ThreadTurn(u32);

impl ThreadTurn {
    /// Marks a call whose turns are not timed.
    pub(crate) const UNTIMED: Self = Self(u32::MAX);

    pub(crate) fn at(now: u64) -> Self {
        Self((now / 1_000) as u32)
    }

    /// The length of the turn so far, in nanoseconds.
    fn lasted(self, now: u64) -> u64 {
        u64::from(Self::at(now).0.wrapping_sub(self.0)) * 1_000
    }
}

/// The future of a call of the body: panics become failures, and killing the stream ends the call.
pub(crate) struct Call<'a, F> {
    /// `None` once it has been taken out to be dropped.
    pub(crate) future: Option<F>,
    pub(crate) user: &'a User,
    pub(crate) awaited: bool,
    /// The last turn on the thread.
    pub(crate) turn: ThreadTurn,
}

impl<F> Call<'_, F> {
    /// Begins a turn on the thread; the first turn begins with the call.
    #[inline]
    fn begin_turn(&mut self) {
        if self.turn != ThreadTurn::UNTIMED {
            self.turn = ThreadTurn::at(self.user.stream.load.now());
        }
    }

    /// Ends the first turn of a call that awaits: one in [`CALLS_PER_TIMED_CALL`] of such calls is timed from here on.
    fn end_first_turn(&mut self) {
        let User { stream, id, iteration, recorded, in_flight, .. } = self.user;
        stream.load.health.awaited();
        if (id + iteration).is_multiple_of(CALLS_PER_TIMED_CALL) && *recorded && !stream.load.shared.clock.is_virtual()
        {
            self.turn = ThreadTurn::at(in_flight.started());
        }
    }

    /// Ends a turn on the thread.
    #[inline]
    fn end_turn(&self) {
        if self.turn != ThreadTurn::UNTIMED {
            let load = &self.user.stream.load;
            let held = self.turn.lasted(load.now());
            if held >= HELD_THREAD_NOTICED {
                load.health.held(held, CALLS_PER_TIMED_CALL);
            }
        }
    }
}

impl<F> Drop for Call<'_, F> {
    #[inline]
    fn drop(&mut self) {
        let future = self.future.take();
        crate::engine::rt::panic::drop_contained(|| drop(future));
    }
}

impl<F: Future<Output = Result<(), Failed>> + Unpin> Future for Call<'_, F> {
    type Output = Called;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Called> {
        let this = &mut *self;
        let awaited = this.awaited;
        if this.user.stream.roster.is_killed() {
            return Poll::Ready(Called { result: None, awaited });
        }
        this.user.stream.load.note_call();
        this.begin_turn();
        let Some(future) = &mut this.future else { return Poll::Pending };
        let result = match crate::engine::rt::panic::catch_panic(|| Pin::new(future).poll(context)) {
            Ok(Poll::Pending) => {
                if !awaited {
                    this.end_first_turn();
                }
                this.end_turn();
                this.awaited = true;
                return Poll::Pending;
            }
            Ok(Poll::Ready(result)) => result,
            Err(panic) => Err(panic),
        };
        this.end_turn();
        Poll::Ready(Called { result: Some(result), awaited })
    }
}
