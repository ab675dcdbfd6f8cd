//! Ctrl-C and termination: the first signal stops the running test, whose report is still written, the second ends the
//! process. It knows nothing of reports.

use super::say;
use crate::engine::Stop;
use std::sync::Once;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

static STOP: Stop = Stop::new();
static RUNNING: AtomicUsize = AtomicUsize::new(0);
static LEAVES: AtomicBool = AtomicBool::new(false);

/// The exit code of a process that a signal ended, by the shells' convention (128 + SIGINT).
pub(crate) const EXIT: u8 = 130;

/// A test runs while this lives: the first signal stops it. Without one a signal ends the process, as ever.
#[derive(Debug)]
pub(crate) struct WatchedSignal(());

impl WatchedSignal {
    /// Catches signals from now on.
    pub(crate) fn start() -> Self {
        static ONCE: Once = Once::new();
        // Where no handler can be installed a signal ends the process; the part written last is then what is left.
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

/// The one flag that tells every test of the process to stop.
pub(crate) fn stop_flag() -> &'static Stop {
    &STOP
}

/// Whether a test runs.
pub(crate) fn is_running() -> bool {
    RUNNING.load(Ordering::SeqCst) > 0
}

/// Whether it is a signal that ends the process now.
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
