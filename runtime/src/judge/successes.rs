//! The implicit rule that something must succeed: a test in which nothing did passes only where a target wants
//! failures.

use super::evidence::Evidence;
use super::rule::Rule;
use super::{Outcome, TargetVerdict};
use crate::record::Selection;
use crate::units::{self, Figure};
use brunt_plan::target::{Comparison, Limit, Metric};
use brunt_plan::{Dimension, Target};

/// The finding where nothing succeeded and no target wants failures. Another rule covers a test in which nothing ended.
pub(super) fn nothing_succeeded(evidence: &Evidence<'_>, targets: &[Target]) -> Option<TargetVerdict> {
    let all = evidence.steady().measurements.tally(&Selection::default());
    if all.count() == 0 || all.successes > 0 || targets.iter().any(wants_failures) {
        return None;
    }
    let reason = format!(
        "none of {} iterations succeeded; a test that expects that says so: `success_rate <= 0%`, or \
         `errors(\"kind\") > 90%`",
        units::describe_count(all.count())
    );
    let observed = Some(Figure { value: 0.0, dimension: Dimension::Count });
    let rule = TargetVerdict::of_rule(Rule::SomethingSucceeds, Outcome::Fail, reason);
    Some(TargetVerdict { observed, samples: all.count(), ..rule })
}

/// Whether a system without failures misses the target.
fn wants_failures(target: &Target) -> bool {
    let at_least_some = match (target.comparison, &target.limit) {
        (Comparison::Greater | Comparison::AtLeast, _) => true,
        (Comparison::Meets, Limit::Range(low, _)) => low.value > 0.0,
        (Comparison::Meets, Limit::Quantity(limit)) => target.is_number_of_events() && limit.value > 0.0,
        _ => false,
    };
    let not_all = match (target.comparison, &target.limit) {
        (Comparison::Less | Comparison::AtMost, _) => true,
        (Comparison::Meets, Limit::Range(_, high)) => high.base() < 1.0,
        _ => false,
    };
    match target.measure.metric {
        Metric::Errors(_) | Metric::Interrupted => at_least_some,
        Metric::SuccessRate => not_all,
        _ => false,
    }
}
