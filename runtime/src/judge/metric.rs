//! Reads one metric of one group: the figure and its number of samples, or why there is none. Of the limit it takes
//! only the unit, which chooses between a count and a share.

use super::evidence::Evidence;
use super::group::{Group, GroupSamples};
use super::reading::{ReadResult, Reading, Trouble};
use super::sampled::Basis;
use super::selector::speaks_of;
use super::{experiment_metrics, resources, size_growth, timeline};
use crate::failure::Failed;
use crate::record::{Distribution, Subject, Tally, ValueTally, ValueUnit};
use crate::units;
use brunt_plan::Dimension;
use brunt_plan::target::{Metric, Stat};

/// Reads the metric of a group. `wanted` is the dimension of the limit.
pub(super) fn read_metric(
    evidence: &Evidence<'_>,
    metric: &Metric,
    group: &Group,
    wanted: Option<Dimension>,
) -> ReadResult {
    if let Some(reading) = experiment_metrics::read_experiment(evidence, metric, group, wanted) {
        return reading;
    }
    if group.process.is_some() {
        return resources::of_process(evidence, metric, group, wanted);
    }
    if let Some(reading) = size_growth::read_sweep(evidence, metric, group) {
        return reading;
    }
    if let Some(reading) = resources::read_process(evidence, metric, group, wanted) {
        return reading;
    }
    match &group.samples {
        GroupSamples::Operations(tally) => read_operations(evidence, metric, group, tally, wanted),
        GroupSamples::Values(tally) => read_values(metric, tally, wanted),
    }
}

fn read_operations(
    evidence: &Evidence<'_>,
    metric: &Metric,
    group: &Group,
    tally: &Tally,
    wanted: Option<Dimension>,
) -> ReadResult {
    let count = tally.count();
    match metric {
        Metric::Stat(Stat::Count) => Ok(Reading::new(count as f64, Dimension::Count, count)),
        Metric::Stat(one) => {
            let failed = tally.failures_of(|kind| kind != Failed::TIMEOUT);
            stat_beside(&tally.latency, failed, *one, Dimension::Time, wanted)
                .map(|reading| beside_service(reading, tally, *one, wanted))
                .map_err(|trouble| only_failures(trouble, tally))
        }
        Metric::Service(one) => {
            // In the closed model iterations are never late: the service time is the latency.
            let service = if tally.service.is_empty() { &tally.latency } else { &tally.service };
            let failed = tally.count() - service.count().min(tally.count());
            stat_beside(service, failed, *one, Dimension::Time, wanted)
        }
        Metric::ErrorLatency(kinds, one) => {
            read_stat(&tally.failure_latency(|kind| speaks_of(kinds, kind)), *one, Dimension::Time, wanted)
        }
        Metric::Errors(kinds) => read_portion(tally.failures_of(|kind| speaks_of(kinds, kind)), count, wanted),
        Metric::SuccessRate => read_portion(tally.successes, count, None),
        Metric::Cancelled => read_portion(tally.cancelled, count + tally.cancelled, wanted),
        Metric::Interrupted => read_portion(tally.interrupted, count, wanted),
        Metric::Dropped => read_portion(tally.dropped, count + tally.dropped, wanted),
        Metric::Unsent => {
            let unsent = evidence.measurements.generator.unsent_of(&group.selection);
            // Unsent arrivals are counted by the generator, without noise.
            let seen = read_portion(unsent, count + tally.dropped + unsent, wanted)?;
            Ok(Reading { basis: Basis::Fact, ..seen })
        }
        Metric::Throughput => read_throughput(evidence, group, tally),
        Metric::Elapsed => read_elapsed(evidence, group, count),
        other => Err(Trouble::open(format!("`{other}` is not measured by a load test"))),
    }
}

/// Adds to a latency the same stat from the actual start, where the two differ.
fn beside_service(reading: Reading, tally: &Tally, one: Stat, wanted: Option<Dimension>) -> Reading {
    if tally.service.is_empty() {
        return reading;
    }
    let on_time = read_stat(&tally.service, one, Dimension::Time, wanted).ok().map(|service| service.figure.value);
    Reading { on_time, least: tally.service.min(), ..reading }
}

fn read_values(metric: &Metric, tally: &ValueTally, wanted: Option<Dimension>) -> ReadResult {
    let distribution = &tally.distribution;
    let (dimension, is_flag) = match tally.unit {
        ValueUnit::Time => (Dimension::Time, false),
        ValueUnit::Size => (Dimension::Size, false),
        ValueUnit::Number => (Dimension::Count, false),
        // True is 1: a mean of flags is a share, and a limit may be written as either.
        ValueUnit::Flag if wanted == Some(Dimension::Count) => (Dimension::Count, true),
        ValueUnit::Flag => (Dimension::Share, true),
    };
    match metric {
        Metric::Stat(Stat::Share) if !is_flag && !distribution.is_empty() => {
            Err(Trouble::Mistake("`share` is of recorded flags, and these are no `bool`s".to_owned()))
        }
        Metric::Stat(Stat::Share) => read_stat(distribution, Stat::Mean, Dimension::Share, wanted).map(as_share),
        Metric::Stat(Stat::Mean) if is_flag => read_stat(distribution, Stat::Mean, dimension, wanted).map(as_share),
        Metric::Stat(Stat::Sum) if is_flag => read_stat(distribution, Stat::Sum, Dimension::Count, wanted),
        Metric::Stat(Stat::Last) => match tally.last {
            Some((_, last)) => Ok(Reading::new(last, dimension, distribution.count())),
            None => Err(Trouble::no_samples()),
        },
        Metric::Stat(one) => read_stat(distribution, *one, dimension, wanted),
        other => Err(Trouble::Mistake(format!(
            "`{other}` is of iterations and steps; a recorded value has min, mean, percentiles, max, stddev, cv, count, \
             sum, share and last"
        ))),
    }
}

