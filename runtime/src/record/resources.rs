//! What the process used, second by second.

use std::time::Duration;

/// One reading.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ResourceSample {
    /// CPU time since the last reading ÷ time since the last reading; 2.0 is two cores busy.
    pub cpu: f64,
    /// Resident memory in bytes.
    pub memory: u64,
    /// Bytes received since the last reading, where the system tells.
    pub received: Option<u64>,
    /// Bytes sent since the last reading, where the system tells.
    pub sent: Option<u64>,
}

/// The process over time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Resources {
    /// Readings with their offset from the start of the load, about one a second.
    pub samples: Vec<(Duration, ResourceSample)>,
}
