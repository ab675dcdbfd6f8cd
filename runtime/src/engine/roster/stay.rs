//! Futures that end when their user is told to go: `until_end` and pauses, wherever in the body they are awaited.

use super::Roster;
use std::task::{Context, Poll};

impl Roster {
    /// A place among the futures that end when this user is told to go.
    pub(in crate::engine) fn stay(&self, index: u64, open: bool) -> Stay<'_> {
        let mut inner = self.lock();
        inner.next_stay += 1;
        // Users of the open model go when the stream is over, whatever the level.
        let index = if open { 0 } else { index };
        Stay { roster: self, key: (index, inner.next_stay), open }
    }
}

/// See [`Roster::stay`].
#[derive(Debug)]
pub(in crate::engine) struct Stay<'a> {
    roster: &'a Roster,
    key: (u64, u64),
    open: bool,
}

impl Stay<'_> {
    /// Ready when the user is told to go.
    pub(in crate::engine) fn poll(&self, context: &mut Context<'_>) -> Poll<()> {
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
