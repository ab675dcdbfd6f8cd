//! A virtual user as a task: makes its state, waits to be admitted, iterates, and ends.

use super::iteration::{Call, Called, RunningIteration, ThreadTurn};
use super::membership::{Allowance, Membership};
use super::pool::Pool;
use super::relay::Waiting;
use super::user_kind::UserKind;
use crate::engine::load::health::HELD_THREAD_NOTICED;
use crate::engine::load::roster::Admission;
use crate::engine::load::stream::Stream;
use crate::engine::rt::made::Made;
use crate::engine::user::User;
use crate::failure::Failed;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;
use tokio::runtime::{Handle, RuntimeFlavor};

/// Number of iterations, and of nanoseconds, after which a user that never awaited gives its thread to the others.
const TIME_SLICE: (u32, u64) = (64, 200_000);

/// Runs one virtual user as a task.
pub(crate) async fn run_user<C: UserKind>(pool: Arc<Pool>, index: u64) {
    // Boxed, like all rare futures here: every user would have to keep the room for them for its whole life.
    let Some(mut life) = Box::pin(Life::<C>::begin(&pool, index)).await else { return };
    // Later rounds have other pools: this one must not be kept for them.
    drop(pool);
    let _waiting = loop {
        while life.let_in(index).await {}
        if let Err(waiting) = Box::pin(life.stay(index)).await {
            break waiting;
        }
    };
    Box::pin(life.end()).await;
}

/// A user whose state is made.
struct Life<C: UserKind> {
    user: User,
    state: C::State,
    membership: Membership,
    allowance: Allowance,
}

impl<C: UserKind> Life<C> {
    /// Makes the user's state; returns `None` where that fails.
    async fn begin(pool: &Arc<Pool>, index: u64) -> Option<Self> {
        let mut membership = Membership::of(pool);
        let stream = &pool.stream;
        let user = User::new(stream, index);
        match set_up::<C>(pool, &user).await {
            Ok(state) => {
                membership.ready();
                Some(Self { user, state, membership, allowance: Allowance::of(stream) })
            }
            Err(failed) => {
                stream.load.refuse(failed);
                None
            }
        }
    }

    /// Runs `user_teardown` and drops the state.
    async fn end(mut self) {
        let leaving = self.user.stream.load.leave();
        tear_down::<C>(&self.membership.pool, &mut self.state).await;
        drop(self);
        drop(leaving);
    }

    /// Waits for an admission and runs the iterations that it allows; returns whether there may be more.
    async fn let_in(&mut self, index: u64) -> bool {
        let pool = Arc::clone(&self.membership.pool);
        if pool.stream.plan.is_open() {
            pool.stream.roster.free(index);
        }
        let admission = pool.stream.roster.admission(index, self.allowance.is_left()).await;
        if admission == Admission::Over {
            return false;
        }
        let now = pool.stream.load.now();
        if let Admission::Due(due) = admission
            && pool.stream.gives_up(due, now)
        {
            pool.stream.give_up(due);
            return true;
        }
        self.membership.enter();
        self.membership.in_burst = admission == Admission::Once;
        match admission {
            Admission::Due(due) => _ = self.iteration(&pool, due, now).await,
            Admission::Loop => {
                self.let_in_at(now);
                self.iterations(&pool).await;
            }
            Admission::Once | Admission::Over => {
                self.let_in_at(now);
                self.iteration(&pool, now, now).await;
            }
        }
        self.membership.exit();
        self.allowance.is_left() || pool.stream.plan.has_bursts()
    }

    /// Waits for another round of the load; where there is none, returns the waiting place, to be given up once the
    /// user is gone. A user whose iteration was killed does not stay, because its state is unknown.
    async fn stay(&mut self, index: u64) -> Result<(), Option<Box<Waiting<Pool>>>> {
        let pool = &self.membership.pool;
        if !pool.relay.keeps() || pool.stream.roster.is_killed() {
            return Err(None);
        }
        let waiting = Waiting::of(&pool.relay, index);
        self.membership.leave();
        let Some(next) = waiting.next().await else { return Err(Some(Box::new(waiting))) };
        self.user.move_to(&next.stream);
        self.allowance = Allowance::of(&next.stream);
        self.membership = Membership::joined(&next, index);
        Ok(())
    }

    /// Records the wait of a user for its first iteration, which no latency includes.
    fn let_in_at(&self, now: u64) {
        let load = &self.user.stream.load;
        let waited = load.health.since_release(now);
        if waited >= HELD_THREAD_NOTICED && load.offset(now).is_some() && !load.shared.clock.is_virtual() {
            load.health.waited(waited);
        }
    }

    /// Iterates while the level, the time and the budget allow it.
    async fn iterations(&mut self, pool: &Pool) {
        // The fields of the pool get no bindings of their own, because each user's future would keep them.
        let (mut slice, mut iterations) = (pool.stream.load.now(), 0);
        let mut now = slice;
        while pool.stream.roster.admits(self.user.index()) {
            if pool.stream.plan.end.is_some_and(|end| now >= end) {
                return pool.stream.roster.end();
            }
            if !self.allowance.take(&pool.stream, now) {
                return;
            }
            let (ended, awaited) = self.iteration(pool, now, now).await;
            if pool.stream.load.shared.options.think_time.is_some() && self.allowance.is_left() {
                Box::pin(self.user.pause(self.user.think_time())).await;
            }
            iterations = if awaited { 0 } else { iterations + 1 };
            if iterations == 0 {
                slice = ended;
            } else if iterations >= TIME_SLICE.0 || ended - slice > TIME_SLICE.1 {
                give_way(&pool.stream, ended).await;
                (slice, iterations) = (pool.stream.load.now(), 0);
            }
            now = pool.stream.load.now();
            if now.saturating_sub(ended) >= HELD_THREAD_NOTICED {
                self.waited(now - ended);
            }
        }
    }

