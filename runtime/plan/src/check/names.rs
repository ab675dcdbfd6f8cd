//! Checks of the names in selectors against the plan: misspelt names, two names that exclude one another, and a name
//! that is a recorded value in one target and a step in another.

use super::findings::Finding;
use crate::kind::EVERY_PHASE;
use crate::load::Plan;
use crate::metric::{Metric, Stat};
use crate::mistake::{Mistake, Place};
use crate::quantity::Dimension;
use crate::spelling::is_slip;
use crate::target::{Group, Limit, Measure, Name, Target};

/// The names that the plan gives to its stages or phases, its scenarios and its cases.
struct Given<'p> {
    stages: Vec<&'p str>,
    scenarios: Vec<&'p str>,
    cases: Vec<&'p str>,
}

impl<'p> Given<'p> {
    fn by(plan: &'p Plan) -> Self {
        let stages = plan.stages.list.iter().filter_map(|stage| stage.name.as_deref());
        let every = plan.kind.has_phases().then_some(EVERY_PHASE);
        Self {
            stages: stages.chain(plan.kind.phases().iter().copied()).chain(every).collect(),
            scenarios: plan.scenarios.iter().map(|scenario| scenario.name.as_str()).collect(),
            cases: plan.cases.iter().map(|case| case.name.as_str()).collect(),
        }
    }

    fn all(&self) -> Vec<&'p str> {
        [&self.stages[..], &self.scenarios, &self.cases].concat()
    }
}

/// The first wrong name in a selector. A name that is not in the plan may be a step or a value, unless it is surely a
/// slip for one in the plan.
pub(super) fn wrong_names(plan: &Plan, measure: &Measure) -> Finding {
    let given = Given::by(plan);
    misspelt_name(&given, measure)
        .or_else(|| phases_of_no_experiment(plan, &given, measure))
        .or_else(|| phase_beside_every(plan, &given, measure))
        .or_else(|| nothing_is_both(&given, measure))
        .or_else(|| each_of_one(&given, measure))
}

fn is_every(word: &str) -> bool {
    word == EVERY_PHASE
}

/// `always` in a test without phases.
fn phases_of_no_experiment(plan: &Plan, given: &Given<'_>, measure: &Measure) -> Finding {
    if plan.kind.has_phases() || given.all().contains(&EVERY_PHASE) || !plain_names(measure).any(is_every) {
        return None;
    }
    Some(format!(
        "unknown name `{EVERY_PHASE}` in `{measure}`: it stands for every phase of a `#[resilience]` test, and `#[{}]` has \
         none: leave it out",
        plan.kind.attribute()
    ))
}

/// `always.fault.p95`: one phase beside all of them.
fn phase_beside_every(plan: &Plan, given: &Given<'_>, measure: &Measure) -> Finding {
    if !plan.kind.has_phases() || !plain_names(measure).any(is_every) {
        return None;
    }
    let named = plain_names(measure).find(|word| given.stages.contains(word) && !is_every(word))?;
    Some(format!("`{measure}`: `{EVERY_PHASE}` is every phase, and `{named}` one of them: leave one of the two out"))
}

fn misspelt_name(given: &Given<'_>, measure: &Measure) -> Finding {
    let known = given.all();
    measure.selector.iter().find_map(|name| {
        let Name::Plain(word) = name else { return None };
        let near: Vec<&&str> = known.iter().filter(|known| is_slip(word, known)).collect();
        match near[..] {
            [meant] if !known.contains(&word.as_str()) => {
                Some(format!("`{word}` in `{measure}`: did you mean `{meant}`?"))
            }
            _ => None,
        }
    })
}

fn nothing_is_both(given: &Given<'_>, measure: &Measure) -> Finding {
    let sorts = [("stage", &given.stages), ("scenario", &given.scenarios), ("case", &given.cases)];
    sorts.into_iter().find_map(|(sort, known)| {
        let mut named = plain_names(measure).filter(|word| known.contains(word));
        let one = named.next()?;
        let other = named.find(|other| *other != one)?;
        Some(format!("`{measure}` selects nothing: an iteration is in one {sort}, not in `{one}` and `{other}`"))
    })
}

/// `each(stage).spike.p95`: one stage has no stages.
fn each_of_one(given: &Given<'_>, measure: &Measure) -> Finding {
    let (sort, known) = match measure.each.as_ref()? {
        Group::Stage => ("stage", &given.stages),
        Group::Scenario => ("scenario", &given.scenarios),
        Group::Case => ("case", &given.cases),
        _ => return None,
    };
    let one = plain_names(measure).find(|word| known.contains(word))?;
    Some(format!("`each({sort})` of the one {sort} `{one}`: leave out one of the two"))
}

fn plain_names(measure: &Measure) -> impl Iterator<Item = &str> {
    measure.selector.iter().filter_map(|name| match name {
        Name::Plain(word) => Some(word.as_str()),
        _ => None,
    })
}

/// Whether the selector may name a recorded value.
pub(super) fn has_value(plan: &Plan, measure: &Measure) -> bool {
    names_not_given(&Given::by(plan), measure).next().is_some()
}

/// The names that are not in the plan, which are steps or recorded values.
fn names_not_given<'m>(given: &Given<'_>, measure: &'m Measure) -> impl Iterator<Item = &'m str> {
    let known: Vec<String> = given.all().into_iter().map(str::to_owned).collect();
    plain_names(measure).filter(move |word| !known.iter().any(|known| known == word))
}

/// The use of a name in a target.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Use {
    Value,
    Step,
}

/// Finds names that are a recorded value in one target and a step in another.
pub(super) fn uses_of_names(plan: &Plan, targets: &[Target]) -> Vec<Mistake> {
    let given = Given::by(plan);
    let mut seen: Vec<(&str, Use, &Measure)> = Vec::new();
    let mut mistakes = Vec::new();
    for (index, target) in targets.iter().enumerate() {
        for measure in [Some(&target.measure), target.limit.measure()].into_iter().flatten() {
            let (Some(name), Some(used)) = (names_not_given(&given, measure).next(), use_of(target, measure)) else {
                continue;
            };
            let other = seen.iter().find(|(known, other, _)| *known == name && *other != used);
            if let Some((.., other)) = other {
                let message = two_uses(name, measure, used, other);
                mistakes.push(Mistake { place: Place::Target(index), message });
            }
            seen.push((name, used, measure));
        }
    }
    mistakes
}

fn two_uses(name: &str, measure: &Measure, used: Use, other: &Measure) -> String {
    let (value, step) = if used == Use::Value { (measure, other) } else { (other, measure) };
    format!(
        "`{name}` is a recorded value in `{value}`, and `{step}` is of iterations and steps: a recorded value has min, \
         mean, percentiles, max, stddev, cv, count, sum, share and last"
    )
}

/// The use of the name, if the metric or its limit decides it.
fn use_of(target: &Target, measure: &Measure) -> Option<Use> {
    match measure.metric {
        Metric::Stat(Stat::Share | Stat::Last) => Some(Use::Value),
        Metric::Stat(Stat::Count | Stat::Cv) => None,
        Metric::Stat(_) if measure.over.is_none() => match target.limit {
            Limit::Quantity(limit) | Limit::Range(limit, _) if limit.dimension() != Dimension::Time => Some(Use::Value),
            _ => None,
        },
        ref metric => metric.is_of_steps().then_some(Use::Step),
    }
}
