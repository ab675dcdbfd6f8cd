//! The life of a virtual user as a thread, for bodies that block. A thread cannot be ended from outside: one whose
//! iteration outlives the load is left behind, and what it comes to is not counted again.

use super::load::Stream;
use super::roster::Admission;
use super::spec::{Body, Made, SendState};
use super::user::User;
use super::virtual_user::{Allowance, Membership, pause, timed_out};
use crate::failure::Failed;
use crate::record::{Context, Outcome, Sample};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::runtime::Handle;

/// What must be known of an iteration to record it: taken by whoever does.
pub(super) type Pending = Arc<Mutex<Option<InFlight>>>;

/// An iteration on a thread.
pub(super) struct InFlight {
    context: Context,
    at: Option<u64>,
    due: u64,
    start: u64,
}

/// Starts the thread of a hired user.
pub(super) fn start(stream: Arc<Stream>, index: u64, handle: Handle) {
    let pending = Pending::default();
    stream.pending.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::clone(&pending));
    let of = Arc::clone(&stream);
    let thread = std::thread::Builder::new().name(format!("user {index}"));
    let started = thread.spawn(move || {
        let _context = handle.enter();
        Thread { handle: &handle, pending: &pending }.live(&of, index);
    });
    if let Err(error) = started {
        stream
            .load
            .refuse(Failed::new("thread", format_args!("user {index} got no thread: {error}; take fewer users")));
        stream.roster.leave(false);
    }
}

/// Records the iterations that still run as interrupted and leaves their threads behind; says how many.
pub(super) fn abandon(stream: &Stream) -> usize {
    let pending = stream.pending.lock().unwrap_or_else(PoisonError::into_inner);
    let now = stream.load.now();
    let flights = pending.iter().filter_map(|pending| pending.lock().unwrap_or_else(PoisonError::into_inner).take());
    flights.map(|flight| record(stream, &flight, now, 0, Outcome::Interrupted)).count()
}

fn record(stream: &Stream, flight: &InFlight, now: u64, thought: u64, outcome: Outcome<'_>) {
    let Some(at) = flight.at else { return };
    let took = |since: u64| now.saturating_sub(since).saturating_sub(thought);
    let service = stream.plan.is_open().then(|| took(flight.start));
    let sample = Sample { at, latency: took(flight.due), service };
    stream.load.shared.recorder.iteration(&flight.context, sample, outcome);
}

struct Thread<'a> {
    handle: &'a Handle,
    pending: &'a Pending,
}

impl Thread<'_> {
    fn live(&self, stream: &Arc<Stream>, index: u64) {
        let mut membership = Membership::of(stream);
        let mut user = User::new(stream, index);
        let mut state = match self.set_up(&user) {
            Ok(state) => state,
            Err(failed) => return stream.load.refuse(failed),
        };
        membership.ready();
        let mut allowance = Allowance::of(stream);
        loop {
            if stream.plan.is_open() {
                stream.roster.free(index);
            }
            let admission = self.handle.block_on(stream.roster.admission(index, allowance.is_left()));
            if admission == Admission::Over {
                break;
            }
            membership.enter();
            membership.in_burst = admission == Admission::Once;
            let now = stream.load.now();
            match admission {
                Admission::Loop => self.looping(&mut user, &mut *state, &mut membership, &mut allowance),
                Admission::Due(due) => self.iterate(&mut user, &mut *state, &mut membership, due),
                Admission::Once | Admission::Over => self.iterate(&mut user, &mut *state, &mut membership, now),
            }
            membership.exit();
            if !allowance.is_left() && !stream.plan.has_bursts() {
                break;
            }
        }
        if let Err(failed) = self.tear_down(stream, &mut *state) {
            stream.load.end_badly(failed);
        }
    }

    fn looping(&self, user: &mut User, state: &mut SendState, member: &mut Membership<'_>, allowance: &mut Allowance) {
        let stream = Arc::clone(&user.stream);
        let end = stream.plan.end.unwrap_or(u64::MAX);
        while stream.roster.admits(user.index()) {
            let now = stream.load.now();
            if now >= end {
                return stream.roster.end();
            }
            if !allowance.take(&stream, now) {
                return;
            }
            self.iterate(user, state, member, now);
            let pause = pause(user);
            if pause > Duration::ZERO && allowance.is_left() {
                user.pause_blocking(pause);
            }
        }
    }

    fn iterate(&self, user: &mut User, state: &mut SendState, membership: &mut Membership<'_>, due: u64) {
        user.begin(due);
        let stream = Arc::clone(&user.stream);
        let load = &stream.load;
        let start = load.now();
        let at = load.offset(due);
        if stream.plan.is_open() && at.is_some() {
            load.shared.recorder.lateness(start.saturating_sub(due));
        }
        self.put(Some(InFlight { context: user.context(), at, due, start }));
        let result = match load.shared.body {
            Body::Blocking { iterate, .. } => {
                super::panic::catch(|| iterate(user, &*load.fixture, state)).unwrap_or_else(Err)
            }
            _ => Err(Failed::new("engine", "an async body was run on a thread")),
        };
        let now = load.now();
        user.iteration += 1;
        membership.last_end = now;
        let Some(flight) = self.put(None) else { return };
        let (thought, marked, context) = {
            let context = user.context();
            let mut marks = user.marks();
            (marks.thought, marks.failed.take(), context)
        };
        let late = load.shared.options.timeout.filter(|timeout| now - start > timeout.as_nanos() as u64);
        let result = match (result, late, marked) {
            (_, Some(timeout), _) => Err(timed_out(timeout)),
            (Ok(()), None, Some(failed)) => Err(*failed),
            (result, None, _) => result,
        };
        let outcome = result.as_ref().map_or_else(Outcome::Failed, |()| Outcome::Success);
        record(&stream, &InFlight { context, ..flight }, now, thought, outcome);
    }

    fn put(&self, flight: Option<InFlight>) -> Option<InFlight> {
        std::mem::replace(&mut *self.pending.lock().unwrap_or_else(PoisonError::into_inner), flight)
    }

    fn set_up(&self, user: &User) -> Result<Box<SendState>, Failed> {
        let load = &user.stream.load;
        let Body::Blocking { user_setup: Some(set_up), .. } = load.shared.body else { return Ok(Box::new(())) };
        match super::panic::catch(|| set_up(user, &*load.fixture))? {
            Made::Ready(made) => made,
            Made::Later(later) => super::panic::catch(|| self.handle.block_on(later))?,
        }
    }

    fn tear_down(&self, stream: &Stream, state: &mut SendState) -> Result<(), Failed> {
        let Body::Blocking { user_teardown: Some(tear_down), .. } = stream.load.shared.body else { return Ok(()) };
        match super::panic::catch(|| tear_down(state))? {
            Made::Ready(done) => done,
            Made::Later(later) => super::panic::catch(|| self.handle.block_on(later))?,
        }
    }
}
