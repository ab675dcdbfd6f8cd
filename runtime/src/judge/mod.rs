//! Judges measurements by targets. Pure: it knows no clock, no file and no runtime.
//!
//! A target is judged in four steps, each a file: its names become a [selection](selector), the selection is cut into
//! [groups](group) where it is quantified, the [metric] of each group is read, and each figure is [compared](compare)
//! with the limit. What cannot be judged says why: [`Trouble`]. Beside the targets stand the rules that hold without
//! being written ([`unspoken`], [`forgiven`], [`successes`], [`conduct`], [`incidents`]).

mod assess;
mod binomial;
mod bounds;
mod budget;
mod cancelled;
pub(crate) mod capacity;
mod certainty;
mod compare;
mod conduct;
mod early;
mod elsewhere;
mod evidence;
mod experiment;
mod forgiven;
mod generator;
mod group;
mod growth;
mod hypothesis;
mod incidents;
mod interval;
mod invariants;
mod isolation;
mod metric;
mod noise;
mod planned;
mod recovery;
mod resources;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
pub(crate) mod sample;
mod sampled;
mod selector;
mod shared_process;
pub(crate) mod show;
mod spread;
mod student;
mod successes;
mod sweep;
#[cfg(test)]
mod tests;
mod timeline;
mod unspoken;
mod verdict;

pub(crate) use budget::{Budget, budgets};
pub(crate) use conduct::is_of_nothing;
pub(crate) use early::{critical_breach, elapsed_lost, undecided};
pub(crate) use generator::{health, paused_share};
pub(crate) use growth::Growing;
pub(crate) use hypothesis::steady;
pub(crate) use incidents::{incident_findings, incident_notes};
pub(crate) use isolation::{Isolation, isolation};
pub(crate) use recovery::recovered;
pub(crate) use sweep::{Growable, growth};
pub(crate) use verdict::{Bound, Figure, Outcome, Reference, TargetVerdict, Verdict};

use crate::record::{Measurements, Selection, Subject};
use brunt_plan::target::{Group, Measure, Name};
use brunt_plan::{Plan, Target};
use evidence::Evidence;

/// Judges what was measured. Targets come out in the order given; behind them the rules that hold unwritten:
/// something was measured and succeeded, nothing failed or was interrupted that no target speaks of, no step failed
/// unnoticed, no arrival was dropped unnamed;
/// and an experiment was one: its baseline steady, its faults met and healed, its recoveries seen.
pub(crate) fn judge(plan: &Plan, targets: &[Target], measurements: &Measurements) -> Verdict {
    judge_at(plan, targets, measurements, true)
}

/// The same at the end of the test, or at one of the looks that may end it.
fn judge_at(plan: &Plan, targets: &[Target], measurements: &Measurements, is_end: bool) -> Verdict {
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

/// The measure on the right-hand side of a relative target.
pub(crate) const fn reference(target: &Target) -> Option<&Measure> {
    target.limit.measure()
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

/// Why a measure has no figure that can be compared.
#[derive(Clone, Debug, PartialEq)]
enum Trouble {
    /// The target asks for something that is not there: it fails, and says what there was.
    Mistake(String),
    /// The measurements cannot tell.
    Open {
        /// Why not.
        reason: String,
        /// What was seen although it cannot count.
        seen: Option<Figure>,
        /// Out of how many samples.
        samples: u64,
    },
}

impl Trouble {
    fn open(reason: impl Into<String>) -> Self {
        Self::Open { reason: reason.into(), seen: None, samples: 0 }
    }

    fn no_samples() -> Self {
        Self::open("no samples")
    }
}
