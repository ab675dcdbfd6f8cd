//! Runs a test, and picks the way in which its body is measured.

use super::guard;
use super::job::{Job, TestTask};
use super::loads;
use super::supervision::outcome::RunOutcome;
use super::sweep;
use super::test::Test;

/// Runs a test. The test's functions can neither make this panic nor keep it from returning.
pub(crate) fn run_job(job: Job<'_>) -> RunOutcome {
    guard::run_guarded(&job, &mut |_| None, run_task)
}

fn run_task(task: TestTask) -> RunOutcome {
    let (plan, batch) = (task.plan.clone(), task.spec.batch);
    let swept = plan.kind.measures_calls().then(|| sweep::load_of_sweep(&plan));
    match Test::of(task, swept.as_ref().unwrap_or(&plan)) {
        Ok(mut test) => {
            match sweep::batch_body(&plan, batch) {
                Some(body) => {
                    if let Err(error) = sweep::run_sweep(&mut test, body) {
                        test.outcome.trouble.get_or_insert(error);
                    }
                }
                None => loads::run_cases(&mut test),
            }
            test.finish()
        }
        Err(outcome) => *outcome,
    }
}
