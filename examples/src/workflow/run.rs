//! Takes a workflow through its stages and, where one fails, undoes the earlier ones in reverse. Knows no SQL.

use super::{EventKind, Stage, Status, Workflow, WorkflowRequest, record};
use crate::error::Error;
use crate::store::Store;

/// Starts a workflow and returns it when its stages are over, one way or the other: look at its status.
///
/// # Errors
/// [`Error::Invalid`], [`Error::NotFound`] for an unknown profile, [`Error::Database`]. That a stage failed is none.
pub async fn start(store: &Store, request: WorkflowRequest) -> Result<Workflow, Error> {
    request.validate()?;
    let asked = request.clone();
    let id = store.write(move |transaction| record::insert(transaction, &asked)).await?;
    // A task of its own: a client that hangs up must not leave a workflow half done.
    tokio::spawn(run(store.clone(), id, request)).await??;
    store.read(move |connection| record::find(connection, id)).await
}

/// Compensates the workflows that an earlier process left running; returns how many there were.
///
/// # Errors
/// [`Error::Database`].
pub async fn compensate_abandoned(store: &Store) -> Result<usize, Error> {
    let abandoned = store.read(record::running).await?;
    for &id in &abandoned {
        compensate(store, id).await?;
    }
    Ok(abandoned.len())
}

async fn run(store: Store, id: i64, request: WorkflowRequest) -> Result<(), Error> {
    for stage in Stage::ALL {
        let (title, budget) = (request.title.clone(), request.budget);
        let executed = store
            .write(move |transaction| {
                pay(stage, budget)?;
                for kind in stage.makes() {
                    record::add_artifact(transaction, id, stage, kind, &format!("{kind} of {title}"))?;
                }
                record::log(transaction, id, stage, EventKind::Completed, "")
            })
            .await;
        if let Err(failure) = executed {
            log(&store, id, stage, EventKind::Failed, failure.to_string()).await?;
            return compensate(&store, id).await;
        }
    }
    store.write(move |transaction| record::set_status(transaction, id, Status::Completed)).await
}

fn pay(stage: Stage, budget: u32) -> Result<(), Error> {
    match stage.budget_left(budget) {
        Some(left) if left >= stage.cost() => Ok(()),
        left => {
            Err(Error::Conflict(format!("{} of the budget left, the stage costs {}", left.unwrap_or(0), stage.cost())))
        }
    }
}

/// Undoes the completed stages, the latest first. One that cannot be undone is logged and does not stop the others.
async fn compensate(store: &Store, id: i64) -> Result<(), Error> {
    let mut status = Status::Compensated;
    for stage in store.read(move |connection| record::completed_latest_first(connection, id)).await? {
        let undone = store
            .write(move |transaction| {
                let deleted = record::delete_artifacts(transaction, id, stage)?;
                record::log(transaction, id, stage, EventKind::Compensated, &format!("{deleted} artifacts deleted"))
            })
            .await;
        if let Err(failure) = undone {
            status = Status::CompensationFailed;
            log(store, id, stage, EventKind::CompensationFailed, failure.to_string()).await?;
        }
    }
    store.write(move |transaction| record::set_status(transaction, id, status)).await
}

async fn log(store: &Store, id: i64, stage: Stage, event: EventKind, detail: String) -> Result<(), Error> {
    store.write(move |transaction| record::log(transaction, id, stage, event, &detail)).await
}
