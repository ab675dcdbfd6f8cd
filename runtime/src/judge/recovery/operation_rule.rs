//! Targets as rules on single operations: which ones a rule applies to, which of them went wrong, and what share may. A
//! limit on a percentile means that only the rest may take longer.

use crate::failure::Failed;
use crate::judge::bounds::{self, LimitEnd};
use crate::judge::hypothesis::{self, speaks_in_calm};
use crate::judge::isolation;
use crate::judge::selector::KnownNames;
use crate::judge::selector::speaks_of;
use crate::record::course::{Course, Fate, Operation};
use crate::record::experiment::phase;
use crate::record::{Measurements, Selection, Tally};
use crate::units;
use brunt_plan::target::{Group, Kinds, Metric, Name, Stat};
use brunt_plan::{Dimension, Target};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// One rule on the operations of all loads or of one.
#[derive(Clone, Debug)]
pub(super) struct OperationRule {
    text: String,
    load: Option<u16>,
    of: Misdeed,
    /// The share that may go wrong.
    pub(super) allowed: f64,
    /// The share that went wrong in the baseline, which is no sign of a fault.
    pub(super) usual: f64,
}

/// The way in which an operation goes wrong.
#[derive(Clone, Debug)]
enum Misdeed {
    /// It takes longer than the limit: from when it was due or, for the service time, from when it started.
    Slow { limit: LimitEnd, service: bool },
    /// It does not succeed.
    NoSuccess,
    /// It fails in one of these ways.
    Fails(Kinds),
    /// It found no free user.
    Dropped,
    /// It ends in a way that no target covers.
    Unspoken(Vec<Spoken>),
}

/// The failures of one load that targets cover.
#[derive(Clone, Debug)]
struct Spoken {
    kinds: Vec<Arc<str>>,
    interrupted: bool,
    dropped: bool,
}

/// Makes the rules of the targets, and the implicit rule that nothing fails.
pub(super) fn rules_of(
    known: &KnownNames,
    targets: &[Target],
    so_far: &Measurements,
    course: &Course,
) -> Vec<OperationRule> {
    let mut rules = vec![unspoken_rule(known, targets, course)];
    for target in targets.iter().filter_map(|target| hypothesis::of_state(known, target)) {
        // A target that allows all operations to go wrong is no rule.
        let Some((of, allowed)) = what_goes_wrong(&target).filter(|(_, allowed)| *allowed < 1.0) else { continue };
        rules.extend(loads_of(&target, course).into_iter().map(|load| {
            let text = match load.filter(|_| target.measure.each.is_some()) {
                Some(load) => format!("{target} in {}", course.loads[usize::from(load)].name),
                None => target.to_string(),
            };
            OperationRule { text, load, of: of.clone(), allowed, usual: 0.0 }
        }));
    }
    rules.iter_mut().for_each(|rule| rule.usual = rule.usual(so_far, course));
    rules
}

/// Lists the loads that a target goes over; `None` is all of them together.
pub(super) fn loads_of(target: &Target, course: &Course) -> Vec<Option<u16>> {
    let named = target.measure.selector.iter().find_map(|name| match name {
        Name::Plain(name) => course.loads.iter().position(|load| *load.name == **name),
        _ => None,
    });
    match (&target.measure.each, named) {
        (Some(Group::Scenario), _) => (0..course.loads.len()).map(|load| Some(load as u16)).collect(),
        (_, Some(load)) => vec![Some(load as u16)],
        _ if target.measure.selector.is_empty() => vec![None],
        _ => Vec::new(),
    }
}

/// The misdeed that a target limits, and the share of operations that it allows.
fn what_goes_wrong(target: &Target) -> Option<(Misdeed, f64)> {
    let ends = bounds::ends_of(target)?;
    match &target.measure.metric {
        Metric::Stat(stat) => slow_operations(*stat, ends.high?, false),
        Metric::Service(stat) => slow_operations(*stat, ends.high?, true),
        Metric::SuccessRate => Some((Misdeed::NoSuccess, 1.0 - ends.low?.value)),
        Metric::Errors(kinds) => Some((Misdeed::Fails(kinds.clone()), allowed_share(target, ends.high?))),
        Metric::Dropped => Some((Misdeed::Dropped, allowed_share(target, ends.high?))),
        _ => None,
    }
}

