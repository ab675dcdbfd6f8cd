//! What a saga did in one run, in order and with the time. It knows no clock but the one handed in, and judges nothing.

use crate::sync::Lock;
use std::time::Duration;

/// What can happen to a stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// It did its work.
    Done,
    /// It failed and left nothing.
    Failed,
    /// Its work was undone.
    Compensated,
    /// Its work could not be undone, and the saga logged that.
    CompensationFailed,
}

/// One line of a journal.
#[derive(Clone, Debug)]
pub(super) struct JournalLine {
    pub(super) at: Duration,
    pub(super) stage: String,
    pub(super) what: What,
}

/// What happened in one run.
pub struct Journal<'a> {
    clock: &'a (dyn Fn() -> Duration + Sync),
    lines: Lock<Vec<JournalLine>>,
}

impl<'a> Journal<'a> {
    pub(super) fn new(clock: &'a (dyn Fn() -> Duration + Sync)) -> Self {
        Self { clock, lines: Lock::default() }
    }

    /// The stage did its work.
    pub fn done(&self, stage: &str) {
        self.write((self.clock)(), stage, What::Done);
    }

    /// The stage failed.
    pub fn failed(&self, stage: &str) {
        self.write((self.clock)(), stage, What::Failed);
    }

    /// The stage has been compensated.
    pub fn compensated(&self, stage: &str) {
        self.write((self.clock)(), stage, What::Compensated);
    }

    /// The compensation of the stage failed, and the saga has logged that.
    pub fn compensation_failed(&self, stage: &str) {
        self.write((self.clock)(), stage, What::CompensationFailed);
    }

    /// One line of the saga's own log, read after the run, in its order. `at` is the log's time, from any start.
    pub fn write(&self, at: Duration, stage: &str, what: What) {
        let mut lines = self.lines.lock();
        lines.push(JournalLine { at, stage: stage.to_owned(), what });
    }

    pub(super) fn into_lines(self) -> Vec<JournalLine> {
        self.lines.into_inner()
    }
}
