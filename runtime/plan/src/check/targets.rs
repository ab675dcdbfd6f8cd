//! Targets that the plan cannot answer: found before anything runs, so that no load is put on for nothing.

use super::experiment::experiment;
use crate::load::{EVERY_PHASE, Kind, Plan};
use crate::mistake::{Mistake, Place};
use crate::quantity::Dimension;
use crate::spelling::is_slip;
use crate::target::{Group, Growth, Limit, Measure, Metric, Name, Stat, Target};

/// What is wrong, if anything.
pub(super) type Finding = Option<String>;

/// Every target that the plan cannot answer.
///
/// ```
/// use brunt_plan::{Kind, Level, check, parse};
/// let (plan, _) = parse::plan(Kind::Load, "users = 10, iterations = 5");
/// let target = parse::target(Level::Target, "p99 < 1s")?;
/// let found = check::targets(&plan, &[target]);
/// assert_eq!(found[0].message, "`p99` wants at least 100 samples, but 50 iterations are planned");
/// # Ok::<(), brunt_plan::Mistake>(())
/// ```
pub fn targets(plan: &Plan, targets: &[Target]) -> Vec<Mistake> {
    let mut mistakes = Vec::new();
    for (index, target) in targets.iter().enumerate() {
        let place = Place::Target(index);
        let mut say = |message: String| mistakes.push(Mistake { place: place.clone(), message });
        if targets[..index].contains(target) {
            say(format!("`{target}` is declared twice: leave one out"));
        }
        dimension(plan, target).into_iter().for_each(&mut say);
        growth_class(plan, target).into_iter().for_each(&mut say);
        let mut found: Vec<String> = Vec::new();
        for measure in [Some(&target.measure), target.limit.measure()].into_iter().flatten() {
            for check in [names, recorded, sizes, group, window, model, elapsed, samples, capacity, experiment] {
                found.extend(check(plan, measure));
            }
        }
        // Both sides of a relative target may have the same flaw.
        found.sort();
        found.dedup();
        found.into_iter().for_each(say);
    }
    search(plan, targets).into_iter().for_each(|mistake| mistakes.push(mistake));
    mistakes
}

impl Limit {
    /// The measure that a relative limit multiplies.
    pub const fn measure(&self) -> Option<&Measure> {
        match self {
            Self::Relative { of, .. } | Self::RelativeRange { of, .. } => Some(of),
            Self::Quantity(_) | Self::Range(..) | Self::Growth(_) => None,
        }
    }
}

/// The names that the plan itself gives.
fn known(plan: &Plan) -> Vec<&str> {
    let stages = plan.stages.list.iter().filter_map(|stage| stage.name.as_deref());
    let scenarios = plan.scenarios.iter().map(|scenario| scenario.name.as_str());
    let cases = plan.cases.iter().map(|case| case.name.as_str());
    let every = (plan.kind == Kind::Resilience).then_some(EVERY_PHASE);
    stages.chain(scenarios).chain(cases).chain(plan.kind.phases().iter().copied()).chain(every).collect()
}

