//! A user's place in the roster of its stream, and what it may still do of its budget.

use super::schedule::Budget;
use super::stream::Stream;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

/// A user's place in the roster, given up when its task ends however it does.
pub(super) struct Membership {
    stream: Arc<Stream>,
    ready: bool,
    /// It was given up before.
    left: bool,
    /// Lets in to the load are undone by the drop.
    inside: bool,
    pub(super) in_burst: bool,
    pub(super) last_end: u64,
}

impl Membership {
    pub(super) fn of(stream: &Arc<Stream>) -> Self {
        let stream = Arc::clone(stream);
        Self { stream, ready: false, left: false, inside: false, in_burst: false, last_end: 0 }
    }

    /// Of a user that has come from the round before.
    pub(super) fn joined(stream: &Arc<Stream>, index: u64) -> Self {
        stream.roster.join(index, stream.plan.is_open());
        let mut joined = Self::of(stream);
        joined.ready = true;
        joined
    }

    /// Gives the place up.
    pub(super) fn leave(&mut self) {
        self.exit();
        if !std::mem::replace(&mut self.left, true) {
            self.stream.roster.leave(self.ready);
        }
    }

    /// Its state is made.
    pub(super) fn ready(&mut self) {
        self.ready = true;
        self.stream.roster.ready();
    }

    /// It was let in.
    pub(super) fn enter(&mut self) {
        self.inside = true;
        self.stream.load.enter();
    }

    /// It has to wait again.
    pub(super) fn exit(&mut self) {
        if std::mem::take(&mut self.in_burst) {
            self.stream.roster.burst_done();
        }
        if std::mem::take(&mut self.inside) {
            self.stream.load.exit(self.last_end);
        }
    }
}

impl Drop for Membership {
    fn drop(&mut self) {
        self.leave();
    }
}

/// What a user may still do of its budget.
pub(super) struct Allowance(u64);

impl Allowance {
    pub(super) fn of(stream: &Stream) -> Self {
        Self(if let Budget::Each(iterations) = stream.plan.budget { iterations } else { u64::MAX })
    }

    pub(super) fn is_left(&self) -> bool {
        self.0 > 0
    }

    /// Takes one iteration, starting at `now`; the warm-up's cost nothing.
    #[inline]
    pub(super) fn take(&mut self, stream: &Stream, now: u64) -> bool {
        if stream.load.offset(now).is_none() {
            return true;
        }
        match stream.plan.budget {
            Budget::Unlimited => true,
            Budget::Each(_) => {
                let left = self.0 > 0;
                self.0 = self.0.saturating_sub(1);
                left
            }
            Budget::Shared(_) => {
                let taken = stream.tickets.fetch_update(Relaxed, Relaxed, |left| left.checked_sub(1)).is_ok();
                if !taken {
                    stream.roster.end();
                }
                taken
            }
        }
    }
}
