//! Weighted least squares: curves through the points, and straight lines through their logarithms.
//!
//! Weights are relative (one over the squared relative error), so that the small sizes count as much as the large ones.

use super::point::SizePoint;
use super::shape::WorkShape;
use brunt_plan::target::Growth;

/// The curve cost = a·f(n) + b of one class.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct ClassFit {
    /// The class.
    pub(crate) class: Growth,
    /// The cost of one unit of work, at least zero.
    pub(crate) slope: f64,
    /// The fixed overhead, at least zero.
    pub(crate) overhead: f64,
    /// The weighted squares of the residuals, in squared standard errors.
    pub(crate) squares: f64,
    /// The share of the weighted variance of the logarithms that the curve explains: 1 for a perfect fit, 0 where
    /// nothing is explained. It is relative, as the errors are: with the costs themselves the largest size alone would
    /// decide.
    pub(crate) r_squared: f64,
}

/// The curve cost = slope · shape + beside · other.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mix {
    pub(super) slope: f64,
    pub(super) beside: f64,
    /// The weighted squares that are left, in squared standard errors.
    pub(super) squares: f64,
}

/// The trend of figures over the logarithm of the size.
#[derive(Clone, Copy, Debug)]
pub(super) struct LogTrend {
    pub(super) slope: f64,
    /// The standard error of the slope.
    pub(super) error: f64,
}

/// A weighted least-squares line.
struct Line {
    slope: f64,
    intercept: f64,
    /// Σ w (x − x̄)²
    spread: f64,
}

/// Fits a class beside a fixed overhead by weighted least squares, with neither negative.
pub(super) fn fit_class(class: Growth, points: &[SizePoint], errors: &[f64]) -> ClassFit {
    let shape = WorkShape::of_class(class);
    let mix = fit_mix(shape, WorkShape::CONSTANT, points, errors);
    let (slope, overhead) =
        if class == Growth::Constant { (mix.slope + mix.beside, 0.0) } else { (mix.slope, mix.beside) };
    let r_squared = r_squared(points, errors, |size| slope * shape.work_at(size) + overhead);
    ClassFit { class, slope, overhead, squares: mix.squares, r_squared }
}

/// Fits cost = slope · shape + beside · other by weighted least squares, with neither factor negative.
pub(super) fn fit_mix(shape: WorkShape, other: WorkShape, points: &[SizePoint], errors: &[f64]) -> Mix {
    // Relative to the cost, so that every size weighs as much as its error allows.
    let data: Vec<(f64, f64, f64)> = points
        .iter()
        .zip(errors)
        .map(|(point, error)| {
            (shape.work_at(point.size) / point.cost, other.work_at(point.size) / point.cost, error.powi(-2))
        })
        .collect();
    let (xx, xz) = (weighted_sum(&data, |(x, _, w)| w * x * x), weighted_sum(&data, |(x, z, w)| w * x * z));
    let (zz, x, z) = (
        weighted_sum(&data, |(_, z, w)| w * z * z),
        weighted_sum(&data, |(x, _, w)| w * x),
        weighted_sum(&data, |(_, z, w)| w * z),
    );
    let squares = |slope: f64, beside: f64| weighted_sum(&data, |(x, z, w)| w * (1.0 - slope * x - beside * z).powi(2));
    let determinant = xx * zz - xz * xz;
    let both = ((x * zz - z * xz) / determinant, (z * xx - x * xz) / determinant);
    let alone = [(x / xx, 0.0), (0.0, z / zz)];
    // Two equal columns leave rounding errors for a determinant.
    let is_of_both = determinant > 1e-12 * xx * zz && both.0 >= 0.0 && both.1 >= 0.0;
    let candidates = if is_of_both { [both, both] } else { alone };
    let better = |a: &(f64, f64), b: &(f64, f64)| squares(a.0, a.1).total_cmp(&squares(b.0, b.1));
    let (slope, beside) = candidates.into_iter().min_by(better).unwrap_or(alone[1]);
    Mix { slope, beside, squares: squares(slope, beside) }
}

/// R² of the logarithms (Draper & Smith, *Applied Regression Analysis*, §1.3), each weighted by its relative error.
fn r_squared(points: &[SizePoint], errors: &[f64], curve: impl Fn(f64) -> f64) -> f64 {
    let logarithms: Vec<(f64, f64, f64)> = points
        .iter()
        .zip(errors)
        .map(|(point, error)| (curve(point.size).ln(), point.cost.ln(), error.powi(-2)))
        .collect();
    let weight = weighted_sum(&logarithms, |(_, _, w)| w);
    let mean = weighted_sum(&logarithms, |(_, y, w)| w * y) / weight;
    let all = weighted_sum(&logarithms, |(_, y, w)| w * (y - mean).powi(2));
    let left = weighted_sum(&logarithms, |(x, y, w)| w * (y - x).powi(2));
    // A variance within rounding errors is none.
    if all > f64::EPSILON * weight { (1.0 - left / all).max(0.0) } else { 1.0 }
}

/// The value that χ² with these degrees of freedom exceeds with the same chance as a normal deviate exceeds this number
/// of standard deviations (Wilson & Hilferty, *PNAS* 17, 1931).
pub(super) fn most_misfit(freedom: usize, deviations: f64) -> f64 {
    let freedom = freedom.max(1) as f64;
    let part = 2.0 / (9.0 * freedom);
    freedom * (1.0 - part + deviations * part.sqrt()).powi(3)
}