/// A name that the plan does not give may be a step or a value, unless it is surely a slip for one that it does give.
fn names(plan: &Plan, measure: &Measure) -> Finding {
    let known = known(plan);
    for name in &measure.selector {
        let Name::Plain(word) = name else { continue };
        let near: Vec<&&str> = known.iter().filter(|known| is_slip(word, known)).collect();
        if let [meant] = near[..]
            && !known.contains(&word.as_str())
        {
            return Some(format!("`{word}` in `{measure}`: did you mean `{meant}`?"));
        }
    }
    let of_stages = |word: &str| plan.stages.list.iter().any(|stage| stage.name.as_deref() == Some(word));
    let is_stage = |name: &&Name| matches!(name, Name::Plain(word) if of_stages(word) || plan.kind.is_phase(word));
    let is_every = |name: &Name| matches!(name, Name::Plain(word) if word == EVERY_PHASE);
    if plan.kind != Kind::Resilience && !known.contains(&EVERY_PHASE) && measure.selector.iter().any(is_every) {
        return Some(format!(
            "unknown name `{EVERY_PHASE}` in `{measure}`: it stands for every phase of a `#[resilience]` test, and \
             `#[{}]` has none: leave it out",
            plan.kind.attribute()
        ));
    }
    let mut stages = measure.selector.iter().filter(is_stage);
    match (stages.next(), stages.next()) {
        (Some(one), Some(other)) if one != other && (is_every(one) || is_every(other)) => {
            let named = if is_every(one) { other } else { one };
            Some(format!(
                "`{measure}`: `{EVERY_PHASE}` is every phase, and `{named}` one of them: leave one of the two out"
            ))
        }
        (Some(one), Some(other)) if one != other => {
            Some(format!("`{measure}` selects nothing: an iteration is in one stage, not in `{one}` and `{other}`"))
        }
        _ => None,
    }
}

/// Whether the selector may name a recorded value.
fn has_value(plan: &Plan, measure: &Measure) -> bool {
    let known = known(plan);
    measure.selector.iter().any(|name| matches!(name, Name::Plain(word) if !known.contains(&word.as_str())))
}

/// A name known to be no recorded value makes a stat one of latency, which is a time.
fn dimension(plan: &Plan, target: &Target) -> Finding {
    let (measure, limit) = (&target.measure, &target.limit);
    let given = match limit {
        Limit::Quantity(quantity) | Limit::Range(quantity, _) => *quantity,
        Limit::Growth(_) | Limit::Relative { .. } | Limit::RelativeRange { .. } => return None,
    };
    if let (Metric::Capacity, Some(search)) = (&measure.metric, plan.search) {
        let fits = search.from.is_rate() == (given.dimension() == Dimension::Rate);
        let found = if search.from.is_rate() { "a rate (/s /min)" } else { "a count of users" };
        return (!fits).then(|| format!("the search finds {found}, `{given}` {}", given.dimension().said()));
    }
    if !matches!(measure.metric, Metric::Stat(_)) || has_value(plan, measure) {
        return None;
    }
    let latency = Measure { selector: Vec::new(), ..measure.clone() };
    let wanted = latency.dimensions();
    if wanted.contains(&given.dimension()) {
        return None;
    }
    let wanted = wanted.iter().map(|dimension| dimension.described()).collect::<Vec<_>>().join(" or ");
    Some(format!("{measure} is {wanted}, `{given}` {}", given.dimension().said()))
}

/// Stats that only recorded values have.
fn recorded(plan: &Plan, measure: &Measure) -> Finding {
    let Metric::Stat(stat @ (Stat::Share | Stat::Last)) = measure.metric else { return None };
    (!has_value(plan, measure)).then(|| {
        format!("`{measure}`: `{stat}` is of recorded values, wanted the value's name as in `cache_hit.{stat}`")
    })
}

/// A class of growth wants sizes to grow over.
fn growth_class(plan: &Plan, target: &Target) -> Finding {
    let class = match target.limit {
        Limit::Growth(class) => class,
        _ if target.measure.metric == Metric::Growth => Growth::Linear,
        _ => return None,
    };
    let sizes = plan.sizes.as_ref().map_or(0, |sizes| sizes.values().len());
    let metric = &target.measure.metric;
    match sizes {
        0 => Some(format!(
            "`{metric}` of class `{class}` is fitted over sizes: it wants `#[stress(sizes = [1_000, 10_000, 100_000])]`"
        )),
        1 => Some(format!("`{metric}` of class `{class}` is fitted over sizes: one is too few")),
        _ => None,
    }
}

fn sizes(plan: &Plan, measure: &Measure) -> Finding {
    let size = measure.selector.iter().find_map(|name| match name {
        Name::Size(size) => Some(*size),
        _ => None,
    })?;
    let Some(sizes) = &plan.sizes else {
        return Some(format!("`size({size})` selects nothing: the plan has no `sizes`"));
    };
    let values = sizes.values();
    (!values.contains(&size)).then(|| format!("`size({size})` selects nothing: the sizes are {values:?}"))
}

