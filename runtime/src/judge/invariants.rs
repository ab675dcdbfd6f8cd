//! What must not happen even while something is broken: a check that does not hold, and a panic. A wrong answer is no
//! failure that a fault explains, so that a target must speak of it, in the phases in which all other failures are expected.

use super::evidence::Evidence;
use super::metric::speaks_of;
use super::{Outcome, TargetVerdict, hypothesis, reference, show};
use crate::failure::Failed;
use crate::record::experiment::phase;
use crate::record::{Selection, Subject};
use brunt_plan::target::{Group, Measure, Metric};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What a failed check's kind begins with.
const CHECK: &str = "check: ";

/// Each kind of failure that breaks an invariant, and that no target speaks of in the phases in which it happened.
pub(super) fn findings(evidence: &Evidence<'_>) -> Vec<TargetVerdict> {
    let mut unspoken: BTreeMap<Arc<str>, (u64, u64, Vec<&str>, Arc<str>)> = BTreeMap::new();
    for name in phase::ALL.into_iter().filter(|name| phase::is_disturbed(name)) {
        for scenario in &evidence.known.scenarios {
            let (stage, load) = (Some(name.into()), Some(Arc::clone(scenario)));
            let tally = evidence.measurements.tally(&Selection { stage, scenario: load, ..Selection::default() });
            for (kind, failures) in tally.failures.iter().filter(|(kind, _)| is_invariant(kind)) {
                if is_spoken_of(evidence, name, scenario, kind) {
                    continue;
                }
                let example = || (0, 0, Vec::new(), Arc::clone(&failures.example));
                let found = unspoken.entry(Arc::clone(kind)).or_insert_with(example);
                (found.0, found.1) = (found.0 + failures.count, found.1 + tally.count());
                if !found.2.contains(&name) {
                    found.2.push(name);
                }
            }
        }
    }
    let row = |(kind, (count, all, phases, example)): (Arc<str>, (u64, u64, Vec<&str>, Arc<str>))| {
        let (phases, first) = (phases.join("` and `"), example.lines().next().unwrap_or_default());
        let reason = format!(
            "{} of {} operations failed so in `{phases}` (\"{first}\"): a fault excuses no wrong answer and no panic; where \
             it is expected, say how often: `always.errors({kind:?}) <= {count}`",
            show::count(count),
            show::count(all)
        );
        let text = format!("always.errors({kind:?}) = 0");
        TargetVerdict { samples: all, ..TargetVerdict::rule(&text, Outcome::Fail, reason) }
    };
    unspoken.into_iter().map(row).collect()
}

fn is_invariant(kind: &str) -> bool {
    kind.starts_with(CHECK) || kind == Failed::PANIC
}

/// Whether a target speaks of the failures of a kind in a disturbed phase.
fn is_spoken_of(evidence: &Evidence<'_>, phase: &str, scenario: &Arc<str>, kind: &str) -> bool {
    let measures = evidence.targets.iter().flat_map(|target| std::iter::once(&target.measure).chain(reference(target)));
    let mut speaking = measures.filter(|measure| match &measure.metric {
        Metric::Errors(kinds) | Metric::ErrorLatency(kinds, _) => speaks_of(kinds, kind),
        metric => *metric == Metric::SuccessRate,
    });
    speaking.any(|measure| is_of(evidence, measure, phase, scenario))
}

/// Whether a measure is of all operations of a load in a phase, or of parts of them.
fn is_of(evidence: &Evidence<'_>, measure: &Measure, phase: &str, scenario: &Arc<str>) -> bool {
    let Ok(Selection { stage, scenario: of, subject, .. }) = evidence.select(&measure.selector) else { return false };
    let names_it = stage.as_deref() == Some(phase);
    let names_all = stage.is_none() && !hypothesis::is_of_steady_state(&evidence.known, measure);
    let is_of_phase = names_it || names_all || measure.each == Some(Group::Stage);
    is_of_phase && of.is_none_or(|of| of == *scenario) && !matches!(subject, Subject::Value(_))
}
