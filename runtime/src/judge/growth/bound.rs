//! Whether a class bounds the cost: not by the best fit, but by whether the cost per unit of the class's work still
//! rises at the largest sizes, and by more than a machine's memory explains.
//!
//! The ratio cost ÷ work is taken over the *top*: the shortest run of the largest sizes that spans a factor of 8.
//! Overhead does not reach there, and a term that grows faster shows there first. Caches and pages make larger inputs
//! dearer too, but level off, so that [`MachineAllowance::rise`] allows some rise there; a class above which the cost
//! rises further is open, and is missed where the rise goes on for longer than memory explains.
//!
//! A curve can show more than the top: where a faster shape explains all figures and no shape up to the class does, the
//! class does not hold, however little the top rises. So n·log n does not pass for n, nor 10 000 + n for a constant.

use super::point::{Cost, LEAST_SIZES, SizePoint};
use super::regression::{self, LogTrend};
use super::shape::WorkShape;
use crate::units::CLASSES;
use brunt_plan::target::Growth;

/// The span of the top: its largest size ÷ its smallest.
const TOP: f64 = 8.0;
/// How many standard errors the rise must lie below the allowance for a class to hold, and above it for one to be
/// missed.
const SURE_TO_HOLD: f64 = 2.33;
const SURE_TO_MISS: f64 = 3.1;
/// By how many squared standard errors a faster shape must explain the figures better than every slower one.
const DECISIVE: f64 = 10.0;
/// The factor at the largest size, above the class's growth from the smallest, from which a faster shape matters.
const MATTERS: f64 = 1.2;
/// The factor from which a faster shape matters for n log n and faster classes.
const MATTERS_OF_A_SORT: f64 = 1.26;
/// The factor from which a faster shape matters where it explains the figures less than closely: a cache may look like
/// it.
const MATTERS_CLEARLY: f64 = 1.35;
/// The standard deviations of χ² up to which a shape explains the figures closely: one in ten true ones does not.
const CLOSE: f64 = 1.28;
/// The factor below which lookups that cost the same at first, and then more, do not matter: a table that leaves a
/// cache looks just like that.
const LEAVES_A_CACHE: f64 = 1.7;
/// The share of the smallest size's cost that must be overhead for the cost to count as the same at first.
const FLAT: f64 = 0.9;
/// The factor by which a scan grows dearer when it leaves the caches, and the factor over the top up to which it levels
/// off.
const MOST_OF_A_SCAN: f64 = 2.5;
const LEVEL: f64 = 1.1;
/// The factor by which a call's memory may be off its curve: a vector that doubles is between half and entirely full.
const DOUBLING: f64 = 2.1;
/// The fewest sizes at which the fit of a curve is no coincidence.
const TELLING: usize = 4;
/// Tolerance for spans that are meant to be exact.
const ROUNDING: f64 = 1e-9;

/// The rise in the cost of a unit of work that a machine may add while the input grows. Rises are exponents: 0.15 is a
/// factor of 1.4 in a decade of sizes.
#[derive(Clone, Copy, Debug)]
struct MachineAllowance {
    /// The rise over the top up to which the class holds.
    rise: f64,
    /// The rises over the top, and over the stretch below it, from which the class can be missed.
    most: f64,
    most_below: f64,
    /// The factor from the cheapest size to the largest from which the class is missed, where a class above explains
    /// it.
    explained: f64,
    /// The factor from which the class is missed where no class above explains it.
    sustained: f64,
}

impl MachineAllowance {
    fn of(class: Growth, cost: Cost) -> Self {
        // Measured: lookups at random cost 20 times as much outside the caches as in them, and a rise of 10 times in
        // one decade is no rarity; a sort 1.5 times as much in a decade, a scan 1.1 times.
        let memory_free = Self { rise: 0.15, most: 0.05, most_below: 0.05, explained: 2.2, sustained: 4.0 };
        let lookups = Self { rise: 0.3, most: 0.4, most_below: 0.25, explained: 20.0, sustained: 20.0 };
        match (cost, class) {
            (Cost::Memory, _) => memory_free,
            (Cost::Time, Growth::Constant) => lookups,
            (Cost::Time, Growth::Logarithmic) => Self { rise: 0.2, ..lookups },
            (Cost::Time, Growth::Linear) => Self { rise: 0.15, explained: 8.0, ..lookups },
            (Cost::Time, _) => Self { rise: 0.25, explained: 8.0, ..lookups },
        }
    }
}

