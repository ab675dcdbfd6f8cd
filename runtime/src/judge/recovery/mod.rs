//! Whether a system that was broken is well again, and since when: it must be shown, not just met once.
//!
//! Every target that names no phase, or a calm one, becomes a [rule](operation_rule): which operations it applies to,
//! and which of them went wrong. For each rule the [change] is found, the time from which operations went well. From
//! the latest of these times on the [evidence] must show for every rule that no more goes wrong than the target allows;
//! a target on many operations together (a mean, a throughput) must hold as a [figure].
//!
//! The recovery is checked again and again during the wait, which is allowed for: a system that stays broken is taken
//! for recovered in one of a thousand experiments at most, however often it is checked.

mod change;
mod evidence;
mod figure;
mod operation_rule;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;

use super::selector::KnownNames;
use crate::record::course::{Calm, Course, Fate, Recovered};
use crate::record::{Measurements, course};
use crate::units;
use brunt_plan::{Plan, Target};
use change::{ChangePoint, Followed, RuledOperation};
use evidence::RuleEvidence;
use figure::StateFigure;
use operation_rule::OperationRule;

/// The rules and figures that a recovered system must meet.
struct SteadyHypothesis {
    rules: Vec<OperationRule>,
    figures: Vec<StateFigure>,
}

/// Whether the system has recovered. `so_far` has the measurements of the baseline.
pub(crate) fn has_recovered(plan: &Plan, targets: &[Target], so_far: &Measurements, course: &Course) -> Recovered {
    let known = KnownNames::of(plan, so_far);
    let rules = operation_rule::rules_of(&known, targets, so_far, course);
    let hypothesis = SteadyHypothesis { rules, figures: figure::figures_of(&known, targets, course) };
    hypothesis.look(course)
}

impl SteadyHypothesis {
    fn look(&self, course: &Course) -> Recovered {
        let followed: Vec<Followed<'_>> = self.rules.iter().map(|rule| follow_rule(rule, course)).collect();
        let latest = followed.iter().max_by_key(|one| one.turn.since);
        let of_operations = latest.map_or(course.from, |one| one.turn.since);
        let of_figures = self.figures.iter().map(|figure| figure.since(course)).max().unwrap_or(course.from);
        let unsnapped = of_operations.max(of_figures);
        let since = latest.map_or(unsnapped, |one| one.turn.until_healed(unsnapped, &one.points, course));
        if course.until < since.saturating_add(course.window) {
            return Recovered::No(self.went_wrong(course, &followed, since));
        }
        if let Some(missed) = self.figures.iter().find_map(|figure| figure.missed(since, course)) {
            return Recovered::No(missed);
        }
        if let Some(lucky) = followed.iter().find(|one| one.turn.may_be_luck(since, &one.points)) {
            return Recovered::No(lucky.rule.told(course.from, course));
        }
        if let Some(open) = unseen_load(course, since) {
            return Recovered::Undecided(since, open);
        }
        let evidence = followed.iter().map(|one| (one, RuleEvidence::of(one, since, course)));
        if let Some((one, over)) = evidence.clone().find(|(_, evidence)| evidence.is_over()) {
            let of = units::describe_count(over.count());
            return Recovered::No(format!("{}: {} of {of} went wrong", one.rule, units::describe_count(over.wrong)));
        }
        if let Some(wanted) = evidence.filter(|(_, evidence)| !evidence.is_enough()).max_by(|a, b| a.1.cmp_wanted(&b.1))
        {
            return Recovered::Undecided(since, too_few_operations(wanted.0.rule, &wanted.1, course.until - since));
        }
        match self.answered(course, unsnapped, since) {
            Some(answered) => Recovered::Yes(Calm { since, answered }),
            None => Recovered::Undecided(since, "no operation was answered since".to_owned()),
        }
    }

    /// The end of the first operation that was due from `due` on, went well and ended at `since` or later: before that
    /// nothing could show that the system was well again.
    fn answered(&self, course: &Course, due: u64, since: u64) -> Option<u64> {
        let only_bystanders = course.loads.iter().all(|load| load.is_bystander);
        let well = |one: &&course::Operation| {
            (only_bystanders || !course.loads[usize::from(one.load)].is_bystander)
                && one.fate == Fate::Succeeded
                && self.rules.iter().all(|rule| rule.wrong(one, course) != Some(true))
        };
        let from = course.operations.partition_point(|one| one.due < due);
        course.operations[from..].iter().filter(well).map(|one| one.end).filter(|end| *end >= since).min()
    }

    /// Describes the latest miss.
    fn went_wrong(&self, course: &Course, followed: &[Followed<'_>], since: u64) -> String {
        let figure = || self.figures.iter().find_map(|figure| figure.missed(course.until - course.window, course));
        let latest = followed.iter().filter(|one| one.turn.wrong_before > 0).max_by_key(|one| one.turn.since);
        match (latest, figure()) {
            (_, Some(missed)) if latest.is_none_or(|one| one.turn.since < since) => missed,
            (Some(one), _) => one.rule.told(course.until - course.window, course),
            (None, Some(missed)) => missed,
            (None, None) => {
                let window = units::describe_time(course.window as f64);
                format!("nothing was broken for {window} when it was last looked at")
            }
        }
    }
}

fn follow_rule<'r>(rule: &'r OperationRule, course: &Course) -> Followed<'r> {
    let points: Vec<RuledOperation> = course
        .operations
        .iter()
        .filter_map(|one| Some(RuledOperation { due: one.due, end: one.end, wrong: rule.wrong(one, course)? }))
        .collect();
    let turn = ChangePoint::of(&points, rule, course);
    Followed { rule, points, turn }
}

/// Describes a load without any answered operation since `since`; `None` where there is none.
fn unseen_load(course: &Course, since: u64) -> Option<String> {
    let seen = |load: usize| {
        let of_it = |one: &course::Operation| usize::from(one.load) == load && one.due >= since && one.has_ended();
        course.operations.iter().rev().any(of_it)
    };
    let mut wanted = course.loads.iter().enumerate().filter(|(_, load)| !load.is_bystander && !load.is_over);
    let (_, load) = wanted.find(|(index, _)| !seen(*index))?;
    let (name, time) = (&load.name, units::describe_time((course.until - since) as f64));
    Some(format!(
        "no operation of `{name}` was answered in the {time} since: wait longer, with `lab.recovery(longest)`"
    ))
}

/// Describes how many operations would be enough.
fn too_few_operations(rule: &OperationRule, evidence: &RuleEvidence, time: u64) -> String {
    let (count, calm) = (evidence.count(), units::describe_time(time as f64));
    let went = match evidence.wrong {
        0 => format!("nothing went wrong for {calm}"),
        wrong => format!("{} of {} went wrong in {calm}", units::describe_count(wrong), units::describe_count(count)),
    };
    let few = format!("{rule}: {went}, but {} operations are too few to tell", units::describe_count(count));
    match evidence.wanted() {
        Some(wanted) if count > 0 => {
            let rest = time as f64 * (wanted - count) as f64 / count as f64;
            format!(
                "{few}: about {} are wanted, at this rate {} more; wait longer, with `lab.recovery(longest)`, or put on \
                 more load",
                units::describe_count(wanted),
                units::describe_time(rest)
            )
        }
        Some(wanted) => format!("{few}: about {} are wanted", units::describe_count(wanted)),
        None => format!("{few}: so many go wrong that no sensible number would be enough"),
    }
}
