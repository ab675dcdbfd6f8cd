//! Where users wait between two rounds of a load that goes on: with what `user_setup` made for them, their connections
//! and the number of their iteration. They are handed to the stream of the next round, or let go.

use super::stream::Stream;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// The way out of one stream.
#[derive(Default)]
pub(super) struct Relay {
    /// Users wait at its end; else they go.
    keeps: bool,
    inner: Mutex<Inner>,
    changed: Notify,
}

#[derive(Default)]
struct Inner {
    waiting: BTreeSet<u64>,
    next: Next,
}

#[derive(Clone, Default)]
enum Next {
    /// It is not known yet.
    #[default]
    Open,
    /// Another round.
    Round(Arc<Stream>),
    /// There is no other.
    Nothing,
}

impl Relay {
    pub(super) fn new(keeps: bool) -> Self {
        Self { keeps, ..Self::default() }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn keeps(&self) -> bool {
        self.keeps
    }

    /// The users that wait go on as those of another stream; says who they are.
    fn hand_over(&self, next: &Arc<Stream>) -> BTreeSet<u64> {
        let mut inner = self.lock();
        inner.next = Next::Round(Arc::clone(next));
        let waiting = inner.waiting.clone();
        drop(inner);
        self.changed.notify_waiters();
        waiting
    }

    /// The users that wait may go.
    pub(super) fn release(&self) {
        self.lock().next = Next::Nothing;
        self.changed.notify_waiters();
    }

    /// Until nobody waits, and who was let go has gone.
    pub(super) async fn until_left(&self) {
        self.until(|inner| inner.waiting.is_empty().then_some(())).await;
    }

    async fn next(&self) -> Option<Arc<Stream>> {
        self.until(|inner| match &inner.next {
            Next::Open => None,
            Next::Round(stream) => Some(Some(Arc::clone(stream))),
            Next::Nothing => Some(None),
        })
        .await
    }

    async fn until<T>(&self, reached: impl Fn(&Inner) -> Option<T>) -> T {
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
pub(super) struct Waiting {
    stream: Arc<Stream>,
    index: u64,
}

impl Waiting {
    /// A user of the stream waits from now on.
    pub(super) fn of(stream: &Arc<Stream>, index: u64) -> Self {
        stream.relay.lock().waiting.insert(index);
        Self { stream: Arc::clone(stream), index }
    }

    /// The stream of the next round; `None` where there is none.
    pub(super) async fn next(&self) -> Option<Arc<Stream>> {
        self.stream.relay.next().await
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.stream.relay.lock().waiting.remove(&self.index);
        self.stream.relay.changed.notify_waiters();
    }
}

/// The users of one stream become those of another; gives the indices of those that are missing, to be started anew.
pub(super) fn hand_over(from: &Stream, to: &Arc<Stream>) -> Vec<u64> {
    let tasks = std::mem::take(&mut *from.tasks.lock().unwrap_or_else(PoisonError::into_inner));
    to.tasks.lock().unwrap_or_else(PoisonError::into_inner).extend(tasks);
    // There before they come.
    to.roster.expect(from.roster.len());
    let there = from.relay.hand_over(to);
    (0..from.roster.len()).filter(|index| !there.contains(index)).collect()
}
