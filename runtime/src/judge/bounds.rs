//! The ends between which the figure of a target must lie.

use brunt_plan::target::{Comparison, Limit};
use brunt_plan::{Dimension, Direction, Target};

/// One end of a limit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct LimitEnd {
    pub(super) value: f64,
    pub(super) is_included: bool,
}

/// The ends of a limit, where it has them.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Ends {
    pub(super) low: Option<LimitEnd>,
    pub(super) high: Option<LimitEnd>,
}

impl LimitEnd {
    /// Whether a figure is greater than this end allows.
    pub(super) fn is_passed_by(self, figure: f64) -> bool {
        figure > self.value || figure == self.value && !self.is_included
    }

    /// Whether a figure is less than this end allows.
    pub(super) fn is_missed_by(self, figure: f64) -> bool {
        figure < self.value || figure == self.value && !self.is_included
    }
}

/// The ends of a target that is not relative.
pub(super) fn ends_of(target: &Target) -> Option<Ends> {
    ends_beside(target, None)
}

/// The ends of a target; a relative one needs the figure of its other side. `None` for a class of growth.
pub(super) fn ends_beside(target: &Target, other: Option<f64>) -> Option<Ends> {
    let included = |value| Some(LimitEnd { value, is_included: true });
    let range = |low, high| Some(Ends { low: included(low), high: included(high) });
    let value = match &target.limit {
        Limit::Quantity(quantity) => quantity.base(),
        Limit::Relative { factor, .. } => factor * other?,
        Limit::Range(low, high) => return range(low.base(), high.base()),
        Limit::RelativeRange { low, high, .. } => return range(low * other?, high * other?),
        Limit::Growth(_) => return None,
    };
    let excluded = Some(LimitEnd { value, is_included: false });
    let (low, high) = match target.comparison {
        Comparison::Less => (None, excluded),
        Comparison::AtMost => (None, included(value)),
        Comparison::Greater => (excluded, None),
        Comparison::AtLeast => (included(value), None),
        Comparison::Meets => match target.direction() {
            Direction::Cost => (None, included(value)),
            Direction::Yield => (included(value), None),
            Direction::Exact => (included(value), included(value)),
        },
    };
    Some(Ends { low, high })
}

/// The dimension that a target is written in, where it is not taken from its other side.
pub(super) fn written_dimension(target: &Target) -> Option<Dimension> {
    dimension_of_limit(&target.limit)
}

/// The dimension that a limit is written in; a relative one takes it from its other side.
pub(super) fn dimension_of_limit(limit: &Limit) -> Option<Dimension> {
    match limit {
        Limit::Quantity(quantity) | Limit::Range(quantity, _) => Some(quantity.dimension()),
        Limit::Growth(_) | Limit::Relative { .. } | Limit::RelativeRange { .. } => None,
    }
}
