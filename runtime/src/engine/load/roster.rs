//! The roster of a stream's users: the one place in which users wait, are admitted, and are ended.
//!
//! Closed model: the users with an index below the level loop. Open model: an arrival is given to a free user. A burst
//! gives each of its users one iteration. The roster depends on no clock and no body.

use crate::sync::Lock;
use std::collections::BTreeMap;
use std::future::poll_fn;
use std::sync::MutexGuard;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::task::{Context, Poll, Waker};
use tokio::sync::Notify;

/// The permission of an admitted user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Admission {
    /// Loop while the roster admits the user.
    Loop,
    /// One iteration of a burst.
    Once,
    /// One iteration, due at this time.
    Due(u64),
    /// Nothing: the stream is over.
    Over,
}

/// The user to whom an arrival was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Assigned {
    /// A waiting user.
    Waiting,
    /// A new user with this index, which must be started.
    New(u64),
    /// Nobody: all users are busy.
    Nobody,
}

/// The users of one stream.
#[derive(Debug, Default)]
pub(crate) struct Roster {
    level: AtomicU64,
    over: AtomicBool,
    killed: AtomicBool,
    inner: Lock<RosterState>,
    /// Signals a change that the conductor may wait for.
    changed: Notify,
    /// Signals that the stream is over. This is separate from `changed`: a task that a user wakes may have to run on
    /// the user's thread, and the conductor, which ends the load on time, must not wait there behind a body that
    /// blocks.
    ended: Notify,
}

#[derive(Debug, Default)]
struct RosterState {
    members: Vec<RosterUser>,
    /// The users without an arrival, the one that was busy last on top.
    free: Vec<u64>,
    burst: Burst,
    /// The futures that end when their user has to end.
    stays: BTreeMap<(u64, u64), Waker>,
    next_stay: u64,
    /// The number of users that were started and are not gone.
    present: u64,
    /// The number of present users whose state is made.
    ready: u64,
}

#[derive(Debug)]
struct RosterUser {
    waker: Option<Waker>,
    due: Option<u64>,
    /// Whether it is among the free users.
    is_free: bool,
    burst: u32,
}

#[derive(Debug, Default)]
struct Burst {
    number: u32,
    users: u64,
    left: u64,
}

