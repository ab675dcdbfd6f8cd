//! Runs a test: picks the way in which its body is measured.

use super::guard;
use super::job::{Job, Task};
use super::loads;
use super::supervision::outcome::Outcome;
use super::sweep;
use super::test::Test;

/// Runs a test. Nothing that the test's functions do makes it panic, or keeps it from ending.
pub(crate) fn run(job: Job<'_>) -> Outcome {
    guard::run(&job, &mut |_| None, whole)
}

fn whole(task: Task) -> Outcome {
    let (plan, batch) = (task.plan.clone(), task.spec.batch);
    let swept = plan.kind.measures_calls().then(|| sweep::load(&plan));
    match Test::of(task, swept.as_ref().unwrap_or(&plan)) {
        Ok(mut test) => {
            match sweep::batches(&plan, batch) {
                Some(body) => {
                    if let Err(error) = sweep::run(&mut test, body) {
                        test.outcome.trouble.get_or_insert(error);
                    }
                }
                None => loads::cases(&mut test),
            }
            test.finish()
        }
        Err(outcome) => *outcome,
    }
}
