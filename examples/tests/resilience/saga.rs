//! Workflows that fail half way: what was done is undone, in reverse, and nothing is left behind in the database.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use brunt::fault::Heal;
use brunt::prelude::*;
use brunt::saga::{Faults, Journal, Saga, What, check};
use brunt::{Failed, Result};
use workflow_service::workflow::Stage;

use crate::database::{Refused, refuse};
use crate::system::System;

/// R2: the third stage fails. The first two are compensated, the second before the first, and leave nothing.
#[brunt::resilience(setup = Recorded::start, teardown = Recorded::stop)]
#[target(fault.errors("compensated") > 90%, fault.errors(except "compensated") = 0)]
#[target(compensation_time < 5s, orphans = 0, detection_time < 2s, recovery_time < 20s)]
async fn a_failed_stage_is_compensated(lab: &Lab, recorded: &Recorded) -> brunt::Result {
    lab.load("workflow", 20.per_second(), |_| recorded.system.workflow());
    lab.baseline(secs(2)).await?;
    let refusal = lab.inject(refuse(&recorded.system.cluster, Refused::Insert, "build")).await?;
    refusal.hold(secs(2)).await?;
    refusal.heal().await?;
    lab.recovery(secs(20)).await?;
    lab.stop().await?;
    let logged = "research completed, design completed, build failed, design compensated, research compensated";
    recorded.report(lab, logged).await
}

/// R3: the fourth stage fails; the compensation of the third succeeds, that of the second fails: it is logged, and the
/// first is compensated all the same. What could not be deleted stays tracked.
#[brunt::resilience(setup = Recorded::start, teardown = Recorded::stop)]
#[target(fault.errors("compensation failed") > 90%, fault.errors(except "compensation failed") = 0)]
#[target(compensation_time < 5s, orphans = 0, recovery_time < 20s)]
async fn a_failed_compensation_is_logged_and_the_rest_goes_on(lab: &Lab, recorded: &Recorded) -> brunt::Result {
    lab.load("workflow", 20.per_second(), |_| recorded.system.workflow());
    lab.baseline(secs(2)).await?;
    let cluster = &recorded.system.cluster;
    let kept = lab.inject(refuse(cluster, Refused::Delete, "design")).await?;
    let refusal = lab.inject(refuse(cluster, Refused::Insert, "review")).await?;
    refusal.hold(secs(2)).await?;
    refusal.heal().await?;
    kept.heal().await?;
    lab.recovery(secs(20)).await?;
    lab.stop().await?;
    let logged = "research completed, design completed, build completed, review failed, \
                  build compensated, design compensation_failed, research compensated";
    recorded.report(lab, logged).await
}

/// R4: the primary dies amid workflows. Whatever stage they were in, in the end every artifact is one of a completed
/// workflow.
#[brunt::resilience(setup = Recorded::start, teardown = Recorded::stop)]
#[target(errors = 0, recovery_time < 60s, orphans = 0)]
async fn no_artifact_is_orphaned_when_the_primary_dies(lab: &Lab, recorded: &Recorded) -> brunt::Result {
    lab.load("workflow", 10.users(), |_| recorded.system.workflow());
    lab.baseline(secs(2)).await?;
    let killed = lab.inject(recorded.system.cluster.primary().kill()).await?;
    recorded.system.cluster.replica(0).promote().await?;
    killed.hold(secs(1)).await?;
    lab.recovery(secs(60)).await?;
    lab.stop().await?;
    // What the outage interrupted is taken up again within moments.
    let waited = tokio::time::Instant::now();
    while recorded.orphans().await? > 0 && waited.elapsed() < secs(5) {
        tokio::time::sleep(millis(20)).await;
    }
    lab.orphans(recorded.orphans().await?);
    lab.check("completed workflows are complete", recorded.incomplete().await? == 0)
}

/// R2, R3 and R4 for each stage that can fail, with each compensation that can fail then: order, completeness, log,
/// what is left.
#[brunt::resilience(setup = Recorded::start, teardown = Recorded::stop)]
#[target(compensation_time < 5s, orphans = 0)]
async fn every_failure_is_compensated(lab: &Lab, recorded: &Recorded) -> brunt::Result {
    let start = tokio::time::Instant::now();
    let checked = check(recorded, &|| start.elapsed()).await?;
    lab.compensated(checked.compensation_time);
    lab.orphans(checked.orphans);
    if !checked.is_right() {
        brunt::fail!("saga", "{checked}");
    }
    Ok(())
}

