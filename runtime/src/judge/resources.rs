//! Reads what the process used: memory, CPU, network. Readings come about once a second, and are of the whole process.

use super::group::Group;
use super::metric::{Read, Reading};
use super::{Evidence, Trouble};
use crate::record::{ResourceSample, Selection, Span, Subject};
use brunt_plan::Dimension;
use brunt_plan::target::Metric;
use std::sync::Arc;
use std::time::Duration;

/// Readings that a growth takes: two in each quarter.
const GROWTH_READINGS: usize = 8;

type Sample = (Duration, ResourceSample);
type Figure = fn(&[Sample], Option<Dimension>) -> Result<Option<Reading>, Trouble>;

/// Reads the metric, where it is one of the process.
pub(super) fn read(evidence: &Evidence<'_>, metric: &Metric, group: &Group, wanted: Option<Dimension>) -> Option<Read> {
    let figure: Figure = match metric {
        Metric::Cpu => |samples, _| Ok(cpu(samples)),
        Metric::PeakMemory => |samples, _| Ok(peak_memory(samples)),
        Metric::MemoryGrowth => memory_growth,
        Metric::Network => network,
        _ => return None,
    };
    let Selection { scenario, subject, tag, user, .. } = &group.selection;
    if scenario.is_some() || *subject != Subject::Iteration || tag.is_some() || user.is_some() {
        let what =
            format!("`{metric}` is of the whole process: only a stage, a case or a window of time can select it");
        return Some(Err(Trouble::Mistake(what)));
    }
    let samples = samples(evidence, group);
    Some(figure(&samples, wanted).and_then(|reading| reading.ok_or_else(Trouble::no_samples)))
}

/// The readings taken in the group's time.
fn samples(evidence: &Evidence<'_>, group: &Group) -> Vec<Sample> {
    let from = evidence.measurements;
    let within = |spans: &[Span], name: &Option<Arc<str>>, at: Duration| {
        let is_in = |span: &Span| name.as_ref() == Some(&span.name) && span.start < at && at <= span.end;
        name.is_none() || spans.iter().any(is_in)
    };
    let in_time = |(at, _): &&Sample| {
        within(&from.spans, &group.selection.stage, *at)
            && within(&from.case_spans, &group.selection.case, *at)
            && group.window.is_none_or(|(start, end)| start < *at && *at <= end)
    };
    from.resources.samples.iter().filter(in_time).copied().collect()
}

fn cpu(samples: &[Sample]) -> Option<Reading> {
    let sum: f64 = samples.iter().map(|(_, sample)| sample.cpu).sum();
    let count = samples.len();
    (count > 0).then(|| Reading::new(sum / count as f64, Dimension::Share, count as u64))
}

fn peak_memory(samples: &[Sample]) -> Option<Reading> {
    // Zero is what a system that does not tell reads as.
    let peak = samples.iter().map(|(_, sample)| sample.memory).max().filter(|peak| *peak > 0)?;
    Some(Reading::new(peak as f64, Dimension::Size, samples.len() as u64))
}

/// By the limit's unit: the last quarter's mean against the first's, as a share of it or as a size, or the slope of
/// the least-squares line through all readings.
fn memory_growth(samples: &[Sample], wanted: Option<Dimension>) -> Result<Option<Reading>, Trouble> {
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
    let memory = |points: &[(f64, f64)]| mean(points.iter().map(|(_, memory)| *memory));
    let (first, last) = (memory(&points[..quarter]), memory(&points[points.len() - quarter..]));
    Ok(match wanted {
        Some(Dimension::Size) => Some(Reading::new(last - first, Dimension::Size, count)),
        Some(Dimension::Flow) => slope(&points).map(|slope| Reading::new(slope, Dimension::Flow, count)),
        _ => Some(Reading::new((last - first) / first, Dimension::Share, count)),
    })
}

fn mean(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let count = values.len() as f64;
    values.sum::<f64>() / count
}

fn slope(points: &[(f64, f64)]) -> Option<f64> {
    let (x, y) = (mean(points.iter().map(|(x, _)| *x)), mean(points.iter().map(|(_, y)| *y)));
    let spread: f64 = points.iter().map(|point| (point.0 - x).powi(2)).sum();
    let together: f64 = points.iter().map(|point| (point.0 - x) * (point.1 - y)).sum();
    (spread > 0.0).then(|| together / spread)
}

fn network(samples: &[Sample], _: Option<Dimension>) -> Result<Option<Reading>, Trouble> {
    let bytes: Option<u64> = samples.iter().map(|(_, sample)| Some(sample.received? + sample.sent?)).sum();
    let Some(bytes) = bytes else {
        return Err(Trouble::open("this system does not tell what a process sends and receives"));
    };
    let (Some((first, _)), Some((last, _))) = (samples.first(), samples.last()) else { return Ok(None) };
    // A reading covers the time since the one before it; of the first that is as long as of the others.
    let gaps = (samples.len() - 1).max(1) as f64;
    let seconds = (*last - *first).as_secs_f64() * samples.len() as f64 / gaps;
    if seconds <= 0.0 {
        return Ok(None);
    }
    Ok(Some(Reading::new(bytes as f64 / seconds, Dimension::Flow, samples.len() as u64)))
}