fn as_share(reading: Reading) -> Reading {
    Reading { basis: Basis::Share, ..reading }
}

/// Reads a stat of a distribution, where there are enough samples for it.
pub(super) fn read_stat(of: &Distribution, one: Stat, dimension: Dimension, wanted: Option<Dimension>) -> ReadResult {
    stat_beside(of, 0, one, dimension, wanted)
}

/// Reads a stat where `failed` operations have no latency but count as asked for: a hundred users of whom one failed
/// are enough for a p99, which is then the slowest of the others. At least half of the samples that the stat takes must
/// have a latency.
fn stat_beside(
    of: &Distribution,
    failed: u64,
    stat: Stat,
    dimension: Dimension,
    wanted: Option<Dimension>,
) -> ReadResult {
    let samples = of.count();
    let (value, dimension) = match stat {
        Stat::Min => (of.min(), dimension),
        Stat::Mean => (of.mean(), dimension),
        Stat::Percentile(percentile) => (of.percentile(percentile), dimension),
        Stat::Max => (of.max(), dimension),
        Stat::Stddev => (of.stddev(), dimension),
        Stat::Cv if wanted == Some(Dimension::Count) => (of.cv(), Dimension::Count),
        Stat::Cv => (of.cv(), Dimension::Share),
        Stat::Count => (Some(samples as f64), Dimension::Count),
        Stat::Sum => ((samples > 0).then(|| of.sum()), dimension),
        Stat::Share | Stat::Last => {
            return Err(Trouble::Mistake(format!("`{stat}` is of recorded values, not of latencies")));
        }
    };
    let Some(value) = value.filter(|value| value.is_finite()) else {
        return Err(if samples == 0 { Trouble::no_samples() } else { Trouble::open("the mean is zero") });
    };
    let wants = samples_wanted(stat);
    let are_few = samples + failed < wants || samples < wants.div_ceil(2);
    let too_few = are_few.then(|| format!("too few samples: {stat} wants at least {}", units::describe_count(wants)));
    let resolution = match stat {
        Stat::Percentile(percentile) => of.resolution(percentile),
        _ => None,
    };
    let least = of.min().filter(|_| dimension == Dimension::Time);
    let basis = timeline::of_stat(stat);
    Ok(Reading { basis, resolution, too_few, least, ..Reading::new(value, dimension, samples) })
}

/// The number of samples that a stat takes: for a percentile enough that one lies beyond it, for a spread two.
fn samples_wanted(stat: Stat) -> u64 {
    match stat {
        Stat::Percentile(percentile) => {
            let beyond = percentile.min(100.0 - percentile);
            // In binary fractions 100 / (100 - 99.9) is a little more than 1 000.
            if beyond > 0.0 { (100.0 / beyond * (1.0 - 1e-9)).ceil() as u64 } else { 1 }
        }
        Stat::Stddev | Stat::Cv => 2,
        Stat::Count => 0,
        _ => 1,
    }
}

/// Adds to missing latencies that all iterations failed, where there were any.
fn only_failures(trouble: Trouble, tally: &Tally) -> Trouble {
    if tally.latency.is_empty() && tally.failures() > 0 {
        let failures = units::describe_count(tally.failures());
        return Trouble::open(format!("no samples: all {failures} failed, and latency is of successes"));
    }
    trouble
}

/// Reads `some` of `all`: as a count where the limit is one, else as a share.
fn read_portion(some: u64, all: u64, wanted: Option<Dimension>) -> ReadResult {
    if all == 0 {
        return Err(Trouble::no_samples());
    }
    Ok(match wanted {
        Some(Dimension::Count) => Reading::new(some as f64, Dimension::Count, all),
        _ => Reading { basis: Basis::Share, ..Reading::new(some as f64 / all as f64, Dimension::Share, all) },
    })
}

/// Reads the operations completed per second. A window in which nothing was completed had a throughput of zero; a
/// selection without samples has none.
fn read_throughput(evidence: &Evidence<'_>, group: &Group, tally: &Tally) -> ReadResult {
    if group.seconds <= 0.0 || (tally.is_empty() && group.window.is_none()) {
        return Err(Trouble::no_samples());
    }
    let rate = match group.window {
        Some(_) => tally.completed as f64 / group.seconds,
        None => evidence.measurements.throughput(&group.selection).ok_or_else(Trouble::no_samples)?,
    };
    Ok(Reading { basis: Basis::Rate, ..Reading::new(rate, Dimension::Rate, tally.count().max(tally.completed)) })
}

fn read_elapsed(evidence: &Evidence<'_>, group: &Group, count: u64) -> ReadResult {
    let selection = &group.selection;
    let is_whole_load = selection.subject == Subject::Iteration && selection.tag.is_none() && selection.user.is_none();
    if !is_whole_load || group.window.is_some() {
        let what = "`elapsed` is of the whole test, a stage, a scenario or a case".to_owned();
        return Err(Trouble::Mistake(what));
    }
    if count == 0 {
        return Err(Trouble::no_samples());
    }
    let is_part = selection.stage.is_some() || selection.scenario.is_some() || selection.case.is_some();
    let seconds = if is_part { group.seconds } else { evidence.measurements.elapsed.as_secs_f64() };
    Ok(Reading::new(seconds * 1e9, Dimension::Time, count))
}
