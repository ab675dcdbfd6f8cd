//! Measurements as the report's figures: one function for each kind of row.

use super::model::{
    Failures, Message, Metrics, Moment, Part, Reading, Reference, Resources, Summary, Target, TargetLevel, Unit, Value,
    Verdict,
};
use crate::judge::{Outcome, TargetVerdict, generator_health, paused_share};
use crate::record::hdr::encode_hdr_base64;
use crate::record::{Distribution, Measurements, Messages, Selection, Subject, Tally, ValueUnit};
use crate::units::{self, Bound, Figure};
use brunt_plan::{Dimension, Level};
use std::sync::Arc;
use std::time::Duration;

/// The most different messages of one kind in the report.
const MESSAGES: usize = 10;

/// The metrics of a selection.
pub(super) fn metrics_of(from: &Measurements, selection: &Selection) -> Metrics {
    let tally = &from.tally(selection);
    let latency = summarise(&tally.latency);
    Metrics {
        count: tally.count(),
        successes: tally.successes,
        failures: tally.failures(),
        interrupted: tally.interrupted,
        dropped: tally.dropped,
        cancelled: tally.cancelled,
        elapsed_s: from.seconds(selection),
        throughput_per_s: from.throughput(selection),
        success_rate: tally.success_rate(),
        latency_ns: latency,
        // In the closed model an iteration starts at its intended start.
        service_ns: if tally.service.is_empty() { latency } else { summarise(&tally.service) },
        errors: failures_by_kind(tally),
    }
}

fn failures_by_kind(tally: &Tally) -> Vec<Failures> {
    let count = tally.count() as f64;
    let mut errors: Vec<Failures> = tally
        .failures
        .iter()
        .map(|(kind, failures)| Failures {
            kind: kind.to_string(),
            count: failures.count,
            share: failures.count as f64 / count,
            first_s: failures.first.as_secs_f64(),
            last_s: failures.last.as_secs_f64(),
            example: failures.example.to_string(),
            messages: Vec::new(),
        })
        .collect();
    errors.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.kind.cmp(&b.kind)));
    errors
}

/// The metrics of all iterations of a test, with the messages of failed ones.
pub(super) fn metrics_of_test(from: &Measurements) -> Metrics {
    let mut metrics = metrics_of(from, &Selection::default());
    for failures in &mut metrics.errors {
        let said = from.incidents.messages.get(&*failures.kind).map(Messages::by_frequency).unwrap_or_default();
        if said.len() > 1 {
            let shown = said.into_iter().take(MESSAGES);
            failures.messages = shown.map(|(text, count)| Message { message: text.to_string(), count }).collect();
        }
    }
    metrics
}

/// Summarises a distribution in a few figures.
pub(super) fn summarise(of: &Distribution) -> Summary {
    Summary {
        count: of.count(),
        min: of.min(),
        mean: of.mean(),
        p50: of.percentile(50.0),
        p75: of.percentile(75.0),
        p90: of.percentile(90.0),
        p95: of.percentile(95.0),
        p99: of.percentile(99.0),
        p99_9: of.percentile(99.9),
        max: of.max(),
        stddev: of.stddev(),
    }
}

/// Encodes latencies as a histogram that other tools read; `None` without any.
pub(super) fn encode_histogram(latency: &Distribution) -> Option<String> {
    if latency.is_empty() { None } else { encode_hdr_base64(latency).ok() }
}

/// Reports the metrics of one selection under its name.
pub(super) fn report_part(name: String, from: &Measurements, selection: &Selection) -> Part {
    let tally = from.tally(selection);
    Part { name, metrics: metrics_of(from, selection), histogram: encode_histogram(&tally.latency) }
}

/// Reports the recorded values of one name.
pub(super) fn report_value(name: &Arc<str>, from: &Measurements) -> Option<Value> {
    let selection = Selection { subject: Subject::Value(Arc::clone(name)), ..Selection::default() };
    let tally = from.values(&selection)?;
    let unit = match tally.unit {
        ValueUnit::Number => Unit::Number,
        ValueUnit::Flag => Unit::Flag,
        ValueUnit::Time => Unit::Ns,
        ValueUnit::Size => Unit::Bytes,
    };
    Some(Value {
        name: name.to_string(),
        unit,
        summary: summarise(&tally.distribution),
        sum: (!tally.distribution.is_empty()).then(|| tally.distribution.sum()),
        last: tally.last.map(|(_, value)| value),
    })
}

/// Reports the test second by second.
pub(super) fn report_timeline(from: &Measurements) -> Vec<Moment> {
    let windows = from.windows(&Selection::default(), Duration::from_secs(1));
    windows
        .into_iter()
        .map(|window| {
            let (tally, width_s) = (window.tally, window.width.as_secs_f64());
            Moment {
                start_s: window.start.as_secs_f64(),
                width_s,
                count: tally.count(),
                errors: tally.failures() + tally.interrupted,
                throughput_per_s: if width_s > 0.0 { tally.completed as f64 / width_s } else { 0.0 },
                p50_ns: tally.latency.percentile(50.0),
                p95_ns: tally.latency.percentile(95.0),
                p99_ns: tally.latency.percentile(99.0),
                max_ns: tally.latency.max(),
            }
        })
        .collect()
}

