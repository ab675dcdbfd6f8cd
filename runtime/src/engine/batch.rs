//! Calls of a stress test's body in a row, timed as one: generated code brings the body as a closure, so that the loop
//! is compiled around the body itself and costs next to nothing. It records nothing and knows no plan.
//!
//! Results that own something are kept in slots made beforehand and dropped when the clock has been read, as divan's
//! `bench` does; criterion's `iter` drops within the timing. So a result may be dearer to drop than to make, and a body
//! reads the same with a `check` as without. Results that own nothing pass a black box in the loop, as in both.
//!
//! In bodies that allocate the two differ from one another, and divan from itself: glibc takes no lock while a process
//! has one thread, as a benchmark's has and a test's has not, and how many blocks are held decides whether the next comes
//! from the thread's own cache or from the arena that is locked. On one machine, the lower quartile of 20 rounds by turns,
//! nanoseconds a call; `+ thread` beside a second thread that sleeps, as there is one in every process of tests:
//!
//! | body | here | divan | + thread | criterion `iter` | + thread |
//! |---|---|---|---|---|---|
//! | dependent arithmetic | 28.4 | 29.9 | 29.9 | 28.8 | 28.9 |
//! | sum of 16 | 2.08 | 2.06 | 2.08 | 2.32 | 2.14 |
//! | sum of 1 000 | 110.2 | 114.3 | 114.9 | 110.5 | 110.8 |
//! | clone of a short `String` | 12.3 | 12.4 | 21.4 | 17.8 | 18.0 |
//! | clone of a `Vec`, 64 bytes | 11.3 | 11.8 | 20.2 | 15.7 | 15.6 |
//! | clone of a `Vec`, 512 bytes | 16.8 | 14.1 | 19.5 | 20.3 | 21.2 |
//! | `Box::new` | 8.1 | 5.0 | 9.6 | 7.9 | 7.8 |
//! | `format!` | 25.6 | 27.4 | 30.9 | 25.3 | 25.3 |
//!
//! Each figure is within a tenth of one of the two, or between them.

use super::rt::clock::Clock;
use super::rt::run_delay::{RunDelay, RunDelayStart};
use crate::failure::Failed;
use crate::record::allocator;
use std::future::Future;
use std::hint::black_box;
use std::sync::{Arc, OnceLock};

/// Calls to be made in a row, and what came of them.
#[derive(Debug)]
pub struct Batch {
    clock: Clock,
    calls: u64,
    /// Nanoseconds of all calls together.
    pub(crate) took: u64,
    pub(crate) failures: Vec<Failed>,
    /// What one call allocated, where that was to be counted.
    pub(crate) memory: Option<Memory>,
    count: bool,
    /// Nanoseconds that the clock itself takes of what it times.
    clock_cost: u64,
    /// Counts the waits for a processor, where calls are so long that they matter.
    run_delay: Option<Arc<RunDelay>>,
}

/// When calls began.
struct Start<'d> {
    raw: u64,
    run_delay: Option<RunDelayStart<'d>>,
}

/// What one call took of memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Memory {
    pub(crate) allocations: u64,
    pub(crate) bytes: u64,
    /// The most it held at once.
    pub(crate) peak: u64,
}

/// What was counted before a call.
struct Counting(Option<allocator::Counts>);

impl Batch {
    /// A batch of `calls` calls; of a single one it may count what it allocates.
    pub(crate) fn new(clock: Clock, calls: u64, count_memory: bool) -> Self {
        let count = count_memory && calls == 1;
        let clock_cost = clock_cost(&clock);
        Self { clock, calls, took: 0, failures: Vec::new(), memory: None, count, clock_cost, run_delay: None }
    }

    /// The same, of whose time the waits for a processor are no part. For bodies that block this thread.
    pub(crate) fn without_waits(self, run_delay: Option<Arc<RunDelay>>) -> Self {
        Self { run_delay, ..self }
    }

    /// Calls the body. What it returns goes through a black box and is dropped after the clock was read.
    #[inline]
    pub fn run<T>(&mut self, mut call: impl FnMut() -> Result<T, Failed>) {
        if std::mem::needs_drop::<T>() || self.count {
            return self.run_checked(call, |_| Ok(()));
        }
        let run_delay = self.run_delay.clone();
        let start = self.start(run_delay.as_deref());
        for _ in 0..self.calls {
            match call() {
                Ok(value) => drop(black_box(value)),
                Err(failed) => self.failures.push(failed),
            }
        }
        self.took = self.since(&start);
    }

