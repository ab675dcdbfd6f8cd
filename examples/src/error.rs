//! Why the service could not do what was asked. Knows nothing of HTTP: `api` gives each kind its status.

use std::fmt::Display;

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
    /// The database refused or failed.
    #[error("database: {0}")]
    Database(#[from] rusqlite::Error),
    /// A piece of work ended without an answer: it panicked, or the service is shutting down.
    #[error("work ended early: {0}")]
    Ended(#[from] tokio::task::JoinError),
}

impl Error {
    /// The error for a missing `what` (`"profile"`) of that id.
    pub(crate) fn not_found(what: &str, id: impl Display) -> Self {
        Self::NotFound(format!("{what} {id}"))
    }

    /// Which constraint of the schema a statement broke: one of the `SQLITE_CONSTRAINT_…` codes.
    pub(crate) fn broken_constraint(error: &rusqlite::Error) -> Option<i32> {
        error.sqlite_error().filter(|e| e.code == rusqlite::ErrorCode::ConstraintViolation).map(|e| e.extended_code)
    }
}
