//! Registry of the tests that run in this process at the same time. While there are several, CPU time and memory of the
//! process cannot be attributed to one test.

use crate::sync::Lock;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The running tests, each with whether another one ran at the same time.
static RUNNING: Lock<Vec<Arc<AtomicBool>>> = Lock::new(Vec::new());

/// Registration of a running test; it ends when this is dropped.
#[derive(Debug)]
pub(crate) struct RunningBeside {
    beside_others: Arc<AtomicBool>,
}

impl RunningBeside {
    /// Registers a test as running.
    pub(crate) fn start() -> Self {
        let this = Arc::new(AtomicBool::new(false));
        let mut running = RUNNING.lock();
        running.push(Arc::clone(&this));
        if running.len() > 1 {
            running.iter().for_each(|test| test.store(true, Ordering::Relaxed));
        }
        Self { beside_others: this }
    }

    /// Whether another test ran at the same time.
    pub(crate) fn was_beside_others(&self) -> bool {
        self.beside_others.load(Ordering::Relaxed)
    }
}

impl Drop for RunningBeside {
    fn drop(&mut self) {
        let mut running = RUNNING.lock();
        running.retain(|test| !Arc::ptr_eq(test, &self.beside_others));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_that_overlap_know_of_each_other() {
        let first = RunningBeside::start();
        let second = RunningBeside::start();
        drop(first);
        assert!(second.was_beside_others(), "also when the other has ended");
    }
}
