//! The implicit rule on failed steps: a step that failed while its iteration went on, or that was never awaited, is no
//! failure of an iteration, and so needs a target of its own. `pay.errors < 60%` and `each(step).errors < 5%` are such
//! targets; `errors < 1%` is on iterations and does not cover it.

use super::evidence::Evidence;
use super::rule::Rule;
use super::unspoken::{self, Concern, Speaker};
use super::{Outcome, TargetVerdict};
use crate::record::{Incidents, Repeated, Selection, Subject};
use crate::units::{self, Figure};
use brunt_plan::target::Name;
use brunt_plan::{Dimension, Target};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The most steps that get a finding of their own.
const LISTED: usize = 5;

/// Failures by kind.
type FailuresByKind = BTreeMap<Arc<str>, Repeated>;

/// Finds the steps with failures that no target covers.
pub(super) fn forgiven_failures(evidence: &Evidence<'_>, targets: &[Target]) -> Vec<TargetVerdict> {
    let evidence = evidence.steady();
    let incidents = &evidence.measurements.incidents;
    if incidents.forgiven.is_empty() && incidents.spawned.is_empty() {
        return Vec::new();
    }
    let speakers = unspoken::covering_targets(evidence, targets);
    let mut steps: BTreeMap<Arc<str>, FailuresByKind> = BTreeMap::new();
    for (selection, kind, failures) in unnoticed_failures(evidence, incidents) {
        let left = failures.count.saturating_sub(spoken_of(evidence, &speakers, selection, kind));
        if let (Subject::Step(step), true) = (&selection.subject, left > 0) {
            let kinds = steps.entry(Arc::clone(step)).or_default();
            kinds.entry(Arc::clone(kind)).or_default().add(left, &failures.first);
        }
    }
    let mut steps: Vec<(Arc<str>, FailuresByKind)> = steps.into_iter().collect();
    steps.sort_by_key(|(_, kinds)| std::cmp::Reverse(count_failures(kinds)));
    let more = steps.len().saturating_sub(LISTED);
    let mut findings: Vec<TargetVerdict> =
        steps.iter().take(LISTED).map(|(step, kinds)| finding_for_step(evidence, step, kinds)).collect();
    if let Some(reason) = findings.last_mut().and_then(|last| last.reason.as_mut()).filter(|_| more > 0) {
        reason.push_str(&format!("; so did {more} more steps"));
    }
    findings
}

/// Lists the failures of steps that failed no iteration: those after which the iteration went on, and, for steps in
/// tasks of their own, the number beyond the failures of iterations of the same kind at the same place.
fn unnoticed_failures<'i>(
    evidence: &Evidence<'_>,
    incidents: &'i Incidents,
) -> Vec<(&'i Selection, &'i Arc<str>, Repeated)> {
    let forgiven = incidents.forgiven.iter().map(|((selection, kind), failures)| (selection, kind, failures.clone()));
    let mut all: Vec<_> = forgiven.collect();
    let mut noticed: BTreeMap<(Selection, &Arc<str>), u64> = BTreeMap::new();
    for ((selection, kind), failures) in &incidents.spawned {
        let place = Selection { subject: Subject::Iteration, ..selection.clone() };
        let ended = || evidence.measurements.tally(&place).failures_of(|other| *other == **kind);
        let by_iterations = noticed.entry((place.clone(), kind)).or_insert_with(ended);
        let seen = failures.count.min(*by_iterations);
        *by_iterations -= seen;
        all.push((selection, kind, Repeated { count: failures.count - seen, first: failures.first.clone() }));
    }
    all
}

/// Counts the failures of a step at one place that targets cover: all of them, or those with a tag that a target
/// selects.
fn spoken_of(evidence: &Evidence<'_>, speakers: &[Speaker<'_>], of: &Selection, kind: &str) -> u64 {
    let about = |speaker: &&Speaker<'_>| {
        speaker.selection.subject == of.subject && speaker.speaks_of(Concern::Failures(kind)) && speaker.covers(of)
    };
    let mut tagged = 0;
    for speaker in speakers.iter().filter(about) {
        let Some(tag) = &speaker.selection.tag else { return u64::MAX };
        let selection = Selection { tag: Some(tag.clone()), ..of.clone() };
        tagged += evidence.measurements.tally(&selection).failures_of(|other| other == kind);
    }
    tagged
}

fn count_failures(kinds: &FailuresByKind) -> u64 {
    kinds.values().map(|failures| failures.count).sum()
}

fn finding_for_step(evidence: &Evidence<'_>, step: &Arc<str>, kinds: &FailuresByKind) -> TargetVerdict {
    let failed = count_failures(kinds);
    let of = Selection { subject: Subject::Step(Arc::clone(step)), ..Selection::default() };
    let all = evidence.measurements.tally(&of).count().max(failed);
    let name = Name::Plain(step.to_string());
    let listed = kinds.iter().map(|(kind, failures)| {
        format!(
            "`{kind}` {} (\"{}\")",
            units::describe_count(failures.count),
            unspoken::shorten_example(&failures.first)
        )
    });
    let reason = format!(
        "step `{step}`: {} of {} failed, and the iterations went on: {}; if that may be, give a target on it, such as `{}`",
        units::describe_count(failed),
        units::describe_count(all),
        listed.collect::<Vec<_>>().join(", "),
        allowing_target(&format!("{name}.errors"), failed as f64 / all as f64)
    );
    let observed = Some(Figure { value: failed as f64, dimension: Dimension::Count });
    let rule = TargetVerdict::of_rule(Rule::NoStepErrors(name.to_string().into()), Outcome::Fail, reason);
    TargetVerdict { observed, samples: all, ..rule }
}

/// Writes a target that allows the given share, with room: `pay.errors < 60%`.
pub(super) fn allowing_target(measure: &str, share: f64) -> String {
    // A fifth more, rounded up to the next twentieth.
    let percent = ((share * 1.2 * 20.0).ceil() * 5.0).max(1.0);
    if percent < 100.0 { format!("{measure} < {percent}%") } else { format!("{measure} > 50%") }
}
