//! The judgement of a test: the verdicts on its targets, and those on the implicit rules that did not hold.

use super::budget::{self, ErrorBudget};
use super::evidence::Evidence;
use super::isolation::{self, BystanderIsolation};
use super::size_growth::{self, Growable, MeasuredGrowth};
use super::target_verdict::{Outcome, TargetVerdict, Verdict};
use super::{
    assess, cancelled, certainty, conduct, elsewhere, forgiven, generator, group, shared_process, successes, unspoken,
};
use crate::record::{Measurements, Selection, Subject};
use brunt_plan::target::{Group, Measure, Name};
use brunt_plan::{Plan, Target};

/// The whole result of judging a test. A report maps it and judges nothing by itself.
#[derive(Clone, Debug)]
pub(crate) struct Judgement {
    /// The verdict on the test and on each target.
    pub(crate) verdict: Verdict,
    /// Figures that belong to no single target.
    pub(crate) figures: DerivedFigures,
}

/// Figures beside those of the targets. A report shows them whatever the verdict is.
#[derive(Clone, Debug, Default)]
pub(crate) struct DerivedFigures {
    /// The growth of time over the sizes, where there are sizes.
    pub(crate) growth: Option<MeasuredGrowth>,
    /// The growth of memory over the sizes, where there are sizes and allocations are counted.
    pub(crate) memory_growth: Option<MeasuredGrowth>,
    /// The isolation of every bystander, over all the time in which something was broken.
    pub(crate) isolation: Vec<BystanderIsolation>,
    /// The error budget of each target that limits failures; empty without an experiment.
    pub(crate) budgets: Vec<ErrorBudget>,
    /// Selections of targets that no list of steps, stages and so on shows by itself, each under its name.
    pub(crate) selections: Vec<(String, Selection)>,
}

/// Judges the measurements of a test. The verdicts on the targets come first, in the order declared, and then those on
/// the implicit [rules](super::rule::Rule) that did not hold.
pub(crate) fn judge(plan: &Plan, targets: &[Target], measurements: &Measurements) -> Judgement {
    let evidence = Evidence::new(plan, targets, measurements);
    Judgement { verdict: judge_evidence(&evidence, true), figures: DerivedFigures::of_evidence(&evidence) }
}

/// Judges the verdict alone, at the end of a test or a load (`is_end`), or at one of the looks that may end it.
pub(super) fn judge_at(plan: &Plan, targets: &[Target], measurements: &Measurements, is_end: bool) -> Verdict {
    judge_evidence(&Evidence::new(plan, targets, measurements), is_end)
}

fn judge_evidence(evidence: &Evidence<'_>, is_end: bool) -> Verdict {
    let targets = evidence.targets;
    let mut rows = judge_declared(evidence, is_end);
    let conduct = conduct::experiment_findings(evidence, &rows);
    rows.extend(unspoken::implicit_findings(evidence, targets));
    rows.extend(generator::generator_findings(evidence, targets));
    rows.extend(forgiven::forgiven_failures(evidence, targets));
    if rows.iter().all(|row| row.outcome != Outcome::Fail) {
        rows.extend(successes::nothing_succeeded(evidence, targets));
    }
    let explained = |row| {
        elsewhere::explain_other_stages(
            evidence,
            cancelled::doubt_if_cancelled(evidence, shared_process::doubt_if_shared(evidence, row)),
        )
    };
    let excused = |row| generator::excuse_timeouts(evidence, conduct::excuse_without_fault(evidence, row));
    let rows = rows.into_iter().map(|row| excused(explained(row)));
    Verdict::of(rows.chain(conduct).collect())
}

impl DerivedFigures {
    /// Derives the figures of a test without a verdict: one that still runs, or could not be finished.
    pub(crate) fn of(plan: &Plan, targets: &[Target], measurements: &Measurements) -> Self {
        Self::of_evidence(&Evidence::new(plan, targets, measurements))
    }

    fn of_evidence(evidence: &Evidence<'_>) -> Self {
        let (plan, measurements) = (evidence.plan, &*evidence.measurements);
        let has_sizes = plan.sizes.is_some();
        let counts_memory = !measurements.call_memory.is_empty();
        let growth = |what| size_growth::measure_growth(plan, measurements, what);
        let is_experiment = measurements.experiment.is_some();
        Self {
            growth: has_sizes.then(|| growth(Growable::Time)),
            memory_growth: (has_sizes && counts_memory).then(|| growth(Growable::Memory)),
            isolation: isolation::isolation_of_bystanders(evidence),
            budgets: if is_experiment { budget::budgets_of_targets(evidence) } else { Vec::new() },
            selections: named_selections(evidence),
        }
    }
}

/// Lists the selections of the targets' measures that no list of steps, stages and so on shows, each name once.
fn named_selections(evidence: &Evidence<'_>) -> Vec<(String, Selection)> {
    let measures = evidence.targets.iter().flat_map(|target| [Some(&target.measure), target.limit.measure()]);
    let mut selections: Vec<(String, Selection)> = Vec::new();
    for (name, selection) in measures.flatten().flat_map(|measure| named_combinations(evidence, measure)) {
        if !selections.iter().any(|(known, _)| *known == name) {
            selections.push((name, selection));
        }
    }
    selections
}

/// Judges the declared targets. Their comparisons share the error that a test may have.
fn judge_declared(evidence: &Evidence<'_>, is_end: bool) -> Vec<TargetVerdict> {
    let compare = |target| assess::compare_groups(evidence.for_target(target), target);
    let compared: Vec<_> = evidence.targets.iter().map(compare).collect();
    let comparisons = compared.iter().flatten().map(assess::Pending::comparisons).sum();
    let error = certainty::error_of_one(comparisons, evidence.measurements.looks, is_end);
    let decided = compared.into_iter().zip(evidence.targets).map(|(compared, target)| match compared {
        Ok(pending) => assess::decide_target(evidence.for_target(target), pending, error),
        Err(verdict) => *verdict,
    });
    decided.collect()
}

/// Lists the selections of a measure that no list of steps, stages and so on shows by itself, each under its name: a
/// selector of several names or of a tag (`spike.login`), and each group of such a selector (`read.tenant("acme")`).
fn named_combinations(evidence: &Evidence<'_>, measure: &Measure) -> Vec<(String, Selection)> {
    let by_name = !matches!(measure.each, Some(Group::Window(_) | Group::User));
    let measure = Measure { each: measure.each.clone().filter(|_| by_name), ..measure.clone() };
    let groups = group::groups_of(evidence, &measure).unwrap_or_default();
    let several = measure.selector.len() + usize::from(measure.each.is_some()) > 1;
    let named = groups.into_iter().filter(|group| several || group.selection.tag.is_some());
    // The use of a process is no part of the operations.
    let named = named.filter(|group| group.process.is_none());
    named
        .filter(|group| !matches!(group.selection.subject, Subject::Value(_)))
        .map(|group| {
            let names = measure.selector.iter().map(Name::to_string).chain(group.label);
            (names.collect::<Vec<_>>().join("."), group.selection)
        })
        .collect()
}
