//! The growth of a cost with the size of the input: which of the classes 1, log n, n, n log n, n², n³ bound the cost at
//! each size, and whether that decides a target such as `growth <= n_log_n`. It reads no clock.
//!
//! A target is not decided by the curve that fits best: the cost of one element doubles when the data leaves a cache,
//! which over three decades of sizes is just what n log n adds to n. The rise of the cost per unit of a class's work
//! decides it, at the largest sizes ([`bound`]). The class that is named is the lowest that seems to hold there, so
//! that it never contradicts a verdict.

mod bound;
mod point;
mod regression;
mod shape;
#[cfg(test)]
mod tests;

pub(crate) use point::{Cost, SizePoint};
pub(crate) use regression::ClassFit;

use super::interval;
use crate::units::{self, CLASSES, class_name};
use bound::{ClassBound, ClassFinding, Figures};
use brunt_plan::target::{Comparison, Growth};
use point::LEAST_SIZES;
use shape::WorkShape;
use std::fmt::Write as _;

/// The least range of sizes that tells classes apart: the largest ÷ the smallest.
const LEAST_RANGE: f64 = 16.0;
/// The relative deviation of bytes from their curve, caused by alignment.
const EXACT: f64 = 0.01;
/// The relative deviation that all times of one size share, however many there are: alignment, the clock rate,
/// neighbours.
const DRIFT: f64 = 0.03;

/// The rise over the top, as a factor, that is worth a note although the class holds.
const NOTABLE: f64 = 1.1;

/// The standard deviations of χ² up to which a curve explains the figures.
const SURE: f64 = 3.1;

/// The exponent by which the cost grows over the top, without the overhead of the class's curve.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Exponent {
    /// The slope on the logarithms.
    pub(crate) value: f64,
    /// The lower end of its 95 % confidence interval, less what caches may have added.
    pub(crate) low: f64,
    /// The upper end of its 95 % confidence interval.
    pub(crate) high: f64,
}

/// The estimate of the growth from the figures.
#[derive(Clone, Debug)]
pub(crate) struct GrowthEstimate {
    /// The classes that can be true, slowest first, without gaps; the two around the exponent where no class is named.
    pub(crate) candidates: Vec<Growth>,
    /// The lowest class that seems to hold, where its own exponent lies in the interval.
    pub(crate) best: Option<Growth>,
    /// The exponent over the largest sizes.
    pub(crate) exponent: Exponent,
    /// The weighted least squares of every class, slowest first.
    pub(crate) fits: Vec<ClassFit>,
    bounds: Vec<ClassBound>,
    /// The smallest and the largest size of the top.
    top: (f64, f64),
    /// The error of the rise over the top if all samples were exact.
    least_error: f64,
}

/// Whether a class of growth meets its target.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Ruling {
    /// It does, with a note on how, where one is due.
    Holds(Option<String>),
    /// It does not, and how.
    Missed(String),
    /// The figures do not decide it: why, and what would.
    Open(String),
}

/// Finds which classes bound the cost.
///
/// # Errors
/// There are too few sizes, or their range is too narrow; the text says what would be enough.
pub(crate) fn find_growth(points: &[SizePoint], cost: Cost) -> Result<GrowthEstimate, String> {
    let mut points: Vec<SizePoint> = points
        .iter()
        .copied()
        .filter(|point| point.size >= 1.0 && point.cost > 0.0 && point.cost.is_finite())
        .collect();
    points.sort_by(|a, b| a.size.total_cmp(&b.size));
    points.dedup_by(|a, b| a.size == b.size);
    check_range(&points)?;
    let deviation = if cost == Cost::Time { DRIFT } else { EXACT };
    let figures = Figures::new(&points, deviation, cost);
    let exact: Vec<SizePoint> = points.iter().map(|point| SizePoint { error: 0.0, ..*point }).collect();
    let least_error = Figures::new(&exact, deviation, cost).bounds()[0].error;
    let fits = CLASSES.iter().map(|class| regression::fit_class(*class, &points, figures.errors())).collect();
    Ok(name_class(&figures, fits, least_error))
}

