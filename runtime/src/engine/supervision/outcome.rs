//! The outcome of a test.

use crate::error::Error;
use crate::failure::Failed;
use crate::record::Measurements;

/// The outcome of a test. It has all measurements so far, whatever went wrong.
#[derive(Debug, Default)]
pub(crate) struct RunOutcome {
    pub(crate) measurements: Measurements,
    /// Why the load was ended early.
    pub(crate) halted: Option<String>,
    /// The failure of an experiment's body.
    pub(crate) experiment: Option<Failed>,
    /// The failure of `verify`, which fails the test.
    pub(crate) verify: Option<Failed>,
    /// An error that kept the framework from running the test.
    pub(crate) trouble: Option<Error>,
}

impl RunOutcome {
    pub(crate) fn troubled(error: Error) -> Self {
        Self { trouble: Some(error), ..Self::default() }
    }
}
