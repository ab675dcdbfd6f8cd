//! The result of a sweep over sizes: each size, and how the cost grows.

use super::metrics::Metrics;
use super::unit::Unit;
use serde::{Deserialize, Serialize};

/// The measurements at one size.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Size {
    /// The size.
    pub size: u64,
    /// Its name, as the language writes it: `size(1000)`.
    pub name: String,
    /// Its metrics. Where the body was called in batches, a latency is the mean of a batch: `count` counts calls, and
    /// the latency's own `count` batches.
    pub metrics: Metrics,
    /// How often a call allocated memory, in the median; `null` where that was not counted.
    pub allocations: Option<f64>,
    /// The bytes that a call took, in the median.
    pub allocated_bytes: Option<f64>,
    /// The most bytes that a call held at once, in the median.
    pub peak_bytes: Option<f64>,
}

/// The memory that a call took, in the median of the calls that were counted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CallMemory {
    /// The case; `null` where there are none.
    pub case: Option<String>,
    /// How many calls were counted, each alone.
    pub calls: u64,
    /// How often a call took memory.
    pub allocations: f64,
    /// The bytes that a call took.
    pub allocated_bytes: f64,
    /// The most bytes that a call held at once.
    pub peak_bytes: f64,
}

/// How time or memory grows with the size. Classes are `1`, `log_n`, `n`, `n_log_n`, `n2`, `n3`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Growth {
    /// The fitted quantity: `ns` (the lower quartile of a size's times) or `bytes` (the median of a call's peaks, and
    /// 64).
    pub unit: Unit,
    /// The classes that can be true, slowest first; none where there was too little data. Where none is named, the two
    /// between which the exponent lies.
    pub candidates: Vec<String>,
    /// The lowest class that seems to bound the cost, where its own exponent lies in the interval.
    pub best: Option<String>,
    /// The slope of the logarithms over the largest sizes, a factor of at least 8, without the overhead of the class's
    /// curve.
    pub exponent: Option<f64>,
    /// The lower end of its 95 % confidence interval, less what caches may have added.
    pub exponent_low: Option<f64>,
    /// The upper end of it.
    pub exponent_high: Option<f64>,
    /// R² of the named class's curve: the share of the weighted variance of the logarithms that it explains.
    pub r_squared: Option<f64>,
    /// Why nothing can be concluded.
    pub reason: Option<String>,
    /// The points that were fitted, for a plot.
    pub points: Vec<Point>,
    /// The curve of every class.
    pub fits: Vec<Fit>,
}

/// One size's cost.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Point {
    /// The size.
    pub size: f64,
    /// Its cost.
    pub cost: f64,
    /// The relative standard error of it.
    pub error: f64,
}

/// A class's curve: cost = slope · f(size) + overhead.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Fit {
    /// The class.
    pub class: String,
    /// The cost of a unit of work.
    pub slope: f64,
    /// The cost of every call.
    pub overhead: f64,
    /// R² of the curve.
    pub r_squared: f64,
}
