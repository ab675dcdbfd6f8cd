//! How a cost grows with the size of the input: which of the classes 1, log n, n, n log n, n², n³ can be true of the
//! figures measured at each size, and whether that decides a target such as `growth <= n_log_n`. It knows no clock.
//!
//! A fitted curve alone does not decide: the cost of one element doubles when the data leaves a cache, which over three
//! decades of sizes is just what n log n adds to n. So a class is not asked how well it fits but whether it can be true
//! ([`model`]), and the two sides are asked differently. Memory only ever makes larger inputs dearer: that the cost
//! grew *slower* than a class refutes the class, whatever the machine. That it grew *faster* refutes it only beyond
//! what caches explain. What remains are the [candidates](Growing::candidates); a target is decided when they agree.

mod model;
mod regression;
#[cfg(test)]
mod tests;

pub(crate) use regression::{Exponent, Fit};

use super::interval;
use crate::record::Distribution;
use brunt_plan::target::{Comparison, Growth, Stat};
use model::{Curve, Machine};
use std::fmt::Write as _;

/// Every class, slowest first.
pub(crate) const CLASSES: [Growth; 6] =
    [Growth::Constant, Growth::Logarithmic, Growth::Linear, Growth::Linearithmic, Growth::Quadratic, Growth::Cubic];

/// Sizes that a fit takes: two always lie on a curve of every class.
const LEAST_SIZES: usize = 3;
/// The largest size ÷ the smallest.
const LEAST_RANGE: f64 = 16.0;
/// The relative standard deviation that one sample of a time has at least.
const LEAST_SPREAD: f64 = 0.1;
/// Relative error of the figures above which more sizes settle nothing.
const NOISY: f64 = 0.08;
/// The factor that log n must grow by from the smallest size to the largest for caches not to explain it.
const SETTLED: f64 = 3.0;
/// How full a vector that doubles is, between a half and entirely: ln 2 ÷ √12 is the standard deviation of its logarithm.
const FILL: f64 = 0.2;
/// The same for bytes that are as the input's.
const EXACT: f64 = 0.01;
/// How far the times of one size lie off together, however many there are.
const DRIFT: f64 = 0.03;

/// What was measured at one size.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Point {
    /// The size, at least one.
    pub(crate) size: f64,
    /// The cost: nanoseconds or bytes, positive.
    pub(crate) cost: f64,
    /// The relative standard error of the cost, as far as the samples of this size tell.
    pub(crate) error: f64,
}

/// What grows, which says how far a figure may lie off its curve however often it is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cost {
    /// Time: alignment, the clock rate and neighbours differ from size to size.
    Time,
    /// Bytes: the same in every run, but a vector that doubles is between half and entirely full.
    Memory,
}

/// What the figures say.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Growing {
    /// The classes that can be true, slowest first; never empty, without gaps. One: that is the class.
    pub(crate) candidates: Vec<Growth>,
    /// The candidate with the least weighted squares; of those that fit as well, the simplest.
    pub(crate) best: Growth,
    /// Whether a class explains the figures; otherwise the candidates only enclose them.
    pub(crate) is_explained: bool,
    /// The slope of the logarithms.
    pub(crate) exponent: Exponent,
    /// Every class, slowest first, with its weighted least squares.
    pub(crate) fits: Vec<Fit>,
    /// Largest ÷ smallest size.
    pub(crate) range: f64,
    smallest: f64,
    noise: f64,
}

/// Whether a class of growth meets its target.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Ruling {
    /// Whichever candidate is true, the target holds.
    Holds,
    /// Whichever candidate is true, it is missed.
    Missed,
    /// The figures cannot tell: why, and what would settle it.
    Open(String),
}

