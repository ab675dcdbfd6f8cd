//! Invariants that must hold even while something is broken: no check fails and nothing panics. A fault does not
//! explain a wrong answer, so that a target must cover it even in the phases in which all other failures are expected.

use super::evidence::{self, Evidence};
use super::rule::Rule;
use super::selector::speaks_of;
use super::{Outcome, TargetVerdict, unspoken};
use crate::failure::Failed;
use crate::record::experiment::phase;
use crate::record::{Selection, Subject};
use crate::units;
use brunt_plan::target::{Group, Measure, Metric};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The prefix of the kind of a failed check.
const CHECK: &str = "check: ";

/// Failures of one kind that no target covers.
#[derive(Default)]
struct Unspoken<'p> {
    count: u64,
    /// The number of all operations in the phases and loads of these failures.
    all: u64,
    phases: BTreeSet<&'p str>,
    example: Arc<str>,
}

/// Finds each kind of failure that breaks an invariant and that no target covers in the phases in which it happened.
pub(super) fn broken_invariants(evidence: &Evidence<'_>) -> Vec<TargetVerdict> {
    let mut unspoken: BTreeMap<Arc<str>, Unspoken<'_>> = BTreeMap::new();
    for name in phase::ALL.into_iter().filter(|name| phase::is_disturbed(name)) {
        for scenario in &evidence.known.scenarios {
            let (stage, load) = (Some(name.into()), Some(Arc::clone(scenario)));
            let tally = evidence.measurements.tally(&Selection { stage, scenario: load, ..Selection::default() });
            for (kind, failures) in tally.failures.iter().filter(|(kind, _)| is_invariant(kind)) {
                if is_spoken_of(evidence, name, scenario, kind) {
                    continue;
                }
                let found = unspoken.entry(Arc::clone(kind)).or_default();
                (found.count, found.all) = (found.count + failures.count, found.all + tally.count());
                found.phases.insert(name);
                found.example = Arc::clone(&failures.example);
            }
        }
    }
    unspoken.iter().map(|(kind, found)| broken_invariant(kind, found)).collect()
}

fn broken_invariant(kind: &Arc<str>, found: &Unspoken<'_>) -> TargetVerdict {
    let Unspoken { count, all, phases, example } = found;
    let phases: Vec<&str> = phases.iter().copied().collect();
    let reason = format!(
        "{} of {} operations failed so in `{}` (\"{}\"): a fault excuses no wrong answer and no panic; where it is expected, \
         say how often: `always.errors({kind:?}) <= {count}`",
        units::describe_count(*count),
        units::describe_count(*all),
        phases.join("` and `"),
        unspoken::shorten_example(example)
    );
    TargetVerdict { samples: *all, ..TargetVerdict::of_rule(Rule::Invariant(Arc::clone(kind)), Outcome::Fail, reason) }
}

fn is_invariant(kind: &str) -> bool {
    kind.starts_with(CHECK) || kind == Failed::PANIC
}

/// Whether a target covers the failures of a kind in a disturbed phase.
fn is_spoken_of(evidence: &Evidence<'_>, phase: &str, scenario: &Arc<str>, kind: &str) -> bool {
    let measures =
        evidence.targets.iter().flat_map(|target| std::iter::once(&target.measure).chain(target.limit.measure()));
    let mut speaking = measures.filter(|measure| match &measure.metric {
        Metric::Errors(kinds) | Metric::ErrorLatency(kinds, _) => speaks_of(kinds, kind),
        metric => *metric == Metric::SuccessRate,
    });
    speaking.any(|measure| is_of_load_in(evidence, measure, phase, scenario))
}

/// Whether a measure is on all operations of a load in a phase, or on parts of them.
fn is_of_load_in(evidence: &Evidence<'_>, measure: &Measure, phase: &str, scenario: &Arc<str>) -> bool {
    let Ok(Selection { stage, scenario: of, subject, .. }) = evidence.select(&measure.selector) else { return false };
    let names_it = stage.as_deref() == Some(phase);
    let names_all = stage.is_none() && !evidence::is_of_steady_state(&evidence.known, measure);
    let is_of_phase = names_it || names_all || measure.each == Some(Group::Stage);
    is_of_phase && of.is_none_or(|of| of == *scenario) && !matches!(subject, Subject::Value(_))
}
