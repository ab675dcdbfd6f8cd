//! The result of a check: every deviation with the run that shows it, and the figures. It judges nothing.

use super::{Deviation, Faults};
use crate::failure::Failed;
use std::fmt;
use std::time::Duration;

/// What a check found.
#[derive(Clone, Debug, Default)]
#[must_use = "a saga that is wrong is no error of the check: ask `into_result`"]
#[non_exhaustive]
pub struct Checked {
    /// How many runs there were: one without a failure, one for each stage, one for each stage with each compensation.
    pub runs: usize,
    /// The longest time from the failure of a stage to the end of the last compensation.
    pub compensation_time: Duration,
    /// What is left in the store and ought not to be, of all runs together.
    pub orphans: u64,
    /// What the compensations left that were made to fail: somebody else has to find these.
    pub excused: u64,
    /// Everything in which the saga is wrong, each once.
    pub deviations: Vec<Found>,
}

/// A deviation, where it was first seen.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Found {
    /// In what the saga is wrong.
    pub deviation: Deviation,
    /// What failed in the first run that shows it.
    pub when: String,
    /// In how many runs it shows.
    pub runs: usize,
}

impl Checked {
    /// Whether nothing is wrong.
    pub fn is_right(&self) -> bool {
        self.deviations.is_empty()
    }

    /// For `?`: everything that is wrong, as a failure of kind "saga".
    ///
    /// # Errors
    /// Something is wrong.
    pub fn into_result(self) -> Result<(), Failed> {
        if self.is_right() { Ok(()) } else { Err(Failed::new("saga", self)) }
    }

    /// Whether this is among what is wrong.
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
