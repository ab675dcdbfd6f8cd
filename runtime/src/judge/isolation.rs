//! Isolation: the share of a bystander's operations that succeeded within their own limit while something was broken.
//! That time lasts from an injection until the system was well again, not until that had been shown; a phase that is
//! named counts as a whole.
//!
//! The limit is the bystander's declared one; else the smallest time that a target on its latency allows; else success
//! alone counts. An arrival that found no free user was asked for and not served: it counts as not kept.

use super::binomial;
use super::evidence::Evidence;
use super::group::Group;
use super::reading::Trouble;
use super::reading::{ReadResult, Reading};
use super::sampled::Basis;
use crate::failure::Failed;
use crate::record::experiment::{Bystander, phase};
use crate::record::{Distribution, Experiment, Selection, Subject, Tally};
use crate::units;
use brunt_plan::target::{Comparison, Limit, Metric, Stat};
use brunt_plan::{Dimension, Target};
use std::sync::Arc;
use std::time::Duration;

/// The isolation of one bystander.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct BystanderIsolation {
    /// The bystander's scenario.
    pub(crate) name: Arc<str>,
    /// How long one of its operations may take; `None` where success alone counts.
    pub(crate) within: Option<Duration>,
    /// How many operations were due while something was broken.
    pub(crate) asked: u64,
    /// The operations among them that succeeded within the limit.
    pub(crate) kept: u64,
}

impl BystanderIsolation {
    /// The isolation: `kept` ÷ `asked`.
    pub(crate) fn share(&self) -> Option<f64> {
        (self.asked > 0).then(|| self.kept as f64 / self.asked as f64)
    }

    /// The lower limit of the true share, with 95 % confidence.
    pub(crate) fn bound(&self) -> Option<f64> {
        binomial::at_least(self.kept, self.asked)
    }
}

/// The isolation of every bystander, over all the time in which something was broken.
pub(super) fn isolation_of_bystanders(evidence: &Evidence<'_>) -> Vec<BystanderIsolation> {
    let bystanders = evidence.measurements.experiment.iter().flat_map(|experiment| &experiment.bystanders);
    bystanders.map(|bystander| isolation_of(evidence, bystander, None)).collect()
}

/// Reads the metric of one bystander, or of all together.
pub(super) fn read_isolation(evidence: &Evidence<'_>, experiment: &Experiment, group: &Group) -> ReadResult {
    let Selection { stage, scenario, .. } = &group.selection;
    if stage.as_ref().is_some_and(|stage| !phase::is_disturbed(stage)) {
        let what = format!("`isolation` is of the phases `{}` and `{}` only", phase::FAULT, phase::RECOVERING);
        return Err(Trouble::Mistake(what));
    }
    let named = |bystander: &&Bystander| scenario.is_none() || scenario.as_ref() == Some(&bystander.name);
    let found: Vec<BystanderIsolation> = experiment
        .bystanders
        .iter()
        .filter(named)
        .map(|bystander| isolation_of(evidence, bystander, stage.as_ref()))
        .collect();
    if found.is_empty() {
        return Err(no_bystander(experiment, scenario.as_ref()));
    }
    let name = scenario.clone().unwrap_or_default();
    let sum = |of: fn(&BystanderIsolation) -> u64| found.iter().map(of).sum();
    let all = BystanderIsolation { name, within: None, asked: sum(|one| one.asked), kept: sum(|one| one.kept) };
    let Some(share) = all.share() else {
        return Err(Trouble::open("no operation of a bystander was due while something was broken"));
    };
    let reading = Reading::new(share, Dimension::Share, all.asked);
    Ok(Reading { note: isolation_note(&all), basis: Basis::Share, counts: Some((all.kept, all.asked)), ..reading })
}

fn no_bystander(experiment: &Experiment, scenario: Option<&Arc<str>>) -> Trouble {
    match (scenario, experiment.bystanders.as_slice()) {
        (_, []) => Trouble::open("there was no bystander: declare one with `lab.bystander(name, amount, operation)`"),
        (Some(name), bystanders) => {
            let there: Vec<String> = bystanders.iter().map(|bystander| format!("`{}`", bystander.name)).collect();
            Trouble::Mistake(format!("`{name}` is no bystander; there were {}", there.join(", ")))
        }
        (None, _) => Trouble::no_samples(),
    }
}

fn isolation_note(all: &BystanderIsolation) -> Option<String> {
    let bound = all.bound()?;
    let (kept, asked) = (units::describe_count(all.kept), units::describe_count(all.asked));
    Some(format!("{kept} of {asked} succeeded in time: at least {} with 95 % confidence", units::describe_share(bound)))
}

fn isolation_of(evidence: &Evidence<'_>, bystander: &Bystander, phase: Option<&Arc<str>>) -> BystanderIsolation {
    let of_phase = |phase: &Arc<str>| {
        let (stage, scenario) = (Some(Arc::clone(phase)), Some(Arc::clone(&bystander.name)));
        evidence.measurements.tally(&Selection { stage, scenario, ..Selection::default() })
    };
    let tally = phase.map_or_else(|| bystander.broken.clone(), of_phase);
    let within = bystander.within.or_else(|| by_target(evidence, &bystander.name));
    let kept = within.map_or(tally.successes, |within| successes_within(&tally, within));
    BystanderIsolation { name: Arc::clone(&bystander.name), within, asked: tally.count() + tally.dropped, kept }
}

/// The number of successes within the limit. Timeouts are among the latencies, but are no successes.
fn successes_within(tally: &Tally, within: Duration) -> u64 {
    let timeouts = tally.failure_latency(|kind| kind == Failed::TIMEOUT);
    at_most(&tally.latency, within).saturating_sub(at_most(&timeouts, within)).min(tally.successes)
}

/// The number of values at or below the limit: those in buckets that begin there, so to 0.1 %.
pub(super) fn at_most(latency: &Distribution, within: Duration) -> u64 {
    let limit = within.as_nanos() as f64;
    latency.buckets().filter(|bucket| bucket.low <= limit).map(|bucket| bucket.count).sum()
}

/// The smallest time that a target on the bystander's latency allows.
fn by_target(evidence: &Evidence<'_>, bystander: &Arc<str>) -> Option<Duration> {
    let limits = evidence.targets.iter().filter(|target| {
        let is_latency = matches!(target.measure.metric, Metric::Stat(Stat::Percentile(_) | Stat::Max));
        let names = |selection: Selection| {
            selection.scenario.as_ref() == Some(bystander) && selection.subject == Subject::Iteration
        };
        is_latency && target.measure.over.is_none() && evidence.select(&target.measure.selector).is_ok_and(names)
    });
    limits.filter_map(longest_allowed).min()
}

/// The longest time that a target allows.
pub(super) fn longest_allowed(target: &Target) -> Option<Duration> {
    match (&target.limit, target.comparison) {
        (Limit::Quantity(limit), Comparison::Less | Comparison::AtMost | Comparison::Meets) => limit.duration(),
        (Limit::Range(_, limit), _) => limit.duration(),
        _ => None,
    }
}