impl Roster {
    fn lock(&self) -> MutexGuard<'_, RosterState> {
        self.inner.lock()
    }

    /// Adds users until there are `users` of them; returns the indices of the new ones, which must be started.
    pub(crate) fn hire(&self, users: u64) -> std::ops::Range<u64> {
        let mut inner = self.lock();
        let first = inner.members.len() as u64;
        let users = users.max(first);
        inner.members.resize_with(users as usize, RosterUser::new);
        inner.present += users - first;
        first..users
    }

    /// Adds places for `users` from the previous round, or for new users in their place.
    pub(crate) fn expect(&self, users: u64) {
        let mut inner = self.lock();
        inner.members.resize_with(users as usize, RosterUser::new);
        inner.present = users;
    }

    /// Notes that a user has come from the previous round; in an `open` stream it is free.
    pub(crate) fn join(&self, index: u64, open: bool) {
        if open {
            self.free(index);
        }
        self.ready();
    }

    /// The number of users so far.
    pub(crate) fn len(&self) -> u64 {
        self.lock().members.len() as u64
    }

    /// Notes that a user's state is made: the user will wait to be admitted.
    pub(crate) fn ready(&self) {
        self.lock().ready += 1;
        self.changed.notify_waiters();
    }

    /// Notes that a user is gone; `made` is whether its state was made.
    pub(crate) fn leave(&self, made: bool) {
        let mut inner = self.lock();
        inner.present -= 1;
        inner.ready -= u64::from(made);
        drop(inner);
        self.changed.notify_waiters();
    }

    /// Whether a looping user continues.
    #[inline]
    pub(crate) fn admits(&self, index: u64) -> bool {
        index < self.level.load(Relaxed)
    }

    pub(crate) fn is_over(&self) -> bool {
        self.over.load(Relaxed)
    }

    #[inline]
    pub(crate) fn is_killed(&self) -> bool {
        self.killed.load(Relaxed)
    }

    /// Waits to be admitted. A user whose budget is used up is admitted to bursts only.
    pub(crate) async fn admission(&self, index: u64, loops: bool) -> Admission {
        poll_fn(|context| self.poll_admission(index, loops, context)).await
    }

    fn poll_admission(&self, index: u64, loops: bool, context: &mut Context<'_>) -> Poll<Admission> {
        let mut guard = self.lock();
        let inner = &mut *guard;
        let Some(member) = inner.members.get_mut(index as usize) else {
            return Poll::Ready(Admission::Over);
        };
        // This is always the waker of the user's own task: `kill` needs it while an iteration runs.
        match &mut member.waker {
            Some(waker) => waker.clone_from(context.waker()),
            none => *none = Some(context.waker().clone()),
        }
        if let Some(due) = member.due.take() {
            return Poll::Ready(Admission::Due(due));
        }
        if self.is_over() {
            return Poll::Ready(Admission::Over);
        }
        if index < inner.burst.users && member.burst != inner.burst.number {
            member.burst = inner.burst.number;
            return Poll::Ready(Admission::Once);
        }
        if loops && self.admits(index) {
            return Poll::Ready(Admission::Loop);
        }
        Poll::Pending
    }

    /// Notes that a user of the open model is free.
    pub(crate) fn free(&self, index: u64) {
        let mut inner = self.lock();
        // A new user already has the arrival for which it was started.
        let Some(member) = inner.members.get_mut(index as usize) else { return };
        if member.due.is_none() && !std::mem::replace(&mut member.is_free, true) {
            inner.free.push(index);
        }
    }

    /// Gives an arrival to a free user, or to a new one where there are fewer users than `most`.
    pub(crate) fn assign(&self, due: u64, most: u64) -> Assigned {
        let mut inner = self.lock();
        if let Some(index) = inner.free.pop() {
            let member = &mut inner.members[index as usize];
            member.due = Some(due);
            member.is_free = false;
            let waker = member.waker.clone();
            drop(inner);
            waker.inspect(Waker::wake_by_ref);
            return Assigned::Waiting;
        }
        let index = inner.members.len() as u64;
        if index >= most {
            return Assigned::Nobody;
        }
        inner.members.push(RosterUser { due: Some(due), ..RosterUser::new() });
        inner.present += 1;
        Assigned::New(index)
    }

    /// Takes the arrivals that were given to users but not begun.
    pub(crate) fn take_unbegun(&self) -> Vec<u64> {
        self.lock().members.iter_mut().filter_map(|member| member.due.take()).collect()
    }

    /// Sets the level: users with an index below it loop from now on, the others wait.
    pub(crate) fn set_level(&self, level: u64) {
        let inner = self.lock();
        let before = self.level.swap(level, Relaxed);
        let entering = inner.woken(before..level);
        let leaving: Vec<_> = inner.stays.range((level, 0)..).map(|(_, waker)| waker.clone()).collect();
        drop(inner);
        wake_all(entering);
        wake_all(leaving);
    }

    /// Releases a burst of users together.
    pub(crate) fn burst(&self, users: u64) {
        let mut inner = self.lock();
        inner.burst = Burst { number: inner.burst.number + 1, users, left: users };
        let wakers = inner.woken(0..users);
        drop(inner);
        wake_all(wakers);
    }

    /// Notes that one iteration of the burst is done.
    pub(crate) fn burst_done(&self) {
        let mut inner = self.lock();
        inner.burst.left = inner.burst.left.saturating_sub(1);
        if inner.burst.left == 0 {
            inner.burst.users = 0;
            drop(inner);
            self.changed.notify_waiters();
        }
    }

    /// Ends the load: no iteration starts any more, and waiting users are released.
    pub(crate) fn end(&self) {
        let inner = self.lock();
        if self.over.swap(true, Relaxed) {
            return;
        }
        self.level.store(0, Relaxed);
        let waiting = inner.woken(0..u64::MAX);
        let stays: Vec<_> = inner.stays.values().cloned().collect();
        drop(inner);
        wake_all(waiting);
        wake_all(stays);
        self.changed.notify_waiters();
        self.ended.notify_waiters();
    }

    /// Ends the iterations that still run.
    pub(crate) fn kill(&self) {
        self.end();
        self.killed.store(true, Relaxed);
        let wakers = self.lock().woken(0..u64::MAX);
        wake_all(wakers);
    }

    pub(crate) async fn until_over(&self) {
        let mut ended = std::pin::pin!(self.ended.notified());
        ended.as_mut().enable();
        if !self.is_over() {
            ended.await;
        }
    }

    /// Waits until every user is gone.
    pub(crate) async fn until_empty(&self) {
        self.until(|inner| inner.present == 0).await;
    }

    /// A place among the futures that end when this user has to end.
    pub(crate) fn stay(&self, index: u64, open: bool) -> Stay<'_> {
        let mut inner = self.lock();
        inner.next_stay += 1;
        // Users of the open model end when the stream is over, whatever the level.
        let index = if open { 0 } else { index };
        Stay { roster: self, key: (index, inner.next_stay), open }
    }

    /// Waits until users were started and all of them have used up their budget and gone.
    pub(crate) async fn until_done(&self) {
        self.until(|inner| inner.present == 0 && !inner.members.is_empty()).await;
    }

    /// Waits until the state of every present user is made.
    pub(crate) async fn until_ready(&self) {
        self.until(|inner| inner.ready == inner.present).await;
    }

    pub(crate) async fn until_burst_done(&self) {
        self.until(|inner| inner.burst.left == 0 || inner.present == 0 || self.is_over()).await;
    }

    async fn until(&self, reached: impl Fn(&RosterState) -> bool) {
        loop {
            let mut changed = std::pin::pin!(self.changed.notified());
            changed.as_mut().enable();
            if reached(&self.lock()) {
                return;
            }
            changed.await;
        }
    }

    /// The number of present users whose state is not made yet.
    pub(crate) fn unready(&self) -> u64 {
        let inner = self.lock();
        inner.present - inner.ready
    }

    pub(crate) fn present(&self) -> u64 {
        self.lock().present
    }
}

