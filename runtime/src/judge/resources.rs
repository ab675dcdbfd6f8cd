//! Reads the resources of a process: memory, CPU, network. Readings come about once a second and cover a whole process:
//! the test's own, or one that the test started and names.

use super::evidence::Evidence;
use super::group::Group;
use super::reading::Trouble;
use super::reading::{ReadResult, Reading};
use crate::record::experiment::ProcessRecord;
use crate::record::{ResourceSample, Selection, Span, Subject};
use brunt_plan::Dimension;
use brunt_plan::target::Metric;
use std::sync::Arc;
use std::time::Duration;

/// The fewest readings for a growth: two in each quarter.
const GROWTH_READINGS: usize = 8;

type TimedSample = (Duration, ResourceSample);
type ReadSamples = fn(&[TimedSample], Option<Dimension>) -> Result<Option<Reading>, Trouble>;

/// Reads the metric of the test's own process; `None` unless it is one of processes.
pub(super) fn read_process(
    evidence: &Evidence<'_>,
    metric: &Metric,
    group: &Group,
    wanted: Option<Dimension>,
) -> Option<ReadResult> {
    let figure = process_figure(metric)?;
    let samples = in_time(evidence, metric, group, evidence.measurements.resources.samples.iter().copied());
    Some(samples.and_then(|samples| figure(&samples, wanted)?.ok_or_else(Trouble::no_samples)))
}

/// Reads the metric of the process that the group names.
pub(super) fn of_process(
    evidence: &Evidence<'_>,
    metric: &Metric,
    group: &Group,
    wanted: Option<Dimension>,
) -> ReadResult {
    let name = group.process.as_deref().unwrap_or_default();
    let Some(figure) = process_figure(metric).filter(|_| *metric != Metric::Network) else {
        return Err(Trouble::Mistake(format!(
            "`{metric}` is not measured of a process: `process({name:?})` has `cpu`, `peak_memory` and `memory_growth`"
        )));
    };
    let records = processes_named(evidence, name)?;
    let readings = records.iter().flat_map(|record| &record.readings).map(|(at, reading)| {
        (*at, ResourceSample { cpu: reading.cpu, memory: reading.memory, received: None, sent: None })
    });
    figure(&in_time(evidence, metric, group, readings)?, wanted)?.ok_or_else(Trouble::no_samples)
}

/// Lists the records of a process: one for each start.
fn processes_named<'e>(evidence: &'e Evidence<'_>, name: &str) -> Result<Vec<&'e ProcessRecord>, Trouble> {
    let all = evidence.measurements.experiment.as_ref().map_or(&[][..], |experiment| &experiment.processes);
    if all.is_empty() {
        let reason = format!(
            "what the process `{name}` uses is not measured: only that of processes that `lab.process(launch)` started \
             is, and that of the test itself"
        );
        return Err(Trouble::open(reason));
    }
    let found: Vec<&ProcessRecord> = all.iter().filter(|record| record.name == name).collect();
    if found.is_empty() {
        let mut there: Vec<String> = all.iter().map(|record| format!("`{}`", record.name)).collect();
        there.dedup();
        return Err(Trouble::Mistake(format!("unknown process `{name}`; there were {}", there.join(", "))));
    }
    Ok(found)
}

/// The function that reads the metric; `None` where it is not one of processes.
fn process_figure(metric: &Metric) -> Option<ReadSamples> {
    Some(match metric {
        Metric::Cpu => |samples, _| Ok(read_cpu(samples)),
        Metric::PeakMemory => |samples, _| Ok(peak_memory(samples)),
        Metric::MemoryGrowth => memory_growth,
        Metric::Network => read_network,
        _ => return None,
    })
}

