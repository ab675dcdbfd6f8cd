//! What `setup` made: for one test, or one instance for all tests of the process.

use super::counted::Counted;
use super::home::Home;
use super::spec::{Fixture, Setup, Spec};
use super::stop::Stop;
use crate::error::Error;
use crate::failure::Failed;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// The cell of a shared fixture: locked while it is made, so that tests that run at once get the same one.
type Cell = Arc<Mutex<Option<Arc<Fixture>>>>;

static SHARED: Mutex<BTreeMap<(&str, usize), Cell>> = Mutex::new(BTreeMap::new());

/// Makes a test's fixture for a case or size, or finds it.
pub(super) fn make(spec: &Spec, home: &Home, stop: &Stop, case: usize) -> Result<Arc<Fixture>, Error> {
    let Some(setup) = spec.setup else { return Ok(Arc::new(())) };
    let made = match setup.shared {
        None => call(&setup, home, stop, case),
        Some(name) => {
            let cell = SHARED.lock().unwrap_or_else(PoisonError::into_inner).entry((name, case)).or_default().clone();
            let mut cell = cell.lock().unwrap_or_else(PoisonError::into_inner);
            match &*cell {
                Some(fixture) => Ok(Arc::clone(fixture)),
                None => call(&setup, home, stop, case).inspect(|fixture| *cell = Some(Arc::clone(fixture))),
            }
        }
    };
    made.map_err(|cause| Error::Hook { hook: "setup", cause })
}

fn call(setup: &Setup, home: &Home, stop: &Stop, case: usize) -> Result<Arc<Fixture>, Failed> {
    home.call(stop, || (setup.make)(case)).map(Arc::from)
}

/// Checks the fixture after the load, and what was counted on it.
pub(super) fn verify(
    spec: &Spec,
    home: &Home,
    stop: &Stop,
    fixture: &Fixture,
    counted: impl FnOnce() -> Counted,
) -> Result<(), Failed> {
    let Some(verify) = spec.verify else { return Ok(()) };
    let counted = counted();
    home.call(stop, || verify(fixture, &counted))
}

/// Ends the fixture, and drops it in the runtime's context: what it holds may need it. A shared fixture lives on;
/// its `teardown` then undoes what the test did to it.
pub(super) fn tear_down(spec: &Spec, home: &Home, fixture: Arc<Fixture>) -> Result<(), Error> {
    // Not to be stopped: a signal is the very time to clean up.
    let done = spec.teardown.map_or(Ok(()), |tear_down| home.call(&Stop::new(), || tear_down(&*fixture)));
    let _context = home.runtime().handle().enter();
    drop(fixture);
    done.map_err(|cause| Error::Hook { hook: "teardown", cause })
}
