//! The error budget: how many failures a target allows, and how many there were, phase by phase. It decides no verdict:
//! over the whole experiment a fault may use more than the budget, while the steady state keeps within it.

use super::bounds;
use super::evidence::Evidence;
use super::selector::speaks_of;
use crate::record::{Selection, Tally};
use brunt_plan::target::{Comparison, Limit, Metric};
use brunt_plan::{Dimension, Target};
use std::sync::Arc;

/// The failures that one target allows, and those that happened.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ErrorBudget {
    /// The target, as the language writes it.
    pub(crate) target: String,
    /// The operations of its selection, in all phases.
    pub(crate) operations: u64,
    /// How many of the operations may fail.
    pub(crate) allowed: f64,
    /// How many of the operations failed.
    pub(crate) used: u64,
    /// The phases in which operations failed, and how many; `None` is the time outside of all phases.
    pub(crate) phases: Vec<(Option<Arc<str>>, u64)>,
}

/// Lists the budgets of the targets that limit failures by a figure and are not quantified.
pub(super) fn budgets_of_targets(evidence: &Evidence<'_>) -> Vec<ErrorBudget> {
    evidence.targets.iter().filter_map(|target| budget_of(evidence, target)).collect()
}

fn budget_of(evidence: &Evidence<'_>, target: &Target) -> Option<ErrorBudget> {
    let measure = &target.measure;
    let limit = allowed_failures(target).filter(|_| measure.each.is_none())?;
    let selection = evidence.select(&measure.selector).ok()?;
    let failed = |tally: &Tally| match &measure.metric {
        Metric::Errors(kinds) => tally.failures_of(|kind| speaks_of(kinds, kind)),
        _ => tally.count() - tally.successes,
    };
    let whole = evidence.measurements.tally(&selection);
    let (operations, used) = (whole.count(), failed(&whole));
    let allowed = match limit {
        Allowed::Count(count) => count,
        Allowed::Share(share) => share * operations as f64,
    };
    let stages = evidence.known.stages.iter();
    let stages = stages.filter(|stage| selection.stage.is_none() || selection.stage.as_ref() == Some(*stage));
    let mut phases: Vec<(Option<Arc<str>>, u64)> = stages
        .map(|stage| Selection { stage: Some(Arc::clone(stage)), ..selection.clone() })
        .map(|selection| (selection.stage.clone(), failed(&evidence.measurements.tally(&selection))))
        .filter(|(_, failed)| *failed > 0)
        .collect();
    let outside = used - phases.iter().map(|(_, failed)| failed).sum::<u64>().min(used);
    phases.extend((outside > 0).then_some((None, outside)));
    (operations > 0).then(|| ErrorBudget { target: target.to_string(), operations, allowed, used, phases })
}

enum Allowed {
    Count(f64),
    Share(f64),
}

/// The failures that the target's limit allows.
fn allowed_failures(target: &Target) -> Option<Allowed> {
    let upper = !matches!(target.comparison, Comparison::Greater | Comparison::AtLeast);
    let (low, high) = match &target.limit {
        Limit::Quantity(limit) => (limit.base(), limit.base()),
        Limit::Range(low, high) => (low.base(), high.base()),
        Limit::Growth(_) | Limit::Relative { .. } | Limit::RelativeRange { .. } => return None,
    };
    let is_lower = target.comparison == Comparison::Meets || !upper;
    match &target.measure.metric {
        Metric::SuccessRate if is_lower => Some(Allowed::Share(1.0 - low)),
        Metric::Errors(_) if upper => match bounds::dimension_of_limit(&target.limit)? {
            Dimension::Count => Some(Allowed::Count(high)),
            _ => Some(Allowed::Share(high)),
        },
        _ => None,
    }
}
