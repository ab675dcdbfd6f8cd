//! Points of a growth: the cost at one size, and its error.

use crate::judge::interval;
use crate::record::Distribution;
use brunt_plan::target::Stat;

/// The fewest sizes that show a growth: two always lie on a curve of every class.
pub(super) const LEAST_SIZES: usize = 3;
/// The least relative standard deviation of one sample of a time.
const LEAST_SPREAD: f64 = 0.1;

/// The cost measured at one size.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct SizePoint {
    /// The size, at least one.
    pub(crate) size: f64,
    /// The cost: nanoseconds or bytes, positive.
    pub(crate) cost: f64,
    /// The relative standard error of the cost, as estimated from the samples of this size.
    pub(crate) error: f64,
}

/// The kind of cost that grows. It decides how far a figure may lie off its curve however often it is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cost {
    /// Time: memory makes large inputs dearer.
    Time,
    /// Bytes: the same in every run, but a vector that doubles is between half and entirely full.
    Memory,
}

impl SizePoint {
    /// The lower quartile of the samples of a size: disturbances only ever add time, so that three quarters of the
    /// samples may be disturbed. Its error comes from the order statistics around it; a few samples are never taken to
    /// lie closer together than samples of a time do.
    ///
    /// `None` without samples, or where the cost is not positive.
    pub(crate) fn of(size: u64, distribution: &Distribution) -> Option<Self> {
        let quartile = Stat::Percentile(25.0);
        let cost = distribution.percentile(25.0).filter(|cost| *cost > 0.0)?;
        let around = interval::percentile_interval(distribution, quartile)?;
        let spread = (around.high / around.low.max(f64::MIN_POSITIVE)).ln() / (2.0 * interval::Z);
        let least = LEAST_SPREAD / (distribution.count() as f64).sqrt();
        Some(Self { size: size as f64, cost, error: spread.max(least) })
    }
}
