//! Weighted least squares: a class's curve through the points, and the exponent of the power law through them.
//!
//! Weights are relative (one over the squared relative error), so that the small sizes count as much as the large ones.

use super::{Point, model};
use brunt_plan::target::Growth;

/// The curve cost = a·f(n) + b of one class.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Fit {
    /// The class.
    pub(crate) class: Growth,
    /// The cost of one unit of work, at least zero.
    pub(crate) slope: f64,
    /// The fixed overhead, at least zero.
    pub(crate) overhead: f64,
    /// The weighted squares that are left, in squared standard errors.
    pub(crate) squares: f64,
    /// The share of the weighted variance of the logarithms that the curve explains; 1 is a perfect fit, and nothing
    /// explained is 0. Errors are relative, and so is this: of the costs themselves the largest size alone would decide.
    pub(crate) r_squared: f64,
}

/// The exponent of the power law through the points.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Exponent {
    /// The slope on the logarithms.
    pub(crate) value: f64,
    /// The lower end of the 95 % confidence interval.
    pub(crate) low: f64,
    /// The upper end of it.
    pub(crate) high: f64,
}

/// A weighted least-squares line.
struct Line {
    slope: f64,
    intercept: f64,
    /// Σ w (x − x̄)²
    spread: f64,
}

/// The weighted least squares of a class, with neither a nor b negative.
pub(super) fn fit(class: Growth, points: &[Point], errors: &[f64]) -> Fit {
    let data: Vec<(f64, f64, f64)> = points
        .iter()
        .zip(errors)
        .map(|(point, error)| (model::of(class, point.size), point.cost, (error * point.cost).powi(-2)))
        .collect();
    let squares = |slope: f64, overhead: f64| sum(&data, |(x, y, w)| w * (y - slope * x - overhead).powi(2));
    let mean = sum(&data, |(_, y, w)| w * y) / sum(&data, |(_, _, w)| w);
    let through_zero = sum(&data, |(x, y, w)| w * x * y) / sum(&data, |(x, _, w)| w * x * x);
    let (slope, overhead) = match line(&data) {
        _ if class == Growth::Constant => (mean, 0.0),
        Some(line) if line.slope >= 0.0 && line.intercept >= 0.0 => (line.slope, line.intercept),
        Some(line) if line.slope >= 0.0 => (through_zero, 0.0),
        _ => (0.0, mean),
    };
    let squares = squares(slope, overhead);
    Fit { class, slope, overhead, squares, r_squared: r_squared(&data, |x| slope * x + overhead) }
}

/// R² of the logarithms (Draper & Smith, *Applied Regression Analysis*, §1.3), each weighted by its relative error.
fn r_squared(data: &[(f64, f64, f64)], curve: impl Fn(f64) -> f64) -> f64 {
    let logarithms: Vec<(f64, f64, f64)> = data.iter().map(|(x, y, w)| (curve(*x).ln(), y.ln(), w * y * y)).collect();
    let weight = sum(&logarithms, |(_, _, w)| w);
    let mean = sum(&logarithms, |(_, y, w)| w * y) / weight;
    let all = sum(&logarithms, |(_, y, w)| w * (y - mean).powi(2));
    let left = sum(&logarithms, |(x, y, w)| w * (y - x).powi(2));
    // What rounding leaves of no variance is none.
    if all > f64::EPSILON * weight { (1.0 - left / all).max(0.0) } else { 1.0 }
}

/// The slope of ln cost on ln size, with its 95 % confidence interval from the scatter about the line: b ± t·s/√Sxx
/// with k − 2 degrees of freedom (Draper & Smith, *Applied Regression Analysis*, §1.4, weighted as in §9.2). An error
/// known beforehand is a lower bound of the scatter.
pub(super) fn exponent(points: &[Point], errors: &[f64]) -> Exponent {
    let data = logarithms(points, errors);
    let Some(line) = line(&data) else { return Exponent { value: 0.0, low: f64::NEG_INFINITY, high: f64::INFINITY } };
    let freedom = points.len().saturating_sub(2).max(1);
    let left = sum(&data, |(x, y, w)| w * (y - line.slope * x - line.intercept).powi(2));
    let scatter = (left / freedom as f64).max(1.0);
    let half = student(freedom) * (scatter / line.spread).sqrt();
    Exponent { value: line.slope, low: line.slope - half, high: line.slope + half }
}

/// The relative deviation of the costs from a smooth curve: what differs from size to size and no sample of one size
/// shows. The smoothest curve counts, be it a class's or a parabola through the logarithms. Zero where there are too few
/// sizes to see it.
pub(super) fn scatter(points: &[Point]) -> f64 {
    if points.len() < 5 {
        return 0.0;
    }
    let even = vec![1.0; points.len()];
    let of_class = |class: &Growth| fit(*class, points, &even).squares / (points.len() - 2) as f64;
    let of_parabola = parabola(&logarithms(points, &even)) / (points.len() - 3) as f64;
    super::CLASSES.iter().map(of_class).fold(of_parabola, f64::min).sqrt()
}

