//! Runs a function when the process ends: when `main` returns or `exit` is called, as the standard harness does. A kill
//! or an abort ends the process without it. (Unix: elsewhere Rust's `exit` calls no handlers, and shared fixtures end
//! in `brunt::main!` alone.)
//!
//! # Safety
//! `atexit` is declared as in C (C11, 7.22.4.2). The function that it calls lives for ever and cannot unwind: it takes
//! a lock, which is never held where something panics, and waits.
#![allow(unsafe_code)]

use crate::sync::{Lock, Signal};
use std::sync::MutexGuard;
use std::time::Duration;

/// How long the end of the process may be held up.
const PROCESS_END_TIMEOUT: Duration = Duration::from_secs(10);

#[derive(Clone, Copy, PartialEq, Eq)]
enum EndStage {
    Running,
    Ending,
    Done,
}

static STAGE: Lock<EndStage> = Lock::new(EndStage::Running);
static CHANGED: Signal = Signal::new();

fn lock_stage() -> MutexGuard<'static, EndStage> {
    STAGE.lock()
}

fn set_stage(to: EndStage) {
    *lock_stage() = to;
    CHANGED.notify_all();
}

/// Registers `end` to be called at the end of the process, on a thread of its own: the thread that ends the process has
/// its thread-local values destroyed by then.
pub(crate) fn call_at_process_end(end: fn()) {
    use std::sync::OnceLock;
    /// The id of the process with that thread: a forked child has no such thread.
    static PROCESS: OnceLock<u32> = OnceLock::new();

    extern "C" fn at_exit() {
        if PROCESS.get() != Some(&std::process::id()) || *lock_stage() != EndStage::Running {
            return;
        }
        set_stage(EndStage::Ending);
        let ended = CHANGED.wait_timeout_while(lock_stage(), PROCESS_END_TIMEOUT, |stage| *stage != EndStage::Done);
        drop(ended);
    }

    // SAFETY: see the documentation of the module.
    unsafe extern "C" {
        safe fn atexit(function: extern "C" fn()) -> std::ffi::c_int;
    }

    PROCESS.get_or_init(|| {
        let wait = move || {
            let ending = CHANGED.wait_while(lock_stage(), |stage| *stage == EndStage::Running);
            drop(ending);
            end();
            set_stage(EndStage::Done);
        };
        // Without a thread there is nothing to wait for.
        if std::thread::Builder::new().name("brunt end".to_owned()).spawn(wait).is_ok() {
            atexit(at_exit);
        }
        std::process::id()
    });
}
