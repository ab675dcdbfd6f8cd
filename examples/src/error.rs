//! Why the service could not do what was asked. Knows nothing of HTTP (`api` gives each kind its status) and of no
//! database's own errors.

use std::fmt::Display;
use std::time::Duration;

/// Why a request was refused or failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The request makes no sense as it is; sending it again is no use.
    #[error("{0}")]
    Invalid(String),
    /// What the request names does not exist.
    #[error("there is no {0}")]
    NotFound(String),
    /// The request contradicts what is stored.
    #[error("{0}")]
    Conflict(String),
    /// What the service depends on cannot be reached, does not work at present, or is left in peace for a while
    /// because it did not work.
    #[error("the {what} is unavailable: {why}")]
    Unavailable {
        /// What the service depends on: `"database"`.
        what: &'static str,
        /// What happened to the attempt.
        why: String,
    },
    /// What the service depends on did not answer in time.
    #[error("the {what} did not answer within {} ms", limit.as_millis())]
    Timeout {
        /// What the service depends on: `"database"`.
        what: &'static str,
        /// How long it had.
        limit: Duration,
    },
    /// The database refused a statement.
    #[error("database: {0}")]
    Database(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A piece of work ended without an answer: it panicked, or the service is shutting down.
    #[error("work ended early: {0}")]
    Ended(#[from] tokio::task::JoinError),
}

impl Error {
    /// Whether something that the service depends on was out of order: the same request may succeed later.
    pub fn is_outage(&self) -> bool {
        matches!(self, Self::Unavailable { .. } | Self::Timeout { .. })
    }

    /// The error for a missing `what` (`"profile"`) of that id.
    pub(crate) fn not_found(what: &str, id: impl Display) -> Self {
        Self::NotFound(format!("{what} {id}"))
    }

    /// The error for an email address that another profile has.
    pub(crate) fn taken(email: &str) -> Self {
        Self::Conflict(format!("the email address {email} is taken"))
    }

    /// What the database said, or what is wrong with what it keeps.
    pub(crate) fn database(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Database(cause.into())
    }
}
