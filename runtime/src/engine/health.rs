//! What a load notices of the generator's own health while it runs: users that held their threads, users that waited for
//! one, arrivals that were given up. All of it is rare in a load that is well, and costs nothing there.

use super::load::{Stream, name};
use super::schedule::{Arrivals, Choice};
use crate::record::{Generator, Label, Selection};
use std::mem::take;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// A call that holds its thread for so many nanoseconds holds up the users beside it, and a wait of so many is one.
pub(super) const NOTICED: u64 = 1_000_000;
/// Of the iterations that await, one in so many is timed at each of its turns on the thread.
pub(super) const TIMED: u64 = 32;
/// An arrival that has not started when its load is over is given up where it is so many nanoseconds late.
pub(super) const HOPELESS: u64 = 250_000_000;
/// An arrival that is so many nanoseconds late is late because of the generator.
const LATE: u64 = 10_000_000;
/// The longest that arrivals of a long segment are still started after its time, in nanoseconds.
const PATIENCE: u64 = 1_000_000_000;

/// What was noticed since it was last handed on.
#[derive(Debug, Default)]
pub(super) struct Health {
    noticed: Mutex<Generator>,
    awaits: AtomicBool,
    /// When users were last let in together.
    released: AtomicU64,
}

impl Health {
    fn lock(&self) -> MutexGuard<'_, Generator> {
        self.noticed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A body gave its thread back.
    #[inline]
    pub(super) fn awaited(&self) {
        if !self.awaits.load(Relaxed) {
            self.awaits.store(true, Relaxed);
        }
    }

    /// Calls of async bodies held their thread for so long; so many as this one stands for.
    #[cold]
    pub(super) fn held(&self, time: u64, calls: u64) {
        self.lock().holds.record_n(time as f64, calls);
    }

    /// A user waited for a thread before its next iteration.
    #[cold]
    pub(super) fn waited(&self, time: u64) {
        self.lock().waits.record(time as f64);
    }

    /// A thread that slept woke up so much too late.
    pub(super) fn paused(&self, time: Duration) {
        self.lock().pauses.record(time.as_nanos() as f64);
    }

    /// The control group had used up its quota.
    pub(super) fn throttled(&self, time: Duration) {
        self.lock().throttled = Some(time);
    }

    /// Users are let in now.
    pub(super) fn release(&self, now: u64) {
        self.released.store(now, Relaxed);
    }

    /// For how long a user that starts its first iteration has waited for a thread, at least.
    pub(super) fn since_release(&self, now: u64) -> u64 {
        now.saturating_sub(self.released.load(Relaxed))
    }

    /// Takes what was noticed.
    pub(super) fn take(&self) -> Generator {
        let mut noticed = take(&mut *self.lock());
        noticed.awaits = self.awaits.load(Relaxed);
        noticed
    }
}

/// How long after its end a segment of this length still starts arrivals that are late.
pub(super) fn patience(length: u64) -> u64 {
    (length / 20).clamp(HOPELESS, PATIENCE)
}

/// The name of a label, where it has one.
fn named(names: &[String], label: Label) -> Option<&str> {
    Some(name(names, label)).filter(|name| !name.is_empty())
}

impl Stream {
    /// Whether it is too late for an arrival: the load is over, or its iterations are being ended.
    pub(super) fn gives_up(&self, due: u64, now: u64) -> bool {
        let late = now.saturating_sub(due) > HOPELESS;
        self.roster.is_killed() || (late && self.roster.is_over() && !self.load.shared.clock.is_virtual())
    }

    /// Whether an arrival finds no free user because users wait for a thread, and not because they are busy.
    pub(super) fn is_held_up(&self, due: u64, now: u64) -> bool {
        let late = now.saturating_sub(due);
        late > HOPELESS || (late > LATE && self.load.running() < self.plan.users)
    }

    /// Counts an arrival that the generator was too late for.
    pub(super) fn give_up(&self, due: u64) {
        self.unsent(due, 1);
        if let Some(work) = &self.work {
            work.dropped(due);
        }
    }

    /// Counts the arrivals that are due before `until` and that nobody starts any more. `start` is that of their
    /// segment.
    pub(super) fn give_up_all(&self, arrivals: &mut Arrivals, start: u64, until: u64) {
        let windows = self.load.timeline.until(until);
        let mut ends: Vec<u64> = windows.into_iter().map(|(_, _, end)| end).filter(|end| *end > start).collect();
        ends.push(until);
        ends.sort_unstable();
        for end in ends {
            self.unsent(end.saturating_sub(1), arrivals.skip_until(end.saturating_sub(start)));
        }
    }

    /// Counts arrivals around this time as never started.
    pub(super) fn unsent(&self, due: u64, arrivals: u64) {
        if arrivals == 0 || self.load.offset(due).is_none() {
            return;
        }
        let names = &self.load.shared.names;
        let of = |scenario: Option<&str>| Selection {
            stage: named(&names.stages, self.load.timeline.at(due)).map(Into::into),
            scenario: scenario.map(Into::into),
            case: named(&names.cases, self.load.case).map(Into::into),
            ..Selection::default()
        };
        let mut noticed = self.load.health.lock();
        let mut count = |scenario: Option<&str>, arrivals: u64| {
            if arrivals > 0 {
                *noticed.unsent.entry(of(scenario)).or_default() += arrivals;
            }
        };
        match &self.plan.scenario {
            Choice::None => count(None, arrivals),
            Choice::One(one) => match &self.work {
                Some(work) => count(Some(work.name()), arrivals),
                None => count(named(&names.scenarios, Label(*one)), arrivals),
            },
            // Which of them it would have been is drawn when an iteration starts: here it is what to expect.
            Choice::Weighted(sums) => {
                let all = sums.last().map_or(1.0, |(sum, _)| *sum);
                let mut counted = 0;
                for (sum, one) in sums {
                    let upto = (arrivals as f64 * sum / all).round() as u64;
                    count(named(&names.scenarios, Label(*one)), upto.saturating_sub(counted));
                    counted = upto;
                }
            }
        }
    }
}
