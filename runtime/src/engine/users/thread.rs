//! A virtual user as a thread, for bodies that block. A thread cannot be ended from outside: a thread whose iteration
//! outlives the load is left behind, and its result is not counted again.

use super::iteration::RunningIteration;
use super::membership::{Allowance, Membership};
use super::pool::{Pool, Runs};
use super::relay::Waiting;
use crate::engine::load::roster::Admission;
use crate::engine::load::stream::Stream;
use crate::engine::rt::made::{Made, SendState};
use crate::engine::rt::panic;
use crate::engine::rt::panic::Owner;
use crate::engine::user::User;
use crate::engine::user::body::Body;
use crate::failure::Failed;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Handle;

/// Starts the thread of a hired user.
pub(crate) fn start_user_thread(pool: Arc<Pool>, index: u64, handle: Handle) {
    let of = Arc::clone(&pool);
    let thread = std::thread::Builder::new().name(format!("user {index}"));
    let owner = Owner::of_this_thread();
    let started = thread.spawn(move || {
        owner.own_thread();
        let _context = handle.enter();
        if let Err(panicked) = panic::catch_panic(|| Thread { handle: &handle }.live(&of, index)) {
            count_lost_user(&of.stream, &panicked);
        }
    });
    if let Err(error) = started {
        pool.stream.load.refuse(Failed::new(
            "thread",
            format_args!(
                "user {index} got no thread: {error} (a limit of the load generator, not of the system: this \
                     process may start no more threads: raise `ulimit -u`, or take fewer users)"
            ),
        ));
        pool.stream.roster.leave(false);
    }
}

/// Counts a user that a panic ended.
fn count_lost_user(stream: &Stream, panicked: &Failed) {
    stream.load.shared.recorder.incident(|incidents| incidents.lost_users.add(1, panicked.message()));
}

struct Thread<'a> {
    handle: &'a Handle,
}

impl Thread<'_> {
    fn live(&self, pool: &Arc<Pool>, index: u64) {
        let mut membership = Membership::of(pool);
        let mut user = User::new(&pool.stream, index);
        let mut state = match self.set_up(pool, &user) {
            Ok(state) => state,
            Err(failed) => return pool.stream.load.refuse(failed),
        };
        membership.ready();
        let waiting = loop {
            self.round(&mut user, &mut *state, &mut membership, index);
            if let Err(waiting) = self.stay(&mut user, &mut membership, index) {
                break waiting;
            }
        };
        let leaving = user.stream.load.leave();
        if let Err(failed) = self.tear_down(&membership.pool, &mut *state) {
            user.stream.load.end_badly(failed);
        }
        // While the load still waits for this user: it is over as soon as the last one has left.
        if let Err(panicked) = panic::catch_panic(move || drop(state)) {
            count_lost_user(&user.stream, &panicked);
        }
        drop(leaving);
        drop(waiting);
    }

    /// Waits for another round of the load; where there is none, returns the waiting place, to be given up once the
    /// user is gone.
    fn stay(&self, user: &mut User, membership: &mut Membership, index: u64) -> Result<(), Option<Waiting<Pool>>> {
        let pool = &membership.pool;
        if !pool.relay.keeps() || pool.stream.roster.is_killed() {
            return Err(None);
        }
        let waiting = Waiting::of(&pool.relay, index);
        membership.leave();
        let Some(next) = self.handle.block_on(waiting.next()) else { return Err(Some(waiting)) };
        user.move_to(&next.stream);
        *membership = Membership::joined(&next, index);
        Ok(())
    }

    /// Runs all iterations of a round.
    fn round(&self, user: &mut User, state: &mut SendState, membership: &mut Membership, index: u64) {
        let pool = &Arc::clone(&membership.pool);
        let stream = &pool.stream;
        let mut allowance = Allowance::of(stream);
        loop {
            if stream.plan.is_open() {
                stream.roster.free(index);
            }
            let admission = self.handle.block_on(stream.roster.admission(index, allowance.is_left()));
            if admission == Admission::Over {
                break;
            }
            if let Admission::Due(due) = admission
                && stream.gives_up(due, stream.load.now())
            {
                pool.stream.give_up(due);
                continue;
            }
            membership.enter();
            membership.in_burst = admission == Admission::Once;
            let now = stream.load.now();
            match admission {
                Admission::Loop => self.looping(user, state, membership, &mut allowance),
                Admission::Due(due) => self.iterate(user, state, membership, due),
                Admission::Once | Admission::Over => self.iterate(user, state, membership, now),
            }
            membership.exit();
            if !allowance.is_left() && !stream.plan.has_bursts() {
                break;
            }
        }
    }

    fn looping(&self, user: &mut User, state: &mut SendState, member: &mut Membership, allowance: &mut Allowance) {
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
            let pause = user.think_time();
            if pause > Duration::ZERO && allowance.is_left() {
                user.pause_blocking(pause);
            }
        }
    }

    fn iterate(&self, user: &mut User, state: &mut SendState, membership: &mut Membership, due: u64) {
        user.begin(due);
        let pool = Arc::clone(&membership.pool);
        let Pool { stream, runs, fixture, .. } = &*pool;
        let load = &stream.load;
        let start = load.now();
        if stream.plan.is_open() && user.recorded {
            load.shared.recorder.lateness(start.saturating_sub(due));
        }
        let flight = RunningIteration::start(user, start);
        let result = match runs {
            Runs::Body(Body::Blocking { iterate, .. }) => {
                panic::catch_panic(|| iterate(user, &**fixture, state)).unwrap_or_else(Err)
            }
            _ => Err(Failed::new("engine", "an async body was run on a thread")),
        };
        let took = load.now().saturating_sub(start);
        let late = load.shared.options.timeout.filter(|timeout| took > timeout.as_nanos() as u64);
        let place = || user.in_flight.place(load);
        membership.last_end = flight.end(late.map_or(result, |timeout| Err(Failed::timed_out(timeout, place()))));
        user.iteration += 1;
    }

    fn set_up(&self, pool: &Pool, user: &User) -> Result<Box<SendState>, Failed> {
        let Runs::Body(Body::Blocking { user_setup: Some(set_up), .. }) = pool.runs else { return Ok(Box::new(())) };
        match panic::catch_panic(|| set_up(user, &*pool.fixture))? {
            Made::Ready(made) => made,
            Made::Later(later) => panic::catch_panic(|| self.handle.block_on(later))?,
        }
    }

    fn tear_down(&self, pool: &Pool, state: &mut SendState) -> Result<(), Failed> {
        let Runs::Body(Body::Blocking { user_teardown: Some(tear_down), .. }) = pool.runs else { return Ok(()) };
        match panic::catch_panic(|| tear_down(state))? {
            Made::Ready(done) => done,
            Made::Later(later) => panic::catch_panic(|| self.handle.block_on(later))?,
        }
    }
}
