//! The memory that single calls of a body took, as [`allocator`](super::allocator) counts it.

use super::Distribution;

/// The memory that calls took, each counted alone.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct CallMemory {
    /// How often a call took memory.
    pub(crate) allocations: Distribution,
    /// Bytes that a call took, without subtracting the bytes it gave back.
    pub(crate) bytes: Distribution,
    /// The most bytes a call held at once.
    pub(crate) peak: Distribution,
    /// The most bytes that the process had in use at once during a call, the input included.
    pub(crate) process_peak: u64,
}

impl CallMemory {
    /// Counts a call.
    pub(crate) fn record(&mut self, allocations: u64, bytes: u64, peak: u64) {
        self.allocations.record(allocations as f64);
        self.bytes.record(bytes as f64);
        self.peak.record(peak as f64);
    }

    /// How many calls were counted.
    pub(crate) fn calls(&self) -> u64 {
        self.peak.count()
    }
}
