//! Checks of targets against the plan: targets that the run could not answer are found before it starts.

use super::contradiction::contradiction_with_earlier;
use super::findings::Finding;
use super::names::{has_value, uses_of_names, wrong_names};
use crate::kind::EVERY_PHASE;
use crate::load::Plan;
use crate::metric::{Metric, Scope, Stat};
use crate::mistake::{Mistake, Place};
use crate::quantity::{Dimension, Quantity};
use crate::target::{Group, Growth, Limit, Measure, Name, Target};

/// The mistakes in targets that the plan cannot answer.
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
        let mut push = |message: String| mistakes.push(Mistake { place: place.clone(), message });
        contradiction_with_earlier(&targets[..index], target).into_iter().for_each(&mut push);
        wrong_dimension(plan, target).into_iter().for_each(&mut push);
        growth_class(plan, target).into_iter().for_each(&mut push);
        counted_failures(plan, target).into_iter().for_each(&mut push);
        let mut found: Vec<String> = Vec::new();
        for measure in [Some(&target.measure), target.limit.measure()].into_iter().flatten() {
            for check in [
                wrong_names,
                wrong_subject,
                unknown_size,
                empty_group,
                wrong_window,
                wants_open_load,
                fixed_elapsed,
                too_few_samples,
                capacity_without_search,
                metric_of_experiment,
            ] {
                found.extend(check(plan, measure));
            }
        }
        // Both sides of a relative target may have the same flaw.
        found.sort();
        found.dedup();
        found.into_iter().for_each(push);
    }
    mistakes.extend(uses_of_names(plan, targets));
    search_without_target(plan, targets).into_iter().for_each(|mistake| mistakes.push(mistake));
    mistakes
}

