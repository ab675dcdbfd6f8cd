//! Workflows in PostgreSQL: the one place that names their three tables there. What has to be done as a whole is one
//! statement, and so one way to the server and back.

use tokio_postgres::types::Type;

use super::super::names::Named;
use super::connector::Connection;
use super::profiles;
use crate::error::Error;
use crate::workflow::{Artifact, Event, EventKind, Stage, Status, Workflow, WorkflowRequest};

pub(super) async fn insert(connection: &Connection, request: &WorkflowRequest) -> Result<i64, Error> {
    let rows = connection
        .query_typed(
            "INSERT INTO workflows (profile_id, title, budget, status) VALUES ($1, $2, $3, $4) RETURNING id",
            &[
                (&request.profile_id, Type::INT8),
                (&request.title, Type::TEXT),
                (&i64::from(request.budget), Type::INT8),
                (&Status::Running.name(), Type::TEXT),
            ],
        )
        .await
        .map_err(|error| profiles::unknown(error, request.profile_id))?;
    Ok(rows[0].try_get(0)?)
}

pub(super) async fn find(connection: &Connection, id: i64) -> Result<Workflow, Error> {
    let rows = connection
        .query_typed("SELECT profile_id, title, budget, status FROM workflows WHERE id = $1", &[(&id, Type::INT8)])
        .await?;
    let row = rows.first().ok_or_else(|| Error::not_found("workflow", id))?;
    let budget = u32::try_from(row.try_get::<_, i64>(2)?).map_err(Error::database)?;
    let request = WorkflowRequest { profile_id: row.try_get(0)?, title: row.try_get(1)?, budget };
    let status = Status::named(row.try_get(3)?)?;
    let (artifacts, events) = (artifacts(connection, id).await?, events(connection, id).await?);
    Ok(Workflow { id, request, status, artifacts, events })
}

async fn artifacts(connection: &Connection, id: i64) -> Result<Vec<Artifact>, Error> {
    let rows = connection
        .query_typed(
            "SELECT id, stage, kind, content FROM artifacts WHERE workflow_id = $1 ORDER BY id",
            &[(&id, Type::INT8)],
        )
        .await?;
    let artifacts = rows.iter().map(|row| {
        let stage = Stage::named(row.try_get(1)?)?;
        Ok(Artifact { id: row.try_get(0)?, stage, kind: row.try_get(2)?, content: row.try_get(3)? })
    });
    artifacts.collect()
}

async fn events(connection: &Connection, id: i64) -> Result<Vec<Event>, Error> {
    let rows = connection
        .query_typed(
            "SELECT stage, event, detail FROM workflow_events WHERE workflow_id = $1 ORDER BY id",
            &[(&id, Type::INT8)],
        )
        .await?;
    let events = rows.iter().map(|row| {
        let (stage, kind) = (Stage::named(row.try_get(0)?)?, EventKind::named(row.try_get(1)?)?);
        Ok(Event { stage, kind, detail: row.try_get(2)? })
    });
    events.collect()
}

pub(super) async fn unfinished(connection: &Connection) -> Result<Vec<i64>, Error> {
    let rows = connection
        .query_typed("SELECT id FROM workflows WHERE status IN ('running', 'compensating') ORDER BY id", &[])
        .await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

pub(super) async fn complete_stage(
    connection: &Connection,
    id: i64,
    stage: Stage,
    made: &[(&'static str, String)],
) -> Result<(), Error> {
    let (kinds, contents): (Vec<_>, Vec<_>) = made.iter().map(|(kind, content)| (*kind, content.as_str())).unzip();
    // The lock makes a compensation wait that begins meanwhile; one that has begun leaves nothing to insert.
    let logged = connection
        .execute_typed(
            "WITH running AS (SELECT id FROM workflows WHERE id = $1 AND status = $5 FOR UPDATE),
                  made AS (INSERT INTO artifacts (workflow_id, stage, kind, content)
                           SELECT running.id, $2, kind, content
                           FROM running, unnest($3::text[], $4::text[]) AS new (kind, content))
             INSERT INTO workflow_events (workflow_id, stage, event, detail) SELECT id, $2, $6, '' FROM running",
            &[
                (&id, Type::INT8),
                (&stage.name(), Type::TEXT),
                (&kinds, Type::TEXT_ARRAY),
                (&contents, Type::TEXT_ARRAY),
                (&Status::Running.name(), Type::TEXT),
                (&EventKind::Completed.name(), Type::TEXT),
            ],
        )
        .await?;
    if logged == 0 { Err(Error::Conflict(format!("workflow {id} is not running any more"))) } else { Ok(()) }
}

pub(super) async fn begin_compensation(connection: &Connection, id: i64) -> Result<Option<Vec<Stage>>, Error> {
    let begun = connection
        .execute_typed(
            "UPDATE workflows SET status = $2 WHERE id = $1 AND status IN ('running', 'compensating')",
            &[(&id, Type::INT8), (&Status::Compensating.name(), Type::TEXT)],
        )
        .await?;
    if begun == 0 {
        return Ok(None);
    }
    // A statement of its own: it has to see what a stage did that the update above waited for.
    let rows = connection
        .query_typed(
            "SELECT stage FROM workflow_events AS done WHERE workflow_id = $1 AND event = 'completed' AND NOT EXISTS
                 (SELECT 1 FROM workflow_events AS undone WHERE undone.workflow_id = done.workflow_id
                  AND undone.stage = done.stage AND undone.event = 'compensated')
             ORDER BY id DESC",
            &[(&id, Type::INT8)],
        )
        .await?;
    rows.iter().map(|row| Stage::named(row.try_get(0)?)).collect::<Result<_, _>>().map(Some)
}

pub(super) async fn undo_stage(connection: &Connection, id: i64, stage: Stage) -> Result<(), Error> {
    connection
        .execute_typed(
            "WITH gone AS (DELETE FROM artifacts WHERE workflow_id = $1 AND stage = $2 RETURNING 1)
             INSERT INTO workflow_events (workflow_id, stage, event, detail)
             SELECT $1, $2, $3, count(*) || ' artifacts deleted' FROM gone",
            &[(&id, Type::INT8), (&stage.name(), Type::TEXT), (&EventKind::Compensated.name(), Type::TEXT)],
        )
        .await?;
    Ok(())
}

pub(super) async fn log(
    connection: &Connection,
    id: i64,
    stage: Stage,
    event: EventKind,
    detail: &str,
) -> Result<(), Error> {
    connection
        .execute_typed(
            "INSERT INTO workflow_events (workflow_id, stage, event, detail) VALUES ($1, $2, $3, $4)",
            &[(&id, Type::INT8), (&stage.name(), Type::TEXT), (&event.name(), Type::TEXT), (&detail, Type::TEXT)],
        )
        .await?;
    Ok(())
}

pub(super) async fn finish(connection: &Connection, id: i64, status: Status) -> Result<(), Error> {
    let before = status.before().name();
    let finished = connection
        .execute_typed(
            "UPDATE workflows SET status = $2 WHERE id = $1 AND status = $3",
            &[(&id, Type::INT8), (&status.name(), Type::TEXT), (&before, Type::TEXT)],
        )
        .await?;
    if finished == 0 { Err(Error::Conflict(format!("workflow {id} is not {before}"))) } else { Ok(()) }
}
