//! Corrected figures: without what the generator added, or with what it left out, each with the reason.

use super::findings::describe_blocking;
use super::pauses::{self, ON_TIME, PAUSED, delay_by_pauses, describe_throttling, lateness_stat, paused_share};
use crate::failure::Failed;
use crate::judge::evidence::Evidence;
use crate::judge::reading::Reading;
use crate::record::{Distribution, Generator, Measurements, Selection, Tally};
use crate::units;
use brunt_plan::Dimension;
use brunt_plan::target::Stat;

/// A corrected figure and the reason for the correction.
pub(super) struct Cause {
    pub(super) value: f64,
    pub(super) why: String,
}

/// A stat of times.
pub(super) struct Time {
    pub(super) stat: Stat,
    /// Whether the times count from when an arrival was due.
    pub(super) from_due: bool,
}

/// Corrects a figure of times by what the generator added: first the late starts, then its pauses as well. No corrected
/// figure is less than the least sample.
pub(super) fn corrected_figures(generator: &Generator, left: &Reading, time: &Time, longest: f64) -> Vec<Cause> {
    let cause =
        |value: f64, why: String| Cause { value: value.max(left.least.unwrap_or(0.0)).min(left.figure.value), why };
    let mut causes = Vec::new();
    let mut on_time = left.figure.value;
    if time.from_due && !generator.lateness.is_empty() {
        let late = lateness_stat(&generator.lateness, time.stat);
        on_time = left.on_time.unwrap_or(on_time - late);
        let told = units::describe_time(on_time.max(0.0));
        causes.push(cause(
            on_time,
            format!(
                "the load generator started its arrivals late ({} at {}): without that it is {told}",
                units::describe_time(late),
                time.stat
            ),
        ));
    }
    let delay = longest_delay(generator, time.stat, longest);
    if delay > 0.0 {
        let told = units::describe_time(delay);
        let why = format!(
            "the load generator itself was held up: its timers fired up to {} late, which accounts for {told} of it{}",
            units::describe_time(lags_of(generator).iter().filter_map(|lags| lags.max()).fold(0.0, f64::max)),
            describe_throttling(generator)
        );
        causes.push(cause(on_time - delay, why));
    }
    let paused = paused_share(generator);
    if paused > PAUSED {
        causes.push(cause(on_time * (1.0 - paused), pauses::describe_pauses(generator)));
    }
    causes
}

/// The lags that delay bodies: a body that never awaits is delayed by pauses of its thread only, not by the other tasks
/// on its runtime.
fn lags_of(generator: &Generator) -> [&Distribution; 2] {
    if generator.awaits { [&generator.scheduling_lag, &generator.pauses] } else { [&generator.pauses; 2] }
}

/// The most that pauses may have added to a stat of operations that would have taken at most `longest`.
fn longest_delay(generator: &Generator, stat: Stat, longest: f64) -> f64 {
    lags_of(generator).map(|lags| delay_by_pauses(lags, stat, longest)).into_iter().fold(0.0, f64::max)
}

/// Corrects a figure of times for waits of the body for its thread: the result is no less than the time for which the
/// body holds a thread, nor than the least sample.
pub(super) fn figure_without_waiting(measurements: &Measurements, left: &Reading, time: &Time) -> Option<Cause> {
    let blocking = describe_blocking(measurements)?;
    let held = lateness_stat(&measurements.generator.holds, time.stat);
    Some(Cause { value: held.max(left.least?), why: format!("it includes waits of users for a thread: {blocking}") })
}

/// Adds to a figure of times the waits of virtual users between their iterations, where bodies block their threads.
pub(super) fn with_waits(measurements: &Measurements, left: &Reading, time: &Time) -> Option<Cause> {
    let blocking = describe_blocking(measurements)?;
    let waits = &measurements.generator.waits;
    let iterations = measurements.tally(&Selection::default()).count().max(waits.count());
    let waited = match time.stat {
        Stat::Mean => waits.sum() / iterations as f64,
        Stat::Min => return None,
        Stat::Percentile(percentile) => {
            let beyond = (1.0 - percentile / 100.0) * iterations as f64;
            let rank = 100.0 * (1.0 - beyond / waits.count() as f64);
            waits.percentile(rank).filter(|_| rank > 0.0)?
        }
        _ => waits.max()?,
    };
    let why = format!(
        "it leaves out {} that users waited for a thread before their iterations: {blocking}",
        units::describe_time(waited)
    );
    Some(Cause { value: left.figure.value + waited, why })
}

