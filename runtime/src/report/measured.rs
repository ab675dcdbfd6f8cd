//! Makes the report of a test from its measurements and its verdict.

use super::figures::{
    encode_histogram, metrics_of, metrics_of_test, report_part, report_resources, report_target, report_timeline,
    report_value,
};
use super::model::{
    Backtrace, Capacity, Environment, Level, Repetition, Resources, TargetKind, TestReport, Unit, Verdict,
};
use super::{describe, experiment_report, message, settled, sweep_report};
use crate::judge::capacity::{Ceiling, Searched, StepTrial};
use crate::judge::{self, DerivedFigures, Judgement, Outcome};
use crate::record::{Measurements, Selection, Subject};
use brunt_plan::{Kind, Plan};
use std::sync::Arc;

/// The facts about a test that are known before it runs.
#[derive(Clone, Debug)]
pub(crate) struct Facts {
    /// Its name: the module path without the crate.
    pub(crate) name: String,
    /// The package it is in.
    pub(crate) package: String,
    /// The test binary it is in, without the hash that cargo appends.
    pub(crate) binary: String,
    /// The kind of cargo target that the binary was built from.
    pub(crate) target_kind: TargetKind,
    /// The attempt and the repetition of this run of the test.
    pub(crate) repetition: Repetition,
    /// The attribute that made it.
    pub(crate) kind: Kind,
    /// The file it is written in.
    pub(crate) file: String,
    /// The line of the function.
    pub(crate) line: u32,
    /// The seed in force.
    pub(crate) seed: Option<u64>,
    /// When it started, in seconds since 1970.
    pub(crate) started_s: Option<f64>,
    /// Where it runs.
    pub(crate) environment: Environment,
}

impl TestReport {
    /// The report of a test that ran, from its measurements and their verdict.
    pub(crate) fn measured(facts: &Facts, plan: &Plan, measurements: &Measurements, judgement: &Judgement) -> Self {
        let verdict = &judgement.verdict;
        let mut report = Self::observed(facts, plan, measurements, &judgement.figures);
        report.verdict = match verdict.outcome {
            Outcome::Pass => Verdict::Pass,
            Outcome::Fail => Verdict::Fail,
            Outcome::Inconclusive => Verdict::Inconclusive,
        };
        report.critical = verdict.critical;
        report.targets = verdict.targets.iter().map(report_target).collect();
        let is_told = |note: &String| {
            report.targets.iter().any(|target| target.reason.as_ref().is_some_and(|why| why.contains(note)))
        };
        report.notes.retain(|note| !is_told(note));
        if let (Some(went_on), Some(measured)) = (&mut report.settled, &measurements.settled) {
            settled::keep_undecided(went_on, measured, &verdict.targets);
            report.notes.push(settled::settle_note(went_on));
        }
        report.message = message::failure_message(&report, verdict.targets.iter().any(message::may_be_build));
        report
    }

    /// Adds the capacity that the search found and every level that it tried.
    pub(crate) fn with_levels(self, searched: &Searched, from: &Measurements) -> Self {
        let found = &searched.found;
        let recovery = found.recovery.and_then(|recovery| recovery.after);
        let broke_at = match found.ceiling {
            Ceiling::Broke(level) if found.broke == Some(level) => Some(level),
            _ => None,
        };
        let capacity = Capacity {
            unit: if searched.is_rate { Unit::PerS } else { Unit::Users },
            level: found.capacity,
            unconfirmed: found.once,
            at_least: found.capacity.is_some() && broke_at.is_none(),
            broke_at: broke_at.or(found.broke),
            unsent_at: match found.ceiling {
                Ceiling::Unsent(level) => Some(level),
                Ceiling::Broke(_) | Ceiling::Unclear(_) | Ceiling::End => None,
            },
            fixtures: searched.fixtures,
            recovery_s: recovery.map(|time| time.as_secs_f64()),
        };
        let levels = searched.trials.iter().map(|trial| report_level(trial, from)).collect();
        Self { capacity: Some(capacity), levels, ..self }
    }

    /// The report of a test that was not run.
    pub(crate) fn skipped(facts: &Facts, plan: &Plan, reason: impl Into<String>) -> Self {
        Self { verdict: Verdict::Skipped, message: Some(reason.into()), ..Self::blank(facts, plan) }
    }

    /// The report of a test in which the framework could not do its job, with the measurements until then.
    pub(crate) fn errored(
        facts: &Facts,
        plan: &Plan,
        error: impl ToString,
        measured: Option<(&Measurements, &DerivedFigures)>,
    ) -> Self {
        let measured = measured.map(|(measurements, figures)| Self::observed(facts, plan, measurements, figures));
        let mut report = measured.unwrap_or_else(|| Self::blank(facts, plan));
        report.verdict = Verdict::Error;
        report.message = Some(error.to_string());
        report
    }

