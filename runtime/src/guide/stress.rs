//! # Stress
//!
//! `#[brunt::stress]` measures the cost of one call: at several sizes of its input, in several cases, with one caller
//! or many. It is for functions (a parser, a calculation, a query); for a service under many users use
//! [load](super::load).
//!
//! # Sizes
//!
//! ```
//! # use brunt::prelude::*;
//! fn numbers(size: usize) -> Vec<u64> {
//!     (0..size as u64).rev().collect()
//! }
//!
//! #[brunt::stress(sizes = [100, 1_000, 10_000, 100_000], setup = numbers)]
//! #[target(growth <= n_log_n, size(1_000).p95 < 1ms, size(100_000).mean < 2_000x size(100).mean)]
//! fn sorted(numbers: &[u64]) -> Vec<u64> {
//!     let mut numbers = numbers.to_vec();
//!     numbers.sort_unstable();
//!     numbers
//! }
//! # #[brunt::stress(sizes = 100..=1_000_000 by 10x)]
//! # fn counted(size: u64) -> u64 { (0..size).sum() }
//! ```
//!
//! `sizes` is a list or a range `100..=1_000_000 by 10x`. `setup` receives each size as an integer of the type that it
//! declares; its time is not measured. Without a `setup` the body may take the size itself.
//! `cases = [small: …, large: …]` measures named inputs instead, which targets select by name: `large.p95 < 500ms`,
//! `large.mean < 12x medium.mean`.
//!
//! All inputs are made before the first is measured. They are measured in turns of about 20 ms each, so that a
//! disturbance of the machine affects all of them.
//!
//! # How often
//!
//! | option | meaning |
//! |---|---|
//! | none | each input until its estimate is stable, at most 1 s |
//! | `iterations = 50` | exactly fifty calls of each input |
//! | `duration = 5s` | each input for that time |
//! | `concurrency = 100` | a hundred callers on one input, started together, with one call each |
//! | `concurrency = 10, duration = 10s`, or `iterations = 5` | ten callers that go on, or make five calls each |
//! | `warm_up = 100ms` | calls of each input before it is measured |
//!
//! *Stable* means: at least 100 measurements over at least 100 ms, and a standard error of their median below 1 % of it.
//!
//! # An input for each caller
//!
//! `concurrency` callers share one input, as they would share a cache or a connection pool. Where each caller needs an
//! input of its own, `user_setup` makes it, as in a load test: it takes `&User` and, where there is a `setup`, the
//! fixture. The body takes the caller's own input last, as `&mut S`.
//!
//! ```
//! # use brunt::prelude::*;
//! fn numbers(size: usize) -> Vec<u64> {
//!     (0..size as u64).rev().collect()
//! }
//!
//! fn own_copy(_user: &User, numbers: &[u64]) -> Vec<u64> {
//!     numbers.to_vec()
//! }
//!
//! #[brunt::stress(sizes = [100, 1_000, 10_000], setup = numbers, concurrency = 8, user_setup = own_copy)]
//! #[target(size(10_000).p95 < 1s)]
//! fn sorted_in_place(_shared: &[u64], own: &mut [u64]) {
//!     own.sort_unstable();
//! }
//! ```
//!
//! For every size and every case a fresh fixture is made, then each caller's own input. Both are made before the first
//! call, and neither is measured. A caller keeps its input from call to call. `user_teardown` takes it at the end, as
//! `&mut S`. Inputs that differ from caller to caller are made from `user.id()`, which begins at 0 for every size; a
//! `user_setup` that needs the size itself gets it from `setup = size`, where `fn size(size: usize) -> usize` returns
//! its argument.
//!
//! # Until it is sure
//!
//! `settle = 30s` measures every input once more while a target is undecided (the same number of calls, the same time, or
//! the time that the stable estimate took), for 30 s at most for all of them together. See
//! [load](super::load#until-it-is-sure).
//!
//! # What is timed
//!
//! Only the body is timed. Its input and its result go through a black box, so that the compiler cannot leave the work
//! out. The result is checked by `check`, and dropped, after the clock was read.
//!
//! ```
//! # use brunt::prelude::*;
//! # fn numbers() -> Vec<u64> { (0..1_000).collect() }
//! fn is_the_sum(numbers: &[u64], sum: &u64) -> bool {
//!     let count = numbers.len() as u64;
//!     *sum == count * (count - 1) / 2
//! }
//!
//! #[brunt::stress(setup = numbers, check = is_the_sum)]
//! #[target(p99 < 1ms)]
//! fn sum(numbers: &[u64]) -> u64 {
//!     numbers.iter().sum()
//! }
//! ```
//!
//! `check` takes the input, where there is one, and the result; it returns a `bool` or a `Result`. A wrong result is a
//! failed iteration of kind `check`, and fails the test unless a target covers it.
//!
//! **Batches.** Reading a clock takes about 20 ns. A body that is faster than some microseconds is therefore called in
//! batches of about 10 µs, whose loop is compiled around the body, and one *latency* is the mean of a batch. `mean` and
//! `p50` are then those of a call; `p99` is that of batches, and one slow call among a thousand does not show in it.
//! The report has the numbers of calls and batches. With `iterations`, batches are small enough for the hundred batches
//! that a p99 needs, and the time of the clock itself is subtracted. A body that takes `&User`, or that several callers
//! call, is timed call by call, as in a load test, and may use steps, `user.pair` and `user.record`.
//!
//! **Drops.** A result that owns something is kept until the clock was read, sixteen at a time, and dropped then: the
//! time to drop a tree is not part of the time to build it. To measure the drop, drop it in the body. `divan` drops
//! late too; `criterion`'s `iter` drops within the timing. Where the figures of the two differ, because an allocator
//! finds the next block in another way, brunt's lie between them or equal one of them.
//!
//! Async bodies are measured on the test's runtime; `virtual_time` makes timers cost nothing. Build with `--release`:
//! figures of a debug build are not those of the optimised code.
//!
//! # Growth
//!
//! `growth <= n_log_n` limits how the time grows with the size: `1`, `log_n`, `n`, `n_log_n`, `n2` or `n3` in an
//! attribute, which takes Rust's tokens alone; in words and on reports 1, log n, n, n log n, n² or n³. The target needs
//! at least three sizes over a factor of 16; with two or three sizes for each factor of ten, it is decided more often.
//!
//! *In short*: the target holds where the cost follows the class, but for a rise that caches explain. It fails where
//! the cost rises so much faster that caches cannot explain it. In between it is inconclusive, and the reason names the
//! sizes or the number of iterations that would decide. The rest of this section describes the method.
//!
//! A bound usually means "this must not become quadratic", and it is judged in this sense. The ratio of the time to the
//! work of the class, such as `time / (n log n)`, is followed over the largest sizes: the shortest run of them that
//! spans a factor of 8 or more. At these sizes overhead no longer counts, and a part that grows faster shows first.
//!
//! - The target *holds* where that ratio rises by no more than caches explain, noise taken into account. In a decade of
//!   sizes that is 1.4 times for n, 1.8 times for n log n, n² and n³, and for look-ups 2 times for 1, 1.6 times for log
//!   n. For n and above, the ratio must level off where it has risen 2.5 times already. Where it rises by a tenth or
//!   more and the target holds, the verdict notes it.
//! - The target does not hold where a curve that grows faster explains all figures, and no curve up to the class does:
//!   a sort does not pass for n, nor n^1.2, nor 1,000 + n for 1. Over a narrow range these curves differ little: over a
//!   factor of 16, n^1.2 is 1.2 times n log n.
//! - The target is *missed* where the ratio rises steeply, over the largest sizes and over those before them, and by a
//!   factor of 20 in all, or 8 where a class above explains the figures (20 also for 1 and log n): caches and pages
//!   cost as much in one decade, but then level off.
//! - Otherwise the target is *inconclusive*, and the reason names a remedy. Where the ratio still rises at the end, it
//!   asks for larger sizes, as the rise of a cache levels off and that of a square goes on. Where the figures are too
//!   uncertain, it asks for a multiple of the iterations, or for a number of further sizes near the end. Where a faster
//!   curve fits, it names the lowest class that holds.
//!
//! The report names the lowest class that seems to hold, the other classes that are not excluded, the exponent, R², and
//! the points to plot:
//!
//! ```text
//! growth    n log n (exponent 1.10, 0.81..1.15, R² 0.9991); n not excluded
//! growth    between n log n and n² (exponent 1.50, 1.46..1.54)
//! ```
//!
//! The exponent is that of the largest sizes, beside the overhead of the class's curve; its interval is the 95 %
//! confidence interval, extended downward by the rise that caches may have added. The named class lies in this
//! interval; where no class does, the report gives the two classes around the exponent.
//!
//! A table whose entries are looked up at random costs 10 to 20 times as much outside the caches as in them, and most
//! of that comes in one decade. Keep the sizes within a cache, or go on beyond it: in both cases `growth <= 1` holds,
//! and where the largest size has just left a cache it is inconclusive. Blocks above 128 KiB, which glibc maps, clears
//! and returns, have the same effect on code that allocates.
//!
//! R² is the share of the weighted variance of the logarithms that the named class's curve,
//! `slope · f(size) + overhead`, explains. Errors of times are relative, so that every size counts alike. (A constant
//! explains no variance: class `1` is shown without R².) R² decides no verdict.
//!
//! On a busy machine a long call waits for a processor and a short one does not, which would bend every curve. On Linux
//! these waits are subtracted from calls of 100 µs and more, where the body is not async
//! (`/proc/thread-self/schedstat`).
//!
//! # Memory
//!
//! `brunt::allocator!();` in the test binary counts allocations. Five single calls of each size are counted, after a first
//! one that may set things up.
//!
//! ```
//! # use brunt::prelude::*;
//! brunt::allocator!();
//!
//! # fn numbers(size: usize) -> Vec<u64> { (0..size as u64).collect() }
//! #[brunt::stress(sizes = [100, 1_000, 10_000, 100_000], setup = numbers)]
//! #[target(allocations <= 1, memory_growth <= n, peak_memory < 50MiB)]
//! fn copied(numbers: &[u64]) -> Vec<u64> {
//!     numbers.to_vec()
//! }
//! ```
//!
//! | metric | meaning |
//! |---|---|
//! | `allocations` | the number of times that a call takes memory, in the median; of several sizes the highest |
//! | `memory_growth <= n` | the class that bounds the growth, with the size, of the peak memory of a call; a vector that doubles may be off by a factor of 2 |
//! | `memory_growth < 5MiB`, `< 10%`, `< 1MiB/h` | memory in use, last quarter of the test against the first: a leak |
//! | `peak_memory` | the most memory that the process had in use at once, the inputs included |
//!
//! Without the allocator the last two rows, of a load too, read the resident memory of the process, which the system
//! gives in pages and does not take back at once; the first two rows are inconclusive. Allocations are counted on the
//! calling thread, with one caller, and for bodies that take no `&User`.
//!
//! Next: [capacity](super::capacity).
