//! Where users wait between two rounds of a load that goes on: with what `user_setup` made for them, their connections
//! and the number of their iteration. They are handed to what follows, or let go. What that is it does not know.

use crate::sync::Lock;
use std::collections::BTreeSet;
use std::sync::{Arc, MutexGuard};
use tokio::sync::Notify;

/// The way out of one round.
pub(crate) struct Relay<N> {
    /// Users wait at its end; else they go.
    keeps: bool,
    inner: Lock<RelayState<N>>,
    changed: Notify,
}

struct RelayState<N> {
    waiting: BTreeSet<u64>,
    next: NextPool<N>,
}

enum NextPool<N> {
    /// It is not known yet.
    Open,
    /// Another round.
    Round(Arc<N>),
    /// There is no other.
    Nothing,
}

impl<N> Relay<N> {
    pub(crate) fn new(keeps: bool) -> Self {
        let inner = RelayState { waiting: BTreeSet::new(), next: NextPool::Open };
        Self { keeps, inner: Lock::new(inner), changed: Notify::new() }
    }

    fn lock(&self) -> MutexGuard<'_, RelayState<N>> {
        self.inner.lock()
    }

    pub(crate) fn keeps(&self) -> bool {
        self.keeps
    }

    /// Moves the waiting users on to the next round; gives their indices.
    pub(crate) fn hand_over(&self, next: &Arc<N>) -> BTreeSet<u64> {
        let mut inner = self.lock();
        inner.next = NextPool::Round(Arc::clone(next));
        let waiting = inner.waiting.clone();
        drop(inner);
        self.changed.notify_waiters();
        waiting
    }

    /// The users that wait may go.
    pub(crate) fn release(&self) {
        self.lock().next = NextPool::Nothing;
        self.changed.notify_waiters();
    }

    /// Until no user waits, and all that were released have ended.
    pub(crate) async fn until_left(&self) {
        self.until(|inner| inner.waiting.is_empty().then_some(())).await;
    }

    async fn next(&self) -> Option<Arc<N>> {
        self.until(|inner| match &inner.next {
            NextPool::Open => None,
            NextPool::Round(next) => Some(Some(Arc::clone(next))),
            NextPool::Nothing => Some(None),
        })
        .await
    }

    async fn until<T>(&self, reached: impl Fn(&RelayState<N>) -> Option<T>) -> T {
        loop {
            let mut changed = std::pin::pin!(self.changed.notified());
            changed.as_mut().enable();
            if let Some(reached) = reached(&self.lock()) {
                return reached;
            }
            changed.await;
        }
    }
}

/// The place of a user that waits, given up when it is dropped.
pub(crate) struct Waiting<N> {
    relay: Arc<Relay<N>>,
    index: u64,
}

impl<N> Waiting<N> {
    /// A user waits from now on.
    pub(crate) fn of(relay: &Arc<Relay<N>>, index: u64) -> Self {
        relay.lock().waiting.insert(index);
        Self { relay: Arc::clone(relay), index }
    }

    /// What follows; `None` where nothing does.
    pub(crate) async fn next(&self) -> Option<Arc<N>> {
        self.relay.next().await
    }
}

impl<N> Drop for Waiting<N> {
    fn drop(&mut self) {
        self.relay.lock().waiting.remove(&self.index);
        self.relay.changed.notify_waiters();
    }
}
