//! The number of calls of the body for one size: in batches that the clock can time, until the plan is fulfilled or the
//! estimate is stable. Pure: the caller passes the times of batches.

use crate::record::Distribution;
use std::time::Duration;

/// The intended length of a batch in nanoseconds: reading the clock twice is about 40 ns of it.
const BATCH_NANOS: f64 = 10_000.0;
/// A batch shorter than this share of [`BATCH_NANOS`] cannot be timed well.
const LEAST_BATCH_SHARE: f64 = 0.25;
/// The greatest factor by which batches grow: the first calls are slower than later ones.
const BATCH_GROWTH: f64 = 16.0;

/// The number of long enough batches in a row that settles the size of batches.
const BATCHES_UNTIL_SETTLED: usize = 3;

/// The least number of batches for an estimate, and their least total time.
const SAMPLES_WANTED: u64 = 100;
const LASTING_NANOS: u64 = 100_000_000;
/// The least number of batches into which a number of calls is divided: those that a p99 needs, and some that are lost
/// to finding out how long a call takes.
const BATCHES_WANTED: u64 = 125;
/// The relative standard error at which the median is stable.
const STABLE_SPREAD: f64 = 0.01;
/// The longest time for which a size is measured, where the plan does not set it.
const SIZE_TIME_LIMIT: Duration = Duration::from_secs(1);

/// At most this many too-short batches are kept; more would not change the estimate.
const SHORT_BATCHES_KEPT: usize = 1_000;

/// The goal of a size: when its measurement is done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Goal {
    /// The number of calls to make.
    pub(crate) calls: Option<u64>,
    /// The time to measure.
    pub(crate) time: Option<Duration>,
    /// Whether every call is a batch, because time is virtual and its clock exact.
    pub(crate) exact: bool,
    /// The number of calls at the start that are made one by one.
    pub(crate) singly: u64,
}

/// The progress of one size.
#[derive(Debug)]
pub(crate) struct Pace {
    goal: Goal,
    batch: u64,
    calls: u64,
    spent: u64,
    /// The calls and the time spent when the goal was set: they do not count for a goal that was set again.
    before: (u64, u64),
    samples: Distribution,
    /// Batches that the clock could time, held back until there are enough of them in a row: a first call may be slow
    /// only because it is the first.
    held: Vec<f64>,
    is_settled: bool,
    /// Batches too short to be timed well, which count only where there are no better ones.
    short: Vec<f64>,
}

impl Pace {
    pub(crate) fn new(goal: Goal) -> Self {
        Self {
            goal,
            batch: 1,
            calls: 0,
            spent: 0,
            before: (0, 0),
            samples: Distribution::default(),
            held: Vec::new(),
            is_settled: goal.exact,
            short: Vec::new(),
        }
    }

    /// The number of calls in the next batch; `None` when the size is done.
    pub(crate) fn next(&self) -> Option<u64> {
        if self.is_done() {
            return None;
        }
        let left = self.goal.calls.map_or(u64::MAX, |calls| calls - (self.calls - self.before.0));
        let batch = if self.calls < self.goal.singly { 1 } else { self.batch };
        Some(batch.min(left))
    }

    /// Sets the same goal again, but for at most this time. Where a stable estimate was the goal, the new goal is the
    /// time that it took: the estimate would be stable again at once.
    pub(crate) fn again(&mut self, most: Duration) {
        let taken = Duration::from_nanos(self.spent - self.before.1);
        let time = match (self.goal.calls, self.goal.time) {
            (Some(_), None) => most,
            (_, Some(time)) => time.min(most),
            (None, None) => taken.min(most),
        };
        self.goal.time = Some(time);
        self.before = (self.calls, self.spent);
    }

    /// The mean time of a call, including the work around it.
    pub(crate) fn of_a_call(&self) -> Duration {
        Duration::from_nanos(self.spent / self.calls.max(1))
    }

    fn is_done(&self) -> bool {
        let (calls, spent) = (self.calls - self.before.0, self.spent - self.before.1);
        let time = self.goal.time.map(|time| time.as_nanos() as u64);
        match (self.goal.calls, time) {
            (Some(wanted), _) if calls >= wanted => true,
            (_, Some(time)) => calls > 0 && spent >= time,
            (Some(_), None) => false,
            (None, None) => calls > 0 && (spent >= SIZE_TIME_LIMIT.as_nanos() as u64 || self.is_stable()),
        }
    }

    /// Half the distance between the order statistics one standard error below and above the median (rank n/2 ± √n/2:
    /// David & Nagaraja, *Order Statistics*, §7.1), as a share of the median.
    fn is_stable(&self) -> bool {
        let count = self.samples.count();
        if count < SAMPLES_WANTED || (self.spent < LASTING_NANOS && !self.goal.exact) {
            return false;
        }
        let off = 50.0 / (count as f64).sqrt();
        let at = |percentile: f64| self.samples.percentile(percentile).unwrap_or(f64::INFINITY);
        let error = (at(50.0 + off) - at(50.0 - off)) / 2.0;
        error <= STABLE_SPREAD * at(50.0)
    }

    /// The number of calls in the largest batch: few calls must still give enough batches for the samples of a
    /// percentile.
    fn most(&self) -> u64 {
        self.goal.calls.map_or(u64::MAX, |calls| (calls / BATCHES_WANTED).max(1))
    }

