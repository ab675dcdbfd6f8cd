//! `exit` in the middle of a test. A body that calls it would end the process with whatever code it likes, and its test
//! with it: the process fails, and the report says why. It knows no test.
//!
//! Only `exit(3)` comes here; of a process that is killed or aborts the report says what it said before.

#![allow(unsafe_code, reason = "std has no `atexit`")]

use super::{say, signals};
use crate::report::Store;
use std::ffi::c_int;
use std::sync::{Arc, OnceLock};

/// The exit code of a failed test run, as cargo's own harness has it.
const FAILED: c_int = 101;
const ENDED: &str = "the process was ended by `exit` before the test had ended";

/// Where the report is, and of which process: what a body forks has a copy of this.
static WATCHED: OnceLock<(u32, Arc<Store>)> = OnceLock::new();

unsafe extern "C" {
    safe fn atexit(called: extern "C" fn()) -> c_int;
    safe fn _exit(status: c_int) -> !;
}

/// Sees to it that the process does not end in the middle of a test as if all were well.
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
