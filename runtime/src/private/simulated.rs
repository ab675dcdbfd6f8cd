//! Judges made-up samples for `benches/verdicts.rs`: only systems whose true figures are known show how good the
//! verdicts are.

use crate::judge::{Outcome, TargetVerdict, judge, undecided_targets};
use crate::record::{Completion, Context, Label, Labels, Measurements, NameId, OperationSample, Recorder, TagList};
use brunt_plan::{Kind, Level, Plan, Target, parse};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

/// The outcome of one target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Came {
    /// It held.
    Pass,
    /// It could not be decided.
    Inconclusive,
    /// It was missed.
    Fail,
}

/// The verdict on one target: how it came out, and the ends of its interval, which for a relative target are factors.
#[derive(Clone, Copy, Debug)]
pub struct Judged {
    /// The outcome.
    pub came: Came,
    /// The ends between which the true figure lies with 95 % confidence.
    pub interval: Option<(f64, f64)>,
}

/// A test whose samples are made up.
pub struct Simulated {
    plan: Plan,
    targets: Vec<Target>,
    recorder: Arc<Recorder>,
    steps: HashMap<String, NameId>,
    end: Duration,
}

impl std::fmt::Debug for Simulated {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Simulated").field("targets", &self.targets).finish_non_exhaustive()
    }
}

impl Simulated {
    /// A load test with these targets; texts that are no target are left out.
    pub fn new(targets: &[&str]) -> Self {
        let (plan, _) = parse::plan(Kind::Load, "");
        let targets = targets.iter().filter_map(|text| parse::target(Level::Target, text).ok()).collect();
        let recorder = Recorder::new(Labels::default());
        Self { plan, targets, recorder, steps: HashMap::new(), end: Duration::ZERO }
    }

    /// Adds an iteration that was due at the offset `at` and took `latency`, both in nanoseconds.
    pub fn iteration(&mut self, at: u64, latency: u64, succeeds: bool) {
        let failed = crate::Failed::new("made up", "");
        let outcome = if succeeds { crate::record::Outcome::Success } else { crate::record::Outcome::Failed(&failed) };
        let completion = Completion { stage: Label::NONE, at: at + latency };
        self.recorder.iteration(&context(), OperationSample { at, latency, service: None }, outcome, Some(completion));
        self.end = self.end.max(Duration::from_nanos(at + latency));
    }

    /// Adds a step of this name, with times as for an iteration.
    pub fn step(&mut self, name: &str, at: u64, latency: u64) {
        let recorder = &self.recorder;
        let step = *self.steps.entry(name.to_owned()).or_insert_with(|| recorder.step(name));
        let (sample, outcome) = (OperationSample { at, latency, service: None }, crate::record::Outcome::Success);
        self.recorder.step_done(&context(), step, sample, outcome, None);
        self.end = self.end.max(Duration::from_nanos(at + latency));
    }

    /// Whether the load is to go on after this look; looks are counted from one.
    pub fn is_undecided(&self, looks: u32) -> bool {
        let mut measurements: Measurements = self.recorder.snapshot(self.end);
        measurements.looks = looks;
        !undecided_targets(&self.plan, &self.targets, &measurements).is_empty()
    }

    /// The verdicts on the targets at the end, after `looks` looks that could have ended the load; with zero this is
    /// the only look.
    pub fn judged(&self, looks: u32) -> Vec<Judged> {
        let mut measurements: Measurements = self.recorder.snapshot(self.end);
        measurements.looks = looks;
        let verdict = judge(&self.plan, &self.targets, &measurements).verdict;
        let declared = verdict.targets.into_iter().take(self.targets.len());
        let judged = |target: TargetVerdict| {
            let unit = target.reference.as_ref().map_or(1.0, |reference| reference.figure.value);
            Judged {
                came: came(target.outcome),
                interval: target.interval.map(|(low, high)| (low / unit, high / unit)),
            }
        };
        declared.map(judged).collect()
    }
}

fn came(outcome: Outcome) -> Came {
    match outcome {
        Outcome::Pass => Came::Pass,
        Outcome::Inconclusive => Came::Inconclusive,
        Outcome::Fail => Came::Fail,
    }
}

fn context() -> Context {
    Context { stage: Label::NONE, scenario: Label::NONE, case: Label::NONE, user: 0, tags: TagList::default() }
}
