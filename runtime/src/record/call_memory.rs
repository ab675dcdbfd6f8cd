//! What single calls of a body took of memory, as [`allocator`](super::allocator) counts it.

use super::Distribution;

/// What calls took of memory, each counted alone.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct CallMemory {
    /// How often a call took memory.
    pub(crate) allocations: Distribution,
    /// Bytes a call took, what it gave back not subtracted.
    pub(crate) bytes: Distribution,
    /// The most bytes a call held at once.
    pub(crate) peak: Distribution,
    /// The most bytes the process had in use at once meanwhile, the input included.
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