/// The finding on one class as an upper bound.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum ClassFinding {
    /// The cost grows at most like the class, within the machine's allowance.
    Holds,
    /// The cost grows faster than the class, beyond the machine's allowance.
    Missed,
    /// The cost rises no further than allowed, but its error is too large.
    Noisy,
    /// The cost rises further than allowed at the largest sizes, but not for long enough to be missed.
    Rises,
    /// A faster shape explains the figures, and no slower one does.
    Outgrown,
}

/// A class and the finding on it.
#[derive(Clone, Copy, Debug)]
pub(super) struct ClassBound {
    pub(super) class: Growth,
    pub(super) finding: ClassFinding,
    /// The factor by which the cost rises above the class over the top.
    pub(super) factor: f64,
    /// The standard error of the factor's logarithm, and the greatest with which the class holds.
    pub(super) error: f64,
    pub(super) error_allowed: f64,
    /// The exponent that the machine may add.
    pub(super) allowed: f64,
}

impl ClassBound {
    /// Whether the class would hold if the figures were exact.
    pub(super) fn seems_to_hold(&self) -> bool {
        matches!(self.finding, ClassFinding::Holds | ClassFinding::Noisy)
    }
}

/// The figures with the errors by which they may differ from their curve.
pub(super) struct Figures<'p> {
    points: &'p [SizePoint],
    errors: Vec<f64>,
    cost: Cost,
    /// The index of the first point of the top.
    top: usize,
}

impl<'p> Figures<'p> {
    /// Takes points in order of size, and the relative deviation that each has beside its own error.
    pub(super) fn new(points: &'p [SizePoint], deviation: f64, cost: Cost) -> Self {
        let errors = points.iter().map(|point| point.error.hypot(deviation)).collect();
        Self { points, errors, cost, top: stretch_below(points, points.len() - 1) }
    }

    pub(super) fn errors(&self) -> &[f64] {
        &self.errors
    }

    /// The sizes of the top.
    pub(super) fn top(&self) -> (f64, f64) {
        (self.points[self.top].size, self.points[self.points.len() - 1].size)
    }

    /// The trend of the cost over the top, after subtracting the overhead.
    pub(super) fn exponent_beside(&self, overhead: f64) -> Option<LogTrend> {
        let data: Option<Vec<(f64, f64, f64)>> = (self.top..self.points.len())
            .map(|i| {
                let (point, rest) = (self.points[i], self.points[i].cost - overhead);
                let error = self.errors[i] * point.cost / rest;
                (rest > 0.0).then(|| (point.size.ln(), rest.ln(), error.powi(-2)))
            })
            .collect();
        regression::fit_trend(&data?)
    }

    /// The findings on every class, slowest first. A class above one that holds also holds, and a class below one that
    /// is missed is also missed.
    pub(super) fn bounds(&self) -> Vec<ClassBound> {
        let mut bounds: Vec<ClassBound> = CLASSES.iter().map(|class| self.bound(*class)).collect();
        let holds = bounds.iter().position(|bound| bound.finding == ClassFinding::Holds).unwrap_or(bounds.len());
        let missed = bounds[..holds].iter().rposition(|bound| bound.finding == ClassFinding::Missed);
        bounds[holds..].iter_mut().for_each(|bound| bound.finding = ClassFinding::Holds);
        bounds[..missed.map_or(0, |last| last + 1)].iter_mut().for_each(|bound| bound.finding = ClassFinding::Missed);
        bounds
    }

    fn bound(&self, class: Growth) -> ClassBound {
        let allowance = MachineAllowance::of(class, self.cost);
        let rise = self.rise(class, self.top, self.points.len() - 1);
        let allowed = allowance.rise * rise.span;
        let error_allowed = (allowed - rise.by) / SURE_TO_HOLD;
        let is_outgrown = self.is_outgrown(class);
        let is_doubling = self.is_within_doubling(class) && !(is_outgrown && self.points.len() >= TELLING);
        let finding = if is_doubling {
            ClassFinding::Holds
        } else if is_outgrown {
            if self.is_missed(class, allowance, rise) { ClassFinding::Missed } else { ClassFinding::Outgrown }
        } else if error_allowed > 0.0 && !self.rises_on(class, rise) {
            if rise.error <= error_allowed { ClassFinding::Holds } else { ClassFinding::Noisy }
        } else if self.is_missed(class, allowance, rise) {
            ClassFinding::Missed
        } else {
            ClassFinding::Rises
        };
        ClassBound { class, finding, factor: rise.by.exp(), error: rise.error, error_allowed, allowed: allowance.rise }
    }

