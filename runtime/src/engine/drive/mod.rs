//! Drives one load from its first user to its last: makes the users, conducts the streams, gives iterations in flight
//! at the end their time to finish, and interrupts those that still run.
//!
//! The sixth floor of the engine, above `supervision`: it conducts streams, drains the iterations in flight at the end,
//! and watches the load.

pub(crate) mod conductor;
pub(crate) mod gauges;
pub(crate) mod over;
pub(crate) mod pacer;
pub(crate) mod probe;
pub(crate) mod stall;
pub(crate) mod watch;

use super::load::{Load, TestShared};
use super::load::{stream, whereabouts};
use super::rt::runtime::out_of_time;
use super::rt::stop::{Halt, Halting, Stop};
use super::rt::{alarm, panic};
use super::users::executor::Executor;
use super::users::interrupted::INTERRUPT_NOTICE;
use super::users::pool::Pool;
use super::users::{interrupted, starting};
use crate::error::Error;
use crate::failure::Failed;
use conductor::conduct_stream;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::task::JoinHandle;

/// How long interrupted users have to end, where a thread is held.
const HELD_USERS_TIMEOUT: Duration = Duration::from_secs(10);
/// The least such time, where `graceful_stop` is short.
pub(crate) const LEAST_HELD_USERS_TIMEOUT: Duration = Duration::from_secs(2);
/// How late a conductor may end its stream before the stream is ended without it: it may still be counting arrivals
/// that were not sent.
const LATE_CONDUCTOR: Duration = Duration::from_millis(1_500);

/// A load to be driven.
pub(crate) struct Drive<'a> {
    pub(crate) load: &'a Arc<Load>,
    pub(crate) pools: &'a [Arc<Pool>],
    /// The pools of the previous round, whose users wait for this one.
    pub(crate) before: &'a [Arc<Pool>],
    /// The planned end of the load.
    pub(crate) end: Option<u64>,
    /// Whether users have a state that is made before the load.
    pub(crate) user_setup: bool,
    pub(crate) halting: &'a Halting,
    pub(crate) stop: &'a Stop,
}

