//! Operations as they are recorded: an ended iteration, or an ended run of a step, with its times and its outcome.

use crate::Failed;
use std::sync::Arc;
use std::time::Duration;

/// When an operation was due and how long it took, in nanoseconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OperationSample {
    /// Offset of the intended start from the start of the load.
    pub(crate) at: u64,
    /// From the intended start to the end.
    pub(crate) latency: u64,
    /// From the actual start to the end; only in the open model.
    pub(crate) service: Option<u64>,
}

impl OperationSample {
    /// When the operation ended, from the start of the load.
    pub(super) fn seen(&self) -> Duration {
        Duration::from_nanos(self.at.saturating_add(self.latency))
    }
}

/// How an operation ended.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Outcome<'a> {
    Success,
    Interrupted,
    Cancelled,
    Failed(&'a Failed),
}

/// An ended operation, with the kind under which its failure is counted.
#[derive(Clone, Copy)]
pub(super) struct EndedOperation<'a> {
    pub(super) sample: OperationSample,
    pub(super) outcome: Outcome<'a>,
    pub(super) kind: Option<&'a Arc<str>>,
}
