//! Implicit rules on the measurements: there are some; no iteration failed or was interrupted, and no arrival was
//! dropped, unless a target covers it.
//!
//! A target covers the failures of its selection: `errors("shed")` those of that kind, `success_rate` those of all
//! kinds and the interrupted iterations. A target on a step covers as many failures of whole iterations as that step
//! had of the same kind, since a failed step ends its iteration. A target on a tag covers the iterations that carry the
//! tag. `#[target]` and `#[critical]` count alike. In a resilience test the rules apply outside of the phases in which
//! failures are expected.

use super::evidence::Evidence;
use super::rule::Rule;
use super::selector::speaks_of;
use super::{Outcome, TargetVerdict};
use crate::record::experiment::phase;
use crate::record::{Selection, Subject, Tally};
use crate::units::{self, Figure};
use brunt_plan::target::{Group, Measure, Metric};
use brunt_plan::{Dimension, Target};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Events that a target must cover: failures of one kind, interrupted iterations, dropped arrivals.
#[derive(Clone, Copy)]
pub(super) enum Concern<'c> {
    Failures(&'c str),
    Interrupted,
    Dropped,
}

impl Concern<'_> {
    fn count(self, tally: &Tally) -> u64 {
        match self {
            Self::Failures(kind) => tally.failures_of(|other| other == kind),
            Self::Interrupted => tally.interrupted,
            Self::Dropped => tally.dropped,
        }
    }
}

/// A metric of a target, and one selection that it covers.
pub(super) struct Speaker<'t> {
    pub(super) selection: Selection,
    metric: &'t Metric,
}

impl Speaker<'_> {
    pub(super) fn speaks_of(&self, concern: Concern<'_>) -> bool {
        match (self.metric, concern) {
            (Metric::Errors(kinds) | Metric::ErrorLatency(kinds, _), Concern::Failures(kind)) => speaks_of(kinds, kind),
            (Metric::SuccessRate, Concern::Failures(_) | Concern::Interrupted) => true,
            (Metric::Interrupted, Concern::Interrupted) | (Metric::Dropped, Concern::Dropped) => true,
            _ => false,
        }
    }

    pub(super) fn covers(&self, cell: &Selection) -> bool {
        let fits = |mine: &Option<Arc<str>>, cell: &Option<Arc<str>>| mine.is_none() || mine == cell;
        fits(&self.selection.stage, &cell.stage)
            && fits(&self.selection.scenario, &cell.scenario)
            && fits(&self.selection.case, &cell.case)
    }
}

/// Finds what breaks these rules. The list is empty where they hold, except that a test without any target on failures
/// gets a passed row.
pub(super) fn implicit_findings(evidence: &Evidence<'_>, targets: &[Target]) -> Vec<TargetVerdict> {
    let of_whole = evidence.measurements.tally(&Selection::default());
    let evidence = evidence.steady();
    let all = evidence.measurements.tally(&Selection::default());
    let speakers = covering_targets(evidence, targets);
    let left = |concern| count_uncovered(evidence, &speakers, &all, concern);
    let mut findings = Vec::new();
    if all.count() == 0 {
        findings.push(if of_whole.count() > 0 { only_disturbed(&of_whole) } else { nothing_measured(&all) });
    }
    let unspoken: Vec<(&Arc<str>, u64)> =
        all.failures.keys().map(|kind| (kind, left(Concern::Failures(kind)))).filter(|(_, count)| *count > 0).collect();
    let any_speaks = speakers.iter().any(|speaker| !matches!(speaker.metric, Metric::Interrupted | Metric::Dropped));
    if !unspoken.is_empty() {
        findings.push(uncovered_failures(&all, &unspoken, any_speaks));
    } else if !any_speaks && all.count() > 0 {
        findings.push(TargetVerdict {
            reason: None,
            ..counting_verdict(Rule::NoErrors, Outcome::Pass, 0, all.count(), String::new())
        });
    }
    let interrupted = left(Concern::Interrupted);
    if interrupted > 0 {
        let reason = format!(
            "{} of {} iterations still ran when `graceful_stop` was over, and no target covers them",
            units::describe_count(interrupted),
            units::describe_count(all.count())
        );
        findings.push(counting_verdict(Rule::NoneInterrupted, Outcome::Fail, interrupted, all.count(), reason));
    }
    let dropped = left(Concern::Dropped);
    if dropped > 0 {
        let due = all.count() + all.dropped;
        let reason = format!(
            "{} of {} arrivals found no free user and were not measured: raise `max_users`, or give a target on `dropped`",
            units::describe_count(dropped),
            units::describe_count(due)
        );
        findings.push(counting_verdict(Rule::NoneDropped, Outcome::Inconclusive, dropped, due, reason));
    }
    findings
}

fn nothing_measured(all: &Tally) -> TargetVerdict {
    let reason = match all.dropped {
        0 => "nothing was measured: no iteration ended".to_owned(),
        dropped => format!("nothing was measured: all {} arrivals were dropped", units::describe_count(dropped)),
    };
    counting_verdict(Rule::Measured, Outcome::Inconclusive, 0, 0, reason)
}

fn only_disturbed(of_whole: &Tally) -> TargetVerdict {
    let reason = format!(
        "all {} iterations were in the phases `{}` and `{}`, so that the steady state was not seen: call \
         `lab.baseline(time)` before the fault and `lab.recovery(longest)` after it",
        units::describe_count(of_whole.count()),
        phase::FAULT,
        phase::RECOVERING
    );
    counting_verdict(Rule::Measured, Outcome::Inconclusive, 0, 0, reason)
}

