//! Workflows in the database: the one place that names their three tables. Decides nothing.

use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Connection, OptionalExtension, params};

use super::{Artifact, Event, EventKind, Stage, Status, Workflow, WorkflowRequest};
use crate::error::Error;
use crate::profile;

/// The workflow of that id with its artifacts and events.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Database`].
pub fn find(connection: &Connection, id: i64) -> Result<Workflow, Error> {
    let (request, status) = connection
        .prepare_cached("SELECT profile_id, title, budget, status FROM workflows WHERE id = ?1")?
        .query_row([id], |row| {
            Ok((WorkflowRequest { profile_id: row.get(0)?, title: row.get(1)?, budget: row.get(2)? }, row.get(3)?))
        })
        .optional()?
        .ok_or_else(|| Error::not_found("workflow", id))?;
    let artifacts = connection
        .prepare_cached("SELECT id, stage, kind, content FROM artifacts WHERE workflow_id = ?1 ORDER BY id")?
        .query_map([id], |row| {
            Ok(Artifact { id: row.get(0)?, stage: row.get(1)?, kind: row.get(2)?, content: row.get(3)? })
        })?
        .collect::<rusqlite::Result<_>>()?;
    let events = connection
        .prepare_cached("SELECT stage, event, detail FROM workflow_events WHERE workflow_id = ?1 ORDER BY id")?
        .query_map([id], |row| Ok(Event { stage: row.get(0)?, kind: row.get(1)?, detail: row.get(2)? }))?
        .collect::<rusqlite::Result<_>>()?;
    Ok(Workflow { id, request, status, artifacts, events })
}

/// Stores a new workflow as running; returns its id.
pub(super) fn insert(connection: &Connection, request: &WorkflowRequest) -> Result<i64, Error> {
    connection
        .prepare_cached("INSERT INTO workflows (profile_id, title, budget, status) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![request.profile_id, request.title, request.budget, Status::Running])
        .map_err(|error| profile::unknown(error, request.profile_id))?;
    Ok(connection.last_insert_rowid())
}

/// The workflows that nobody finished.
pub(super) fn running(connection: &Connection) -> Result<Vec<i64>, Error> {
    let mut statement = connection.prepare_cached("SELECT id FROM workflows WHERE status = 'running' ORDER BY id")?;
    let ids = statement.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    Ok(ids)
}

pub(super) fn set_status(connection: &Connection, id: i64, status: Status) -> Result<(), Error> {
    connection.prepare_cached("UPDATE workflows SET status = ?2 WHERE id = ?1")?.execute(params![id, status])?;
    Ok(())
}

pub(super) fn add_artifact(
    connection: &Connection,
    id: i64,
    stage: Stage,
    kind: &str,
    content: &str,
) -> Result<(), Error> {
    connection
        .prepare_cached("INSERT INTO artifacts (workflow_id, stage, kind, content) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![id, stage, kind, content])?;
    Ok(())
}

pub(super) fn delete_artifacts(connection: &Connection, id: i64, stage: Stage) -> Result<usize, Error> {
    let deleted = connection
        .prepare_cached("DELETE FROM artifacts WHERE workflow_id = ?1 AND stage = ?2")?
        .execute(params![id, stage])?;
    Ok(deleted)
}

pub(super) fn log(connection: &Connection, id: i64, stage: Stage, event: EventKind, detail: &str) -> Result<(), Error> {
    connection
        .prepare_cached("INSERT INTO workflow_events (workflow_id, stage, event, detail) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![id, stage, event, detail])?;
    Ok(())
}

/// The stages that completed, the latest first.
pub(super) fn completed_latest_first(connection: &Connection, id: i64) -> Result<Vec<Stage>, Error> {
    let mut statement = connection
        .prepare_cached("SELECT stage FROM workflow_events WHERE workflow_id = ?1 AND event = ?2 ORDER BY id DESC")?;
    let stages = statement.query_map(params![id, EventKind::Completed], |row| row.get(0))?;
    Ok(stages.collect::<rusqlite::Result<_>>()?)
}

/// Stores an enum under the same names as the API speaks of.
macro_rules! stored_by_name {
    ($type:ty { $($variant:ident = $name:literal),+ $(,)? }) => {
        impl ToSql for $type {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                Ok(match self { $(Self::$variant => $name),+ }.into())
            }
        }

        impl FromSql for $type {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                match value.as_str()? {
                    $($name => Ok(Self::$variant),)+
                    other => Err(FromSqlError::Other(format!("{other:?} is no {}", stringify!($type)).into())),
                }
            }
        }
    };
}

stored_by_name!(Stage {
    Research = "research",
    Design = "design",
    Build = "build",
    Review = "review",
    Release = "release",
});
stored_by_name!(Status {
    Running = "running",
    Completed = "completed",
    Compensated = "compensated",
    CompensationFailed = "compensation_failed",
});
stored_by_name!(EventKind {
    Completed = "completed",
    Failed = "failed",
    Compensated = "compensated",
    CompensationFailed = "compensation_failed",
});
