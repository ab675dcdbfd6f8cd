//! Which tests run in this process at the same time: what a process uses is then not one test's alone.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// The tests that run, each with whether another ran beside it.
static RUNNING: Mutex<Vec<Arc<AtomicBool>>> = Mutex::new(Vec::new());

/// A test that runs, until it is dropped.
#[derive(Debug)]
pub(crate) struct RunningBeside {
    beside_others: Arc<AtomicBool>,
}

impl RunningBeside {
    /// One more test runs from now on.
    pub(crate) fn start() -> Self {
        let this = Arc::new(AtomicBool::new(false));
        let mut running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
        running.push(Arc::clone(&this));
        if running.len() > 1 {
            running.iter().for_each(|test| test.store(true, Ordering::Relaxed));
        }
        Self { beside_others: this }
    }

    /// Whether another test ran meanwhile.
    pub(crate) fn was_beside_others(&self) -> bool {
        self.beside_others.load(Ordering::Relaxed)
    }
}

impl Drop for RunningBeside {
    fn drop(&mut self) {
        let mut running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
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