impl Point {
    /// The lower quartile of what was measured at a size: disturbances only ever add time, so that three quarters of
    /// the samples may be disturbed. Its error comes from the order statistics around it; few samples are not believed
    /// to lie closer together than samples of a time do.
    ///
    /// `None` without samples, or where the cost is not positive.
    pub(crate) fn of(size: u64, distribution: &Distribution) -> Option<Self> {
        let quartile = Stat::Percentile(25.0);
        let cost = distribution.percentile(25.0).filter(|cost| *cost > 0.0)?;
        let around = interval::of(distribution, quartile)?;
        let spread = (around.high / around.low.max(f64::MIN_POSITIVE)).ln() / (2.0 * interval::Z);
        let least = LEAST_SPREAD / (distribution.count() as f64).sqrt();
        Some(Self { size: size as f64, cost, error: spread.max(least) })
    }
}

/// Finds the classes that can be true.
///
/// # Errors
/// What is missing, and what would do: too few sizes, or too narrow a range.
pub(crate) fn find(points: &[Point], cost: Cost) -> Result<Growing, String> {
    let mut points: Vec<Point> = points
        .iter()
        .copied()
        .filter(|point| point.size >= 1.0 && point.cost > 0.0 && point.cost.is_finite())
        .collect();
    points.sort_by(|a, b| a.size.total_cmp(&b.size));
    points.dedup_by(|a, b| a.size == b.size);
    let range = enough(&points)?;
    let with = |deviation: f64| growing(&points, range, deviation);
    Ok(match cost {
        Cost::Time => with(DRIFT.max(regression::scatter(&points))).0,
        Cost::Memory => match with(EXACT) {
            (found, true) => found,
            (_, false) => with(FILL).0,
        },
    })
}

/// What the points say if each lies this far off its curve beside its own error, and whether a class alone explains it.
fn growing(points: &[Point], range: f64, deviation: f64) -> (Growing, bool) {
    let errors: Vec<f64> = points.iter().map(|point| point.error.hypot(deviation)).collect();
    let curve = Curve::new(points, &errors);
    let (candidates, is_explained) = candidates(&curve);
    let fits: Vec<Fit> = CLASSES.iter().map(|class| regression::fit(*class, points, &errors)).collect();
    let growing = Growing {
        best: best(&candidates, &fits),
        candidates,
        is_explained,
        exponent: regression::exponent(points, &errors),
        fits,
        range,
        smallest: points[0].size,
        noise: errors.iter().copied().fold(0.0, f64::max),
    };
    (growing, CLASSES.iter().any(|class| curve.can_be(*class, Machine::IDEAL)))
}

/// The range of the sizes, where they are enough to tell classes apart.
fn enough(points: &[Point]) -> Result<f64, String> {
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
    Ok(range)
}

/// The classes that can be true, and whether one of them explains the figures.
fn candidates(curve: &Curve) -> (Vec<Growth>, bool) {
    let that_can = |machine: Machine| CLASSES.into_iter().filter(move |class| curve.can_be(*class, machine));
    let pure: Vec<Growth> = that_can(Machine::IDEAL).collect();
    let is_pure = !pure.is_empty();
    // A class that explains the figures alone is likelier than a coincidence of overhead and caches that makes a faster
    // one look like it; unless overhead hides what the small sizes would tell.
    let is_hidden = that_can(Machine::LEAN).next().is_none();
    let below = if is_pure { Machine::STREAMING } else { Machine::RANDOM };
    let explained: Vec<Growth> = if is_pure && !is_hidden { pure } else { that_can(Machine::STREAMING).collect() };
    let (Some(&lowest), Some(&highest)) = (explained.first(), explained.last()) else {
        return (enclosing(curve), false);
    };
    let helped = |class: Growth| curve.can_be(class, if class < Growth::Linear { Machine::RANDOM } else { below });
    let from = CLASSES.into_iter().find(|class| *class < lowest && helped(*class)).unwrap_or(lowest);
    (CLASSES.into_iter().filter(|class| (from..=highest).contains(class)).collect(), true)
}

