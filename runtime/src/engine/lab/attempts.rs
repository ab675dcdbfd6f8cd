//! Counts attempts at a dependency that has no proxy in front of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// A counter of attempts at a dependency; clones count together. See [`Lab::attempts`](super::Lab::attempts).
#[derive(Clone, Debug)]
pub struct Attempts(Arc<AtomicU64>);

impl Attempts {
    pub(crate) fn new(count: &Arc<AtomicU64>) -> Self {
        Self(Arc::clone(count))
    }

    /// Counts one more attempt at the dependency.
    pub fn count(&self) {
        self.0.fetch_add(1, Relaxed);
    }

    /// The number of attempts so far.
    pub fn so_far(&self) -> u64 {
        self.0.load(Relaxed)
    }
}
