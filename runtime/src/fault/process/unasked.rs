//! Unexpected ends of processes. They are reported, since the failures of operations that follow do not name the cause.

use super::output::Tail;
use crate::sync::Lock;
use std::cell::Cell;
use std::process::ExitStatus;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Weak};

/// Number of quoted last lines.
const QUOTED_LINES: usize = 3;

thread_local! {
    /// Number of the test that this thread works for; 0 for none.
    static TEST: Cell<u64> = const { Cell::new(0) };
}

/// Assigns the processes that this thread starts from now on to a test; 0 for none.
pub(crate) fn start_for(test: u64) {
    TEST.set(test);
}

struct UnaskedEnd {
    test: u64,
    name: String,
    status: Option<ExitStatus>,
    tail: Arc<Tail>,
    /// Dead when the process was dropped or started again.
    held: Weak<AtomicBool>,
}

static ENDS: Lock<Vec<UnaskedEnd>> = Lock::new(Vec::new());

/// A point in time, for [`told_since`].
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Mark(usize);

pub(crate) fn current_mark() -> Mark {
    Mark(ENDS.lock().len())
}

/// Texts of a test's unexpected ends since `mark`, and of earlier ones whose process is still held and still dead.
pub(crate) fn told_since(mark: Mark, test: u64) -> Vec<String> {
    let ends = ENDS.lock();
    let of_test = ends.iter().enumerate().filter(|(_, end)| end.test == test);
    let told = of_test.filter(|(at, end)| *at >= mark.0 || end.held.strong_count() > 0);
    told.map(|(_, end)| end.to_string()).collect()
}

/// Records an unexpected end of one process.
pub(super) struct EndWatch {
    name: String,
    tail: Arc<Tail>,
    /// Whether an end is expected; it is until the process is ready.
    expected: Arc<AtomicBool>,
    test: u64,
}

impl EndWatch {
    /// For a process that this thread starts.
    pub(super) fn new(name: &str, tail: &Arc<Tail>, expected: &Arc<AtomicBool>) -> Self {
        Self { name: name.to_owned(), tail: tail.clone(), expected: expected.clone(), test: TEST.get() }
    }

    /// Records the end, unless it was expected.
    pub(super) fn ended(self, status: Option<ExitStatus>) {
        let Self { name, tail, expected, test } = self;
        if !expected.load(SeqCst) {
            ENDS.lock().push(UnaskedEnd { test, name, status, tail, held: Arc::downgrade(&expected) });
        }
    }
}

impl std::fmt::Display for UnaskedEnd {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "process `{}` ended by itself", self.name)?;
        if let Some(status) = self.status {
            write!(f, " ({status})")?;
        }
        let lines = self.tail.lines();
        if lines.is_empty() {
            return f.write_str("; it wrote nothing");
        }
        write!(f, "; it last wrote: {}", lines[lines.len().saturating_sub(QUOTED_LINES)..].join(" | "))
    }
}
