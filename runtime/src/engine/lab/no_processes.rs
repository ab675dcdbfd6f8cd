//! The processes under test where there are none: starting and watching them wants Unix.

use crate::record::experiment::ProcessRecord;
use std::time::Duration;

/// Between two readings.
pub(super) const EVERY: Duration = Duration::from_secs(3600);

/// The processes of an experiment: none.
#[derive(Default)]
pub(super) struct Processes;

impl Processes {
    pub(super) fn read(&mut self, _at: Duration) {}

    pub(super) fn records(&self) -> Vec<ProcessRecord> {
        Vec::new()
    }
}