/// Selects the readings within the group's time.
fn in_time(
    evidence: &Evidence<'_>,
    metric: &Metric,
    group: &Group,
    readings: impl Iterator<Item = TimedSample>,
) -> Result<Vec<TimedSample>, Trouble> {
    let Selection { stage, scenario, case, subject, tag, user } = &group.selection;
    if scenario.is_some() || *subject != Subject::Iteration || tag.is_some() || user.is_some() {
        let what =
            format!("`{metric}` is of the whole process: only a stage, a case or a window of time can select it");
        return Err(Trouble::Mistake(what));
    }
    let from = &*evidence.measurements;
    let within = |spans: &[Span], name: &Option<Arc<str>>, at: Duration| {
        let is_in = |span: &Span| name.as_ref() == Some(&span.name) && span.start < at && at <= span.end;
        name.is_none() || spans.iter().any(is_in)
    };
    let is_in_time = |(at, _): &TimedSample| {
        within(&from.spans, stage, *at)
            && within(&from.case_spans, case, *at)
            && group.window.is_none_or(|(start, end)| start < *at && *at <= end)
    };
    Ok(readings.filter(is_in_time).collect())
}

fn read_cpu(samples: &[TimedSample]) -> Option<Reading> {
    let sum: f64 = samples.iter().map(|(_, sample)| sample.cpu).sum();
    let count = samples.len();
    (count > 0).then(|| Reading::new(sum / count as f64, Dimension::Share, count as u64))
}

fn peak_memory(samples: &[TimedSample]) -> Option<Reading> {
    // A system that does not measure memory reports zero.
    let peak = samples.iter().map(|(_, sample)| sample.memory).max().filter(|peak| *peak > 0)?;
    Some(Reading::new(peak as f64, Dimension::Size, samples.len() as u64))
}

/// Reads the growth of memory by the limit's unit: the mean of the last quarter against that of the first, as a share
/// or as a size, or the slope of the least-squares line through all readings.
fn memory_growth(samples: &[TimedSample], wanted: Option<Dimension>) -> Result<Option<Reading>, Trouble> {
    let points: Vec<(f64, f64)> = samples
        .iter()
        .filter(|(_, sample)| sample.memory > 0)
        .map(|(at, sample)| (at.as_secs_f64(), sample.memory as f64))
        .collect();
    let count = points.len() as u64;
    if points.len() < GROWTH_READINGS {
        let reason = format!("a growth wants at least {GROWTH_READINGS} readings of memory, one a second");
        return Err(Trouble::Open { reason, seen: None, samples: count });
    }
    let quarter = points.len() / 4;
    let memory = |points: &[(f64, f64)]| mean_of(points.iter().map(|(_, memory)| *memory));
    let (first, last) = (memory(&points[..quarter]), memory(&points[points.len() - quarter..]));
    Ok(match wanted {
        Some(Dimension::Size) => Some(Reading::new(last - first, Dimension::Size, count)),
        Some(Dimension::Flow) => slope_of(&points).map(|slope| Reading::new(slope, Dimension::Flow, count)),
        _ => Some(Reading::new((last - first) / first, Dimension::Share, count)),
    })
}

fn mean_of(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let count = values.len() as f64;
    values.sum::<f64>() / count
}

fn slope_of(points: &[(f64, f64)]) -> Option<f64> {
    let (x, y) = (mean_of(points.iter().map(|(x, _)| *x)), mean_of(points.iter().map(|(_, y)| *y)));
    let spread: f64 = points.iter().map(|point| (point.0 - x).powi(2)).sum();
    let together: f64 = points.iter().map(|point| (point.0 - x) * (point.1 - y)).sum();
    (spread > 0.0).then(|| together / spread)
}

fn read_network(samples: &[TimedSample], _: Option<Dimension>) -> Result<Option<Reading>, Trouble> {
    let bytes: Option<u64> = samples.iter().map(|(_, sample)| Some(sample.received? + sample.sent?)).sum();
    let Some(bytes) = bytes else {
        return Err(Trouble::open("this system does not tell what a process sends and receives"));
    };
    let (Some((first, _)), Some((last, _))) = (samples.first(), samples.last()) else { return Ok(None) };
    // A reading covers the time since the previous one; that of the first is as long as the others.
    let gaps = (samples.len() - 1).max(1) as f64;
    let seconds = (*last - *first).as_secs_f64() * samples.len() as f64 / gaps;
    if seconds <= 0.0 {
        return Ok(None);
    }
    Ok(Some(Reading::new(bytes as f64 / seconds, Dimension::Flow, samples.len() as u64)))
}
