//! The check of a saga: it runs the saga with every failure and applies the rules.

use super::checked::Checked;
use super::deviation::Deviation;
use super::journal::{Journal, JournalLine, What};
use super::{Faults, Saga, rules};
use crate::failure::Failed;
use std::time::Duration;

/// Runs the saga without a failure, with a failure of every stage, and with each of these together with a failure of
/// every compensation that it requires.
///
/// `clock` returns the time since any start: `start.elapsed()` of std's `Instant`, or of tokio's under a paused clock.
///
/// # Errors
/// A run, or the reading of the store, failed by itself; the message says which.
pub async fn check<S: Saga>(saga: &S, clock: &(dyn Fn() -> Duration + Sync)) -> Result<Checked, Failed> {
    let stages = saga.stages();
    let mut checked = Checked::default();
    for faults in all_faults(&stages) {
        let journal = Journal::new(clock);
        saga.run(faults, &journal).await.map_err(|cause| while_checking(&cause, "run", faults))?;
        let left = saga.left().await.map_err(|cause| while_checking(&cause, "store", faults))?;
        let lines = journal.into_lines();
        checked.runs += 1;
        checked.compensation_time = checked.compensation_time.max(compensation_time(&lines));
        let deviations =
            rules::deviations_of(&stages, faults, &lines, |stage| checked.shows(&Deviation::Forgets(stage.clone())));
        deviations.into_iter().for_each(|deviation| checked.add(deviation, faults));
        if faults.any() {
            let (orphans, excused) = rules::orphans_left(&stages, faults, &left);
            checked.excused += excused;
            for (number, deviation) in orphans {
                checked.orphans += number;
                checked.add(deviation, faults);
            }
        }
    }
    Ok(checked)
}

/// All combinations of failures, those with the fewest first, so that every deviation is reported with its simplest
/// run.
fn all_faults(stages: &[String]) -> Vec<Faults<'_>> {
    let alone = stages.iter().map(|stage| Faults { stage: Some(stage), compensation: None });
    let pairs = stages.iter().enumerate().flat_map(|(at, stage)| {
        stages[..at].iter().map(|undo| Faults { stage: Some(stage), compensation: Some(undo) })
    });
    [Faults { stage: None, compensation: None }].into_iter().chain(alone).chain(pairs).collect()
}

fn compensation_time(lines: &[JournalLine]) -> Duration {
    let failed = lines.iter().find(|line| line.what == What::Failed);
    let undone = |line: &&JournalLine| matches!(line.what, What::Compensated | What::CompensationFailed);
    match (failed, lines.iter().rfind(undone)) {
        (Some(failed), Some(last)) => last.at.saturating_sub(failed.at),
        _ => Duration::ZERO,
    }
}

fn while_checking(cause: &Failed, what: &str, faults: Faults<'_>) -> Failed {
    Failed::new(cause.kind(), format!("the {what} of the saga, when {faults}: {cause}"))
}
