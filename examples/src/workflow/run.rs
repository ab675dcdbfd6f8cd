//! Takes a workflow through its stages and, where one fails, undoes the earlier ones in reverse. Knows no SQL.

use std::time::Duration;

use super::{EventKind, Stage, Status, Workflow, WorkflowRequest};
use crate::error::Error;
use crate::retry::Retry;
use crate::store::Store;

/// How a compensation that an outage stopped is taken up again.
const REPAIR: Retry = Retry { attempts: u32::MAX, base: Duration::from_millis(100), cap: Duration::from_secs(1) };

/// Starts a workflow and returns it when its stages are over, one way or the other: look at its status.
///
/// # Errors
/// [`Error::Invalid`], [`Error::NotFound`] for an unknown profile, and what befalls the store: then the workflow is
/// compensated as soon as the store can be used again. That a stage failed is no error.
pub async fn start(store: &Store, request: WorkflowRequest) -> Result<Workflow, Error> {
    request.validate()?;
    let id = store.insert_workflow(request.clone()).await?;
    // A task of its own: a client that hangs up must not leave a workflow half done.
    let run = tokio::spawn({
        let store = store.clone();
        async move {
            let result = run(&store, id, &request).await;
            if result.is_err() {
                tokio::spawn(repair(store, id));
            }
            result
        }
    });
    run.await??;
    store.workflow(id).await
}

/// Compensates the workflows that an earlier process left unfinished; returns how many there were.
///
/// # Errors
/// What befalls the store.
pub async fn compensate_abandoned(store: &Store) -> Result<usize, Error> {
    let abandoned = store.unfinished_workflows().await?;
    for &id in &abandoned {
        compensate(store, id).await?;
    }
    Ok(abandoned.len())
}

async fn run(store: &Store, id: i64, request: &WorkflowRequest) -> Result<(), Error> {
    for stage in Stage::ALL {
        let executed = match pay(stage, request.budget) {
            Ok(()) => store.complete_stage(id, stage, make(stage, &request.title)).await,
            Err(unpaid) => Err(unpaid),
        };
        if let Err(failure) = executed {
            store.log(id, stage, EventKind::Failed, failure.to_string()).await?;
            return compensate(store, id).await;
        }
    }
    store.finish_workflow(id, Status::Completed).await
}

fn make(stage: Stage, title: &str) -> Vec<(&'static str, String)> {
    stage.makes().iter().map(|&kind| (kind, format!("{kind} of {title}"))).collect()
}

fn pay(stage: Stage, budget: u32) -> Result<(), Error> {
    match stage.budget_left(budget) {
        Some(left) if left >= stage.cost() => Ok(()),
        left => {
            Err(Error::Conflict(format!("{} of the budget left, the stage costs {}", left.unwrap_or(0), stage.cost())))
        }
    }
}

/// Undoes the completed stages, the latest first. One that cannot be undone is logged and does not stop the others; an
/// outage does, because what comes after it would fail as well: whoever compensates again goes on from there.
async fn compensate(store: &Store, id: i64) -> Result<(), Error> {
    let mut status = Status::Compensated;
    let Some(stages) = store.begin_compensation(id).await? else { return Ok(()) };
    for stage in stages {
        match store.undo_stage(id, stage).await {
            Ok(()) => {}
            Err(outage) if outage.is_outage() => return Err(outage),
            Err(failure) => {
                status = Status::CompensationFailed;
                store.log(id, stage, EventKind::CompensationFailed, failure.to_string()).await?;
            }
        }
    }
    store.finish_workflow(id, status).await
}

/// Compensates a workflow that an outage left unfinished, as often as it takes. What the end of the process leaves is
/// compensated at the next start.
async fn repair(store: Store, id: i64) {
    // Whatever else it fails with than an outage is in the workflow's log, or is as it is at the next start.
    let _ = REPAIR.run(id.unsigned_abs(), Error::is_outage, || compensate(&store, id)).await;
}
