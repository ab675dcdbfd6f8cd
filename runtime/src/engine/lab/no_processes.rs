//! The processes under test where there are none: starting and watching them wants Unix.

use crate::record::experiment::ProcessRecord;
use std::time::Duration;

/// Between two readings.
pub(crate) const EVERY: Duration = Duration::from_secs(3600);

/// The processes of an experiment: none.
#[derive(Default)]
pub(crate) struct Processes;

impl Processes {
    pub(crate) fn read(&mut self, _at: Duration) {}

    pub(crate) fn records(&self) -> Vec<ProcessRecord> {
        Vec::new()
    }
}