/// Reports the resources that the process used.
pub(super) fn report_resources(from: &Measurements) -> Resources {
    let (samples, generator) = (&from.resources.samples, &from.generator);
    // Each reading covers the time since the one before; the last may cover less than a second.
    let starts = std::iter::once(Duration::ZERO).chain(samples.iter().map(|(at, _)| *at));
    let cpu: f64 = starts.zip(samples).map(|(start, (at, of))| of.cpu * at.saturating_sub(start).as_secs_f64()).sum();
    let time = samples.last().map_or(0.0, |(at, _)| at.as_secs_f64());
    Resources {
        cpu_cores: (time > 0.0).then(|| cpu / time),
        peak_memory_bytes: samples.iter().map(|(_, sample)| sample.memory).filter(|memory| *memory > 0).max(),
        network: from.resources.network_scope.map(|scope| scope.as_str().to_owned()),
        peak_users: from.peak_users,
        generator_saturated: generator.saturated,
        lateness_ns: summarise(&generator.lateness),
        scheduling_lag_ns: summarise(&generator.scheduling_lag),
        pauses_ns: summarise(&generator.pauses),
        paused_share: paused_share(generator),
        throttled_s: generator.throttled.map(|time| time.as_secs_f64()),
        unsent: generator.unsent_of(&Selection::default()),
        holds_ns: summarise(&generator.holds),
        waits_ns: summarise(&generator.waits),
        health: generator_health(from),
        samples: samples
            .iter()
            .map(|(at, sample)| Reading {
                at_s: at.as_secs_f64(),
                cpu_cores: sample.cpu,
                memory_bytes: sample.memory,
                received_bytes: sample.received,
                sent_bytes: sample.sent,
            })
            .collect(),
    }
}

/// Reports a target's verdict, with the line it is written in.
pub(super) fn report_target(verdict: &TargetVerdict) -> Target {
    let observed = verdict.observed;
    Target {
        text: verdict.text(),
        level: match verdict.level() {
            Level::Target => TargetLevel::Target,
            Level::Critical => TargetLevel::Critical,
        },
        verdict: match verdict.outcome {
            Outcome::Pass => Verdict::Pass,
            Outcome::Inconclusive => Verdict::Inconclusive,
            Outcome::Fail => Verdict::Fail,
        },
        observed: observed.map(|figure| figure.value),
        limit: verdict.limit.as_ref().and_then(|bound| nearest_end(bound, observed)),
        range: verdict.limit.as_ref().and_then(|bound| Some([bound.low?, bound.high?])),
        unit: observed.map(|figure| unit_of(figure.dimension)),
        observed_text: verdict
            .shown
            .clone()
            .or_else(|| observed.map(|figure| units::describe_observed(figure, verdict.limit.as_ref()))),
        limit_text: verdict.limit.as_ref().map(|bound| bound.text.clone()),
        margin: verdict.margin,
        interval: verdict.interval.map(|(low, high)| [low, high]),
        interval_text: interval_text(verdict),
        samples: verdict.samples,
        worst: verdict.worst.clone(),
        reference: verdict.reference.as_ref().map(|reference| Reference {
            text: reference.text.clone(),
            observed: reference.figure.value,
            samples: reference.samples,
        }),
        reason: verdict.reason.clone(),
        line: verdict.target().and_then(|target| target.line),
    }
}

/// The text of the interval for people.
fn interval_text(verdict: &TargetVerdict) -> Option<String> {
    let (low, high) = verdict.interval?;
    let dimension = verdict.observed?.dimension;
    let shown = |value: f64| units::describe_figure(Figure { value, dimension });
    Some(format!("{}..{}", shown(low), shown(high)))
}

/// The end of the limit that is nearest to the figure.
pub(super) fn nearest_end(bound: &Bound, observed: Option<Figure>) -> Option<f64> {
    match (bound.low, bound.high, observed) {
        (Some(low), Some(high), Some(Figure { value, .. })) => {
            Some(if (value - low).abs() < (high - value).abs() { low } else { high })
        }
        (low, high, _) => high.or(low),
    }
}

fn unit_of(dimension: Dimension) -> Unit {
    match dimension {
        Dimension::Count => Unit::Count,
        Dimension::Time => Unit::Ns,
        Dimension::Share => Unit::Share,
        Dimension::Rate => Unit::PerS,
        Dimension::Size => Unit::Bytes,
        Dimension::Flow => Unit::BytesPerS,
        Dimension::Factor => Unit::Factor,
    }
}