/// Names the class and the other classes that can be true.
fn name_class(figures: &Figures<'_>, fits: Vec<ClassFit>, least_error: f64) -> GrowthEstimate {
    let bounds = figures.bounds();
    let lowest = bounds.iter().find(|bound| bound.seems_to_hold());
    let mut exponent = exponent_beside(figures, lowest, &fits);
    let top = figures.top();
    let exponent_of = |class: Growth| WorkShape::of_class(class).log_rise(top.0, top.1) / (top.1 / top.0).ln();
    if let Some(class) = lowest.map(|bound| bound.class).filter(|class| figures.is_within_doubling(*class)) {
        // A vector may be full at one end of the top and half empty at the other.
        exponent.low = exponent.low.min(exponent_of(class));
        exponent.high = exponent.high.max(exponent_of(class));
    }
    let is_within = |class: &Growth| (exponent.low..=exponent.high).contains(&exponent_of(*class));
    let best = lowest.map(|bound| bound.class).filter(is_within);
    let possible = || bounds.iter().filter(|bound| bound.finding != ClassFinding::Missed);
    let highest =
        bounds.iter().find(|bound| bound.finding == ClassFinding::Holds).map_or(Growth::Cubic, |bound| bound.class);
    let candidates = match best {
        Some(_) => possible().map(|bound| bound.class).filter(|class| *class <= highest).collect(),
        None => {
            let above = CLASSES.iter().position(|class| exponent_of(*class) > exponent.value);
            above.map_or_else(Vec::new, |above| CLASSES[above.saturating_sub(1)..=above.max(1)].to_vec())
        }
    };
    GrowthEstimate { candidates, best, exponent, fits, bounds, top, least_error }
}

/// The exponent over the top, without the overhead where the curve of the named class explains the figures beside one.
fn exponent_beside(figures: &Figures<'_>, named: Option<&ClassBound>, fits: &[ClassFit]) -> Exponent {
    let limit = regression::most_misfit(figures.errors().len().saturating_sub(2), SURE);
    let fit = fits.iter().find(|fit| named.is_some_and(|bound| bound.class == fit.class));
    let overhead = fit.filter(|fit| fit.squares <= limit).map_or(0.0, |fit| fit.overhead);
    let trend = figures.exponent_beside(overhead).or_else(|| figures.exponent_beside(0.0));
    let Some(trend) = trend else { return Exponent { value: 0.0, low: f64::NEG_INFINITY, high: f64::INFINITY } };
    let half = interval::Z * trend.error;
    let allowed = named.map_or(0.0, |bound| bound.allowed);
    // A falling cost does not fall for long.
    let high = (trend.slope + half).max(0.0);
    Exponent { value: trend.slope, low: trend.slope - half - allowed, high }
}

/// Checks that the sizes are enough to tell classes apart.
fn check_range(points: &[SizePoint]) -> Result<(), String> {
    let (Some(first), Some(last)) = (points.first(), points.last()) else {
        return Err(format!("no size was measured: growth wants at least {LEAST_SIZES} of them"));
    };
    let range = last.size / first.size;
    if points.len() < LEAST_SIZES {
        return Err(format!("{} sizes lie on a curve of every class: measure at least {LEAST_SIZES}", points.len()));
    }
    if range < LEAST_RANGE {
        let wanted = first.size * LEAST_RANGE;
        return Err(format!(
            "sizes from {} to {} span {range:.1}x, too little to tell classes apart: measure up to {wanted} at least",
            first.size, last.size,
        ));
    }
    Ok(())
}

impl GrowthEstimate {
    /// Rules on the target `growth <comparison> <limit>`. `=` means at most, as for every cost.
    pub(crate) fn rule(&self, comparison: Comparison, limit: Growth) -> Ruling {
        let below = CLASSES.iter().copied().take_while(|class| *class < limit).last();
        match comparison {
            Comparison::AtMost | Comparison::Meets => self.rule_at_most(limit),
            Comparison::Less => match below {
                Some(below) => self.rule_at_most(below),
                None => Ruling::Missed(format!("it grows as {}, and nothing grows slower than 1", self.text())),
            },
            Comparison::Greater => self.rule_above(limit),
            Comparison::AtLeast => below.map_or(Ruling::Holds(None), |below| self.rule_above(below)),
        }
    }

    fn rule_at_most(&self, limit: Growth) -> Ruling {
        let Some(bound) = self.bounds.iter().find(|bound| bound.class == limit) else { return Ruling::Holds(None) };
        match bound.finding {
            ClassFinding::Holds => Ruling::Holds(self.why_it_holds(bound)),
            ClassFinding::Missed => Ruling::Missed(self.why_it_is_missed(bound)),
            ClassFinding::Noisy | ClassFinding::Rises | ClassFinding::Outgrown => {
                Ruling::Open(self.why_it_is_open(bound))
            }
        }
    }

    /// Rules on whether the cost grows faster than the class.
    fn rule_above(&self, class: Growth) -> Ruling {
        match self.rule_at_most(class) {
            Ruling::Holds(_) => Ruling::Missed(self.why_it_is_slow(class)),
            Ruling::Missed(_) => Ruling::Holds(None),
            open @ Ruling::Open(_) => open,
        }
    }

    /// R² of the curve of the named class.
    pub(crate) fn r_squared(&self) -> Option<f64> {
        self.fits.iter().find(|fit| Some(fit.class) == self.best).map(|fit| fit.r_squared)
    }