/// Corrects an end that is waited for by the longest delay of any kind, or by the pauses.
pub(super) fn longest_wait(generator: &Generator, left: &Reading) -> Vec<Cause> {
    let longest = [&generator.lateness, &generator.scheduling_lag, &generator.pauses].map(|lags| lags.max());
    let longest = longest.into_iter().flatten().filter(|longest| *longest >= ON_TIME).fold(0.0, f64::max);
    let of = |value: f64, why: String| Cause { value: value.max(0.0), why };
    let late = || {
        format!(
            "the load generator itself was up to {} late{}",
            units::describe_time(longest),
            describe_throttling(generator)
        )
    };
    let mut causes = Vec::new();
    if longest > 0.0 {
        causes.push(of(left.figure.value - longest, late()));
    }
    let paused = paused_share(generator);
    if paused > PAUSED {
        causes.push(of(left.figure.value * (1.0 - paused), pauses::describe_pauses(generator)));
    }
    causes
}

/// Corrects a throughput by the arrivals that were not sent, or by the pauses.
pub(super) fn sent_in_full(evidence: &Evidence<'_>, left: &Reading, selection: &Selection) -> Vec<Cause> {
    let generator = &evidence.measurements.generator;
    let of = |value: f64, why: String| Cause { value, why };
    let mut causes = Vec::new();
    let (unsent, seconds) = (generator.unsent_of(selection), evidence.measurements.seconds(selection));
    if unsent > 0 && seconds > 0.0 {
        let unsent = units::describe_count(unsent);
        let why = format!("the load generator was too late for {unsent} arrivals, which were never started");
        causes.push(of(left.figure.value + generator.unsent_of(selection) as f64 / seconds, why));
    }
    let paused = paused_share(generator);
    if paused > PAUSED {
        causes.push(of(left.figure.value / (1.0 - paused), pauses::describe_pauses(generator)));
        causes.push(of(left.figure.value * without_pauses(evidence, selection), pauses::describe_pauses(generator)));
    }
    causes
}

/// The factor by which virtual users would iterate more often without pauses in their iterations; 1 in the open model.
fn without_pauses(evidence: &Evidence<'_>, selection: &Selection) -> f64 {
    let latency = evidence.measurements.tally(selection).latency;
    let generator = &evidence.measurements.generator;
    let (Some(mean), Some(least), true) = (latency.mean(), latency.min(), generator.lateness.is_empty()) else {
        return 1.0;
    };
    mean / (mean - delay_by_pauses(&generator.pauses, Stat::Mean, mean)).max(least).max(1.0)
}

/// Corrects a share or a number of failures, or of successes, by the timeouts, where pauses caused them.
pub(super) fn without_timeouts(evidence: &Evidence<'_>, left: &Reading, selection: &Selection) -> Vec<Cause> {
    let tally = evidence.measurements.tally(selection);
    let Some(why) = timeouts_by_pauses(evidence, &tally) else { return Vec::new() };
    let count = tally.failures_of(|kind| kind == Failed::TIMEOUT) as f64;
    let moved = if left.figure.dimension == Dimension::Count { count } else { count / tally.count() as f64 };
    [left.figure.value - moved, left.figure.value + moved]
        .map(|value| Cause { value: value.max(0.0), why: why.clone() })
        .into()
}

/// Why pauses alone may have caused the timeouts: they are long enough to turn the fastest operation into one at the
/// limit; `None` where they are not.
pub(super) fn timeouts_by_pauses(evidence: &Evidence<'_>, tally: &Tally) -> Option<String> {
    let limit = evidence.plan.timeout?.base();
    let count = tally.failures_of(|kind| kind == Failed::TIMEOUT);
    let fastest = tally.latency.min().filter(|_| count > 0 && tally.successes > 0)?;
    let generator = &evidence.measurements.generator;
    let rank = 100.0 * (1.0 - count as f64 / tally.count() as f64);
    let delay = longest_delay(generator, Stat::Percentile(rank), limit);
    (delay >= limit - fastest).then(|| {
        let (timeouts, longest) = (units::describe_count(count), units::describe_time(delay));
        format!(
            "the load generator itself was held up, for {longest} at a time, which is enough for {timeouts} timeouts"
        )
    })
}