impl Drive<'_> {
    /// Runs the load. Returns when it ended, and an error where users could not be made or ended, or arrivals could not
    /// be timed.
    pub(crate) async fn run(&self) -> (u64, Result<(), Error>) {
        let mut conductors = if self.begin().await { self.send() } else { Vec::new() };
        let mut conducted = tokio::select! {
            biased;
            done = until_conducted(&mut conductors) => done,
            () = self.halted() => Ok(()),
            () = self.past_end() => Ok(()),
            () = self.overdue(self.end.is_none()) => Ok(()),
        };
        let conducted_at = self.load.now();
        self.pools.iter().for_each(|pool| pool.stream.roster.end());
        let last_end = self.drain().await;
        // A conductor that was held up still has to count the arrivals that it did not send.
        if let Some(done) = self.within(INTERRUPT_NOTICE, until_conducted(&mut conductors)).await {
            conducted = conducted.and(done);
        }
        if !self.keeps() {
            self.see_off().await;
        }
        let end = self.load.hung_since().unwrap_or_else(|| last_end.max(self.planned_end(conducted_at)));
        let conducted = conducted.map_err(|cause| Error::Engine { doing: "time arrivals", cause });
        (end, self.hooks_failed().and(conducted))
    }

    /// Whether the users stay for another round.
    fn keeps(&self) -> bool {
        self.pools.iter().any(|pool| pool.relay.keeps())
    }

    /// Ends the users that stayed for another round, and waits until their `user_teardown` is done.
    pub(crate) async fn release(&self) -> Result<(), Error> {
        self.pools.iter().for_each(|pool| pool.relay.release());
        let left = async {
            for pool in self.pools {
                pool.relay.until_left().await;
            }
        };
        self.see_torn_down(left).await;
        self.see_off().await;
        self.hooks_failed()
    }

    /// The time until which the load lasted, whether or not an iteration ended then: a pause is part of the load, too.
    fn planned_end(&self, conducted_at: u64) -> u64 {
        let bursts = self.pools.iter().any(|pool| pool.stream.plan.has_bursts());
        match self.end {
            Some(end) if conducted_at >= end => end,
            None if bursts => conducted_at,
            _ if self.halting.ordered().is_some() => conducted_at,
            _ => 0,
        }
    }

    fn hooks_failed(&self) -> Result<(), Error> {
        let hooks = [("user_setup", self.load.refused()), ("user_teardown", self.load.ended_badly())];
        for (hook, failures) in hooks {
            if let Some((first, users)) = failures {
                let cause = Failed::new(
                    first.kind(),
                    format_args!("for {}, the first: {first}", describe_count(users, "user")),
                );
                return Err(Error::Hook { hook, cause });
            }
        }
        Ok(())
    }

    /// Makes the users that have a state, and starts the load. Returns whether it started.
    async fn begin(&self) -> bool {
        for (before, pool) in self.before.iter().zip(self.pools) {
            for index in before.hand_over(pool) {
                starting::start_user(pool, index);
            }
        }
        if self.user_setup || !self.before.is_empty() {
            for pool in self.pools.iter().filter(|_| self.user_setup) {
                for index in pool.stream.roster.hire(pool.stream.plan.users) {
                    starting::start_user(pool, index);
                }
            }
            let made = async {
                for pool in self.pools {
                    pool.stream.roster.until_ready().await;
                }
            };
            let made = self.within(self.load.shared.options.setup_timeout, made);
            let made = tokio::select! { biased; made = made => made, () = self.halted() => return false };
            if made.is_none() {
                self.refuse_the_unready();
            }
            if self.load.has_refused() {
                return false;
            }
        }
        self.load.start();
        true
    }

    pub(crate) async fn halted(&self) {
        tokio::select! {
            biased;
            () = self.halting.wait(false) => {}
            () = self.stop.wait() => {
                self.halting.order(Halt { reason: "stopped by a signal".to_owned(), kill: false });
            }
        }
    }

    /// Refuses the users whose `user_setup` has not ended in its time.
    fn refuse_the_unready(&self) {
        let bound = self.load.shared.options.setup_timeout;
        let unready: u64 = self.pools.iter().map(|pool| pool.stream.roster.unready()).sum();
        (0..unready).for_each(|_| self.load.refuse(out_of_time(bound)));
        self.pools.iter().for_each(|pool| pool.stream.roster.kill());
    }

    /// Waits for the future for at most this time by the load's clock, with a timer that no body can hold up.
    async fn within<F: Future>(&self, time: Duration, future: F) -> Option<F::Output> {
        alarm::within_limit(&self.load.shared.clock, time, future).await
    }

    /// Starts the conductors; returns those whose end is the end of the load.
    fn send(&self) -> Vec<ConductorTask> {
        self.pools.first().into_iter().for_each(|pool| probe::probe_cores(pool));
        let conductors = self.pools.iter().map(|pool| (spawn_conductor(pool), pool.stream.plan.follows));
        conductors.filter(|(_, follows)| !follows).map(|(conductor, _)| conductor).collect()
    }

    /// Waits until a little after the planned end: conductors end their streams on time unless they get no thread.
    async fn past_end(&self) {
        let Some(end) = self.end.filter(|_| !self.load.shared.clock.is_virtual()) else {
            return std::future::pending().await;
        };
        let left = Duration::from_nanos(end.saturating_sub(self.load.now()));
        alarm::sleep_by_clock(&self.load.shared.clock, left + LATE_CONDUCTOR).await;
    }

    /// Counts calls that hold their thread beyond the `timeout` as timed out. Where `ends` is set, this returns when
    /// only such users are left and have had `graceful_stop`.
    async fn overdue(&self, ends: bool) {
        let TestShared { options, clock, .. } = &*self.load.shared;
        let Some(timeout) = options.timeout.filter(|_| !clock.is_virtual()) else {
            return std::future::pending().await;
        };
        let every = (timeout / 4).clamp(INTERRUPT_NOTICE / 4, Duration::from_secs(1));
        let mut alone_since = None;
        loop {
            alarm::sleep_by_clock(clock, every).await;
            let overdue: u64 =
                self.pools.iter().map(|pool| interrupted::time_out(&pool.stream, timeout, INTERRUPT_NOTICE)).sum();
            let present: u64 = self.pools.iter().map(|pool| pool.stream.roster.present()).sum();
            let is_alone = ends && overdue > 0 && overdue == present;
            let since = is_alone.then(|| *alone_since.get_or_insert(self.load.now()));
            alone_since = since;
            let over = |since: u64| self.load.now().saturating_sub(since) >= options.graceful_stop.as_nanos() as u64;
            if since.is_some_and(over) {
                return;
            }
        }
    }

    /// Gives iterations in flight their time to end, then interrupts them. Returns when the last iteration that counts
    /// ended.
    pub(crate) async fn drain(&self) -> u64 {
        let TestShared { options, recorder, clock, .. } = &*self.load.shared;
        // Users of a load that never began have no iteration to finish.
        let graceful = if self.load.has_started() { options.graceful_stop } else { INTERRUPT_NOTICE };
        tokio::select! {
            biased;
            () = self.empty() => return self.load.last_end(),
            () = alarm::sleep_by_clock(clock, graceful) => {}
            () = self.halting.wait(true) => {}
            () = self.overdue(false) => {}
        }
        let hanging = stream::users_in_iterations(self.pools.iter().map(|pool| &pool.stream));
        self.pools.iter().for_each(|pool| pool.stream.roster.kill());
        if !hanging.is_empty() {
            recorder.note(format!("interrupted at the end of the load: {}", whereabouts::describe_users(&hanging)));
        }
        if self.within(INTERRUPT_NOTICE, self.empty()).await.is_some() {
            return self.load.last_end();
        }
        let left_behind: usize = self.pools.iter().map(|pool| interrupted::abandon_iterations(pool)).sum();
        if left_behind > 0 {
            recorder.note(format!(
                "{} held a thread beyond `graceful_stop`: counted as interrupted, while the thread runs on; an async body \
                 that blocks belongs into a plain `fn`, or into `spawn_blocking`",
                describe_count(left_behind as u64, "iteration")
            ));
        }
        let last_end = self.load.last_end();
        if self.load.leaving() > 0 {
            // A user that is left behind may never end: its thread may be held by the end of another user.
            match left_behind {
                0 => self.see_torn_down(self.empty()).await,
                _ => self.see_torn_down(self.torn_down()).await,
            }
            return last_end;
        }
        // A thread that is left behind does not return to release what it holds, so there is nothing to wait for.
        if !self.pools.iter().all(|pool| matches!(pool.place, Executor::Threads(_))) {
            let _ = self.within(graceful.clamp(LEAST_HELD_USERS_TIMEOUT, HELD_USERS_TIMEOUT), self.empty()).await;
        }
        last_end
    }

    /// Waits for every `user_teardown`, which may take as long as any hook; users whose teardown takes longer have
    /// failed.
    async fn see_torn_down(&self, gone: impl Future<Output = ()>) {
        let bound = self.load.shared.options.setup_timeout;
        if self.within(bound, gone).await.is_none() {
            (0..self.load.leaving()).for_each(|_| self.load.end_badly(out_of_time(bound)));
        }
    }

    /// Waits until no user is in its `user_teardown`.
    async fn torn_down(&self) {
        while self.load.leaving() > 0 {
            alarm::sleep_by_clock(&self.load.shared.clock, INTERRUPT_NOTICE / 4).await;
        }
    }

    async fn empty(&self) {
        for pool in self.pools {
            pool.stream.roster.until_empty().await;
        }
    }

    /// Checks how every user's task ended, so that no lost user goes unnoticed.
    pub(crate) async fn see_off(&self) {
        let (mut stuck, mut lost) = (0_u64, Vec::new());
        for pool in self.pools {
            let tasks = std::mem::take(&mut *pool.tasks.lock());
            let gone = pool.stream.roster.present() == 0;
            for task in tasks.iter().filter(|_| !gone) {
                task.abort();
            }
            let patience = alarm::sleep_by_clock(&self.load.shared.clock, INTERRUPT_NOTICE);
            let mut patience = std::pin::pin!(patience);
            let mut is_over = false;
            for task in tasks {
                let ended = tokio::select! {
                    biased;
                    ended = task => Some(ended),
                    () = &mut patience, if !is_over => None,
                    () = std::future::ready(()), if is_over => None,
                };
                match ended {
                    Some(Err(error)) if error.is_panic() => {
                        lost.push(panic::panic_message(&*error.into_panic()).to_owned());
                    }
                    Some(_) => {}
                    None => (is_over, stuck) = (true, stuck + 1),
                }
            }
        }
        let recorder = &self.load.shared.recorder;
        if stuck > 0 {
            recorder.note(format!(
                "{} never gave the thread back after the load had ended: what was set up was not torn down",
                describe_count(stuck, "user")
            ));
        }
        for message in &lost {
            recorder.incident(|incidents| incidents.lost_users.add(1, message));
        }
    }
}

/// The task of a stream's conductor.
type ConductorTask = JoinHandle<io::Result<()>>;

/// Waits until the conductors have ended; those that have are removed from the list.
pub(crate) async fn until_conducted(conductors: &mut Vec<ConductorTask>) -> io::Result<()> {
    while let Some(conductor) = conductors.last_mut() {
        let ended = conductor.await;
        conductors.pop();
        ended.unwrap_or_else(|_| Err(io::Error::other("a conductor was lost")))?;
    }
    Ok(())
}

/// Spawns the stream's conductor where the pool runs.
pub(crate) fn spawn_conductor(pool: &Arc<Pool>) -> ConductorTask {
    let conductor = conduct_stream(Arc::clone(pool));
    match pool.place {
        Executor::Here => tokio::task::spawn_local(conductor),
        // A thread sleeps exactly where timers do not.
        _ if pacer::PACER_HAS_THREAD && pool.stream.plan.is_open() => {
            let handle = Handle::current();
            tokio::task::spawn_blocking(move || handle.block_on(conductor))
        }
        _ => tokio::spawn(conductor),
    }
}

/// `1 user`, `2 users`.
fn describe_count(number: u64, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}
