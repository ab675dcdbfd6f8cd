//! Workflows: a title taken through five stages, each of which leaves artifacts. `stage` says what a stage does, `run`
//! takes a workflow through them and compensates.

mod run;
mod stage;

use serde::{Deserialize, Serialize};

pub use run::{compensate_abandoned, start};
pub use stage::Stage;

use crate::error::Error;

/// What a user asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkflowRequest {
    /// Whose workflow it is.
    pub profile_id: i64,
    /// What it is about, 1 to 200 characters.
    pub title: String,
    /// What its stages may cost together; all five cost [`Stage::TOTAL_COST`].
    pub budget: u32,
}

impl WorkflowRequest {
    /// Whether a workflow may start from it.
    ///
    /// # Errors
    /// [`Error::Invalid`] with the rule that is broken.
    pub fn validate(&self) -> Result<(), Error> {
        if self.title.trim().is_empty() || self.title.chars().count() > 200 {
            return Err(Error::Invalid("a title has 1 to 200 characters".to_owned()));
        }
        Ok(())
    }
}

/// A stored workflow with all that belongs to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Workflow {
    /// Given by the service.
    pub id: i64,
    /// What was asked for.
    #[serde(flatten)]
    pub request: WorkflowRequest,
    /// How far it is.
    pub status: Status,
    /// What its stages made and nobody deleted.
    pub artifacts: Vec<Artifact>,
    /// What happened, the oldest first.
    pub events: Vec<Event>,
}

/// How far a workflow is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Its stages are being executed.
    Running,
    /// A stage failed, and those before it are being undone.
    Compensating,
    /// All five stages are done.
    Completed,
    /// A stage failed, and the stages before it were undone.
    Compensated,
    /// A stage failed, and not all of the stages before it could be undone.
    CompensationFailed,
}

impl Status {
    /// What a workflow is before it is this.
    pub(crate) fn before(self) -> Self {
        match self {
            Self::Running | Self::Compensating | Self::Completed => Self::Running,
            Self::Compensated | Self::CompensationFailed => Self::Compensating,
        }
    }
}

/// Something that a stage made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Artifact {
    /// Given by the service.
    pub id: i64,
    /// The stage that made it.
    pub stage: Stage,
    /// What it is: `"draft"`, `"review"` ….
    pub kind: String,
    /// Its text.
    pub content: String,
}

/// One line in the log of a workflow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// The stage it happened to.
    pub stage: Stage,
    /// What happened.
    pub kind: EventKind,
    /// Why, where there is a reason to tell.
    pub detail: String,
}

/// What can happen to a stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// It did its work; its artifacts are stored.
    Completed,
    /// It could not do its work and left nothing.
    Failed,
    /// Its artifacts were deleted because a later stage failed.
    Compensated,
    /// Its artifacts could not be deleted.
    CompensationFailed,
}
