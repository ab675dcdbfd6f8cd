//! Runs several loads on one fixture, one after another; each is chosen only when the previous one has been measured.
//! Every load drains before the next, and the fixture may be made anew between two. This module does not depend on the
//! purpose of the loads.

use super::counted::Counted;
use super::fixture;
use super::guard;
use super::job::Job;
use super::loads;
use super::rt::made::Fixture;
use super::spec::Spec;
use super::supervision::outcome::RunOutcome;
use super::supervision::questions::NextLoad;
use super::test::Test;
use crate::error::Error;
use crate::record::Measurements;
use brunt_plan::Plan;
use std::sync::Arc;

/// Whether the test's fixture can be made anew, because a `setup` of the test's own makes it.
pub(crate) fn can_remake(spec: &Spec) -> bool {
    spec.setup.is_some_and(|setup| setup.shared.is_none())
}

/// Runs a test in several loads: `next` gets the measurements of each load and returns the next one, or `None` after
/// the last. The job's plan holds for all of them: real or virtual time, and the fixture.
///
/// The outcome has no measurements except notes: about events that came too late for a load's measurements, and about a
/// fixture that could not be made anew, which ends the test. The measurements of each load went to `next`, also those
/// of a load that its watcher or a stop ended early; after a stop there is no further load.
pub(crate) fn run_levels(
    job: Job<'_>,
    first: &Plan,
    next: &mut dyn FnMut(&Measurements) -> Option<NextLoad>,
) -> RunOutcome {
    let first = first.clone();
    guard::run_guarded(&job, next, move |task| match Test::of(task, &first) {
        Err(outcome) => *outcome,
        Ok(mut test) => {
            if let Err(error) = on_fixtures(&mut test, &first) {
                test.outcome.trouble = Some(error);
            }
            test.close()
        }
    })
}

/// Runs setup, every load, check and teardown; teardown runs whatever came before.
fn on_fixtures(test: &mut Test, first: &Plan) -> Result<(), Error> {
    let mut fixture = Some(test.set_up(0)?);
    let loaded = run_loads(test, &mut fixture, first);
    match fixture {
        Some(fixture) => test.end(fixture, loaded, |_| Counted::default()),
        None => loaded.and_then(|()| test.unless_stopped()),
    }
}

/// Runs every load; leaves `None` in `fixture` where it could not be made anew.
fn run_loads(test: &mut Test, fixture: &mut Option<Arc<Fixture>>, first: &Plan) -> Result<(), Error> {
    let mut load = Some(NextLoad { plan: first.clone(), is_fresh: false });
    while let Some(NextLoad { plan, is_fresh }) = load.take() {
        if is_fresh {
            *fixture = remake_fixture(test, fixture.take())?;
        }
        let Some(fixture) = fixture else { return Ok(()) };
        // A load that a stop cut short was measured too.
        let measured = loads::measure_load(test, &plan, fixture)?;
        load = test.job.asks.next(measured);
        if test.job.stop.requested() {
            return Err(Error::Stopped);
        }
    }
    Ok(())
}

/// Makes the fixture anew; returns `None` where that fails. A system that an overload has left broken may well fail to
/// end, or to make room for the next: the measurements of the search so far still count.
fn remake_fixture(test: &mut Test, old: Option<Arc<Fixture>>) -> Result<Option<Arc<Fixture>>, Error> {
    if let Some(old) = old
        && let Err(error) = fixture::tear_down(&test.caller(), old)
    {
        test.outcome.measurements.notes.push(format!("of a fixture that was made anew: {error}"));
    }
    match test.set_up(0) {
        Ok(fixture) => Ok(Some(fixture)),
        Err(Error::Stopped) => Err(Error::Stopped),
        Err(error) => {
            test.outcome.measurements.notes.push(format!("the fixture could not be made anew: {error}"));
            Ok(None)
        }
    }
}
