//! Compares one figure with one limit: whether it holds, the margin, and in words by how much it was missed.

use super::bounds::{self, Ends, LimitEnd};
use super::reading::Reading;
use super::reading::Trouble;
use crate::units::{self, Bound, Figure};
use brunt_plan::target::Limit;
use brunt_plan::{Dimension, Target};

/// The share up to which figures that differ are equal: 1.1 % of 1 000 is 11, although not in binary fractions.
const EQUAL: f64 = 1e-12;

/// The result of comparing a figure with its limit.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Compared {
    pub(super) holds: bool,
    pub(super) bound: Bound,
    /// The share of the limit that was left, negative when missed; `None` where the limit is zero.
    pub(super) margin: Option<f64>,
    /// The margin as a number to order by, also where the limit is zero.
    pub(super) slack: f64,
    /// By how much it was missed, in words.
    pub(super) miss: String,
    /// The end that was missed, and whether it is the upper one.
    pub(super) missed_end: Option<(LimitEnd, bool)>,
    /// Every end, and whether it is the upper one.
    pub(super) ends: Vec<(LimitEnd, bool)>,
    /// The end that the figure cannot be told from.
    pub(super) equal_to: Option<f64>,
}

/// Compares a figure with the target's limit; for a relative limit, `right` is the reading of the other side.
pub(super) fn compare_with_limit(
    target: &Target,
    left: &Reading,
    right: Option<&Reading>,
) -> Result<Compared, Trouble> {
    let ends = bounds::ends_beside(target, right.map(|reading| reading.figure.value));
    let growth = || Trouble::open("a class of growth is measured by a stress test");
    let Ends { low, high } = ends.ok_or_else(growth)?;
    same_dimension(target, left.figure, right)?;
    let value = left.figure.value;
    let bound = Bound {
        low: low.map(|end| end.value),
        high: high.map(|end| end.value),
        text: limit_text(&target.limit, low, high, left.figure.dimension, right),
    };
    let equal = |end: LimitEnd| {
        is_equal(value, end.value) || left.resolution.is_some_and(|(a, b)| (a..=b).contains(&end.value))
    };
    let meets = |end: LimitEnd, is_inside: bool| if equal(end) { end.is_included } else { is_inside };
    let above = high.is_some_and(|end| !meets(end, value < end.value));
    let under = low.is_some_and(|end| !meets(end, value > end.value));
    // A figure that cannot be told from the limit is taken as equal to it.
    let equal_to = high.into_iter().chain(low).find(|end| equal(*end)).map(|end| end.value);
    let value = equal_to.unwrap_or(value);
    let rooms = [high.map(|end| (end.value - value, end.value)), low.map(|end| (value - end.value, end.value))];
    let slack = |(room, end): (f64, f64)| if end == 0.0 { room } else { room / end.abs() };
    let tightest = rooms.into_iter().flatten().min_by(|a, b| slack(*a).total_cmp(&slack(*b)));
    Ok(Compared {
        holds: !above && !under,
        margin: tightest.filter(|(_, end)| *end != 0.0).map(slack),
        slack: tightest.map_or(0.0, slack),
        miss: describe_miss(Figure { value, ..left.figure }, &bound, if above { high } else { low }, above),
        missed_end: if above { high.zip(Some(true)) } else { low.zip(Some(false)).filter(|_| under) },
        ends: high.zip(Some(true)).into_iter().chain(low.zip(Some(false))).collect(),
        equal_to,
        bound,
    })
}

/// The factors that a relative limit lies between.
pub(super) fn limit_factors(limit: &Limit) -> Option<(f64, f64)> {
    match limit {
        Limit::Relative { factor, .. } => Some((*factor, *factor)),
        Limit::RelativeRange { low, high, .. } => Some((*low, *high)),
        Limit::Quantity(_) | Limit::Range(..) | Limit::Growth(_) => None,
    }
}

fn is_equal(value: f64, other: f64) -> bool {
    (value - other).abs() <= EQUAL * value.abs().max(other.abs())
}

fn same_dimension(target: &Target, left: Figure, right: Option<&Reading>) -> Result<(), Trouble> {
    let limit = right.map(|reading| reading.figure.dimension).or(bounds::dimension_of_limit(&target.limit));
    match limit {
        Some(limit) if limit != left.dimension => Err(Trouble::Mistake(format!(
            "`{}` is {} ({}), and the limit is {}",
            target.measure,
            units::dimension_name(left.dimension),
            units::describe_figure(left),
            units::dimension_name(limit),
        ))),
        _ => Ok(()),
    }
}

/// The text of the limit; for a relative one with the value that it came to, and how.
fn limit_text(
    limit: &Limit,
    low: Option<LimitEnd>,
    high: Option<LimitEnd>,
    limit_dimension: Dimension,
    right: Option<&Reading>,
) -> String {
    let text = match limit {
        Limit::Range(low, high) => return format!("{low}..{high}"),
        Limit::Quantity(quantity) => return quantity.to_string(),
        Limit::Relative { factor, .. } => factor.to_string(),
        Limit::RelativeRange { low, high, .. } => format!("{low}..{high}"),
        Limit::Growth(growth) => return growth.to_string(),
    };
    let shown = |end: Option<LimitEnd>| {
        end.map(|LimitEnd { value, .. }| units::describe_figure(Figure { value, dimension: limit_dimension }))
    };
    let came_to = match (shown(low), shown(high)) {
        (Some(low), Some(high)) if low != high => format!("{low}..{high}"),
        (low, high) => high.or(low).unwrap_or_default(),
    };
    match right {
        Some(right) => format!("{came_to} ({text} × {})", units::describe_figure(right.figure)),
        None => came_to,
    }
}

fn describe_miss(figure: Figure, bound: &Bound, end: Option<LimitEnd>, above: bool) -> String {
    let Some(end) = end else { return String::new() };
    let observed = units::describe_observed(figure, Some(bound));
    let word = if above { "above" } else { "below" };
    let away = (figure.value - end.value).abs();
    if away <= EQUAL * end.value.abs() {
        return format!("{observed} is not {} {}", if above { "below" } else { "above" }, bound.text);
    }
    if end.value == 0.0 {
        return format!("{observed} is {word} {}", bound.text);
    }
    // "5,000 % above" is harder to read than "51 times".
    let share = away / end.value.abs();
    if share >= 2.0 {
        let times = units::describe_figure(Figure { value: figure.value / end.value, dimension: Dimension::Count });
        return format!("{observed} is {times} times {}", bound.text);
    }
    let share = Figure { value: share, dimension: Dimension::Share };
    format!("{observed} is {} {word} {}", units::describe_figure(share), bound.text)
}