    /// Whether the cost still rises above the class at the top, if little, and in total by more than a scan that leaves
    /// the caches: a sort does that. It applies from the linear class on, since constant lookups do it too.
    fn rises_on(&self, class: Growth, top: Rise) -> bool {
        let last = self.points.len() - 1;
        let total = self.log_ratio(class, last) - self.log_ratio(class, self.cheapest(class));
        self.cost == Cost::Time && class >= Growth::Linear && total > MOST_OF_A_SCAN.ln() && top.by > LEVEL.ln()
    }

    /// Whether the cost rises above the class provably and by more than memory explains: at the top, below the top as
    /// well, since the effect of memory comes at once and levels off, and from the cheapest size to the largest.
    fn is_missed(&self, class: Growth, allowance: MachineAllowance, top: Rise) -> bool {
        let last = self.points.len() - 1;
        let is_steep = |rise: Rise, least: f64| rise.by - SURE_TO_MISS * rise.error >= least * rise.span;
        let below = stretch_below(self.points, self.top);
        let goes_on = below < self.top && is_steep(self.rise(class, below, self.top), allowance.most_below);
        if !goes_on || !is_steep(top, allowance.most) {
            return false;
        }
        let cheapest = self.cheapest(class);
        let error = self.errors[cheapest].hypot(self.errors[last]);
        let total = (self.log_ratio(class, last) - self.log_ratio(class, cheapest) - SURE_TO_MISS * error).exp();
        let is_telling = self.cost == Cost::Memory || self.points.len() >= TELLING;
        total >= allowance.sustained || is_telling && total >= allowance.explained && self.is_explained_above(class)
    }

    /// Whether a class above explains all figures, beside an overhead or the cost of the class itself.
    fn is_explained_above(&self, class: Growth) -> bool {
        let mut above = CLASSES.iter().filter(|other| **other > class);
        above.any(|other| {
            self.misfit(WorkShape::of_class(*other), WorkShape::of_class(class)) <= self.most_misfit(SURE_TO_MISS)
        })
    }

    /// Whether the bytes stay within the range that a vector that doubles needs for the class.
    pub(super) fn is_within_doubling(&self, class: Growth) -> bool {
        let ratios = || (0..self.points.len()).map(|i| self.log_ratio(class, i));
        let (least, most) = (ratios().fold(f64::INFINITY, f64::min), ratios().fold(f64::NEG_INFINITY, f64::max));
        self.cost == Cost::Memory && most - least <= DOUBLING.ln()
    }

    /// Whether a faster shape explains the figures from the size at which the class's ratio is lowest: before that,
    /// overhead falls.
    fn is_outgrown(&self, class: Growth) -> bool {
        let from = self.cheapest(class);
        let tail = Self {
            points: &self.points[from..],
            errors: self.errors[from..].to_vec(),
            top: self.top.saturating_sub(from),
            ..*self
        };
        tail.points.len() >= LEAST_SIZES && tail.is_explained_by_faster(class)
    }

    /// Whether the shape that explains the figures best grows faster than the class, by enough to matter, and no shape
    /// that grows no faster explains them as well.
    fn is_explained_by_faster(&self, class: Growth) -> bool {
        let own = WorkShape::of_class(class);
        let (mut slower, mut faster) = (f64::INFINITY, (f64::INFINITY, own));
        for shape in WorkShape::all() {
            let misfit = self.misfit(shape, WorkShape::CONSTANT);
            if !self.grows_faster(shape, own) {
                slower = slower.min(misfit);
            } else if misfit < faster.0 {
                faster = (misfit, shape);
            }
        }
        let misfit = self.misfit(faster.1, own);
        let far = self.how_far_above(class, faster.1);
        // The branches of a small sort are predicted better, which looks like n^1.05 above n log n.
        let matters = if class < Growth::Linearithmic { MATTERS } else { MATTERS_OF_A_SORT };
        let is_close = misfit <= self.most_misfit(CLOSE) && far >= matters;
        let is_clear = misfit <= self.most_misfit(SURE_TO_MISS) && far >= MATTERS_CLEARLY;
        misfit + DECISIVE <= slower && (is_close || is_clear)
    }

