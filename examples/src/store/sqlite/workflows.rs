//! Workflows in SQLite: the one place that names their three tables there.

use rusqlite::{Connection, OptionalExtension, params};

use super::super::names::Named;
use super::profiles;
use crate::error::Error;
use crate::workflow::{Artifact, Event, EventKind, Stage, Status, Workflow, WorkflowRequest};

pub(super) fn insert(connection: &Connection, request: &WorkflowRequest) -> Result<i64, Error> {
    connection
        .prepare_cached("INSERT INTO workflows (profile_id, title, budget, status) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![request.profile_id, request.title, request.budget, Status::Running.name()])
        .map_err(|error| profiles::unknown(error, request.profile_id))?;
    Ok(connection.last_insert_rowid())
}

pub(super) fn find(connection: &Connection, id: i64) -> Result<Workflow, Error> {
    let (request, status) = connection
        .prepare_cached("SELECT profile_id, title, budget, status FROM workflows WHERE id = ?1")?
        .query_row([id], |row| {
            let request = WorkflowRequest { profile_id: row.get(0)?, title: row.get(1)?, budget: row.get(2)? };
            Ok((request, row.get::<_, String>(3)?))
        })
        .optional()?
        .ok_or_else(|| Error::not_found("workflow", id))?;
    let (artifacts, events) = (artifacts(connection, id)?, events(connection, id)?);
    Ok(Workflow { id, request, status: Status::named(&status)?, artifacts, events })
}

fn artifacts(connection: &Connection, id: i64) -> Result<Vec<Artifact>, Error> {
    let mut statement = connection
        .prepare_cached("SELECT id, stage, kind, content FROM artifacts WHERE workflow_id = ?1 ORDER BY id")?;
    let mut rows = statement.query([id])?;
    let mut artifacts = Vec::new();
    while let Some(row) = rows.next()? {
        let stage = Stage::named(&row.get::<_, String>(1)?)?;
        artifacts.push(Artifact { id: row.get(0)?, stage, kind: row.get(2)?, content: row.get(3)? });
    }
    Ok(artifacts)
}

fn events(connection: &Connection, id: i64) -> Result<Vec<Event>, Error> {
    let mut statement = connection
        .prepare_cached("SELECT stage, event, detail FROM workflow_events WHERE workflow_id = ?1 ORDER BY id")?;
    let mut rows = statement.query([id])?;
    let mut events = Vec::new();
    while let Some(row) = rows.next()? {
        let (stage, kind) = (row.get::<_, String>(0)?, row.get::<_, String>(1)?);
        events.push(Event { stage: Stage::named(&stage)?, kind: EventKind::named(&kind)?, detail: row.get(2)? });
    }
    Ok(events)
}

pub(super) fn unfinished(connection: &Connection) -> Result<Vec<i64>, Error> {
    let mut statement = connection
        .prepare_cached("SELECT id FROM workflows WHERE status IN ('running', 'compensating') ORDER BY id")?;
    let ids = statement.query_map([], |row| row.get(0))?;
    Ok(ids.collect::<rusqlite::Result<_>>()?)
}

pub(super) fn complete_stage(
    connection: &Connection,
    id: i64,
    stage: Stage,
    made: &[(&'static str, String)],
) -> Result<(), Error> {
    let running = connection
        .prepare_cached("SELECT 1 FROM workflows WHERE id = ?1 AND status = ?2")?
        .exists(params![id, Status::Running.name()])?;
    if !running {
        return Err(Error::Conflict(format!("workflow {id} is not running any more")));
    }
    let mut statement = connection
        .prepare_cached("INSERT INTO artifacts (workflow_id, stage, kind, content) VALUES (?1, ?2, ?3, ?4)")?;
    for (kind, content) in made {
        statement.execute(params![id, stage.name(), kind, content])?;
    }
    log(connection, id, stage, EventKind::Completed, "")
}

pub(super) fn begin_compensation(connection: &Connection, id: i64) -> Result<Option<Vec<Stage>>, Error> {
    let begun = connection
        .prepare_cached("UPDATE workflows SET status = ?2 WHERE id = ?1 AND status IN ('running', 'compensating')")?
        .execute(params![id, Status::Compensating.name()])?;
    if begun == 0 {
        return Ok(None);
    }
    let mut statement = connection.prepare_cached(
        "SELECT stage FROM workflow_events AS done WHERE workflow_id = ?1 AND event = 'completed' AND NOT EXISTS
             (SELECT 1 FROM workflow_events AS undone WHERE undone.workflow_id = done.workflow_id
              AND undone.stage = done.stage AND undone.event = 'compensated')
         ORDER BY id DESC",
    )?;
    let stages = statement.query_map([id], |row| row.get::<_, String>(0))?;
    stages.map(|name| Stage::named(&name?)).collect::<Result<_, _>>().map(Some)
}

pub(super) fn undo_stage(connection: &Connection, id: i64, stage: Stage) -> Result<(), Error> {
    let deleted = connection
        .prepare_cached("DELETE FROM artifacts WHERE workflow_id = ?1 AND stage = ?2")?
        .execute(params![id, stage.name()])?;
    log(connection, id, stage, EventKind::Compensated, &format!("{deleted} artifacts deleted"))
}

pub(super) fn log(connection: &Connection, id: i64, stage: Stage, event: EventKind, detail: &str) -> Result<(), Error> {
    connection
        .prepare_cached("INSERT INTO workflow_events (workflow_id, stage, event, detail) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![id, stage.name(), event.name(), detail])?;
    Ok(())
}

pub(super) fn finish(connection: &Connection, id: i64, status: Status) -> Result<(), Error> {
    let finished = connection
        .prepare_cached("UPDATE workflows SET status = ?2 WHERE id = ?1 AND status = ?3")?
        .execute(params![id, status.name(), status.before().name()])?;
    if finished == 0 {
        Err(Error::Conflict(format!("workflow {id} is not {}", status.before().name())))
    } else {
        Ok(())
    }
}
