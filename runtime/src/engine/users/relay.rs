//! The relay in which users wait between two rounds of a load, and keep their state from `user_setup`, their
//! connections and the number of their iteration. It hands them to the next round, or releases them.

use crate::sync::Lock;
use std::collections::BTreeSet;
use std::sync::{Arc, MutexGuard};
use tokio::sync::Notify;

/// The relay at the end of one round.
pub(crate) struct Relay<N> {
    /// Whether users wait at the end of the round; else they end.
    keeps: bool,
    inner: Lock<RelayState<N>>,
    changed: Notify,
}

struct RelayState<N> {
    waiting: BTreeSet<u64>,
    next: NextPool<N>,
}

enum NextPool<N> {
    /// Not decided yet.
    Open,
    /// Another round.
    Round(Arc<N>),
    /// There is no other round.
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

    /// Moves the waiting users on to the next round; returns their indices.
    pub(crate) fn hand_over(&self, next: &Arc<N>) -> BTreeSet<u64> {
        let mut inner = self.lock();
        inner.next = NextPool::Round(Arc::clone(next));
        let waiting = inner.waiting.clone();
        drop(inner);
        self.changed.notify_waiters();
        waiting
    }

    /// Releases the waiting users: there is no other round.
    pub(crate) fn release(&self) {
        self.lock().next = NextPool::Nothing;
        self.changed.notify_waiters();
    }

    /// Waits until no user waits, and all released users have ended.
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

/// The place of a waiting user, given up when it is dropped.
pub(crate) struct Waiting<N> {
    relay: Arc<Relay<N>>,
    index: u64,
}

impl<N> Waiting<N> {
    /// Adds a waiting user.
    pub(crate) fn of(relay: &Arc<Relay<N>>, index: u64) -> Self {
        relay.lock().waiting.insert(index);
        Self { relay: Arc::clone(relay), index }
    }

    /// Waits for the next round; `None` where there is none.
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
