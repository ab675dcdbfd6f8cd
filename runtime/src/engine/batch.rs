//! Calls of a stress test's body in a row, timed as one: generated code passes the body as a closure, so that the loop
//! is compiled around the body itself and costs next to nothing. It records nothing and reads no plan.
//!
//! Results that own something are kept in slots made beforehand and dropped after the clock has been read, as in
//! divan's `bench`; criterion's `iter` drops within the timing. So a result may cost more to drop than to make, and a
//! body measures the same with a `check` as without. Results that own nothing pass a black box in the loop, as in both.
//!
//! For bodies that allocate, the two differ from each other, and divan from itself: glibc takes no lock while a process
//! has one thread (a benchmark's process has one, a test's has more), and the number of held blocks decides whether the
//! next block comes from the thread's own cache or from the arena, which is locked. On one machine, the lower quartile
//! of 20 rounds by turns, in nanoseconds a call; `+ thread` is beside a second thread that sleeps, like the one in
//! every process of tests:
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

/// Calls to be made in a row, and their results.
#[derive(Debug)]
pub struct Batch {
    clock: Clock,
    calls: u64,
    /// Nanoseconds of all calls together.
    pub(crate) took: u64,
    pub(crate) failures: Vec<Failed>,
    /// The allocations of one call, where they are counted.
    pub(crate) memory: Option<Memory>,
    count: bool,
    /// The nanoseconds of a measured time that the clock itself takes.
    clock_cost: u64,
    /// The counter of waits for a processor, used where calls are long enough for these to matter.
    run_delay: Option<Arc<RunDelay>>,
}

/// The start of a row of calls.
struct Start<'d> {
    raw: u64,
    run_delay: Option<RunDelayStart<'d>>,
}

/// The memory usage of one call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Memory {
    pub(crate) allocations: u64,
    pub(crate) bytes: u64,
    /// The most bytes that it held at once.
    pub(crate) peak: u64,
}

/// The counts before a call.
struct Counting(Option<allocator::Counts>);

impl Batch {
    /// Creates a batch of `calls` calls; where there is a single call, the batch may count its allocations.
    pub(crate) fn new(clock: Clock, calls: u64, count_memory: bool) -> Self {
        let count = count_memory && calls == 1;
        let clock_cost = clock_cost(&clock);
        Self { clock, calls, took: 0, failures: Vec::new(), memory: None, count, clock_cost, run_delay: None }
    }

    /// Leaves the waits for a processor out of the time. For bodies that block this thread.
    pub(crate) fn without_waits(self, run_delay: Option<Arc<RunDelay>>) -> Self {
        Self { run_delay, ..self }
    }

    /// Calls the body. Its results go through a black box and are dropped after the clock was read.
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
            // The address of the results is enough: then they must be made, each from an input that the compiler cannot
            // assume to be the same.
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
            // The address of the results is enough: then they must be made, each from an input that the compiler cannot
            // assume to be the same.
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

/// The least time between two readings of the clock.
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

/// The number of results that are kept until they are checked and dropped: more would not stay in the nearest cache,
/// and the calls would be timed by how slow memory is. For a type that owns memory the amount is unknown: where many
/// blocks are held and freed at once, every call pays for an allocator that locks, splits, joins and returns pages to
/// the system (glibc's cache of a thread has seven blocks of a size), which the body alone would not.
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