/// A system whose database notes when each event of a workflow was logged.
struct Recorded {
    system: System,
    /// The workflow that was looked at last.
    last: AtomicI64,
}

impl Recorded {
    async fn start() -> Result<Self> {
        let system = System::synchronous().await?;
        let noting = "ALTER TABLE workflow_events ADD COLUMN at timestamptz NOT NULL DEFAULT clock_timestamp()";
        system.cluster.primary().sql(noting).await?;
        Ok(Self { system, last: AtomicI64::new(0) })
    }

    async fn stop(&self) -> std::io::Result<()> {
        self.system.stop().await
    }

    /// What is left of stages that were not completed, or were undone, and that no line of the log speaks of.
    async fn orphans(&self) -> Result<u64> {
        let count = "SELECT count(*) FROM artifacts AS left_over
             JOIN workflows ON workflows.id = workflow_id AND status <> 'completed'
             WHERE NOT EXISTS (SELECT 1 FROM workflow_events AS logged WHERE event = 'compensation_failed'
                               AND logged.workflow_id = left_over.workflow_id AND logged.stage = left_over.stage)";
        Ok(self.system.cluster.primary().value(count).await?.parse()?)
    }

    /// Completed workflows without all their artifacts.
    async fn incomplete(&self) -> Result<u64> {
        let artifacts: usize = Stage::ALL.iter().map(|stage| stage.makes().len()).sum();
        let count = format!(
            "SELECT count(*) FROM workflows WHERE status = 'completed'
             AND (SELECT count(*) FROM artifacts WHERE workflow_id = workflows.id) <> {artifacts}"
        );
        Ok(self.system.cluster.primary().value(&count).await?.parse()?)
    }

    /// Tells the lab what was left and how long each compensation took, and checks that every workflow with a failure
    /// has exactly this log.
    async fn report(&self, lab: &Lab<'_>, logged: &str) -> Result {
        lab.orphans(self.orphans().await?);
        let failed = "SELECT string_agg(stage || ' ' || event, ', ' ORDER BY id),
                    extract(epoch FROM max(at) - min(at) FILTER (WHERE event = 'failed'))
             FROM workflow_events GROUP BY workflow_id HAVING bool_or(event = 'failed')";
        for row in self.system.cluster.primary().sql(failed).await? {
            let [Some(log), Some(seconds)] = &row[..] else { brunt::fail!("log", "{row:?}") };
            if log != logged {
                brunt::fail!("log", "a workflow has the log `{log}`");
            }
            lab.compensated(Duration::from_secs_f64(seconds.parse()?));
        }
        Ok(())
    }
}

impl Saga for Recorded {
    fn stages(&self) -> Vec<String> {
        ["research", "design", "build", "review", "release"].map(String::from).to_vec()
    }

    async fn run(&self, faults: Faults<'_>, journal: &Journal<'_>) -> Result<(), Failed> {
        let cluster = &self.system.cluster;
        let mut refusals = Vec::new();
        for (refused, stage) in [(Refused::Insert, faults.stage()), (Refused::Delete, faults.compensation())] {
            if let Some(stage) = stage {
                refusals.push(Box::new(refuse(cluster, refused, stage).await?));
            }
        }
        let workflow = self.system.start_workflow().await?;
        for refusal in refusals {
            refusal.heal().await?;
        }
        self.last.store(workflow.id, Ordering::Relaxed);
        let log = "SELECT extract(epoch FROM at - min(at) OVER ()), stage, event FROM workflow_events";
        for row in cluster.primary().sql(&format!("{log} WHERE workflow_id = {} ORDER BY id", workflow.id)).await? {
            let [Some(seconds), Some(stage), Some(event)] = &row[..] else { brunt::fail!("log", "{row:?}") };
            let what = match event.as_str() {
                "completed" => What::Done,
                "failed" => What::Failed,
                "compensated" => What::Compensated,
                "compensation_failed" => What::CompensationFailed,
                other => brunt::fail!("log", "{other:?} is no event"),
            };
            journal.write(Duration::from_secs_f64(seconds.parse()?), stage, what);
        }
        Ok(())
    }

    async fn left(&self) -> Result<Vec<String>, Failed> {
        let left = format!("SELECT stage FROM artifacts WHERE workflow_id = {}", self.last.load(Ordering::Relaxed));
        let rows = self.system.cluster.primary().sql(&left).await?;
        Ok(rows.into_iter().flatten().flatten().collect())
    }
}