    /// The size before the largest at which a unit of the class's work is cheapest.
    fn cheapest(&self, class: Growth) -> usize {
        let ratio = |i: usize| self.log_ratio(class, i);
        (0..self.points.len() - 1).min_by(|a, b| ratio(*a).total_cmp(&ratio(*b))).unwrap_or(0)
    }

    /// Whether a shape's work grows faster over the top than another's.
    fn grows_faster(&self, shape: WorkShape, other: WorkShape) -> bool {
        let (from, to) = self.top();
        shape.log_rise(from, to) > other.log_rise(from, to) + ROUNDING
    }

    /// The cost at the largest size ÷ the cost there if the shape had grown like the class from the smallest size on. A
    /// table that leaves a cache counts as no dearer.
    fn how_far_above(&self, class: Growth, shape: WorkShape) -> f64 {
        let (first, last) = (self.points[0].size, self.points[self.points.len() - 1].size);
        let mix = self.mix(shape, WorkShape::of_class(class));
        let share_at = |size: f64| {
            let own = mix.slope * shape.work_at(size);
            own / (own + mix.beside * mix.other.work_at(size))
        };
        let faster = (shape.log_rise(first, last) - WorkShape::of_class(class).log_rise(first, last)).exp();
        let factor = 1.0 / (1.0 - share_at(last) + share_at(last) / faster);
        let is_flat_at_first = mix.other == WorkShape::CONSTANT && share_at(first) < 1.0 - FLAT;
        let is_of_lookups = class < Growth::Linear && self.cost == Cost::Time;
        if is_flat_at_first && is_of_lookups && factor < LEAVES_A_CACHE { 1.0 } else { factor }
    }

    fn misfit(&self, shape: WorkShape, lower: WorkShape) -> f64 {
        self.mix(shape, lower).squares
    }

    /// The better fit of the shape: beside an overhead, or beside work of the lower shape.
    fn mix(&self, shape: WorkShape, lower: WorkShape) -> Beside {
        let beside = |other: WorkShape| {
            let mix = regression::fit_mix(shape, other, self.points, &self.errors);
            Beside { slope: mix.slope, beside: mix.beside, squares: mix.squares, other }
        };
        let overhead = beside(WorkShape::CONSTANT);
        if lower == WorkShape::CONSTANT {
            return overhead;
        }
        let work = beside(lower);
        if overhead.squares <= work.squares { overhead } else { work }
    }

    fn most_misfit(&self, deviations: f64) -> f64 {
        regression::most_misfit(self.points.len().saturating_sub(2), deviations)
    }

    fn log_ratio(&self, class: Growth, i: usize) -> f64 {
        self.points[i].cost.ln() - WorkShape::of_class(class).work_at(self.points[i].size).ln()
    }

    /// The rise of the ratio of cost to work between two points.
    fn rise(&self, class: Growth, from: usize, to: usize) -> Rise {
        let span = (self.points[to].size / self.points[from].size).ln();
        let data: Vec<(f64, f64, f64)> = (from..=to)
            .map(|i| (self.points[i].size.ln(), self.log_ratio(class, i), self.errors[i].powi(-2)))
            .collect();
        let (by, error) =
            regression::fit_trend(&data).map_or((0.0, f64::INFINITY), |trend| (trend.slope * span, trend.error * span));
        Rise { by, error, span }
    }
}

/// A shape's curve beside another.
struct Beside {
    slope: f64,
    beside: f64,
    squares: f64,
    other: WorkShape,
}

/// A rise of logarithms over a logarithmic span of sizes.
#[derive(Clone, Copy)]
struct Rise {
    by: f64,
    error: f64,
    span: f64,
}

/// The index of the first point of the shortest stretch that ends at `end` and spans at least as much as the top; the
/// first of all where there is none.
fn stretch_below(points: &[SizePoint], end: usize) -> usize {
    let most = points[end].size / TOP * (1.0 + ROUNDING);
    points[..end].iter().rposition(|point| point.size <= most).unwrap_or(0)
}