    /// Adds a batch that was made: its calls took `took` nanoseconds, and all of the batch took `spent`. Returns the
    /// times per call to record.
    pub(crate) fn made(&mut self, calls: u64, took: u64, spent: u64) -> Vec<f64> {
        self.calls += calls;
        self.spent = self.spent.saturating_add(spent);
        let per_call = took as f64 / calls as f64;
        let is_long = self.goal.exact || took as f64 >= LEAST_BATCH_SHARE * BATCH_NANOS || self.batch == self.most();
        if is_long && calls == self.batch {
            self.held.push(per_call);
            self.is_settled |= self.held.len() >= BATCHES_UNTIL_SETTLED;
        } else if self.short.len() < SHORT_BATCHES_KEPT {
            self.short.push(per_call);
        }
        if !is_long && calls == self.batch {
            let factor = (BATCH_NANOS / (took as f64).max(1.0)).clamp(2.0, BATCH_GROWTH);
            self.batch = ((self.batch as f64 * factor).ceil() as u64).min(self.most());
            self.short.append(&mut self.held);
        }
        let mut times = Vec::new();
        if self.is_settled || self.is_done() {
            times.append(&mut self.held);
        }
        if self.is_done() && self.samples.is_empty() && times.is_empty() {
            times.append(&mut self.short);
        }
        times.iter().for_each(|time| self.samples.record(*time));
        times
    }

    /// Makes calls one by one from now on, because one has failed.
    pub(crate) fn singly(&mut self) {
        self.batch = 1;
        self.goal.exact = true;
        self.is_settled = true;
        self.goal.singly = u64::MAX;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Drives a body of this cost to its end; returns the recorded times and the batches.
    fn driven(goal: Goal, cost: impl Fn(u64) -> f64) -> (Vec<f64>, Vec<u64>) {
        let (mut pace, mut recorded, mut batches, mut calls) = (Pace::new(goal), Vec::new(), Vec::new(), 0);
        while let Some(batch) = pace.next() {
            let took: f64 = (calls..calls + batch).map(&cost).sum();
            calls += batch;
            batches.push(batch);
            recorded.extend(pace.made(batch, took as u64, took as u64));
        }
        (recorded, batches)
    }

    #[test]
    fn a_fast_body_is_batched_until_the_clock_can_time_it() {
        let (recorded, batches) = driven(Goal::default(), |_| 20.0);
        assert!(recorded.iter().all(|time| *time == 20.0), "{recorded:?}");
        assert_eq!(batches[0], 1);
        assert!(batches.last().is_some_and(|last| (125..=1_000).contains(last)), "{batches:?}");
        let calls: u64 = batches.iter().sum();
        assert!((4_999_999..6_000_000).contains(&calls), "100 ms of 20 ns: {calls}");
    }

    #[test]
    fn a_cold_first_call_does_not_keep_a_fast_body_from_its_batches() {
        let (recorded, batches) = driven(Goal::default(), |call| if call == 0 { 50_000.0 } else { 20.0 });
        assert!(batches.last().is_some_and(|last| *last >= 125), "{batches:?}");
        assert!(recorded.iter().all(|time| *time == 20.0), "{recorded:?}");
    }

    #[test]
    fn iterations_are_made_to_the_call_and_none_is_without_a_time() {
        for iterations in [1, 10, 1_000, 123_457] {
            let goal = Goal { calls: Some(iterations), ..Goal::default() };
            let (recorded, batches) = driven(goal, |_| 20.0);
            assert_eq!(batches.iter().sum::<u64>(), iterations);
            assert!(!recorded.is_empty());
        }
        for (iterations, least) in [(10, 10), (100, 100), (1_000, 100), (100_000, 100)] {
            let recorded = driven(Goal { calls: Some(iterations), ..Goal::default() }, |_| 20.0).0;
            assert!(recorded.len() >= least, "{iterations}: {}", recorded.len());
        }
        let (recorded, batches) = driven(Goal { calls: Some(7), ..Goal::default() }, |_| 300e6);
        assert_eq!((recorded.len(), batches), (7, vec![1; 7]));
    }

    #[test]
    fn a_slow_body_ends_after_a_second_and_a_noisy_one_too() {
        let (recorded, _) = driven(Goal::default(), |_| 300e6);
        assert_eq!(recorded.len(), 4);
        let (recorded, _) = driven(Goal::default(), |_| 3e9);
        assert_eq!(recorded.len(), 1);
        // Between 0.1 ms and 1 ms, the same course in every run.
        let noisy = |call: u64| 1e5 + (call.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40) as f64 / 16_777_216.0 * 9e5;
        let spent: f64 = driven(Goal::default(), noisy).0.iter().sum();
        assert!(spent >= 1e8, "{spent}");
    }

    #[test]
    fn a_duration_is_kept_to_however_stable_it_is() {
        let goal = Goal { time: Some(Duration::from_secs(5)), ..Goal::default() };
        assert_eq!(driven(goal, |_| 10e6).0.len(), 500);
    }

    #[test]
    fn virtual_time_needs_no_batches() {
        let (recorded, batches) = driven(Goal { exact: true, ..Goal::default() }, |_| 0.0);
        assert_eq!((recorded.len(), batches), (100, vec![1; 100]));
    }

    #[test]
    fn calls_that_are_counted_are_made_one_by_one() {
        let (_, batches) = driven(Goal { singly: 6, calls: Some(10_000), ..Goal::default() }, |_| 20.0);
        assert!(batches[..6].iter().all(|batch| *batch == 1) && batches[6] > 1, "{batches:?}");
    }
}