    /// Records the wait of the user for its next iteration, beyond its pause, which no latency includes.
    #[cold]
    fn waited(&self, time: u64) {
        let load = &self.user.stream.load;
        let time = time.saturating_sub(self.user.think_time().as_nanos() as u64);
        if time >= HELD_THREAD_NOTICED && self.user.recorded && !load.shared.clock.is_virtual() {
            load.health.waited(time);
        }
    }

    /// Records that a call held its thread from its start to its end.
    #[cold]
    fn held(&self, time: u64) {
        let load = &self.user.stream.load;
        if self.user.recorded && !load.shared.clock.is_virtual() {
            load.health.held(time, 1);
        }
    }

    /// Runs and records one iteration. Returns when it ended and whether it ever gave its thread back.
    #[inline]
    async fn iteration(&mut self, pool: &Pool, due: u64, start: u64) -> (u64, bool) {
        self.user.begin(due);
        if start > due && self.user.recorded && !pool.stream.load.shared.clock.is_virtual() {
            pool.stream.load.shared.recorder.lateness(start - due);
        }
        let flight = RunningIteration::start(&self.user, start);
        let future = C::iterate(&pool.runs, &self.user, &*pool.fixture, &mut self.state);
        let call = Call { future: Some(future), user: &self.user, awaited: false, turn: ThreadTurn::UNTIMED };
        let Called { result, awaited } = match pool.stream.load.shared.options.timeout {
            None => call.await,
            Some(timeout) => Box::pin(limit_call(call, timeout, &self.user)).await,
        };
        let started = flight.started();
        let ended = match result {
            Some(result) => flight.end(result),
            None => flight.interrupt(),
        };
        if !awaited && ended.saturating_sub(started) >= HELD_THREAD_NOTICED {
            self.held(ended - started);
        }
        self.user.iteration += 1;
        self.membership.last_end = ended;
        (ended, awaited)
    }
}

/// Lets other tasks run. Virtual time stands still while a task runs: a user that never sleeps would hold it for ever,
/// so its slice takes one millisecond, the shortest sleep.
async fn give_way(stream: &Stream, now: u64) {
    match stream.load.shared.clock.is_virtual() && stream.load.now() == now && stream.plan.end.is_some() {
        true => Box::pin(tokio::time::sleep(Duration::from_millis(1))).await,
        false => tokio::task::yield_now().await,
    }
}

async fn limit_call(call: impl Future<Output = Called>, timeout: Duration, user: &User) -> Called {
    let load = &*user.stream.load;
    let start = load.now();
    // The call is dropped, with its open steps, only after the message has named these.
    let mut call = std::pin::pin!(call);
    let place = || user.in_flight.place(load);
    let (called, awaited) = match tokio::time::timeout(timeout, &mut call).await {
        Ok(called) => (called.result, called.awaited),
        Err(_) => return Called { result: Some(Err(Failed::timed_out(timeout, place()))), awaited: true },
    };
    // A body that holds its thread keeps the timer from ending it.
    let late = load.now().saturating_sub(start) > timeout.as_nanos() as u64;
    let result = called.map(|result| if late { Err(Failed::timed_out(timeout, place())) } else { result });
    Called { result, awaited }
}

/// Makes the user's state.
async fn set_up<C: UserKind>(pool: &Pool, user: &User) -> Result<C::State, Failed> {
    let call = || crate::engine::rt::panic::catch_panic(|| C::set_up(&pool.runs, user, &*pool.fixture));
    // A plain function may block, and may start a runtime of its own, where that is possible.
    let made = match pool.blocking_hook.load(Relaxed) && may_block() {
        true => tokio::task::block_in_place(call)?,
        false => call()?,
    };
    match made {
        None => Ok(C::stateless()),
        Some(Made::Ready(made)) => made,
        Some(Made::Later(mut later)) => {
            pool.blocking_hook.store(false, Relaxed);
            std::future::poll_fn(|context| {
                match crate::engine::rt::panic::catch_panic(|| std::pin::Pin::new(&mut later).poll(context)) {
                    Ok(poll) => poll,
                    Err(panic) => std::task::Poll::Ready(Err(panic)),
                }
            })
            .await
        }
    }
}

fn may_block() -> bool {
    Handle::try_current().is_ok_and(|handle| handle.runtime_flavor() == RuntimeFlavor::MultiThread)
}

/// Ends the user's state.
async fn tear_down<C: UserKind>(pool: &Pool, state: &mut C::State) {
    let done = match crate::engine::rt::panic::catch_panic(|| C::tear_down(&pool.runs, state)) {
        Ok(Some(Made::Later(mut later))) => {
            std::future::poll_fn(|context| {
                match crate::engine::rt::panic::catch_panic(|| std::pin::Pin::new(&mut later).poll(context)) {
                    Ok(poll) => poll,
                    Err(panic) => std::task::Poll::Ready(Err(panic)),
                }
            })
            .await
        }
        Ok(Some(Made::Ready(done))) => done,
        Ok(None) => Ok(()),
        Err(panic) => Err(panic),
    };
    if let Err(failed) = done {
        pool.stream.load.end_badly(failed);
    }
}