/// Fits the slope of weighted figures, with its standard error. The known error of the figures is a lower bound: where
/// four or more of them scatter further about the line, the scatter is the error.
pub(super) fn fit_trend(data: &[(f64, f64, f64)]) -> Option<LogTrend> {
    let line = fit_line(data)?;
    let left = weighted_sum(data, |(x, y, w)| w * (y - line.slope * x - line.intercept).powi(2));
    let freedom = data.len().saturating_sub(2);
    let scatter = if freedom >= 2 { (left / freedom as f64).max(1.0) } else { 1.0 };
    Some(LogTrend { slope: line.slope, error: (scatter / line.spread).sqrt() })
}

fn fit_line(data: &[(f64, f64, f64)]) -> Option<Line> {
    let weight = weighted_sum(data, |(_, _, w)| w);
    let x_mean = weighted_sum(data, |(x, _, w)| w * x) / weight;
    let y_mean = weighted_sum(data, |(_, y, w)| w * y) / weight;
    let spread = weighted_sum(data, |(x, _, w)| w * (x - x_mean).powi(2));
    let together = weighted_sum(data, |(x, y, w)| w * (x - x_mean) * (y - y_mean));
    let slope = together / spread;
    (spread > 0.0).then_some(Line { slope, intercept: y_mean - slope * x_mean, spread })
}

fn weighted_sum(data: &[(f64, f64, f64)], of: impl Fn((f64, f64, f64)) -> f64) -> f64 {
    data.iter().map(|row| of(*row)).sum()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn points(cost: impl Fn(f64) -> f64) -> Vec<SizePoint> {
        [10.0, 100.0, 1_000.0, 10_000.0, 100_000.0]
            .map(|size| SizePoint { size, cost: cost(size), error: 0.01 })
            .to_vec()
    }

    #[test]
    fn a_curve_of_the_class_is_found_again() {
        let fit = fit_class(Growth::Linearithmic, &points(|n| 3.0 * n * n.ln_1p() + 50.0), &[0.01; 5]);
        assert!((fit.slope - 3.0).abs() < 1e-6 && (fit.overhead - 50.0).abs() < 1e-3, "{fit:?}");
        assert!(fit.squares < 1e-9 && fit.r_squared > 0.999_999, "{fit:?}");
    }

    #[test]
    fn r_squared_is_relative_and_every_size_counts() {
        let r_squared = |class, cost: fn(f64) -> f64| fit_class(class, &points(cost), &[0.01; 5]).r_squared;
        // One size of five off by half, over four decades.
        let small_is_cheap = r_squared(Growth::Linear, |n| if n == 10.0 { n / 1.5 } else { n });
        let large_is_dear = r_squared(Growth::Linear, |n| if n == 100_000.0 { 1.5 * n } else { n });
        assert!((0.98..0.999).contains(&small_is_cheap), "{small_is_cheap}");
        assert!((0.98..0.999).contains(&large_is_dear), "{large_is_dear}");
        assert!(r_squared(Growth::Linear, |n| n * n) < 0.9);
        assert_eq!(r_squared(Growth::Constant, |n| n), 0.0);
        assert_eq!(r_squared(Growth::Constant, |_| 7.0), 1.0);
    }

    #[test]
    fn neither_slope_nor_overhead_is_negative() {
        let falling = fit_class(Growth::Linear, &points(|n| 100.0 / n.ln()), &[0.01; 5]);
        assert!(falling.slope == 0.0 && falling.overhead > 0.0, "{falling:?}");
        let steep = fit_class(Growth::Linear, &points(|n| n * n), &[0.01; 5]);
        assert!(steep.slope > 0.0 && steep.overhead == 0.0, "{steep:?}");
    }

    #[test]
    fn the_trend_of_a_power_is_that_power() {
        let data: Vec<(f64, f64, f64)> =
            points(|n| 7.0 * n.powf(1.5)).iter().map(|point| (point.size.ln(), point.cost.ln(), 1e4)).collect();
        let found = fit_trend(&data).unwrap();
        assert!((found.slope - 1.5).abs() < 1e-9, "{found:?}");
        // 0.01 / √(ln(10)² · (4 + 1 + 0 + 1 + 4))
        assert!((found.error - 0.01 / (10.0_f64.sqrt() * 10.0_f64.ln())).abs() < 1e-9, "{found:?}");
        assert!(fit_trend(&data[..1]).is_none());
    }

    #[test]
    fn two_terms_are_found_again() {
        let (linear, square) = (WorkShape::of_class(Growth::Linear), WorkShape::of_class(Growth::Quadratic));
        let found = fit_mix(square, linear, &points(|n| 5.0 * n + 1e-3 * n * n), &[0.01; 5]);
        assert!((found.slope - 1e-3).abs() < 1e-9 && (found.beside - 5.0).abs() < 1e-6, "{found:?}");
        let alone = fit_mix(square, linear, &points(|n| 5.0 * n), &[0.01; 5]);
        assert!(alone.slope < 1e-12 && (alone.beside - 5.0).abs() < 1e-9, "{alone:?}");
    }

    #[test]
    fn the_limit_of_misfit_is_that_of_chi_squared() {
        // χ² exceeds this value with the probability 1e-3, that of a normal deviate beyond 3.1.
        assert!((most_misfit(5, 3.1) - 20.5).abs() < 0.5, "{}", most_misfit(5, 3.1));
        assert!((most_misfit(1, 3.1) - 10.8).abs() < 1.0, "{}", most_misfit(1, 3.1));
    }
}
