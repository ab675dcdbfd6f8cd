//! One call of the body: from when it is due until what it came to is recorded, whatever that is.

use crate::engine::load::health::{NOTICED, TIMED};
use crate::engine::load::stream::Stream;
use crate::engine::user::{FailedStep, User};
use crate::failure::Failed;
use crate::record::Outcome;
use crate::record::observer::OperationTimes;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

/// An iteration that runs. Dropped before its end it is recorded as interrupted.
pub(crate) struct Flight<'a> {
    user: &'a User,
    start: u64,
    ended: bool,
    interrupted: bool,
}

impl<'a> Flight<'a> {
    pub(crate) fn start(user: &'a User, start: u64) -> Self {
        // Before the load can take it and end it.
        if let Some(observer) = &user.stream.observer {
            observer.started(user.id, user.due, start);
        }
        user.in_flight.put(user.iteration, user.due, start, user.scenario);
        Self { user, start, ended: false, interrupted: false }
    }

    /// When it started.
    #[inline]
    pub(crate) fn started(&self) -> u64 {
        self.start
    }

    /// Records what the body came to; returns the time of its end.
    #[inline]
    pub(crate) fn end(mut self, result: Result<(), Failed>) -> u64 {
        let now = self.user.stream.load.now();
        match result {
            Ok(()) => self.record(now, None),
            Err(failed) => self.record(now, Some(&failed)),
        }
        now
    }

    /// Records it as interrupted; returns the time of its end.
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

impl Drop for Flight<'_> {
    fn drop(&mut self) {
        if !self.ended {
            self.interrupted = true;
            self.record(self.user.stream.load.now(), None);
        }
    }
}

/// How a call of the body went.
pub(crate) struct Called {
    /// Nothing when it was ended from outside.
    pub(crate) result: Option<Result<(), Failed>>,
    /// Whether it ever gave its thread back.
    pub(crate) awaited: bool,
}

/// When a turn of a call on its thread began, in microseconds that start again every 71 minutes: every user keeps one.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Turn(u32);

impl Turn {
    /// The turns of the call are not timed.
    pub(crate) const UNTIMED: Self = Self(u32::MAX);

    pub(crate) fn at(now: u64) -> Self {
        Self((now / 1_000) as u32)
    }

    /// For how many nanoseconds it has lasted.
    fn lasted(self, now: u64) -> u64 {
        u64::from(Self::at(now).0.wrapping_sub(self.0)) * 1_000
    }
}

/// Drives a call of the body: panics become failures, and the end of all iterations ends it.
pub(crate) struct Call<'a, F> {
    /// Taken out to be dropped.
    pub(crate) future: Option<F>,
    pub(crate) user: &'a User,
    pub(crate) awaited: bool,
    /// The last turn on the thread.
    pub(crate) turn: Turn,
}

impl<F> Call<'_, F> {
    /// A turn on the thread begins; the first one has begun with the call.
    #[inline]
    fn begin_turn(&mut self) {
        if self.turn != Turn::UNTIMED {
            self.turn = Turn::at(self.user.stream.load.now());
        }
    }

    /// The first turn is over, and the call awaits: only of those that do one in so many is timed.
    fn end_first_turn(&mut self) {
        let User { stream, id, iteration, recorded, in_flight, .. } = self.user;
        stream.load.health.awaited();
        if (id + iteration).is_multiple_of(TIMED) && *recorded && !stream.load.shared.clock.is_virtual() {
            self.turn = Turn::at(in_flight.started());
        }
    }

    /// A turn on the thread is over.
    #[inline]
    fn end_turn(&self) {
        if self.turn != Turn::UNTIMED {
            let load = &self.user.stream.load;
            let held = self.turn.lasted(load.now());
            if held >= NOTICED {
                load.health.held(held, TIMED);
            }
        }
    }
}

impl<F> Drop for Call<'_, F> {
    #[inline]
    fn drop(&mut self) {
        let future = self.future.take();
        crate::engine::rt::panic::contained(|| drop(future));
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
        let result = match crate::engine::rt::panic::catch(|| Pin::new(future).poll(context)) {
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
