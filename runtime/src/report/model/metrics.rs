//! The metrics of a set of operations: counts, rates, distributions in a few figures, failures by kind.

use serde::{Deserialize, Serialize};

/// The metrics of operations: of the whole test, or of a selection.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Metrics {
    /// Successes, failures and interrupted ones together.
    pub count: u64,
    /// Those that succeeded.
    pub successes: u64,
    /// Those that failed.
    pub failures: u64,
    /// Those that were still running when `graceful_stop` was over.
    pub interrupted: u64,
    /// Arrivals for which no user was free; not in `count`.
    pub dropped: u64,
    /// Steps whose future was dropped before its end; not in `count`.
    pub cancelled: u64,
    /// The time the load was on.
    pub elapsed_s: f64,
    /// Successes a second.
    pub throughput_per_s: Option<f64>,
    /// Successes ÷ count.
    pub success_rate: Option<f64>,
    /// Latency from the intended start, of successes, timeouts and interrupted operations.
    pub latency_ns: Summary,
    /// The same from the actual start; in the closed model both are equal.
    pub service_ns: Summary,
    /// Failures by kind, most first.
    pub errors: Vec<Failures>,
}

/// A distribution in a few figures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Summary {
    /// How many samples.
    pub count: u64,
    /// The smallest.
    pub min: Option<f64>,
    /// The arithmetic mean.
    pub mean: Option<f64>,
    /// The median.
    pub p50: Option<f64>,
    /// 75 % are at most this.
    pub p75: Option<f64>,
    /// 90 % are at most this.
    pub p90: Option<f64>,
    /// 95 % are at most this.
    pub p95: Option<f64>,
    /// 99 % are at most this.
    pub p99: Option<f64>,
    /// 99.9 % are at most this.
    pub p99_9: Option<f64>,
    /// The largest.
    pub max: Option<f64>,
    /// The standard deviation.
    pub stddev: Option<f64>,
}

/// Failures of one kind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Failures {
    /// The kind by which `errors("kind")` counts them.
    pub kind: String,
    /// How many.
    pub count: u64,
    /// Their share of all operations.
    pub share: f64,
    /// When the first was seen, from the start of the load.
    pub first_s: f64,
    /// When the last was seen.
    pub last_s: f64,
    /// The first one's message.
    pub example: String,
    /// The most frequent messages, where there was more than one; only for the iterations of the whole test.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub messages: Vec<Message>,
}

/// A message of failures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Message {
    /// Its text.
    pub message: String,
    /// How often it came.
    pub count: u64,
}
