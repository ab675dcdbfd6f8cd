//! Many loads on one fixture, one after another, of which each is known only when the one before has been measured. Every
//! load drains before the next, and the fixture may be made anew between two. What the loads are for is not known here.

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

/// Whether the test's fixture can be made anew: it is made by a `setup` of the test's own.
pub(crate) fn can_remake(spec: &Spec) -> bool {
    spec.setup.is_some_and(|setup| setup.shared.is_none())
}

/// Runs a test in several loads: `next` is told what each measured and says what the next is, or that there is none. The
/// job's plan says what holds for all of them: how time goes, what the fixture is.
///
/// The outcome has no measurements but notes: of what came too late for them, and of a fixture that could not be made
/// anew, which ends the test. Each load's measurements went to `next`, also of one that its watcher or a stop ended
/// early; after a stop there is no next.
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

/// Setup, every load, check, teardown; the last whatever came before.
fn on_fixtures(test: &mut Test, first: &Plan) -> Result<(), Error> {
    let mut fixture = Some(test.set_up(0)?);
    let loaded = run_loads(test, &mut fixture, first);
    match fixture {
        Some(fixture) => test.end(fixture, loaded, |_| Counted::default()),
        None => loaded.and_then(|()| test.unless_stopped()),
    }
}

/// Puts on every load; leaves no fixture where it could not be made anew.
fn run_loads(test: &mut Test, fixture: &mut Option<Arc<Fixture>>, first: &Plan) -> Result<(), Error> {
    let mut load = Some(NextLoad { plan: first.clone(), is_fresh: false });
    while let Some(NextLoad { plan, is_fresh }) = load.take() {
        if is_fresh {
            *fixture = remake_fixture(test, fixture.take())?;
        }
        let Some(fixture) = fixture else { return Ok(()) };
        // What a stop cut short was measured too.
        let measured = loads::measure_load(test, &plan, fixture)?;
        load = test.job.asks.next(measured);
        if test.job.stop.requested() {
            return Err(Error::Stopped);
        }
    }
    Ok(())
}

/// The fixture made anew, where it can be. What an overload has left broken may well fail to end, or to make room for the
/// next: the search that was under way has something to tell all the same.
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
