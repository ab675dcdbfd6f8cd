//! Ctrl-C and termination: the first signal stops the running test, whose report is still written, the second ends the
//! process.

use super::say;
use crate::engine::Stop;
use std::sync::Once;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

static STOP: Stop = Stop::new();
static RUNNING: AtomicUsize = AtomicUsize::new(0);
static LEAVES: AtomicBool = AtomicBool::new(false);

/// Exit code of a process ended by SIGINT, by the shells' convention (128 + 2).
pub(crate) const EXIT: u8 = 130;

/// Guard of a running test: while one exists the first signal stops the test; without one a signal ends the process as
/// usual.
#[derive(Debug)]
pub(crate) struct WatchedSignal(());

impl WatchedSignal {
    /// Registers the signal handler.
    pub(crate) fn start() -> Self {
        static ONCE: Once = Once::new();
        // If no handler can be installed, a signal ends the process, and the report stays as it was written last.
        ONCE.call_once(|| drop(ctrlc::set_handler(handle_signal)));
        RUNNING.fetch_add(1, Ordering::SeqCst);
        Self(())
    }
}

impl Drop for WatchedSignal {
    fn drop(&mut self) {
        RUNNING.fetch_sub(1, Ordering::SeqCst);
    }
}

/// The process-wide flag that stops every test.
pub(crate) fn stop_flag() -> &'static Stop {
    &STOP
}

/// Whether a test runs.
pub(crate) fn is_running() -> bool {
    RUNNING.load(Ordering::SeqCst) > 0
}

/// Whether a signal is ending the process.
pub(crate) fn ends_process_now() -> bool {
    LEAVES.load(Ordering::SeqCst)
}

fn handle_signal() {
    if STOP.requested() || !is_running() {
        LEAVES.store(true, Ordering::SeqCst);
        std::process::exit(EXIT.into());
    }
    STOP.request();
    say::print_uncaptured("\nstopping: what was measured is being written (again to leave at once)");
}
