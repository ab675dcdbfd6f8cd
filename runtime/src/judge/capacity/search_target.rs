//! Targets of a search as a whole, and the levels that they name.

use brunt_plan::Target;
use brunt_plan::target::{Limit, Metric};

/// Whether the target is about the search as a whole; the others are about each of its levels.
pub(crate) fn is_of_search(target: &Target) -> bool {
    target.measure.metric.is_of_whole_search()
}

/// Lists the levels that targets on the capacity name: a search that tries them decides these targets exactly.
pub(crate) fn levels_named_by(targets: &[Target]) -> Vec<f64> {
    let of_capacity = targets.iter().filter(|target| target.measure.metric == Metric::Capacity);
    let ends = of_capacity.flat_map(|target| match &target.limit {
        Limit::Quantity(limit) => vec![limit.base()],
        Limit::Range(low, high) => vec![low.base(), high.base()],
        Limit::Growth(_) | Limit::Relative { .. } | Limit::RelativeRange { .. } => Vec::new(),
    });
    ends.collect()
}