fn slow_operations(stat: Stat, limit: LimitEnd, service: bool) -> Option<(Misdeed, f64)> {
    let allowed = match stat {
        Stat::Percentile(percentile) => 1.0 - percentile / 100.0,
        Stat::Max => 0.0,
        _ => return None,
    };
    Some((Misdeed::Slow { limit, service }, allowed.max(0.0)))
}

/// The share of failures that a target allows. A number of failures is for the whole test, so that in a single stretch
/// none is allowed.
fn allowed_share(target: &Target, limit: LimitEnd) -> f64 {
    let is_share = bounds::written_dimension(target) != Some(Dimension::Count);
    if is_share { limit.value.clamp(0.0, 1.0) } else { 0.0 }
}

fn unspoken_rule(known: &KnownNames, targets: &[Target], course: &Course) -> OperationRule {
    let spoken = course.loads.iter().map(|load| {
        let speaks = |of: &dyn Fn(&Metric) -> bool| speaks_in_calm(known, targets, &load.name, of);
        let of_kind = |kind: &Arc<str>| {
            speaks(&|metric| match metric {
                Metric::Errors(kinds) | Metric::ErrorLatency(kinds, _) => speaks_of(kinds, kind),
                metric => *metric == Metric::SuccessRate,
            })
        };
        Spoken {
            kinds: course.kinds.iter().filter(|kind| of_kind(kind)).cloned().collect(),
            interrupted: speaks(&|metric| matches!(metric, Metric::SuccessRate | Metric::Interrupted)),
            dropped: speaks(&|metric| *metric == Metric::Dropped),
        }
    });
    let of = Misdeed::Unspoken(spoken.collect());
    OperationRule { text: "errors = 0".to_owned(), load: None, of, allowed: 0.0, usual: 0.0 }
}

impl OperationRule {
    /// Whether an operation went wrong; `None` where the rule does not apply to it, or it is not known yet.
    pub(super) fn wrong(&self, one: &Operation, course: &Course) -> Option<bool> {
        if self.load.is_some_and(|load| load != one.load) {
            return None;
        }
        let wrong = match one.fate {
            // An open operation that others have overtaken hangs; of any other only the time so far is known.
            Fate::Open if one.due < course.until => Some(true),
            Fate::Open => self.is_late(one).then_some(true),
            _ => self.ended_wrong(one, course),
        };
        // Among the latest operations only the quick ones have ended, so that their successes do not count yet.
        wrong.filter(|wrong| *wrong || one.due < course.until)
    }

    fn is_late(&self, one: &Operation) -> bool {
        match self.of {
            Misdeed::Slow { limit, service: false } => limit.is_passed_by(one.latency() as f64),
            Misdeed::Slow { limit, service: true } => limit.is_passed_by(one.service_time() as f64),
            _ => false,
        }
    }

    fn ended_wrong(&self, one: &Operation, course: &Course) -> Option<bool> {
        let kind = match one.fate {
            Fate::Failed(kind) => course.kinds.get(usize::from(kind)),
            _ => None,
        };
        match &self.of {
            // A failure does not show how long a success takes.
            Misdeed::Slow { .. } => match (one.fate, kind) {
                (Fate::Dropped, _) => None,
                (_, Some(kind)) if **kind != *Failed::TIMEOUT => None,
                _ => Some(self.is_late(one)),
            },
            Misdeed::NoSuccess => one.has_ended().then_some(one.fate != Fate::Succeeded),
            Misdeed::Fails(kinds) => one.has_ended().then(|| kind.is_some_and(|kind| speaks_of(kinds, kind))),
            Misdeed::Dropped => Some(one.fate == Fate::Dropped),
            Misdeed::Unspoken(spoken) => {
                let spoken = spoken.get(usize::from(one.load))?;
                Some(match (one.fate, kind) {
                    (Fate::Interrupted, _) => !spoken.interrupted,
                    (Fate::Dropped, _) => !spoken.dropped,
                    (_, Some(kind)) => !spoken.kinds.contains(kind),
                    _ => false,
                })
            }
        }
    }