fn group(plan: &Plan, measure: &Measure) -> Finding {
    let lacking = match measure.each.as_ref()? {
        Group::Stage if plan.kind != Kind::Resilience && plan.stages.list.is_empty() => ("stage", "stages"),
        Group::Scenario if plan.kind != Kind::Resilience && plan.scenarios.is_empty() => ("scenario", "scenarios"),
        Group::Case if plan.cases.is_empty() && plan.sizes.is_none() => ("case", "cases"),
        _ => return None,
    };
    Some(format!("`each({})` goes over nothing: the plan has no `{}`", lacking.0, lacking.1))
}

fn window(plan: &Plan, measure: &Measure) -> Finding {
    let Some(Group::Window(width)) = measure.each else { return None };
    if width.subsec_nanos() != 0 {
        return Some(format!("`each({width:?})`: windows are whole seconds, as in `each(1s)`"));
    }
    let whole = plan.fixed_time().filter(|whole| width > *whole)?;
    Some(format!("`each({width:?})` is longer than the whole load of {whole:?}"))
}

/// What only an open load has.
fn model(plan: &Plan, measure: &Measure) -> Finding {
    if plan.kind == Kind::Resilience || plan.is_open() {
        return None;
    }
    match measure.metric {
        Metric::Dropped => {
            Some("`dropped` counts arrivals that met no free user: it wants an open load (`rate`)".to_owned())
        }
        Metric::Service(stat) => Some(format!(
            "`service.{stat}` leaves out the wait for the start, which only an open load (`rate`) has: wanted `{stat}`"
        )),
        _ => None,
    }
}

/// The elapsed time of a load that lasts a fixed time says nothing of the system.
fn elapsed(plan: &Plan, measure: &Measure) -> Finding {
    if measure.metric != Metric::Elapsed || !measure.selector.is_empty() || measure.each.is_some() {
        return None;
    }
    let whole = plan.fixed_time()?;
    Some(format!(
        "`elapsed` of a load that lasts {whole:?} whatever the system does: judge `throughput` or a latency, or give \
         `iterations`"
    ))
}

/// A percentile of fewer samples than it divides them into is one sample's accident.
fn samples(plan: &Plan, measure: &Measure) -> Finding {
    let (Metric::Stat(Stat::Percentile(percent)) | Metric::Service(Stat::Percentile(percent))) = measure.metric else {
        return None;
    };
    if !measure.selector.is_empty() || measure.each.is_some() {
        return None;
    }
    // 100 ÷ (100 − 99.9) comes out a hair above 1 000.
    let wanted = (100.0 / (100.0 - percent) - 1e-6).ceil();
    let planned = plan.planned_iterations().filter(|planned| (*planned as f64) < wanted)?;
    let metric = &measure.metric;
    Some(format!("`{metric}` wants at least {wanted} samples, but {planned} iterations are planned"))
}

/// The capacity wants to be searched for.
fn capacity(plan: &Plan, measure: &Measure) -> Finding {
    (measure.metric == Metric::Capacity && plan.search.is_none()).then(|| {
        "`capacity` is found by a search: it wants `#[stress(search = capacity(users 10..=10_000))]`".to_owned()
    })
}

/// A search goes up until a target breaks, so one must be able to.
fn search(plan: &Plan, targets: &[Target]) -> Option<Mistake> {
    let of_level = |target: &Target| !matches!(target.measure.metric, Metric::Capacity | Metric::RecoveryTime);
    let judged = targets.iter().any(of_level);
    let message = "`search` goes up until a target breaks: give one besides `capacity`, such as `p95 < 100ms`";
    (plan.search.is_some() && !judged).then(|| Mistake { place: Place::Option("search"), message: message.to_owned() })
}
