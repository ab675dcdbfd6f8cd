//! The judgement of a test: the verdicts on its targets, and those of the implicit rules that did not hold.

use super::evidence::Evidence;
use super::verdict::{Outcome, TargetVerdict, Verdict};
use super::{
    assess, cancelled, certainty, conduct, elsewhere, forgiven, generator, group, shared_process, successes, unspoken,
};
use crate::record::{Measurements, Selection, Subject};
use brunt_plan::target::{Group, Measure, Name};
use brunt_plan::{Plan, Target};

/// Judges what was measured. Targets come out in the order given; behind them the rules that hold unwritten:
/// something was measured and succeeded, nothing failed or was interrupted that no target speaks of, no step failed
/// unnoticed, no arrival was dropped unnamed;
/// and an experiment was one: its baseline steady, its faults met and healed, its recoveries seen.
pub(crate) fn judge(plan: &Plan, targets: &[Target], measurements: &Measurements) -> Verdict {
    judge_at(plan, targets, measurements, true)
}

/// The same at the end of the test, or at one of the looks that may end it.
pub(super) fn judge_at(plan: &Plan, targets: &[Target], measurements: &Measurements, is_end: bool) -> Verdict {
    let evidence = Evidence::new(plan, targets, measurements);
    let mut rows = declared(&evidence, is_end);
    let conduct = conduct::findings(&evidence, &rows);
    rows.extend(unspoken::findings(&evidence, targets));
    rows.extend(generator::findings(&evidence, targets));
    rows.extend(forgiven::findings(&evidence, targets));
    if rows.iter().all(|row| row.outcome != Outcome::Fail) {
        rows.extend(successes::finding(&evidence, targets));
    }
    let explained =
        |row| elsewhere::explained(&evidence, cancelled::doubted(&evidence, shared_process::doubted(&evidence, row)));
    let excused = |row| generator::excused(&evidence, conduct::excused(&evidence, row));
    let rows = rows.into_iter().map(|row| excused(explained(row)));
    Verdict::of(rows.chain(conduct).collect())
}

/// The verdicts on the targets, whose comparisons share the error that a test may have.
fn declared(evidence: &Evidence<'_>, is_end: bool) -> Vec<TargetVerdict> {
    let compare = |target| assess::compare_groups(evidence.for_target(target), target);
    let compared: Vec<_> = evidence.targets.iter().map(compare).collect();
    let comparisons = compared.iter().flatten().map(assess::Pending::comparisons).sum();
    let error = certainty::error_of_one(comparisons, evidence.measurements.looks, is_end);
    let decided = compared.into_iter().zip(evidence.targets).enumerate().map(|(index, (compared, target))| {
        let verdict = match compared {
            Ok(pending) => assess::decide(evidence.for_target(target), pending, error),
            Err(verdict) => *verdict,
        };
        assess::about_target(verdict, index, target)
    });
    decided.collect()
}

/// What a measure selects that no list of steps, stages and so on shows by itself, each under its name: a selector of
/// several names or of a tag (`spike.login`), and each group of such (`read.tenant("acme")`).
pub(crate) fn combinations(plan: &Plan, measurements: &Measurements, measure: &Measure) -> Vec<(String, Selection)> {
    let by_name = !matches!(measure.each, Some(Group::Window(_) | Group::User));
    let measure = Measure { each: measure.each.clone().filter(|_| by_name), ..measure.clone() };
    let groups = group::groups(&Evidence::new(plan, &[], measurements), &measure).unwrap_or_default();
    let several = measure.selector.len() + usize::from(measure.each.is_some()) > 1;
    let named = groups.into_iter().filter(|group| several || group.selection.tag.is_some());
    // What a process used is no part of what operations did.
    let named = named.filter(|group| group.process.is_none());
    named
        .filter(|group| !matches!(group.selection.subject, Subject::Value(_)))
        .map(|group| {
            let names = measure.selector.iter().map(Name::to_string).chain(group.label);
            (names.collect::<Vec<_>>().join("."), group.selection)
        })
        .collect()
}
