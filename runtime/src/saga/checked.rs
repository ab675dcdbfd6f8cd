//! `Checked`: the result of a check, with all deviations and figures.

use super::Faults;
use super::deviation::Deviation;
use crate::failure::Failed;
use std::fmt;
use std::time::Duration;

/// Result of a check.
#[derive(Clone, Debug, Default)]
#[must_use = "a saga that is wrong is no error of the check: ask `into_result`"]
#[non_exhaustive]
pub struct Checked {
    /// Number of runs: one without a failure, one for each stage, and one for each stage with each compensation.
    pub runs: usize,
    /// The longest time from the failure of a stage to the end of the last compensation.
    pub compensation_time: Duration,
    /// Number of items that are wrongly left in the store, over all runs.
    pub orphans: u64,
    /// Number of items left by compensations that had to fail. They are no fault of the saga.
    pub excused: u64,
    /// All deviations, each once.
    pub deviations: Vec<Found>,
}

/// A deviation with the first run that shows it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Found {
    /// The deviation.
    pub deviation: Deviation,
    /// The failures of the first run that shows it.
    pub when: String,
    /// Number of runs that show it.
    pub runs: usize,
}

impl Checked {
    /// Whether there is no deviation.
    pub fn is_right(&self) -> bool {
        self.deviations.is_empty()
    }

    /// Turns all deviations into a failure of kind "saga", for `?`.
    ///
    /// # Errors
    /// There is a deviation.
    pub fn into_result(self) -> Result<(), Failed> {
        if self.is_right() { Ok(()) } else { Err(Failed::new("saga", self)) }
    }

    /// Whether the result has this deviation.
    pub fn shows(&self, deviation: &Deviation) -> bool {
        self.deviations.iter().any(|found| found.deviation == *deviation)
    }

    pub(super) fn add(&mut self, deviation: Deviation, faults: Faults<'_>) {
        match self.deviations.iter_mut().find(|found| found.deviation == deviation) {
            Some(known) => known.runs += 1,
            None => self.deviations.push(Found { deviation, when: faults.to_string(), runs: 1 }),
        }
    }
}

impl fmt::Display for Checked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { runs, compensation_time, orphans, excused, deviations } = self;
        write!(f, "the saga in {runs} runs: compensated within {compensation_time:?}, orphans {orphans}")?;
        if *excused > 0 {
            write!(f, " (and {excused} of compensations that were made to fail)")?;
        }
        if deviations.is_empty() {
            return f.write_str(", nothing wrong");
        }
        deviations.iter().try_for_each(|Found { deviation, when, runs }| {
            write!(f, "\n{deviation} (when {when}")?;
            if *runs > 1 { write!(f, "; in {runs} runs)") } else { f.write_str(")") }
        })
    }
}