fn uncovered_failures(all: &Tally, unspoken: &[(&Arc<str>, u64)], any_speaks: bool) -> TargetVerdict {
    let count: u64 = unspoken.iter().map(|(_, count)| count).sum();
    let mut kinds = unspoken.to_vec();
    kinds.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let kind = |(kind, count): &(&Arc<str>, u64)| {
        let example = all.failures.get(*kind).map(|failures| shorten_example(&failures.example)).unwrap_or_default();
        format!("`{kind}` {} (\"{example}\")", units::describe_count(*count))
    };
    let kinds: Vec<String> = kinds.iter().map(kind).collect();
    let unspoken = if any_speaks { " in a way that no target covers" } else { ", and no target covers failures" };
    let (failed, of) = (units::describe_count(count), units::describe_count(all.count()));
    let reason = format!("{failed} of {of} iterations failed{unspoken}: {}", kinds.join(", "));
    counting_verdict(Rule::NoErrors, Outcome::Fail, count, all.count(), reason)
}

/// Shortens the message of a failure to the length of an example.
pub(super) fn shorten_example(message: &str) -> String {
    const LONGEST: usize = 160;
    units::first_line(message, LONGEST)
}

fn counting_verdict(rule: Rule, outcome: Outcome, count: u64, samples: u64, reason: String) -> TargetVerdict {
    let observed = Some(Figure { value: count as f64, dimension: Dimension::Count });
    TargetVerdict { observed, samples, ..TargetVerdict::of_rule(rule, outcome, reason) }
}

/// The selections that targets cover, each with its metric. A target whose names are unknown covers none.
pub(super) fn covering_targets<'t>(evidence: &Evidence<'_>, targets: &'t [Target]) -> Vec<Speaker<'t>> {
    let measures = targets.iter().flat_map(|target| std::iter::once(&target.measure).chain(target.limit.measure()));
    let heard = |measure: &&Measure| measure.metric.allows_failures();
    measures.filter(heard).flat_map(|measure| selections_covered_by(evidence, measure)).collect()
}

/// Lists the selections that a measure goes over, each with its metric.
fn selections_covered_by<'t>(evidence: &Evidence<'_>, measure: &'t Measure) -> Vec<Speaker<'t>> {
    let Ok(selection) = evidence.select(&measure.selector) else { return Vec::new() };
    let selections: Vec<Selection> = match &measure.each {
        Some(Group::Tag(key)) => match evidence.known.tags.get_key_value(key.as_str()) {
            Some((key, values)) => {
                let tagged = |value| Some((Arc::clone(key), Arc::clone(value)));
                values.iter().map(|value| Selection { tag: tagged(value), ..selection.clone() }).collect()
            }
            None => Vec::new(),
        },
        Some(Group::Step) => {
            let step = |name| Selection { subject: Subject::Step(Arc::clone(name)), ..selection.clone() };
            evidence.known.steps.iter().map(step).collect()
        }
        // Every iteration has a window, a stage, a scenario, a case and a virtual user.
        _ => vec![selection],
    };
    selections.into_iter().map(|selection| Speaker { selection, metric: &measure.metric }).collect()
}

/// Counts the events of a concern that no target covers.
fn count_uncovered(evidence: &Evidence<'_>, speakers: &[Speaker<'_>], all: &Tally, concern: Concern<'_>) -> u64 {
    let total = concern.count(all);
    if total == 0 {
        return 0;
    }
    let heard: Vec<&Speaker<'_>> = speakers.iter().filter(|speaker| speaker.speaks_of(concern)).collect();
    if heard.iter().any(|speaker| speaker.selection == Selection::default()) {
        return 0;
    }
    if heard.is_empty() {
        return total;
    }
    let spoken: u64 =
        all_combinations(evidence).iter().map(|cell| count_covered(evidence, &heard, cell, concern)).sum();
    total.saturating_sub(spoken)
}

/// Counts the events of a concern that targets cover in one cell: all of them, or those of the targets' steps and tags.
/// The counts of several steps, or of several values of one tag, add up; those of steps and of tags may be the same
/// failures, so that the largest counts.
fn count_covered(evidence: &Evidence<'_>, speakers: &[&Speaker<'_>], cell: &Selection, concern: Concern<'_>) -> u64 {
    let from = &*evidence.measurements;
    let there = concern.count(&from.tally(cell));
    let covering = speakers.iter().filter(|speaker| speaker.covers(cell));
    let mut parts: BTreeMap<(bool, Option<&str>), BTreeSet<Selection>> = BTreeMap::new();
    for Speaker { selection, .. } in covering {
        let Selection { subject, tag, .. } = selection.clone();
        let key = (subject != Subject::Iteration, selection.tag.as_ref().map(|(key, _)| &**key));
        parts.entry(key).or_default().insert(Selection { subject, tag, ..cell.clone() });
    }
    if parts.contains_key(&(false, None)) {
        return there;
    }
    let sum = |selections: &BTreeSet<Selection>| selections.iter().map(|one| concern.count(&from.tally(one))).sum();
    parts.values().map(sum).max().unwrap_or(0).min(there)
}

/// Lists every combination of stage, scenario and case.
fn all_combinations(evidence: &Evidence<'_>) -> Vec<Selection> {
    let known = &evidence.known;
    let or_any = |names: &[Arc<str>]| -> Vec<Option<Arc<str>>> {
        if names.is_empty() { vec![None] } else { names.iter().cloned().map(Some).collect() }
    };
    let mut cells = Vec::new();
    for stage in or_any(&known.stages) {
        for scenario in or_any(&known.scenarios) {
            for case in or_any(&known.cases) {
                let (stage, scenario) = (stage.clone(), scenario.clone());
                cells.push(Selection { stage, scenario, case, ..Selection::default() });
            }
        }
    }
    cells
}
