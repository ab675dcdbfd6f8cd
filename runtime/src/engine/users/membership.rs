//! A user's place in its pool, and the rest of its budget.

use super::pool::Pool;
use crate::engine::load::stream::Stream;
use crate::engine::schedule::Budget;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

/// A user's place in the roster, given up when its task ends, for whatever reason.
pub(crate) struct Membership {
    pub(crate) pool: Arc<Pool>,
    ready: bool,
    /// Whether the place was given up already.
    left: bool,
    /// Whether the user counts as running in the load, which the drop undoes.
    inside: bool,
    pub(crate) in_burst: bool,
    pub(crate) last_end: u64,
}

impl Membership {
    pub(crate) fn of(pool: &Arc<Pool>) -> Self {
        let pool = Arc::clone(pool);
        Self { pool, ready: false, left: false, inside: false, in_burst: false, last_end: 0 }
    }

    /// Creates the place of a user that comes from the previous round.
    pub(crate) fn joined(pool: &Arc<Pool>, index: u64) -> Self {
        pool.stream.roster.join(index, pool.stream.plan.is_open());
        let mut joined = Self::of(pool);
        joined.ready = true;
        joined
    }

    /// Gives the place up.
    pub(crate) fn leave(&mut self) {
        self.exit();
        if !std::mem::replace(&mut self.left, true) {
            self.pool.stream.roster.leave(self.ready);
        }
    }

    /// Notes that the user's state is made.
    pub(crate) fn ready(&mut self) {
        self.ready = true;
        self.pool.stream.roster.ready();
    }

    /// Notes that the user was admitted to the load.
    pub(crate) fn enter(&mut self) {
        self.inside = true;
        self.pool.stream.load.enter();
    }

    /// Notes that the user has to wait again.
    pub(crate) fn exit(&mut self) {
        if std::mem::take(&mut self.in_burst) {
            self.pool.stream.roster.burst_done();
        }
        if std::mem::take(&mut self.inside) {
            self.pool.stream.load.exit(self.last_end);
        }
    }
}

impl Drop for Membership {
    fn drop(&mut self) {
        self.leave();
    }
}

/// The number of iterations that a user may still run.
pub(crate) struct Allowance(u64);

impl Allowance {
    pub(crate) fn of(stream: &Stream) -> Self {
        Self(if let Budget::Each(iterations) = stream.plan.budget { iterations } else { u64::MAX })
    }

    pub(crate) fn is_left(&self) -> bool {
        self.0 > 0
    }

    /// Takes one iteration, starting at `now`, from the budget; those of the warm-up cost nothing. Returns whether one
    /// was left.
    #[inline]
    pub(crate) fn take(&mut self, stream: &Stream, now: u64) -> bool {
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
