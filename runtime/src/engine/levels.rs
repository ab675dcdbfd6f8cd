//! One fixture and many loads on it, one after another, of which each is known only when the one before has been
//! measured. Every load drains before the next. What the loads are for is not known here.

use super::fixture;
use super::run::{Job, Outcome, Test};
use super::spec::Fixture;
use crate::error::Error;
use crate::record::Measurements;
use brunt_plan::Plan;
use std::sync::Arc;

/// Runs a test in several loads: `next` is told what each measured and says what the next is, or that there is none. The
/// job's plan says what holds for all of them: how time goes, what the fixture is.
///
/// The outcome has no measurements but a note of what came too late for them: each load's went to `next`, also of one
/// that its watcher or a stop ended early; after a stop there is no next.
pub(crate) fn run_levels(job: Job<'_>, first: &Plan, next: &mut dyn FnMut(&Measurements) -> Option<Plan>) -> Outcome {
    let mut test = match Test::of(job, first) {
        Ok(test) => test,
        Err(outcome) => return *outcome,
    };
    if let Err(error) = on_fixture(&mut test, first, next) {
        test.outcome.trouble = Some(error);
    }
    test.close()
}

/// Setup, every load, check, teardown; the last whatever came before.
fn on_fixture(
    test: &mut Test<'_>,
    first: &Plan,
    next: &mut dyn FnMut(&Measurements) -> Option<Plan>,
) -> Result<(), Error> {
    let (spec, stop) = (test.job.spec, test.job.stop);
    let stopped = || if stop.requested() { Err(Error::Stopped) } else { Ok(()) };
    stopped()?;
    let fixture = match fixture::make(spec, &test.home, stop, 0) {
        Err(Error::Hook { .. }) if stop.requested() => return Err(Error::Stopped),
        made => made?,
    };
    let loaded = loads(test, &fixture, first, next);
    if loaded.is_ok()
        && !stop.requested()
        && let Err(failed) = fixture::verify(spec, &test.home, stop, &*fixture)
    {
        test.outcome.verify = Some(failed);
    }
    let torn_down = fixture::tear_down(spec, &test.home, fixture);
    loaded.and(torn_down).and_then(|()| stopped())
}

fn loads(
    test: &mut Test<'_>,
    fixture: &Arc<Fixture>,
    first: &Plan,
    next: &mut dyn FnMut(&Measurements) -> Option<Plan>,
) -> Result<(), Error> {
    let mut plan = Some(first.clone());
    while let Some(level) = plan.take() {
        // What a stop cut short was measured too.
        plan = next(&test.level(&level, fixture)?);
        if test.job.stop.requested() {
            return Err(Error::Stopped);
        }
    }
    Ok(())
}
