//! What a load notices of the generator's own health while it runs: users that held their threads, users that waited for
//! one, arrivals that were given up. All of it is rare in a load that is well, and costs nothing there.

use crate::record::{Generator, Selection};
use crate::sync::Lock;
use std::mem::take;
use std::sync::MutexGuard;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// Nanoseconds from which a call that holds its thread counts as holding up the users beside it, and a wait for a
/// thread as a wait.
pub(crate) const HELD_THREAD_NOTICED: u64 = 1_000_000;
/// One of this many iterations that await is timed at each of its turns on the thread.
pub(crate) const CALLS_PER_TIMED_CALL: u64 = 32;
/// An arrival that has not started when its load is over is given up from this many nanoseconds of lateness on.
pub(crate) const HOPELESSLY_LATE: u64 = 250_000_000;
/// The longest that arrivals of a long segment are still started after its time, in nanoseconds.
const LONGEST_LATE_START: u64 = 1_000_000_000;

/// What was noticed since it was last handed on.
#[derive(Debug, Default)]
pub(crate) struct Health {
    noticed: Lock<Generator>,
    awaits: AtomicBool,
    /// When users were last let in together.
    released: AtomicU64,
}

impl Health {
    fn lock(&self) -> MutexGuard<'_, Generator> {
        self.noticed.lock()
    }

    /// A body gave its thread back.
    #[inline]
    pub(crate) fn awaited(&self) {
        if !self.awaits.load(Relaxed) {
            self.awaits.store(true, Relaxed);
        }
    }

    /// Calls of async bodies held their thread for so long; so many as this one stands for.
    #[cold]
    pub(crate) fn held(&self, time: u64, calls: u64) {
        self.lock().holds.record_n(time as f64, calls);
    }

    /// A user waited for a thread before its next iteration.
    #[cold]
    pub(crate) fn waited(&self, time: u64) {
        self.lock().waits.record(time as f64);
    }

    /// A thread that slept woke up so much too late.
    pub(crate) fn paused(&self, time: Duration) {
        self.lock().pauses.record(time.as_nanos() as f64);
    }

    /// The control group had used up its quota.
    pub(crate) fn throttled(&self, time: Duration) {
        self.lock().throttled = Some(time);
    }

    /// Users are let in now.
    pub(crate) fn release(&self, now: u64) {
        self.released.store(now, Relaxed);
    }

    /// For how long a user that starts its first iteration has waited for a thread, at least.
    pub(crate) fn since_release(&self, now: u64) -> u64 {
        now.saturating_sub(self.released.load(Relaxed))
    }

    /// Arrivals that were not started.
    pub(crate) fn unsent(&self, of: Selection, arrivals: u64) {
        if arrivals > 0 {
            *self.lock().unsent.entry(of).or_default() += arrivals;
        }
    }

    /// Takes what was noticed.
    pub(crate) fn take(&self) -> Generator {
        let mut noticed = take(&mut *self.lock());
        noticed.awaits = self.awaits.load(Relaxed);
        noticed
    }
}

/// How long after its end a segment of this length still starts arrivals that are late.
pub(crate) fn late_start_limit(length: u64) -> u64 {
    (length / 20).clamp(HOPELESSLY_LATE, LONGEST_LATE_START)
}
