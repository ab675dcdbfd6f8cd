//! What `setup` made, from its making to its end.

use super::counted::Counted;
use super::home::Home;
use super::shared;
use super::spec::{Fixture, Setup, Shared, Spec};
use super::stop::Stop;
use crate::error::Error;
use crate::failure::Failed;
use std::sync::Arc;

/// Makes a test's fixture for a case or size, or finds it.
pub(super) fn make(spec: &'static Spec, home: &Home, stop: &Stop, case: usize) -> Result<Arc<Fixture>, Error> {
    let Some(setup) = spec.setup else { return Ok(Arc::new(())) };
    let made = match setup.shared {
        None => call(&setup, home, stop, case),
        Some(Shared::ByProcess(name)) => shared::by_process(name(), case, || call(&setup, home, stop, case)),
        Some(Shared::ByRun { name, told }) => {
            shared::by_run(spec, name(), case, stop).and_then(|address| told(&address).map(Arc::from))
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

/// Ends the fixture, and drops it in the runtime's context: what it holds may need it. A shared fixture lives on,
/// to the end of the process or the run; its `teardown` then undoes what the test did to it.
pub(super) fn tear_down(spec: &Spec, home: &Home, fixture: Arc<Fixture>) -> Result<(), Error> {
    // Not to be stopped: a signal is the very time to clean up.
    let done = spec.teardown.map_or(Ok(()), |tear_down| home.call(&Stop::new(), || tear_down(&*fixture)));
    let _context = home.runtime().handle().enter();
    drop(fixture);
    done.map_err(|cause| Error::Hook { hook: "teardown", cause })
}
