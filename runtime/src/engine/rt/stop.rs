//! Ends a load before its time: by a signal to the process, or for a reason that the load's watcher found.

use crate::sync::Lock;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Weak};
use tokio::sync::Notify;

/// The request to stop, set by Ctrl-C: every load of the process ends.
#[derive(Debug)]
pub(crate) struct Stop {
    requested: AtomicBool,
    notify: Notify,
    /// The stops that are requested with it.
    followers: Lock<Vec<Weak<Stop>>>,
}

impl Stop {
    pub(crate) const fn new() -> Self {
        Self { requested: AtomicBool::new(false), notify: Notify::const_new(), followers: Lock::new(Vec::new()) }
    }

    pub(crate) fn request(&self) {
        self.requested.store(true, SeqCst);
        self.notify.notify_waiters();
        let followers = std::mem::take(&mut *self.followers.lock());
        followers.iter().filter_map(Weak::upgrade).for_each(|follower| follower.request());
    }

    /// Creates a stop for one test, which is requested together with this one, and may be requested alone.
    pub(crate) fn follower(&self) -> Arc<Self> {
        let follower = Arc::new(Self::new());
        let mut followers = self.followers.lock();
        followers.retain(|other| other.strong_count() > 0);
        followers.push(Arc::downgrade(&follower));
        drop(followers);
        // This one may have been requested before the follower was added.
        if self.requested() {
            follower.request();
        }
        follower
    }

    pub(crate) fn requested(&self) -> bool {
        self.requested.load(SeqCst)
    }

    /// Waits until the stop is requested.
    pub(crate) async fn wait(&self) {
        let mut notified = std::pin::pin!(self.notify.notified());
        notified.as_mut().enable();
        if !self.requested() {
            notified.await;
        }
    }
}

/// An order to end the load early.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Halt {
    /// The reason, for the report.
    pub(crate) reason: String,
    /// Whether to end without a wait for iterations in flight.
    pub(crate) kill: bool,
}

/// The place of the order to end a load before its time.
#[derive(Debug, Default)]
pub(crate) struct Halting {
    halt: Lock<Option<Halt>>,
    notify: Notify,
}

impl Halting {
    /// Orders the end of the load. The first reason stays; only a kill may be added.
    pub(crate) fn order(&self, halt: Halt) {
        let mut there = self.halt.lock();
        match &mut *there {
            Some(there) => there.kill |= halt.kill,
            none => *none = Some(halt),
        }
        drop(there);
        self.notify.notify_waiters();
    }

    pub(crate) fn ordered(&self) -> Option<Halt> {
        self.halt.lock().clone()
    }

    /// Waits until an end is ordered; where `kill` is set, until a kill is.
    pub(crate) async fn wait(&self, kill: bool) {
        loop {
            let mut notified = std::pin::pin!(self.notify.notified());
            notified.as_mut().enable();
            if self.ordered().is_some_and(|halt| halt.kill || !kill) {
                return;
            }
            notified.await;
        }
    }
}