    /// Calls the body, and checks its results when all calls are done.
    #[inline]
    pub fn run_checked<T>(
        &mut self,
        mut call: impl FnMut() -> Result<T, Failed>,
        check: impl Fn(&T) -> Result<(), Failed>,
    ) {
        let run_delay = self.run_delay.clone();
        let mut left = self.calls;
        let mut results = Vec::with_capacity(self.calls.min(results_kept::<T>()) as usize);
        while left > 0 {
            let calls = left.min(results_kept::<T>());
            let counting = Counting::start(self.count);
            let start = self.start(run_delay.as_deref());
            for _ in 0..calls {
                match call() {
                    Ok(value) => results.push(value),
                    Err(failed) => self.failures.push(failed),
                }
            }
            // Where they lie is enough: they were made, each from an input that is not known to be the same.
            black_box(&mut results);
            self.took += self.since(&start);
            self.memory = counting.end();
            self.look(&mut results, &check);
            left -= calls;
        }
    }

    /// Calls an async body, each call awaited before the next.
    #[inline]
    pub async fn run_async<T, F: Future<Output = Result<T, Failed>>>(
        &mut self,
        mut call: impl FnMut() -> F,
        check: impl Fn(&T) -> Result<(), Failed>,
    ) {
        let mut left = self.calls;
        let mut results = Vec::with_capacity(self.calls.min(results_kept::<T>()) as usize);
        while left > 0 {
            let calls = left.min(results_kept::<T>());
            let counting = Counting::start(self.count);
            let start = self.clock.raw();
            for _ in 0..calls {
                match call().await {
                    Ok(value) => results.push(value),
                    Err(failed) => self.failures.push(failed),
                }
            }
            // Where they lie is enough: they were made, each from an input that is not known to be the same.
            black_box(&mut results);
            self.took += self.since(&Start { raw: start, run_delay: None });
            self.memory = counting.end();
            self.look(&mut results, &check);
            left -= calls;
        }
    }

    #[inline]
    fn start<'d>(&self, run_delay: Option<&'d RunDelay>) -> Start<'d> {
        let run_delay = run_delay.and_then(RunDelay::start);
        Start { raw: self.clock.raw(), run_delay }
    }

    #[inline]
    fn since(&self, start: &Start<'_>) -> u64 {
        let took = self.clock.nanos(start.raw, self.clock.raw()).saturating_sub(self.clock_cost);
        start.run_delay.as_ref().map_or(took, |waits| waits.without_waits(took))
    }

    fn look<T>(&mut self, results: &mut Vec<T>, check: impl Fn(&T) -> Result<(), Failed>) {
        self.failures.extend(results.drain(..).filter_map(|value| check(&value).err()));
    }
}

/// What is between two readings of the clock at least.
fn clock_cost(clock: &Clock) -> u64 {
    static COST: OnceLock<u64> = OnceLock::new();
    if clock.is_virtual() {
        return 0;
    }
    let between = || {
        let start = clock.raw();
        clock.nanos(start, clock.raw())
    };
    *COST.get_or_init(|| (0..1_000).map(|_| between()).min().unwrap_or(0))
}

/// How many results are kept until they are looked at and dropped: more would not stay in the nearest cache, and the
/// calls would be timed by how slow memory is. What a result owns is not known, only that it owns something:
/// where many blocks are held and given back at once, every call pays for an allocator that locks, splits, joins and
/// returns pages to the system (glibc's cache of a thread has seven blocks of a size), which the body alone would not.
fn results_kept<T>() -> u64 {
    const CACHE: usize = 16 * 1024;
    const OWNING: u64 = 16;
    let fitting = (CACHE / size_of::<T>().max(1)) as u64;
    if std::mem::needs_drop::<T>() { fitting.clamp(1, OWNING) } else { fitting.max(1) }
}

impl Counting {
    fn start(count: bool) -> Self {
        Self(count.then(|| {
            allocator::reset_peak();
            allocator::thread_count()
        }))
    }

    fn end(self) -> Option<Memory> {
        let before = self.0?;
        let (after, peak) = (allocator::thread_count(), allocator::thread_peak());
        Some(Memory {
            allocations: after.allocations - before.allocations,
            bytes: after.bytes.wrapping_sub(before.bytes),
            peak,
        })
    }
}