    fn blank(facts: &Facts, plan: &Plan) -> Self {
        let mut blank = Self {
            id: String::new(),
            name: facts.name.clone(),
            package: facts.package.clone(),
            binary: facts.binary.clone(),
            target_kind: facts.target_kind,
            attempt: facts.repetition.attempt,
            iteration: facts.repetition.iteration,
            flaky: false,
            attempts: Vec::new(),
            kind: facts.kind.attribute().to_owned(),
            file: facts.file.clone(),
            line: facts.line,
            verdict: Verdict::Error,
            critical: false,
            message: None,
            forgiven: None,
            incomplete: false,
            load: describe::describe_load(plan),
            virtual_time: plan.virtual_time,
            seed: facts.seed,
            started_s: facts.started_s,
            duration_s: None,
            metrics: None,
            steps: Vec::new(),
            stages: Vec::new(),
            scenarios: Vec::new(),
            cases: Vec::new(),
            sizes: Vec::new(),
            growth: None,
            memory_growth: None,
            call_memory: Vec::new(),
            values: Vec::new(),
            selections: Vec::new(),
            timeline: Vec::new(),
            settled: None,
            capacity: None,
            levels: Vec::new(),
            experiment: None,
            targets: Vec::new(),
            histogram: None,
            backtraces: Vec::new(),
            resources: Resources::default(),
            environment: facts.environment.clone(),
            notes: Vec::new(),
        };
        blank.id = blank.id_of_attempt(blank.attempt);
        blank
    }

    fn observed(facts: &Facts, plan: &Plan, from: &Measurements, figures: &DerivedFigures) -> Self {
        // Between its phases an experiment has time outside of every stage, which is part of the whole.
        let whole = from.experiment.as_ref().map(|_| from.filter_stages(|_| true));
        let from = whole.as_ref().unwrap_or(from);
        let names = &from.names;
        let all = from.tally(&Selection::default());
        let parts = |names: &[Arc<str>], select: &dyn Fn(&Arc<str>) -> Selection| {
            names.iter().map(|name| report_part(name.to_string(), from, &select(name))).collect()
        };
        Self {
            metrics: Some(metrics_of_test(from)),
            histogram: encode_histogram(&all.latency),
            steps: parts(&names.steps, &|name| Selection {
                subject: Subject::Step(Arc::clone(name)),
                ..Selection::default()
            }),
            stages: parts(&names.stages, &|name| Selection { stage: Some(Arc::clone(name)), ..Selection::default() }),
            scenarios: parts(&names.scenarios, &|name| Selection {
                scenario: Some(Arc::clone(name)),
                ..Selection::default()
            }),
            cases: parts(&names.cases, &|name| Selection { case: Some(Arc::clone(name)), ..Selection::default() }),
            sizes: sweep_report::report_sizes(plan, from),
            growth: figures.growth.as_ref().map(|growth| sweep_report::report_growth(growth, Unit::Ns)),
            memory_growth: figures
                .memory_growth
                .as_ref()
                .map(|growth| sweep_report::report_growth(growth, Unit::Bytes)),
            call_memory: sweep_report::call_memory(plan, from),
            values: names.values.iter().filter_map(|name| report_value(name, from)).collect(),
            selections: figures
                .selections
                .iter()
                .map(|(name, selection)| report_part(name.clone(), from, selection))
                .collect(),
            timeline: report_timeline(from),
            settled: from.settled.as_ref().map(settled::report_settled),
            load: from
                .experiment
                .as_deref()
                .map_or_else(|| describe::describe_load(plan), |seen| describe::describe_experiment(plan, seen)),
            experiment: experiment_report::report_experiment(from, figures),
            resources: report_resources(from),
            backtraces: report_backtraces(from),
            notes: from.notes.iter().cloned().chain(judge::generator_health(from)).collect(),
            ..Self::blank(facts, plan)
        }
    }
}

fn report_level(trial: &StepTrial, from: &Measurements) -> Level {
    let stage = Selection { stage: Some(trial.stage.as_str().into()), ..Selection::default() };
    Level {
        name: trial.stage.clone(),
        level: trial.level,
        purpose: trial.purpose.name().to_owned(),
        seconds: trial.seconds,
        fixture: trial.fixture,
        verdict: match trial.outcome() {
            Outcome::Pass => Verdict::Pass,
            Outcome::Inconclusive => Verdict::Inconclusive,
            Outcome::Fail => Verdict::Fail,
        },
        reason: trial.reason.clone(),
        metrics: metrics_of(from, &stage),
    }
}

fn report_backtraces(from: &Measurements) -> Vec<Backtrace> {
    let traces = from.incidents.backtraces.iter();
    traces.map(|(panic, frames)| Backtrace { panic: panic.clone(), frames: frames.clone() }).collect()
}