    /// The named class and the others that can be true: `n log n (n not excluded)`.
    pub(crate) fn text(&self) -> String {
        let Some(best) = self.best else { return self.between() };
        let others: Vec<&str> =
            self.candidates.iter().filter(|class| **class != best).map(|class| class_name(*class)).collect();
        match others.split_last() {
            None => class_name(best).to_owned(),
            Some((last, [])) => format!("{} ({last} not excluded)", class_name(best)),
            Some((last, before)) => {
                format!("{} ({} and {last} not excluded)", class_name(best), before.join(", "))
            }
        }
    }

    fn between(&self) -> String {
        match self.candidates.as_slice() {
            [low, .., high] => format!("between {} and {}", class_name(*low), class_name(*high)),
            _ => format!("faster than {}", class_name(Growth::Cubic)),
        }
    }

    /// The exponent with its interval: `exponent 1.08, 0.87..1.13`.
    fn exponent_text(&self) -> String {
        let Exponent { value, low, high } = self.exponent;
        format!("exponent {value:.2}, {low:.2}..{high:.2}")
    }

    /// A note on a class that holds: how far the cost rises above it within the machine's allowance.
    fn why_it_holds(&self, bound: &ClassBound) -> Option<String> {
        (bound.factor >= NOTABLE).then(|| {
            format!(
                "from {} to {} the cost rises {:.1} times above {}: up to {:.1} times are left to caches",
                self.top_from(),
                self.top_to(),
                bound.factor,
                class_name(bound.class),
                (bound.allowed * (self.top.1 / self.top.0).ln()).exp(),
            )
        })
    }

    /// Describes how a target of at most the bound's class is missed.
    fn why_it_is_missed(&self, bound: &ClassBound) -> String {
        let mut text = format!("it grows as {}, which is not {}", self.text(), class_name(bound.class));
        let _ = write!(text, " ({}", self.exponent_text());
        if let Some(r_squared) = self.r_squared() {
            let _ = write!(text, ", R² {r_squared:.4}");
        }
        let _ = write!(
            text,
            "): from {} to {} the cost rises {:.1} times above it, more than caches explain",
            self.top_from(),
            self.top_to(),
            bound.factor,
        );
        text
    }

    /// Describes how a target of more than the class is missed.
    fn why_it_is_slow(&self, class: Growth) -> String {
        format!(
            "it grows as {}, which is not faster than {} ({})",
            self.text(),
            class_name(class),
            self.exponent_text()
        )
    }

    /// Describes why it is open whether the bound's class holds, and what would decide it.
    fn why_it_is_open(&self, bound: &ClassBound) -> String {
        let class = class_name(bound.class);
        let exponent = self.exponent_text();
        match bound.finding {
            ClassFinding::Noisy => format!(
                "the figures do not exclude that it grows faster than {class} ({exponent}); {}",
                self.how_to_quieten(bound)
            ),
            ClassFinding::Outgrown if bound.factor.ln() <= bound.allowed * (self.top.1 / self.top.0).ln() => format!(
                "the figures fit {} ({exponent}), which grows faster than {class}, though not by more than caches may \
                 add; {}",
                self.text(),
                self.which_holds()
            ),
            _ => format!(
                "from {} to {} the cost rises {:.1} times above {class} ({exponent}), which caches or a part that \
                 grows faster may cause; measure sizes up to {}: caches level off there, and growth goes on. {}",
                self.top_from(),
                self.top_to(),
                bound.factor,
                units::describe_count((self.top.1 * 10.0).round() as u64),
                self.which_holds(),
            ),
        }
    }

    fn how_to_quieten(&self, bound: &ClassBound) -> String {
        let known = format!(
            "the rise from {} to {} is known to {:.0} % only",
            self.top_from(),
            self.top_to(),
            bound.error * 100.0
        );
        let of_samples = (bound.error.powi(2) - self.least_error.powi(2)).max(0.0);
        let left = bound.error_allowed.powi(2) - self.least_error.powi(2);
        if left > 0.0 {
            let times = (of_samples / left).ceil().max(2.0);
            return format!(
                "{known}: measure {} times as many iterations, or on a quieter machine",
                units::describe_count(times as u64)
            );
        }
        let sizes = (bound.error / bound.error_allowed).powi(2).ceil().clamp(2.0, 8.0);
        format!("{known}: measure {sizes} times as many sizes from {} to {}", self.top_from(), self.top_to())
    }

    fn which_holds(&self) -> String {
        match self.bounds.iter().find(|bound| bound.finding == ClassFinding::Holds) {
            Some(holds) => format!("`<= {}` holds", holds.class),
            None => "no class holds so far".to_owned(),
        }
    }

    fn top_from(&self) -> String {
        units::describe_count(self.top.0 as u64)
    }

    fn top_to(&self) -> String {
        units::describe_count(self.top.1 as u64)
    }
}
