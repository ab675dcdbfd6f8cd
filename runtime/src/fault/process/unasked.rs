//! Processes that ended although nobody had asked them to: what they served fails from then on, and no failure of an
//! operation names the reason.

use super::output::Tail;
use crate::sync::Lock;
use std::cell::Cell;
use std::process::ExitStatus;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Weak};

/// How many of its last lines are quoted.
const QUOTED_LINES: usize = 3;

thread_local! {
    /// The test that this thread works for; 0: none.
    static TEST: Cell<u64> = const { Cell::new(0) };
}

/// What this thread starts from now on is this test's; 0: nobody's.
pub(crate) fn start_for(test: u64) {
    TEST.set(test);
}

struct UnaskedEnd {
    test: u64,
    name: String,
    status: Option<ExitStatus>,
    tail: Arc<Tail>,
    /// Gone when its process was dropped or started again.
    held: Weak<AtomicBool>,
}

static ENDS: Lock<Vec<UnaskedEnd>> = Lock::new(Vec::new());

/// A point in time: what ends later is told by [`told_since`].
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Mark(usize);

pub(crate) fn current_mark() -> Mark {
    Mark(ENDS.lock().len())
}

/// Those of a test that have ended since, in words, and those before that somebody still holds, and that are still dead.
pub(crate) fn told_since(mark: Mark, test: u64) -> Vec<String> {
    let ends = ENDS.lock();
    let of_test = ends.iter().enumerate().filter(|(_, end)| end.test == test);
    let told = of_test.filter(|(at, end)| *at >= mark.0 || end.held.strong_count() > 0);
    told.map(|(_, end)| end.to_string()).collect()
}

/// Watches for the end of one process.
pub(super) struct EndWatch {
    name: String,
    tail: Arc<Tail>,
    /// Whether an end is no surprise: so it is until the process is ready.
    expected: Arc<AtomicBool>,
    test: u64,
}

impl EndWatch {
    /// Of a process that is started on this thread.
    pub(super) fn new(name: &str, tail: &Arc<Tail>, expected: &Arc<AtomicBool>) -> Self {
        Self { name: name.to_owned(), tail: tail.clone(), expected: expected.clone(), test: TEST.get() }
    }

    /// It has ended.
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
