//! Handler for `exit` in the middle of a test. Without it a body that calls `exit(0)` would end the process, and its
//! test, as a success. With it the process fails, and the report gives the reason.
//!
//! Only `exit(3)` is handled. If a process is killed or aborts, the report stays as it was written last.

#![allow(unsafe_code, reason = "std has no `atexit`")]

use super::{say, signals};
use crate::report::Store;
use std::ffi::c_int;
use std::sync::{Arc, OnceLock};

/// Exit code of a failed test run, the same as libtest's.
const FAILED: c_int = 101;
const ENDED: &str = "the process was ended by `exit` before the test had ended";

/// The report's store, and the id of the process that opened it: a forked child inherits a copy and must not write.
static WATCHED: OnceLock<(u32, Arc<Store>)> = OnceLock::new();

unsafe extern "C" {
    safe fn atexit(called: extern "C" fn()) -> c_int;
    safe fn _exit(status: c_int) -> !;
}

/// Registers the handler: from now on a process that exits in the middle of a test fails.
pub(crate) fn fail_on_exit_in_test(store: &Arc<Store>) {
    if WATCHED.set((std::process::id(), Arc::clone(store))).is_ok() {
        atexit(at_exit);
    }
}

/// Called by `exit` on the thread that called it, and when `main` has returned.
extern "C" fn at_exit() {
    let Some((process, store)) = WATCHED.get() else { return };
    if !signals::is_running() || signals::ends_process_now() || *process != std::process::id() {
        return;
    }
    say::print_uncaptured(format_args!("Error: {ENDED}"));
    if let Err(error) = store.lose(ENDED) {
        say::print_uncaptured(format_args!("Error: the report is not written: {error}"));
    }
    _exit(FAILED)
}
