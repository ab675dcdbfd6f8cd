//! Measurements and plans built by hand, for the tests of the judge and of the reports.

use super::{Judgement, Outcome, TargetVerdict, Verdict, judge};
use crate::record::{
    FailureTally, Measurements, ResourceSample, Selection, Span, Subject, Tally, ValueTally, ValueUnit,
};
use brunt_plan::{Kind, Level, Plan, Target, parse};
use std::sync::Arc;
use std::time::Duration;

const MS: f64 = 1e6;

/// A test with its measurements.
#[derive(Clone)]
pub(crate) struct Sample {
    pub(crate) plan: Plan,
    pub(crate) measurements: Measurements,
}

impl Sample {
    /// A test of ten seconds without measurements.
    pub(crate) fn new(options: &str) -> Self {
        let (plan, mistakes) = parse::plan(Kind::Load, options);
        assert!(mistakes.is_empty(), "{mistakes:?}");
        let mut measurements = Measurements::default();
        (measurements.elapsed, measurements.peak_users) = (Duration::from_secs(10), 10);
        Self { plan, measurements }
    }

    /// Adds a stage with its start and end, in seconds.
    pub(crate) fn stage(mut self, name: &str, start: u64, end: u64) -> Self {
        let span = Span { name: name.into(), start: Duration::from_secs(start), end: Duration::from_secs(end) };
        self.measurements.spans.push(span);
        self.measurements.elapsed = self.measurements.elapsed.max(Duration::from_secs(end));
        know(&mut self.measurements.names.stages, name);
        self
    }

    /// Adds operations of the selection in a second.
    pub(crate) fn add(mut self, of: &str, second: u32, tally: Tally) -> Self {
        let selection = self.selection(of);
        self.measurements.add_operation(selection, second, tally);
        self
    }

    /// Adds `count` successes of the selection in a second, all of one latency.
    pub(crate) fn ok(mut self, of: &str, second: u32, count: u64, milliseconds: f64) -> Self {
        let selection = self.selection(of);
        self.even(&selection, second, count, |count| successes(count, milliseconds))
    }

    /// Adds `each_second` operations in each of ten seconds, evenly.
    pub(crate) fn evenly(mut self, of: &str, each_second: u64, tally: impl Fn(u64) -> Tally) -> Self {
        let selection = self.selection(of);
        (0..10).fold(self, |sample, second| sample.even(&selection, second, each_second, &tally))
    }

    /// Adds `count` operations, evenly over a second.
    fn even(mut self, selection: &Selection, second: u32, count: u64, tally: impl Fn(u64) -> Tally) -> Self {
        const TICKS: u64 = 100;
        for tick in 0..TICKS {
            let here = count * (tick + 1) / TICKS - count * tick / TICKS;
            if here > 0 {
                self.measurements.add_operation_at(selection.clone(), second * TICKS as u32 + tick as u32, tally(here));
            }
        }
        self
    }

    /// Adds `count` failures of a kind.
    pub(crate) fn failed(mut self, of: &str, second: u32, count: u64, kind: &str) -> Self {
        let selection = self.selection(of);
        self.even(&selection, second, count, |count| failures(count, kind))
    }

    /// Adds recorded values. Adds the messages of failures of a kind, and how often each occurred.
    pub(crate) fn said(mut self, kind: &str, messages: &[(&str, u64)]) -> Self {
        let all = self.measurements.incidents.messages.entry(kind.into()).or_default();
        for (message, count) in messages {
            (0..*count).for_each(|_| all.add(message));
        }
        self
    }

    pub(crate) fn recorded(mut self, name: &str, second: u32, unit: ValueUnit, values: &[f64]) -> Self {
        let mut selection = self.selection("");
        know(&mut self.measurements.names.values, name);
        selection.subject = Subject::Value(name.into());
        let mut tally = ValueTally { unit, ..ValueTally::default() };
        values.iter().for_each(|value| tally.record(Duration::from_secs(second.into()), *value));
        self.measurements.add_value(selection, second, tally);
        self
    }

