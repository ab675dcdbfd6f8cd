//! Counts attempts at a dependency that is no proxy.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Counts attempts at a dependency; clones count together. See [`Lab::attempts`](super::Lab::attempts).
#[derive(Clone, Debug)]
pub struct Attempts(Arc<AtomicU64>);

impl Attempts {
    pub(crate) fn new(count: &Arc<AtomicU64>) -> Self {
        Self(Arc::clone(count))
    }

    /// The dependency was tried once more.
    pub fn count(&self) {
        self.0.fetch_add(1, Relaxed);
    }

    /// How often it was tried until now.
    pub fn so_far(&self) -> u64 {
        self.0.load(Relaxed)
    }
}
