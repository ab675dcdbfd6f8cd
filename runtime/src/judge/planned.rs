//! The judgement of a load that went on (`settle`): most targets are judged by all measurements, amounts by the planned
//! load alone, since a longer load has larger amounts.

use brunt_plan::target::{Group, Limit};
use brunt_plan::{Quantity, Target};

/// Whether the target is on an amount of the planned load. A target that allows nothing of a kind (`lost.sum = 0`) must
/// hold in all rounds, and so must a number of failures.
pub(super) fn is_of_planned_load(target: &Target) -> bool {
    let measure = &target.measure;
    let is_amount = match (&measure.metric, measure.over) {
        (_, Some(over)) => over.grows(),
        // A window does not become longer with the load.
        _ if matches!(measure.each, Some(Group::Window(_))) => false,
        (metric, None) => metric.grows(),
    };
    is_amount && !is_none(&target.limit)
}

fn is_none(limit: &Limit) -> bool {
    let zero = |quantity: &Quantity| quantity.base() <= 0.0;
    match limit {
        Limit::Quantity(quantity) => zero(quantity),
        Limit::Range(_, most) => zero(most),
        Limit::Growth(_) | Limit::Relative { .. } | Limit::RelativeRange { .. } => false,
    }
}

#[cfg(test)]
mod tests {
    use super::is_of_planned_load;
    use brunt_plan::{Level, parse};

    #[test]
    fn amounts_are_of_the_planned_load() {
        for (text, wanted) in [
            ("elapsed < 10s", true),
            ("count = 5_000", true),
            ("read.count > 100", true),
            ("rows.sum > 3", true),
            ("each(stage).count > 5", true),
            ("each(5s).p95.count > 5", true),
            ("lost.sum = 0", false),
            ("each(10s).count > 50", false),
            ("p95 < 50ms", false),
            ("errors = 0", false),
            ("errors < 1%", false),
            ("throughput > 5/s", false),
            ("peak_memory < 1GiB", false),
        ] {
            let target = parse::target(Level::Target, text);
            assert_eq!(target.as_ref().map(is_of_planned_load), Ok(wanted), "{text}");
        }
    }
}