    /// Adds one reading of the process.
    pub(crate) fn used(mut self, second: u64, cpu: f64, mebibytes: u64) -> Self {
        let memory = mebibytes << 20;
        let sample = ResourceSample { cpu, memory, received: Some(1 << 20), sent: Some(1 << 20) };
        self.measurements.resources.samples.push((Duration::from_secs(second), sample));
        self
    }

    /// Parses a selection such as `stage=spike scenario=quiet step=login tenant=acme user=3`; the names become known.
    fn selection(&mut self, text: &str) -> Selection {
        let mut selection = Selection::default();
        let names = &mut self.measurements.names;
        for (key, value) in text.split_whitespace().filter_map(|part| part.split_once('=')) {
            let name: Arc<str> = value.into();
            match key {
                "stage" => selection.stage = Some(know(&mut names.stages, value)),
                "scenario" => selection.scenario = Some(know(&mut names.scenarios, value)),
                "case" => selection.case = Some(know(&mut names.cases, value)),
                "step" => selection.subject = Subject::Step(know(&mut names.steps, value)),
                "user" => selection.user = Some(value.parse().unwrap()),
                key => {
                    know(names.tags.entry(key.into()).or_default(), value);
                    selection.tag = Some((key.into(), name));
                }
            }
        }
        selection
    }

    pub(crate) fn verdict(&self, targets: &[Target]) -> Verdict {
        self.judgement(targets).verdict
    }

    pub(crate) fn judgement(&self, targets: &[Target]) -> Judgement {
        judge(&self.plan, targets, &self.measurements)
    }

    /// Judges one target alone.
    pub(crate) fn of(&self, text: &str) -> TargetVerdict {
        self.verdict(&[target(text)]).targets.swap_remove(0)
    }

    /// The outcome of one target, and the reason.
    pub(crate) fn outcome(&self, text: &str) -> (Outcome, String) {
        let verdict = self.of(text);
        (verdict.outcome, verdict.reason.unwrap_or_default())
    }
}

/// A resilience test without measurements, with its phases: baseline 0..3, fault 3..5, recovering 5..7, recovery 7..9.
pub(crate) fn resilience() -> Sample {
    let (plan, mistakes) = parse::plan(Kind::Resilience, "");
    assert!(mistakes.is_empty(), "{mistakes:?}");
    let sample = Sample { plan, ..Sample::new("") };
    let phases = [("baseline", 0, 3), ("fault", 3, 5), ("recovering", 5, 7), ("recovery", 7, 9)];
    let mut sample = phases.iter().fold(sample, |sample, (name, start, end)| sample.stage(name, *start, *end));
    sample.measurements.elapsed = Duration::from_secs(9);
    sample
}

fn know(names: &mut Vec<Arc<str>>, name: &str) -> Arc<str> {
    if !names.iter().any(|known| **known == *name) {
        names.push(name.into());
    }
    name.into()
}

/// Parses a target: of the critical level after `critical `, else of the plain one.
pub(crate) fn target(text: &str) -> Target {
    let critical = text.strip_prefix("critical ");
    let level = if critical.is_some() { Level::Critical } else { Level::Target };
    parse::target(level, critical.unwrap_or(text)).unwrap()
}

pub(crate) fn targets(texts: &[&str]) -> Vec<Target> {
    texts.iter().map(|text| target(text)).collect()
}

/// Successes of one latency.
pub(crate) fn successes(count: u64, milliseconds: f64) -> Tally {
    let mut tally = Tally { successes: count, completed: count, ..Tally::default() };
    tally.latency.record_n(milliseconds * MS, count);
    tally
}

/// Failures of one kind that took 5 ms each.
pub(crate) fn failures(count: u64, kind: &str) -> Tally {
    let mut latency = crate::record::Distribution::default();
    latency.record_n(5.0 * MS, count);
    let (first, last) = (Duration::from_millis(1_500), Duration::from_millis(7_250));
    let failures = FailureTally { count, latency, first, last, example: format!("{kind} happened").into() };
    Tally { failures: [(kind.into(), failures)].into(), ..Tally::default() }
}

/// The text of a verdict, for a comparison with a literal. It is leaked.
pub(crate) fn text_of(row: &TargetVerdict) -> &'static str {
    row.text().leak()
}
