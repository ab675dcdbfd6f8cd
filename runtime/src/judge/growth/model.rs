//! Whether a class of growth can be true of what was measured, given how far the machine may make larger inputs dearer.
//!
//! The model is cost = (a·f(n) + b) · g(n) with a fixed overhead b (for n² and n³ also a small b·n or b·n² in its place)
//! and an unknown g that never falls and rises by no more than an allowance: caches. It is tested by the weighted squares
//! that are left between the logarithms of both sides. For one b the best g is the isotonic regression (Barlow,
//! Bartholomew, Bremner & Brunk, *Statistical Inference under Order Restrictions*, §1.2), cut to the allowance; b is
//! searched for.

use super::Point;
use brunt_plan::target::Growth;

/// How far a machine may bend a class's curve.
#[derive(Clone, Copy, Debug)]
pub(super) struct Machine {
    /// How many times as dear it makes a unit of work at most while the input grows.
    rise: f64,
    /// Whether the fixed overhead is small beside the work at the smallest size.
    is_lean: bool,
}

impl Machine {
    /// Any memory is as near as any other: the class alone must explain the figures.
    pub(super) const IDEAL: Self = Self { rise: 1.0, is_lean: false };
    /// A loop that runs through memory in order pays about twice once it leaves the caches.
    pub(super) const STREAMING: Self = Self { rise: 2.5, is_lean: false };
    /// Nor is there much overhead.
    pub(super) const LEAN: Self = Self { rise: 1.0, is_lean: true };
    /// One that jumps about in memory waits ten times as long for the last cache as for the first.
    pub(super) const RANDOM: Self = Self { rise: 10.0, is_lean: false };
    /// Nothing is too dear; but what overhead hides is not its doing.
    pub(super) const ANY: Self = Self { rise: f64::INFINITY, is_lean: true };
}

/// Overheads that are tried first: none, and these many between a hundredth of the least f and the largest f. A term
/// that is less than half the cost at the largest size is not seen as the class; every class fits a constant otherwise.
const OVERHEADS: i32 = 30;

/// The overhead of a lean body, in times the work at the smallest size.
const LEAN: f64 = 2.0;

/// The share of the work at the largest size that a term of the power below is at most: a text that is built by copying
/// pays for every piece, and for all before it, and only the latter grows as a square. More than caches ever do to the
/// power below must be left to the class.
const LOWER: f64 = 0.1;

/// Steps of a ternary search: each leaves two thirds.
const STEPS: usize = 24;

/// How many standard deviations chance must reach for a class to be refuted wrongly: once in
/// some thousand.
const DOUBT: f64 = 3.5;

/// What was measured, on logarithms.
pub(super) struct Curve {
    sizes: Vec<f64>,
    costs: Vec<f64>,
    weights: Vec<f64>,
}

impl Curve {
    /// Points in order of size, each with its relative standard error.
    pub(super) fn new(points: &[Point], errors: &[f64]) -> Self {
        Self {
            sizes: points.iter().map(|point| point.size).collect(),
            costs: points.iter().map(|point| point.cost.ln()).collect(),
            weights: errors.iter().map(|error| error.powi(-2)).collect(),
        }
    }

    /// Whether the class can be true on such a machine, beside one overhead or another: of every call, or, where the
    /// class is a power, a term of the power below.
    pub(super) fn can_be(&self, class: Growth, machine: Machine) -> bool {
        let work = self.of(class);
        let alone = self.misfit(&work, machine) <= most_misfit(self.sizes.len());
        if alone || class == Growth::Constant {
            return alone;
        }
        let (smallest, largest) = (work[0], work[work.len() - 1]);
        let most = match machine {
            Machine { is_lean: true, .. } => (LEAN * smallest).min(largest / 50.0),
            // Half hidden and bent as well, every power would look like every other.
            Machine { rise, .. } if rise > 1.0 && class >= Growth::Linear => largest / 4.0,
            _ => largest,
        };
        let of_call = self.of(Growth::Constant);
        self.fits_beside(&of_call, (smallest / 100.0, most), &work, machine)
            || below(class).filter(|_| !machine.is_lean).is_some_and(|below| {
                let term = self.of(below);
                let bounds = (smallest / term[0] / 100.0, LOWER * largest / term[term.len() - 1]);
                self.fits_beside(&term, bounds, &work, machine)
            })
    }

    fn of(&self, class: Growth) -> Vec<f64> {
        self.sizes.iter().map(|size| of(class, *size)).collect()
    }

    /// Whether this work explains the costs beside so much of another term that it lies between the bounds.
    fn fits_beside(&self, term: &[f64], (least, most): (f64, f64), work: &[f64], machine: Machine) -> bool {
        let limit = most_misfit(self.sizes.len());
        let (least, most) = (least.ln(), most.ln());
        let at = |logarithm: f64| {
            let share = logarithm.min(most).exp();
            let whole: Vec<f64> = work.iter().zip(term).map(|(work, term)| work + share * term).collect();
            self.misfit(&whole, machine)
        };
        let step = (most - least) / f64::from(OVERHEADS);
        let mut nearest = (least, f64::INFINITY);
        for i in 0..=OVERHEADS {
            let logarithm = least + step * f64::from(i);
            let squares = at(logarithm);
            if squares <= limit {
                return true;
            }
            if squares < nearest.1 {
                nearest = (logarithm, squares);
            }
        }
        at(lowest(nearest.0 - step, nearest.0 + step, at)) <= limit
    }

