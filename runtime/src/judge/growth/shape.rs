//! The shapes of cost curves: powers of the size times powers of its logarithm. The six classes are shapes, and so are
//! the curves between and beside them, such as n^1.5 and n·log²n.

use brunt_plan::target::Growth;

/// The work nᵖ · logᵠ n.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct WorkShape {
    power: f64,
    logs: f64,
}

/// The largest exponent of the size that is tried, in tenths.
const MOST_TENTHS: u32 = 40;
/// The powers of the logarithm that are tried.
const LOGS: [f64; 3] = [0.0, 1.0, 2.0];

impl WorkShape {
    pub(super) const CONSTANT: Self = Self { power: 0.0, logs: 0.0 };

    pub(super) fn of_class(class: Growth) -> Self {
        let (power, logs) = match class {
            Growth::Constant => (0.0, 0.0),
            Growth::Logarithmic => (0.0, 1.0),
            Growth::Linear => (1.0, 0.0),
            Growth::Linearithmic => (1.0, 1.0),
            Growth::Quadratic => (2.0, 0.0),
            Growth::Cubic => (3.0, 0.0),
        };
        Self { power, logs }
    }

    /// Lists every shape that is tried as an explanation, from the constant to n⁴·log²n.
    pub(super) fn all() -> impl Iterator<Item = Self> {
        let powers = (0..=MOST_TENTHS).map(|tenths| f64::from(tenths) / 10.0);
        powers.flat_map(|power| LOGS.map(|logs| Self { power, logs }))
    }

    /// The work at a size. One is added under the logarithm so that a size of one has some work.
    pub(super) fn work_at(self, size: f64) -> f64 {
        size.powf(self.power) * size.ln_1p().powf(self.logs)
    }

    /// The factor by which the work grows between two sizes, as a logarithm.
    pub(super) fn log_rise(self, from: f64, to: f64) -> f64 {
        (self.work_at(to) / self.work_at(from)).ln()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_in_order() {
        let shapes = super::super::CLASSES.map(WorkShape::of_class);
        assert!(shapes.windows(2).all(|pair| pair[1].log_rise(10.0, 100.0) > pair[0].log_rise(10.0, 100.0)));
        assert!(shapes.iter().all(|shape| WorkShape::all().any(|other| other == *shape)));
    }

    #[test]
    fn work_rises_by_its_power() {
        let linear = WorkShape::of_class(Growth::Linear);
        assert!((linear.log_rise(10.0, 1_000.0) - 100_f64.ln()).abs() < 1e-12);
        assert_eq!(WorkShape::of_class(Growth::Logarithmic).work_at(0.0), 0.0);
        assert_eq!(WorkShape::CONSTANT.work_at(7.0), 1.0);
    }
}