/// The limit has a wrong dimension. A stat without the name of a recorded value is a latency, which is a time.
fn wrong_dimension(plan: &Plan, target: &Target) -> Finding {
    let (measure, limit) = (&target.measure, &target.limit);
    let given = match limit {
        Limit::Quantity(quantity) | Limit::Range(quantity, _) => *quantity,
        Limit::Growth(_) | Limit::Relative { .. } | Limit::RelativeRange { .. } => return None,
    };
    if let (Metric::Capacity, Some(search)) = (&measure.metric, plan.search) {
        let fits = search.from.is_rate() == (given.dimension() == Dimension::Rate);
        let found = if search.from.is_rate() { "a rate (/s /min)" } else { "a count of users" };
        return (!fits)
            .then(|| format!("the search finds {found}, `{given}` {}", given.dimension().described_as_found()));
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
    Some(format!("{measure} is {wanted}, `{given}` {}", given.dimension().described_as_found()))
}

/// The metric or stat is one of steps or of recorded values only, and the selector names neither.
fn wrong_subject(plan: &Plan, measure: &Measure) -> Finding {
    if measure.metric == Metric::Cancelled && !has_value(plan, measure) && measure.each != Some(Group::Step) {
        return Some(format!(
            "`{measure}`: `cancelled` is of steps, wanted the step's name as in `pay.cancelled`, or `each(step).cancelled`"
        ));
    }
    let Metric::Stat(stat @ (Stat::Share | Stat::Last)) = measure.metric else { return None };
    (!has_value(plan, measure)).then(|| {
        format!("`{measure}`: `{stat}` is of recorded values, wanted the value's name as in `cache_hit.{stat}`")
    })
}

/// A class of growth without at least two sizes.
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

fn unknown_size(plan: &Plan, measure: &Measure) -> Finding {
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

fn empty_group(plan: &Plan, measure: &Measure) -> Finding {
    let lacking = match measure.each.as_ref()? {
        Group::Stage if !plan.kind.has_phases() && plan.stages.list.is_empty() => ("stage", "stages"),
        Group::Scenario if !plan.kind.is_led_by_body() && plan.scenarios.is_empty() => ("scenario", "scenarios"),
        Group::Case if plan.cases.is_empty() && plan.sizes.is_none() => ("case", "cases"),
        _ => return None,
    };
    Some(format!("`each({})` goes over nothing: the plan has no `{}`", lacking.0, lacking.1))
}

fn wrong_window(plan: &Plan, measure: &Measure) -> Finding {
    let Some(Group::Window(width)) = measure.each else { return None };
    if width.subsec_nanos() != 0 {
        return Some(format!("`each({width:?})`: windows are whole seconds, as in `each(1s)`"));
    }
    let settle = plan.settle.and_then(Quantity::duration).unwrap_or_default();
    let whole = plan.fixed_time().map(|whole| whole.saturating_add(settle)).filter(|whole| width > *whole)?;
    Some(format!("`each({width:?})` is longer than the whole load of {whole:?}"))
}

/// A metric that only open loads have, in a closed one.
fn wants_open_load(plan: &Plan, measure: &Measure) -> Finding {
    if plan.kind.is_led_by_body() || plan.is_open() {
        return None;
    }
    match measure.metric {
        Metric::Dropped => {
            Some("`dropped` counts arrivals that found no free user: it wants an open load (`rate`)".to_owned())
        }
        Metric::Unsent => {
            Some("`unsent` counts arrivals that were never started: it wants an open load (`rate`)".to_owned())
        }
        Metric::Service(stat) => Some(format!(
            "`service.{stat}` leaves out the wait for the start, which only an open load (`rate`) has: wanted `{stat}`"
        )),
        _ => None,
    }
}

/// `elapsed` of a load with a fixed duration, which does not depend on the system.
fn fixed_elapsed(plan: &Plan, measure: &Measure) -> Finding {
    if measure.metric != Metric::Elapsed || !measure.selector.is_empty() || measure.each.is_some() {
        return None;
    }
    let whole = plan.fixed_time()?;
    Some(format!(
        "`elapsed` of a load that lasts {whole:?} whatever the system does: judge `throughput` or a latency, or give \
         `iterations`"
    ))
}

/// A percentile of too few samples: with fewer than 1 ÷ (1 − p) of them it would be a single sample.
fn too_few_samples(plan: &Plan, measure: &Measure) -> Finding {
    let (Metric::Stat(Stat::Percentile(percent)) | Metric::Service(Stat::Percentile(percent))) = measure.metric else {
        return None;
    };
    // With `settle` the load goes on until there are enough samples.
    let goes_on = plan.settle.is_some_and(|time| time.base() > 0.0);
    if !measure.selector.is_empty() || measure.each.is_some() || goes_on {
        return None;
    }
    // 100 ÷ (100 − 99.9) comes out a hair above 1 000.
    let wanted = (100.0 / (100.0 - percent) - 1e-6).ceil();
    let planned = plan.planned_iterations().filter(|planned| (*planned as f64) < wanted)?;
    let metric = &measure.metric;
    Some(format!("`{metric}` wants at least {wanted} samples, but {planned} iterations are planned"))
}

/// A number of allowed failures in a load with `settle`, which grows with the load. Zero failures are allowed as a
/// limit.
fn counted_failures(plan: &Plan, target: &Target) -> Finding {
    let settle = plan.settle.filter(|time| time.base() > 0.0)?;
    let Target { measure, limit, .. } = target;
    if measure.each.is_some() || !matches!(measure.metric, Metric::Errors(_) | Metric::Interrupted | Metric::Dropped) {
        return None;
    }
    let (Limit::Quantity(most) | Limit::Range(_, most)) = limit else { return None };
    // `errors < 1` means zero failures, too.
    if most.dimension() != Dimension::Count || most.base() <= 1.0 {
        return None;
    }
    Some(format!(
        "`{target}` is a number of failures, of which there are more where the load goes on (`settle = {settle}`): wanted a \
         share, such as `{measure} < 1%`, or none at all, `{measure} = 0`"
    ))
}

/// `capacity` without a search.
fn capacity_without_search(plan: &Plan, measure: &Measure) -> Finding {
    (measure.metric == Metric::Capacity && plan.search.is_none()).then(|| {
        "`capacity` is found by a search: it wants `#[stress(search = capacity(users 10..=10_000))]`".to_owned()
    })
}

/// A search without a target that could break, at which it would end.
fn search_without_target(plan: &Plan, targets: &[Target]) -> Option<Mistake> {
    let of_level = |target: &Target| !target.measure.metric.is_of_whole_search();
    let judged = targets.iter().any(of_level);
    let message = "`search` goes up until a target breaks: give one besides `capacity`, such as `p95 < 100ms`";
    (plan.search.is_some() && !judged).then(|| Mistake { place: Place::Option("search"), message: message.to_owned() })
}

/// A metric of experiments in another kind of test, or of a part of the experiment that does not have it.
fn metric_of_experiment(plan: &Plan, measure: &Measure) -> Finding {
    if measure.metric.scope() != Scope::Experiment || (measure.metric.is_of_whole_search() && plan.search.is_some()) {
        return None;
    }
    let of_whole = measure.metric != Metric::Amplification;
    let metric = &measure.metric;
    if !plan.kind.is_led_by_body() {
        return Some(format!("`{metric}` is measured by `#[resilience]`, not by `#[{}]`", plan.kind.attribute()));
    }
    if *metric == Metric::Isolation
        && let Some(phase) = named_phase(plan, measure)
    {
        let is_broken = ["fault", "recovering", EVERY_PHASE].contains(&phase);
        return (!is_broken).then(|| {
            format!("`{metric}` is of the time in which something is broken, not of the phase `{phase}`: leave that out, or \
                     write `fault.{metric}` or `recovering.{metric}`")
        });
    }
    let part = part_of_experiment(plan, measure).filter(|_| of_whole)?;
    Some(format!("`{metric}` is of the whole experiment, not of {part}: leave that out"))
}

/// The phase that a measure names.
fn named_phase<'m>(plan: &Plan, measure: &'m Measure) -> Option<&'m str> {
    measure.selector.iter().find_map(|name| match name {
        Name::Plain(word) if plan.kind.is_phase(word) => Some(word.as_str()),
        _ => None,
    })
}

/// The part of an experiment's time or of its operations that a measure selects.
fn part_of_experiment(plan: &Plan, measure: &Measure) -> Option<String> {
    if let Some(phase) = named_phase(plan, measure) {
        return Some(format!("the phase `{phase}`"));
    }
    Some(match measure.each.as_ref()? {
        Group::Window(_) => "windows of time".to_owned(),
        Group::Stage => "each phase".to_owned(),
        Group::Step => "each step".to_owned(),
        Group::User => "each user".to_owned(),
        Group::Tag(tag) => format!("each `{tag}`"),
        Group::Scenario | Group::Case => return None,
    })
}
