//! The arithmetic of pauses: from the wake-ups of a probe that came too late to the delay of operations.

use crate::record::{Distribution, Generator, PROBE_INTERVAL};
use crate::units;
use brunt_plan::target::Stat;

/// The lateness of arrivals, in nanoseconds, that is worth a note.
pub(super) const LATE: f64 = 10e6;

/// The lateness, in nanoseconds, below which a probe was on time: timers are no more exact.
pub(super) const ON_TIME: f64 = 1e6;
/// The share of the time in pauses above which a note is due; below it the process has the machine to itself.
pub(super) const PAUSED: f64 = 0.1;

/// The share of the time in pauses of the whole process.
pub(crate) fn paused_share(generator: &Generator) -> f64 {
    let lost = time_lost(&generator.pauses);
    let slept = generator.pauses.count() as f64 * PROBE_INTERVAL.as_nanos() as f64;
    if slept > 0.0 { lost / (slept + lost) } else { 0.0 }
}

/// The lateness at the same stat as the figure's.
pub(super) fn lateness_stat(late: &Distribution, stat: Stat) -> f64 {
    let value = match stat {
        Stat::Min => late.min(),
        Stat::Mean => late.mean(),
        Stat::Percentile(percentile) => late.percentile(percentile),
        Stat::Stddev => late.stddev(),
        _ => late.max(),
    };
    value.unwrap_or(0.0)
}

/// The most that pauses may have added to a stat of operations that would have taken at most `longest`.
pub(super) fn delay_by_pauses(lags: &Distribution, stat: Stat, longest: f64) -> f64 {
    let total = lags.count() as f64 * PROBE_INTERVAL.as_nanos() as f64 + lags.sum();
    let pauses = || lags.buckets().filter(|bucket| bucket.low >= ON_TIME);
    let mean_of = |power: i32| -> f64 {
        pauses().map(|of| of.count as f64 * of.low.powi(power) * (longest + of.low)).sum::<f64>() / total
    };
    let greatest = lags.max().filter(|max| *max >= ON_TIME).unwrap_or(0.0);
    let beyond = match stat {
        _ if greatest == 0.0 => return 0.0,
        Stat::Max => return greatest,
        Stat::Mean => return mean_of(1).min(greatest),
        Stat::Stddev => return mean_of(2).sqrt().min(greatest),
        Stat::Percentile(percentile) => 1.0 - percentile / 100.0,
        _ => 1.0,
    };
    // From the longest pause down, until a share `beyond` of the operations overlaps one.
    let mut all: Vec<_> = pauses().collect();
    all.reverse();
    let mut overlapping = 0.0;
    let reached = all.iter().find(|of| {
        overlapping += of.count as f64 * (longest + of.low) / total;
        overlapping >= beyond
    });
    reached.map_or(0.0, |of| of.low)
}

/// The sum of the times that a probe slept too long.
fn time_lost(lags: &Distribution) -> f64 {
    lags.buckets().filter(|bucket| bucket.low >= ON_TIME).map(|bucket| bucket.count as f64 * bucket.low).sum()
}

/// Describes for how long the process was paused.
pub(super) fn describe_pauses(generator: &Generator) -> String {
    format!(
        "this process was stopped or starved of CPU for {} of the time, up to {} at once{}: run it where it has the machine",
        units::describe_share(paused_share(generator)),
        units::describe_time(generator.pauses.max().unwrap_or(0.0)),
        describe_throttling(generator)
    )
}

/// Describes the cause of pauses in brackets, where it is known.
pub(super) fn describe_throttling(generator: &Generator) -> String {
    match generator.throttled.filter(|time| !time.is_zero()) {
        Some(time) => {
            format!(
                " (its control group had used up its quota of CPU for {})",
                units::describe_time(time.as_nanos() as f64)
            )
        }
        None => String::new(),
    }
}
