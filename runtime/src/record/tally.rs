//! What is counted of operations and of recorded values. Tallies merge exactly, in any order.

use super::Distribution;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// Counts and latencies of a set of operations: iterations, or one step's runs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tally {
    /// Operations that succeeded.
    pub successes: u64,
    /// Operations still running when `graceful_stop` was over.
    pub interrupted: u64,
    /// Steps whose future was dropped before it ended; no operation that counts.
    pub cancelled: u64,
    /// Arrivals for which no user was free; no operation that counts.
    pub dropped: u64,
    /// Failures by kind.
    pub failures: BTreeMap<Arc<str>, FailureTally>,
    /// Nanoseconds of successes, timeouts and interrupted operations, from the intended start.
    pub latency: Distribution,
    /// The same from the actual start. Empty where the two are one (closed model).
    pub service: Distribution,
}

/// Failures of one kind.
#[derive(Clone, Debug, PartialEq)]
pub struct FailureTally {
    /// How many.
    pub count: u64,
    /// Their latency in nanoseconds.
    pub latency: Distribution,
    /// When the first was seen, from the start of the load.
    pub first: Duration,
    /// When the last was seen.
    pub last: Duration,
    /// The first one's message.
    pub example: Arc<str>,
}

/// What a recorded value is measured in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum ValueUnit {
    /// A bare number.
    #[default]
    Number,
    /// `true` is 1 and `false` 0.
    Flag,
    /// Nanoseconds.
    Time,
    /// Bytes.
    Size,
}

/// Recorded values of one name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ValueTally {
    /// What they are measured in; the first one's unit (another unit under the same name is refused when recorded).
    pub unit: ValueUnit,
    /// The values.
    pub distribution: Distribution,
    /// The latest value and when it was recorded.
    pub last: Option<(Duration, f64)>,
}
