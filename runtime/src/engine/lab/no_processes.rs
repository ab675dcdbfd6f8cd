//! The processes under test on systems without Unix processes: always none, because starting and watching them requires
//! Unix.

use crate::record::experiment::ProcessRecord;
use std::time::Duration;

/// Time between two readings.
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
