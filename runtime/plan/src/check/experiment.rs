//! Metrics that only a resilience test has, and what of it they are of.

use super::findings::Finding;
use crate::kind::EVERY_PHASE;
use crate::load::Plan;
use crate::metric::Scope;
use crate::target::{Group, Measure, Metric, Name};

/// A metric of an experiment, of a test that is none, or of a part of it that it is not of.
pub(super) fn experiment(plan: &Plan, measure: &Measure) -> Finding {
    if measure.metric.scope() != Scope::Experiment || (measure.metric.is_of_whole_search() && plan.search.is_some()) {
        return None;
    }
    let of_whole = measure.metric != Metric::Amplification;
    let metric = &measure.metric;
    if !plan.kind.is_led_by_body() {
        return Some(format!("`{metric}` is measured by `#[resilience]`, not by `#[{}]`", plan.kind.attribute()));
    }
    if *metric == Metric::Isolation
        && let Some(phase) = phase(plan, measure)
    {
        let is_broken = ["fault", "recovering", EVERY_PHASE].contains(&phase);
        return (!is_broken).then(|| {
            format!("`{metric}` is of the time in which something is broken, not of the phase `{phase}`: leave that out, or \
                     write `fault.{metric}` or `recovering.{metric}`")
        });
    }
    let part = part(plan, measure).filter(|_| of_whole)?;
    Some(format!("`{metric}` is of the whole experiment, not of {part}: leave that out"))
}

/// The phase that a measure names.
fn phase<'m>(plan: &Plan, measure: &'m Measure) -> Option<&'m str> {
    measure.selector.iter().find_map(|name| match name {
        Name::Plain(word) if plan.kind.is_phase(word) => Some(word.as_str()),
        _ => None,
    })
}

/// The part of an experiment's time or of its operations that a measure selects.
fn part(plan: &Plan, measure: &Measure) -> Option<String> {
    if let Some(phase) = phase(plan, measure) {
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
