//! What came of a test.

use crate::error::Error;
use crate::failure::Failed;
use crate::record::Measurements;

/// What came of it. The measurements hold what there is, whatever went wrong.
#[derive(Debug, Default)]
pub(crate) struct RunOutcome {
    pub(crate) measurements: Measurements,
    /// Why the load was ended early.
    pub(crate) halted: Option<String>,
    /// The body of an experiment failed.
    pub(crate) experiment: Option<Failed>,
    /// `verify` found the fixture wrong: the test has failed.
    pub(crate) verify: Option<Failed>,
    /// The framework could not do its job.
    pub(crate) trouble: Option<Error>,
}

impl RunOutcome {
    pub(crate) fn troubled(error: Error) -> Self {
        Self { trouble: Some(error), ..Self::default() }
    }
}
