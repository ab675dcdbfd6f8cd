//! The fixture that `setup` makes: creates, checks and ends it.

use super::counted::Counted;
use super::rt::made::{Fixture, SendMade};
use super::rt::panic;
use super::rt::runtime::TestRuntime;
use super::rt::stop::Stop;
use super::shared;
use super::spec::{Setup, Shared, Spec};
use super::supervision::standing::{Doing, Standing};
use crate::error::Error;
use crate::failure::Failed;
use std::sync::Arc;
use std::time::Duration;

/// The caller of a test's hooks.
pub(crate) struct Caller<'t> {
    pub(crate) spec: &'static Spec,
    pub(crate) home: &'t TestRuntime,
    pub(crate) stop: &'t Stop,
    pub(crate) standing: &'t Standing,
    /// How long each call may take.
    pub(crate) bound: Duration,
}

impl Caller<'_> {
    /// Calls a hook, and ends it where it takes longer than its bound: this call ends an async hook, the guard of the
    /// test a plain one.
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

/// Makes a test's fixture for a case or size, or finds a shared one.
pub(crate) fn make_fixture(caller: &Caller<'_>, case: usize) -> Result<Arc<Fixture>, Error> {
    let Some(setup) = caller.spec.setup else { return Ok(Arc::new(())) };
    let made = match setup.shared {
        None => call_setup(&setup, caller, case),
        Some(Shared::ByProcess(name)) => shared::by_process(name(), case, || call_setup(&setup, caller, case)),
        Some(Shared::ByRun { name, told }) => {
            let address = shared::by_run(caller.spec, name(), case, caller.bound, caller.stop);
            address.and_then(|address| told(&address).map(Arc::from))
        }
    };
    made.map_err(|cause| Error::Hook { hook: "setup", cause })
}

fn call_setup(setup: &Setup, caller: &Caller<'_>, case: usize) -> Result<Arc<Fixture>, Failed> {
    caller.call("setup", caller.stop, || (setup.make)(case)).map(Arc::from)
}

/// Calls `verify` with the fixture after the load and the counts of the load.
pub(crate) fn verify_fixture(
    caller: &Caller<'_>,
    fixture: &Fixture,
    counted: impl FnOnce() -> Counted,
) -> Result<(), Failed> {
    let Some(verify) = caller.spec.verify else { return Ok(()) };
    let counted = counted();
    caller.call("verify", caller.stop, || verify(fixture, &counted))
}

/// Ends the fixture, and drops it in the runtime's context, because its fields may need it. A shared fixture lives on,
/// to the end of the process or the run; its `teardown` then undoes what the test did to it.
pub(crate) fn tear_down(caller: &Caller<'_>, fixture: Arc<Fixture>) -> Result<(), Error> {
    // A stop does not end the teardown: a signal is the very time to clean up.
    let never = Stop::new();
    let done =
        caller.spec.teardown.map_or(Ok(()), |tear_down| caller.call("teardown", &never, || tear_down(&*fixture)));
    let _busy = caller.standing.does(Doing::Hook("teardown"), Some(caller.bound));
    let _context = caller.home.runtime().handle().enter();
    let dropped = panic::catch_panic(move || drop(fixture));
    let dropped = dropped
        .map_err(|panicked| Failed::new(panicked.kind(), format_args!("the drop of what `setup` made: {panicked}")));
    done.and(dropped).map_err(|cause| Error::Hook { hook: "teardown", cause })
}
