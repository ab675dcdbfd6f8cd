//! The generator's own health during a load: users that held their threads, users that waited for one, arrivals that
//! were given up. All of them are rare in a healthy load, and cost nothing there.

use crate::record::{Generator, Selection};
use crate::sync::Lock;
use std::mem::take;
use std::sync::MutexGuard;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// The least number of nanoseconds for which a call that holds its thread counts as holding up other users, and a wait
/// for a thread as a wait.
pub(crate) const HELD_THREAD_NOTICED: u64 = 1_000_000;
/// Of the iterations that await, one in this number is timed at each of its turns on the thread.
pub(crate) const CALLS_PER_TIMED_CALL: u64 = 32;
/// The lateness, in nanoseconds, beyond which an arrival that has not started when its load is over is given up.
pub(crate) const HOPELESSLY_LATE: u64 = 250_000_000;
/// The longest time after the end of a long segment in which its late arrivals are still started, in nanoseconds.
const LONGEST_LATE_START: u64 = 1_000_000_000;

/// The events since they were last taken.
#[derive(Debug, Default)]
pub(crate) struct Health {
    noticed: Lock<Generator>,
    awaits: AtomicBool,
    /// When users were last admitted together.
    released: AtomicU64,
}

impl Health {
    fn lock(&self) -> MutexGuard<'_, Generator> {
        self.noticed.lock()
    }

    /// Notes that a body gave its thread back.
    #[inline]
    pub(crate) fn awaited(&self) {
        if !self.awaits.load(Relaxed) {
            self.awaits.store(true, Relaxed);
        }
    }

    /// Records that a call of an async body held its thread for `time`; the call stands for `calls` calls.
    #[cold]
    pub(crate) fn held(&self, time: u64, calls: u64) {
        self.lock().holds.record_n(time as f64, calls);
    }

    /// Records how long a user waited for a thread before its next iteration.
    #[cold]
    pub(crate) fn waited(&self, time: u64) {
        self.lock().waits.record(time as f64);
    }

    /// Records how much too late a sleeping thread woke up.
    pub(crate) fn paused(&self, time: Duration) {
        self.lock().pauses.record(time.as_nanos() as f64);
    }

    /// Records how long the control group was throttled because its quota was used up.
    pub(crate) fn throttled(&self, time: Duration) {
        self.lock().throttled = Some(time);
    }

    /// Notes that users are admitted together now.
    pub(crate) fn release(&self, now: u64) {
        self.released.store(now, Relaxed);
    }

    /// The least time that a user that starts its first iteration has waited for a thread.
    pub(crate) fn since_release(&self, now: u64) -> u64 {
        now.saturating_sub(self.released.load(Relaxed))
    }

    /// Counts arrivals that were not started.
    pub(crate) fn unsent(&self, of: Selection, arrivals: u64) {
        if arrivals > 0 {
            *self.lock().unsent.entry(of).or_default() += arrivals;
        }
    }

    /// Takes the events so far.
    pub(crate) fn take(&self) -> Generator {
        let mut noticed = take(&mut *self.lock());
        noticed.awaits = self.awaits.load(Relaxed);
        noticed
    }
}

/// How long after its end a segment of this length still starts late arrivals.
pub(crate) fn late_start_limit(length: u64) -> u64 {
    (length / 20).clamp(HOPELESSLY_LATE, LONGEST_LATE_START)
}
