//! `Journal`: the events of a saga in one run, in order and with their times.

use crate::sync::Lock;
use std::time::Duration;

/// An event of a stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// The stage did its work.
    Done,
    /// The stage failed and left nothing.
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

/// The events of one run.
pub struct Journal<'a> {
    clock: &'a (dyn Fn() -> Duration + Sync),
    lines: Lock<Vec<JournalLine>>,
}

impl<'a> Journal<'a> {
    pub(super) fn new(clock: &'a (dyn Fn() -> Duration + Sync)) -> Self {
        Self { clock, lines: Lock::default() }
    }

    /// Writes that the stage did its work.
    pub fn done(&self, stage: &str) {
        self.write((self.clock)(), stage, What::Done);
    }

    /// Writes that the stage failed.
    pub fn failed(&self, stage: &str) {
        self.write((self.clock)(), stage, What::Failed);
    }

    /// Writes that the stage was compensated.
    pub fn compensated(&self, stage: &str) {
        self.write((self.clock)(), stage, What::Compensated);
    }

    /// Writes that the compensation of the stage failed, and that the saga has logged it.
    pub fn compensation_failed(&self, stage: &str) {
        self.write((self.clock)(), stage, What::CompensationFailed);
    }

    /// Writes a line of the saga's own log, which is read after the run in its order. `at` is the time in the log, from
    /// any start.
    pub fn write(&self, at: Duration, stage: &str, what: What) {
        let mut lines = self.lines.lock();
        lines.push(JournalLine { at, stage: stage.to_owned(), what });
    }

    pub(super) fn into_lines(self) -> Vec<JournalLine> {
        self.lines.into_inner()
    }
}
