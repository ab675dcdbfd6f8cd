//! What the service keeps, whatever keeps it: one file of SQLite, or PostgreSQL servers. Speaks the types of the domain
//! and decides nothing; statements belong to the two that keep.

mod names;
pub mod postgres;
pub mod sqlite;

use std::sync::Arc;

use async_trait::async_trait;

pub use postgres::Postgres;
pub use sqlite::Sqlite;

use crate::breaker::State;
use crate::error::Error;
use crate::profile::{Profile, ProfileDetails};
use crate::workflow::{EventKind, Stage, Status, Workflow, WorkflowRequest};

/// A handle on what the service keeps; clones share it.
pub type Store = Arc<dyn Storage>;

/// What can be kept and found. Every write is one transaction: done as a whole, or not at all.
///
/// Every operation can fail with [`Error::Database`], and those of a database at the other end of a network with
/// [`Error::Unavailable`] and [`Error::Timeout`]. A write that failed with one of these two may have been done.
#[async_trait]
pub trait Storage: Send + Sync {
    /// Whether writes can be done at present.
    async fn ping(&self) -> Result<(), Error>;

    /// The breakers in front of what it uses, each with what that is.
    fn breakers(&self) -> Vec<(&'static str, State)> {
        Vec::new()
    }

    /// Keeps a new profile; [`Error::Conflict`] where the email address is taken.
    async fn insert_profile(&self, details: ProfileDetails) -> Result<Profile, Error>;

    /// The profile of that id; [`Error::NotFound`].
    async fn profile(&self, id: i64) -> Result<Profile, Error>;

    /// Replaces the details of a profile; [`Error::NotFound`], [`Error::Conflict`].
    async fn update_profile(&self, id: i64, details: ProfileDetails) -> Result<Profile, Error>;

    /// Subscribes the profile to the topic; doing it again changes nothing. [`Error::NotFound`] for the profile.
    async fn subscribe(&self, profile_id: i64, topic: String) -> Result<(), Error>;

    /// Ends a subscription; [`Error::NotFound`] where there is none.
    async fn unsubscribe(&self, profile_id: i64, topic: String) -> Result<(), Error>;

    /// The topics that the profile follows, sorted; [`Error::NotFound`] for the profile.
    async fn subscriptions(&self, profile_id: i64) -> Result<Vec<String>, Error>;

    /// The topics that most profiles follow, the most followed first, no more than so many.
    async fn popular_topics(&self, most: u32) -> Result<Vec<String>, Error>;

    /// Keeps a new workflow as running and returns its id; [`Error::NotFound`] for its profile.
    async fn insert_workflow(&self, request: WorkflowRequest) -> Result<i64, Error>;

    /// The workflow of that id as it is now; [`Error::NotFound`].
    async fn workflow(&self, id: i64) -> Result<Workflow, Error>;

    /// The workflows that are still being executed or compensated.
    async fn unfinished_workflows(&self) -> Result<Vec<i64>, Error>;

    /// Keeps what a stage made, each with its kind, and that it is done; [`Error::Conflict`] where the workflow is not
    /// running any more, so that a write that comes late cannot add to what is being undone.
    async fn complete_stage(&self, id: i64, stage: Stage, made: Vec<(&'static str, String)>) -> Result<(), Error>;

    /// Ends the execution of a workflow, and returns the stages that are done and not undone, the latest first; `None`
    /// where the workflow has ended already.
    async fn begin_compensation(&self, id: i64) -> Result<Option<Vec<Stage>>, Error>;

    /// Deletes what a stage made, and logs it.
    async fn undo_stage(&self, id: i64, stage: Stage) -> Result<(), Error>;

    /// Adds a line to the log of a workflow.
    async fn log(&self, id: i64, stage: Stage, event: EventKind, detail: String) -> Result<(), Error>;

    /// Says how a workflow ended: completed where it was running, else compensated where it was being compensated;
    /// [`Error::Conflict`] where it was not.
    async fn finish_workflow(&self, id: i64, status: Status) -> Result<(), Error>;
}