impl RosterState {
    fn woken(&self, users: std::ops::Range<u64>) -> Vec<Waker> {
        let end = (users.end.min(self.members.len() as u64)) as usize;
        let start = (users.start as usize).min(end);
        self.members[start..end].iter().filter_map(|member| member.waker.clone()).collect()
    }
}

impl RosterUser {
    fn new() -> Self {
        Self { waker: None, due: None, is_free: false, burst: 0 }
    }
}

/// A future that ends when its user has to end: `until_end` and pauses use it, wherever in the body they are awaited.
/// See [`Roster::stay`].
#[derive(Debug)]
pub(crate) struct Stay<'a> {
    roster: &'a Roster,
    key: (u64, u64),
    open: bool,
}

impl Stay<'_> {
    /// Ready when the user has to end.
    pub(crate) fn poll(&self, context: &mut Context<'_>) -> Poll<()> {
        let mut inner = self.roster.lock();
        let in_burst = self.key.0 < inner.burst.users;
        if self.roster.is_over() || !self.open && !in_burst && !self.roster.admits(self.key.0) {
            return Poll::Ready(());
        }
        inner.stays.insert(self.key, context.waker().clone());
        Poll::Pending
    }
}

impl Drop for Stay<'_> {
    fn drop(&mut self) {
        self.roster.lock().stays.remove(&self.key);
    }
}

/// Wakes all, outside the lock: a woken future may take the lock at once.
fn wake_all(wakers: Vec<Waker>) {
    wakers.into_iter().for_each(Waker::wake);
}