    /// The squares that are left between the costs and this work.
    fn misfit(&self, work: &[f64], machine: Machine) -> f64 {
        let per_work = self.costs.iter().zip(work).map(|(cost, work)| cost - work.ln()).collect();
        bounded_squares(per_work, &self.weights, machine.rise.ln())
    }
}

/// The power below, which a power's lower terms are of.
fn below(class: Growth) -> Option<Growth> {
    match class {
        Growth::Quadratic => Some(Growth::Linear),
        Growth::Cubic => Some(Growth::Quadratic),
        Growth::Constant | Growth::Logarithmic | Growth::Linear | Growth::Linearithmic => None,
    }
}

/// The work that a class does at a size. One is added under the logarithm so that a size of one does some.
pub(super) fn of(class: Growth, size: f64) -> f64 {
    match class {
        Growth::Constant => 1.0,
        Growth::Logarithmic => size.ln_1p(),
        Growth::Linear => size,
        Growth::Linearithmic => size * size.ln_1p(),
        Growth::Quadratic => size.powi(2),
        Growth::Cubic => size.powi(3),
    }
}

/// The value of χ² with these degrees of freedom that chance exceeds once in some thousand (Wilson & Hilferty, *PNAS* 17, 1931).
fn most_misfit(freedom: usize) -> f64 {
    let freedom = freedom as f64;
    let part = 2.0 / (9.0 * freedom);
    freedom * (1.0 - part + DOUBT * part.sqrt()).powi(3)
}

/// The weighted squares between the values and the nearest sequence that never falls and rises by at most `rise`.
fn bounded_squares(values: Vec<f64>, weights: &[f64], rise: f64) -> f64 {
    if rise == 0.0 {
        let total: f64 = weights.iter().sum();
        let mean = values.iter().zip(weights).map(|(value, weight)| weight * value).sum::<f64>() / total;
        return values.iter().zip(weights).map(|(value, weight)| weight * (value - mean).powi(2)).sum();
    }
    let monotone = isotonic(&values, weights);
    let (low, high) = (monotone[0], monotone[monotone.len() - 1]);
    let squares = |from: f64| {
        let cut = monotone.iter().map(|value| value.clamp(from, from + rise));
        cut.zip(&values).zip(weights).map(|((fit, value), weight)| weight * (value - fit).powi(2)).sum::<f64>()
    };
    if high - low <= rise {
        return squares(low);
    }
    // The isotonic regression between bounds is the isotonic regression cut to them; the squares are convex in where
    // the bounds lie.
    squares(lowest(low, high - rise, squares))
}

/// Where a function with one valley is lowest, by ternary search.
fn lowest(mut left: f64, mut right: f64, of: impl Fn(f64) -> f64) -> f64 {
    for _ in 0..STEPS {
        let third = (right - left) / 3.0;
        if of(left + third) <= of(right - third) {
            right -= third;
        } else {
            left += third;
        }
    }
    left.midpoint(right)
}

/// The nearest sequence that never falls: neighbours that do are pooled at their mean until none does.
fn isotonic(values: &[f64], weights: &[f64]) -> Vec<f64> {
    let mut pools: Vec<(f64, f64, usize)> = Vec::with_capacity(values.len());
    for (value, weight) in values.iter().zip(weights) {
        let mut pool = (*value, *weight, 1);
        while let Some(before) = pools.pop_if(|before| before.0 > pool.0) {
            let weight = before.1 + pool.1;
            pool = ((before.0 * before.1 + pool.0 * pool.1) / weight, weight, before.2 + pool.2);
        }
        pools.push(pool);
    }
    pools.into_iter().flat_map(|(value, _, count)| std::iter::repeat_n(value, count)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_falls_is_pooled() {
        assert_eq!(isotonic(&[1.0, 3.0, 2.0, 4.0], &[1.0; 4]), [1.0, 2.5, 2.5, 4.0]);
        assert_eq!(isotonic(&[3.0, 2.0, 1.0], &[1.0; 3]), [2.0; 3]);
        assert_eq!(isotonic(&[4.0, 1.0], &[1.0, 2.0]), [2.0; 2]);
    }

    #[test]
    fn a_rise_within_its_bounds_costs_nothing_and_a_fall_does() {
        let squares = |values: &[f64], rise| bounded_squares(values.to_vec(), &vec![1.0; values.len()], rise);
        assert_eq!(squares(&[0.0, 0.5, 1.0], 1.0), 0.0);
        assert!((squares(&[0.0, 0.5, 1.0], 0.0) - 0.5).abs() < 1e-9, "around the mean");
        assert!((squares(&[0.0, 2.0], 1.0) - 0.5).abs() < 1e-9, "half a unit off at both ends");
        assert!((squares(&[1.0, 0.0], f64::INFINITY) - 0.5).abs() < 1e-9);
    }

    #[test]
    fn the_limit_of_misfit_is_that_of_chi_squared() {
        // What χ² exceeds with the probability 2.3e-4, the normal distribution's beyond 3.5.
        assert!((most_misfit(5) - 23.9).abs() < 0.5, "{}", most_misfit(5));
        assert!((most_misfit(1) - 13.6).abs() < 1.0, "{}", most_misfit(1));
    }
}
