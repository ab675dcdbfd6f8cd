//! What `setup` made: for one test, or one instance for all tests of the process.

use super::home::Home;
use super::panic;
use super::spec::{Fixture, SendMade, Setup, Spec};
use super::standing::{Doing, Standing};
use super::stop::Stop;
use crate::error::Error;
use crate::failure::Failed;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// The cell of a shared fixture: locked while it is made, so that tests that run at once get the same one.
type Cell = Arc<Mutex<Option<Arc<Fixture>>>>;

static SHARED: Mutex<BTreeMap<(&str, usize), Cell>> = Mutex::new(BTreeMap::new());

/// Calls the hooks of a test.
pub(super) struct Caller<'t> {
    pub(super) spec: &'static Spec,
    pub(super) home: &'t Home,
    pub(super) stop: &'t Stop,
    pub(super) standing: &'t Standing,
    /// How long each call may take.
    pub(super) bound: Duration,
}

impl Caller<'_> {
    /// Calls one, and ends it where it takes longer than it may: an async one here, a plain one by who waits for the test.
    fn call<'a, T>(
        &self,
        hook: &'static str,
        stop: &Stop,
        call: impl FnOnce() -> SendMade<'a, T>,
    ) -> Result<T, Failed> {
        let _busy = self.standing.does(Doing::Hook(hook), Some(self.bound));
        self.home.call(stop, Some(self.bound), call)
    }
}

/// Makes a test's fixture for a case or size, or finds it.
pub(super) fn make(caller: &Caller<'_>, case: usize) -> Result<Arc<Fixture>, Error> {
    let Some(setup) = caller.spec.setup else { return Ok(Arc::new(())) };
    let made = match setup.shared {
        None => call(&setup, caller, case),
        Some(name) => {
            let cell = SHARED.lock().unwrap_or_else(PoisonError::into_inner).entry((name, case)).or_default().clone();
            let mut cell = cell.lock().unwrap_or_else(PoisonError::into_inner);
            match &*cell {
                Some(fixture) => Ok(Arc::clone(fixture)),
                None => call(&setup, caller, case).inspect(|fixture| *cell = Some(Arc::clone(fixture))),
            }
        }
    };
    made.map_err(|cause| Error::Hook { hook: "setup", cause })
}

fn call(setup: &Setup, caller: &Caller<'_>, case: usize) -> Result<Arc<Fixture>, Failed> {
    caller.call("setup", caller.stop, || (setup.make)(case)).map(Arc::from)
}

/// Checks the fixture after the load.
pub(super) fn verify(caller: &Caller<'_>, fixture: &Fixture) -> Result<(), Failed> {
    caller.spec.verify.map_or(Ok(()), |verify| caller.call("verify", caller.stop, || verify(fixture)))
}

/// Ends the fixture, and drops it in the runtime's context: what it holds may need it. A shared fixture lives on;
/// its `teardown` then undoes what the test did to it.
pub(super) fn tear_down(caller: &Caller<'_>, fixture: Arc<Fixture>) -> Result<(), Error> {
    // Not to be stopped: a signal is the very time to clean up.
    let never = Stop::new();
    let done =
        caller.spec.teardown.map_or(Ok(()), |tear_down| caller.call("teardown", &never, || tear_down(&*fixture)));
    let _busy = caller.standing.does(Doing::Hook("teardown"), Some(caller.bound));
    let _context = caller.home.runtime().handle().enter();
    let dropped = panic::catch(move || drop(fixture));
    let dropped = dropped
        .map_err(|panicked| Failed::new(panicked.kind(), format_args!("the drop of what `setup` made: {panicked}")));
    done.and(dropped).map_err(|cause| Error::Hook { hook: "teardown", cause })
}