/// Where no class explains the figures: from the lowest that could with much help from the machine, up to the first
/// that grows faster than they do. Figures that fall belong to no class at all, so that any may be true.
fn enclosing(curve: &Curve) -> Vec<Growth> {
    let is_too_fast = |class: &Growth| !curve.can_be(*class, Machine::ANY);
    let above = match CLASSES.iter().position(is_too_fast) {
        Some(0) => return CLASSES.to_vec(),
        Some(above) => above,
        None => CLASSES.len() - 1,
    };
    let below = CLASSES.iter().position(|class| curve.can_be(*class, Machine::RANDOM));
    CLASSES[below.unwrap_or(above).min(above - 1)..=above].to_vec()
}

fn best(candidates: &[Growth], fits: &[Fit]) -> Growth {
    let squares = |class: &Growth| fits.iter().find(|fit| fit.class == *class).map_or(f64::INFINITY, |fit| fit.squares);
    let least = candidates.iter().map(squares).fold(f64::INFINITY, f64::min);
    // Squares are in standard errors: one more is nothing.
    candidates.iter().copied().find(|class| squares(class) <= least + 1.0).unwrap_or(candidates[0])
}

impl Growing {
    /// Whether the target `growth <comparison> <limit>` holds. `=` means at most, as for every cost.
    pub(crate) fn rule(&self, comparison: Comparison, limit: Growth) -> Ruling {
        let meets = |class: &Growth| match comparison {
            Comparison::Less => *class < limit,
            Comparison::AtMost | Comparison::Meets => *class <= limit,
            Comparison::Greater => *class > limit,
            Comparison::AtLeast => *class >= limit,
        };
        match self.candidates.iter().filter(|class| meets(class)).count() {
            0 => Ruling::Missed,
            met if met == self.candidates.len() => Ruling::Holds,
            _ => Ruling::Open(self.doubt()),
        }
    }

    /// The class that fits best, and those that can be true as well: `n log n (n not excluded)`.
    pub(crate) fn text(&self) -> String {
        match self.others() {
            others if others.is_empty() => name(self.best).to_owned(),
            others => format!("{} ({others} not excluded)", name(self.best)),
        }
    }

    /// The candidates that are not the best: `1, n and n log n`; empty where it is the only one.
    fn others(&self) -> String {
        let others = self.candidates.iter().filter(|class| **class != self.best);
        let names: Vec<&str> = others.map(|class| name(*class)).collect();
        match names.split_last() {
            Some((last, before)) if !before.is_empty() => format!("{} and {last}", before.join(", ")),
            _ => names.concat(),
        }
    }

    fn doubt(&self) -> String {
        let mut text = String::new();
        let (low, high) = (self.candidates[0], self.candidates[self.candidates.len() - 1]);
        let (low, high) = (name(low), name(high));
        if self.is_explained {
            let _ = write!(text, "the figures fit {} best and do not exclude {}", name(self.best), self.others());
        } else {
            let _ = write!(text, "no class fits: the cost grows between {low} and {high}");
        }
        let Exponent { value, low, high } = self.exponent;
        let _ = write!(text, " (exponent {value:.2}, {low:.2}..{high:.2})");
        let _ = write!(text, "; {}", self.settle());
        text
    }

    /// What would tell the candidates apart.
    fn settle(&self) -> String {
        if self.noise > NOISY {
            return format!(
                "figures are known to {:.0} % only: measure more iterations, or on a quieter machine",
                self.noise * 100.0
            );
        }
        let wanted = self.smallest.max(2.0).powf(SETTLED);
        if self.smallest * self.range < wanted {
            let from = (self.smallest * self.range).powf(1.0 / SETTLED).round().max(2.0);
            return format!(
                "caches may make a cost per element rise as log n does: begin with sizes of about {from}, and measure \
                 two or three in each decade"
            );
        }
        "measure a wider range, with two or three sizes in each decade".to_owned()
    }
}

/// The class as people write it.
pub(crate) fn name(class: Growth) -> &'static str {
    match class {
        Growth::Constant => "1",
        Growth::Logarithmic => "log n",
        Growth::Linear => "n",
        Growth::Linearithmic => "n log n",
        Growth::Quadratic => "n²",
        Growth::Cubic => "n³",
    }
}