/// The squares about the least-squares parabola: about the line between what remains of y and what remains of x² beside
/// a line in x (Frisch & Waugh, *Econometrica* 1, 1933).
fn parabola(data: &[(f64, f64, f64)]) -> f64 {
    let squared: Vec<(f64, f64, f64)> = data.iter().map(|(x, _, w)| (*x, x * x, *w)).collect();
    let (Some(straight), Some(bow)) = (line(data), line(&squared)) else { return f64::INFINITY };
    let rest = |line: &Line, (x, y, _): (f64, f64, f64)| y - line.slope * x - line.intercept;
    let rests: Vec<(f64, f64, f64)> =
        data.iter().zip(&squared).map(|(y, x)| (rest(&bow, *x), rest(&straight, *y), y.2)).collect();
    let curvature = sum(&rests, |(x, y, w)| w * x * y) / sum(&rests, |(x, _, w)| w * x * x);
    sum(&rests, |(x, y, w)| w * (y - curvature * x).powi(2))
}

fn logarithms(points: &[Point], errors: &[f64]) -> Vec<(f64, f64, f64)> {
    points.iter().zip(errors).map(|(point, error)| (point.size.ln(), point.cost.ln(), error.powi(-2))).collect()
}

fn line(data: &[(f64, f64, f64)]) -> Option<Line> {
    let weight = sum(data, |(_, _, w)| w);
    let x_mean = sum(data, |(x, _, w)| w * x) / weight;
    let y_mean = sum(data, |(_, y, w)| w * y) / weight;
    let spread = sum(data, |(x, _, w)| w * (x - x_mean).powi(2));
    let together = sum(data, |(x, y, w)| w * (x - x_mean) * (y - y_mean));
    let slope = together / spread;
    (spread > 0.0).then_some(Line { slope, intercept: y_mean - slope * x_mean, spread })
}

fn sum(data: &[(f64, f64, f64)], of: impl Fn((f64, f64, f64)) -> f64) -> f64 {
    data.iter().map(|row| of(*row)).sum()
}

/// The 97.5th percentile of Student's t: tabled below six degrees of freedom, from there on the expansion in
/// Abramowitz & Stegun, *Handbook of Mathematical Functions*, 26.7.5.
fn student(freedom: usize) -> f64 {
    const TABLED: [f64; 5] = [12.706, 4.303, 3.182, 2.776, 2.571];
    if let Some(tabled) = TABLED.get(freedom.saturating_sub(1)) {
        return *tabled;
    }
    let (z, freedom) = (crate::judge::interval::Z, freedom as f64);
    let first = (z.powi(3) + z) / 4.0;
    let second = (5.0 * z.powi(5) + 16.0 * z.powi(3) + 3.0 * z) / 96.0;
    z + first / freedom + second / freedom.powi(2)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn points(cost: impl Fn(f64) -> f64) -> Vec<Point> {
        [10.0, 100.0, 1_000.0, 10_000.0, 100_000.0].map(|size| Point { size, cost: cost(size), error: 0.01 }).to_vec()
    }

    #[test]
    fn a_curve_of_the_class_is_found_again() {
        let fit = fit(Growth::Linearithmic, &points(|n| 3.0 * n * n.ln_1p() + 50.0), &[0.01; 5]);
        assert!((fit.slope - 3.0).abs() < 1e-6 && (fit.overhead - 50.0).abs() < 1e-3, "{fit:?}");
        assert!(fit.squares < 1e-9 && fit.r_squared > 0.999_999, "{fit:?}");
    }

    #[test]
    fn r_squared_is_relative_and_every_size_counts() {
        let r_squared = |class, cost: fn(f64) -> f64| fit(class, &points(cost), &[0.01; 5]).r_squared;
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
        let falling = fit(Growth::Linear, &points(|n| 100.0 / n.ln()), &[0.01; 5]);
        assert!(falling.slope == 0.0 && falling.overhead > 0.0, "{falling:?}");
        let steep = fit(Growth::Linear, &points(|n| n * n), &[0.01; 5]);
        assert!(steep.slope > 0.0 && steep.overhead == 0.0, "{steep:?}");
    }

    #[test]
    fn the_exponent_of_a_power_is_that_power() {
        let found = exponent(&points(|n| 7.0 * n.powf(1.5)), &[0.01; 5]);
        assert!((found.value - 1.5).abs() < 1e-9, "{found:?}");
        // t(3) · 0.01 / √(ln(10)² · (4 + 1 + 0 + 1 + 4))
        assert!((found.high - 1.5 - 3.182 * 0.01 / (10.0_f64.sqrt() * 10.0_f64.ln())).abs() < 1e-9, "{found:?}");
    }

    #[test]
    fn scatter_is_what_no_smooth_curve_explains() {
        assert!(scatter(&points(|n| n.powf(1.2) * (0.01 * n.ln().powi(2)).exp())) < 1e-9);
        let jagged = scatter(&points(|n| if n == 1_000.0 { 1.1 * n } else { n }));
        assert!((0.03..0.1).contains(&jagged), "{jagged}");
        assert_eq!(scatter(&points(f64::sqrt)[..4]), 0.0);
    }

    #[test]
    fn quantiles_of_student_are_those_of_the_tables() {
        for (freedom, tabled) in [(1, 12.706), (5, 2.571), (6, 2.447), (10, 2.228), (30, 2.042)] {
            assert!((student(freedom) - tabled).abs() < 0.02, "{freedom}: {}", student(freedom));
        }
    }
}