    /// The share that went wrong in the baseline.
    fn usual(&self, so_far: &Measurements, course: &Course) -> f64 {
        let of = |load: usize| {
            let (stage, scenario) = (Some(phase::BASELINE.into()), Some(Arc::clone(&course.loads[load].name)));
            let tally = so_far.tally(&Selection { stage, scenario, ..Selection::default() });
            self.wrong_of(&tally, load)
        };
        let loads = (0..course.loads.len()).filter(|load| self.load.is_none_or(|of| usize::from(of) == *load));
        let (wrong, all) = loads.map(of).fold((0, 0), |sum, of| (sum.0 + of.0, sum.1 + of.1));
        if all == 0 { 0.0 } else { wrong as f64 / all as f64 }
    }

    /// Counts the operations of a load that went wrong, and all.
    fn wrong_of(&self, tally: &Tally, load: usize) -> (u64, u64) {
        match &self.of {
            Misdeed::Slow { limit, service } => {
                let latency = if *service && !tally.service.is_empty() { &tally.service } else { &tally.latency };
                let within = isolation::at_most(latency, Duration::from_nanos(limit.value.max(0.0) as u64));
                (latency.count().saturating_sub(within), latency.count())
            }
            Misdeed::NoSuccess => (tally.count() - tally.successes, tally.count()),
            Misdeed::Fails(kinds) => (tally.failures_of(|kind| speaks_of(kinds, kind)), tally.count()),
            Misdeed::Dropped => (tally.dropped, tally.count() + tally.dropped),
            Misdeed::Unspoken(spoken) => {
                let Some(spoken) = spoken.get(load) else { return (0, 0) };
                let failed = tally.failures_of(|kind| !spoken.kinds.iter().any(|known| **known == *kind));
                let interrupted = if spoken.interrupted { 0 } else { tally.interrupted };
                let dropped = if spoken.dropped { 0 } else { tally.dropped };
                (failed + interrupted + dropped, tally.count() + tally.dropped)
            }
        }
    }

    /// Describes in one line how many operations went wrong from a time on.
    pub(super) fn told(&self, from: u64, course: &Course) -> String {
        const FEW: u64 = 10;
        let count = |from: u64| {
            let of = course.operations.iter().filter(|one| one.due >= from).filter_map(|one| self.wrong(one, course));
            of.fold((0, 0), |(wrong, all), is_wrong| (wrong + u64::from(is_wrong), all + 1))
        };
        let changed = course.changes.iter().map(|change| change.end).max().unwrap_or(course.from);
        let from = if count(from).1 < FEW || count(from).0 == 0 { from.min(changed) } else { from };
        let (wrong, all) = count(from);
        let (wrong, all) = (units::describe_count(wrong), units::describe_count(all));
        let time = units::describe_time(course.until.saturating_sub(from) as f64);
        let went = match &self.of {
            Misdeed::Slow { .. } => "took longer",
            Misdeed::Dropped => "found no free user",
            _ => "failed",
        };
        format!("{self}: {wrong} of {all} {went}, or hang, in the last {time}")
            .replace(", or hang,", self.hanging(course))
    }

    /// The words for operations that have not ended, where there are some.
    fn hanging(&self, course: &Course) -> &'static str {
        let hangs = |one: &Operation| one.fate == Fate::Open && one.due < course.until;
        if course.operations.iter().any(|one| hangs(one) && self.wrong(one, course).is_some()) {
            " or have not ended"
        } else {
            ""
        }
    }
}

impl fmt::Display for OperationRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
