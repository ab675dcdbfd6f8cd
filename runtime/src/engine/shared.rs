//! Fixtures that tests share: `shared(f)`, one instance for all tests of the process, and `shared_by_run(f)`, one that
//! a process of its own keeps for all processes of the run. The caller decides on that process and on the end of the
//! run.

use super::rt::made::Fixture;
#[cfg(unix)]
use super::rt::process_end;
use super::rt::runtime::TestRuntime;
use super::rt::stop::Stop;
use super::rt::{panic, runtime as test_runtime};
use super::spec::{KeptForTheRun, Setup, Spec};
use crate::failure::Failed;
use crate::sync::Lock;
use std::collections::BTreeMap;
#[cfg(unix)]
use std::io::Write;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// The cell of a shared fixture: locked while it is made, so that tests that run at once get the same one.
type Cell = Arc<Lock<Option<Arc<Fixture>>>>;

static BY_PROCESS: Lock<BTreeMap<(&str, usize), Cell>> = Lock::new(BTreeMap::new());

/// Returns the fixture of this name for a case or size, and makes it if there is none.
pub(crate) fn by_process(
    name: &'static str,
    case: usize,
    make: impl FnOnce() -> Result<Arc<Fixture>, Failed>,
) -> Result<Arc<Fixture>, Failed> {
    let cell = BY_PROCESS.lock().entry((name, case)).or_default().clone();
    let mut cell = cell.lock();
    if let Some(fixture) = &*cell {
        return Ok(Arc::clone(fixture));
    }
    #[cfg(unix)]
    process_end::call_at_process_end(|| {
        for trouble in end_shared_fixtures() {
            // Not `eprintln!`, which the standard harness captures.
            let _ = writeln!(std::io::stderr(), "Error: {trouble}");
        }
    });
    make().inspect(|fixture| *cell = Some(Arc::clone(fixture)))
}

/// Ends the fixtures that the tests of the process share; returns a message for each failure.
pub(crate) fn end_shared_fixtures() -> Vec<String> {
    let cells = std::mem::take(&mut *BY_PROCESS.lock());
    // Their fields may need the runtime on which they were made.
    let _context = test_runtime::enter_process();
    let dropped = cells.into_iter().filter_map(|((name, _), cell)| {
        let fixture = cell.lock().take();
        let failed = panic::catch_panic(|| drop(fixture)).err()?;
        Some(format!("the end of the shared fixture `{name}`: {failed}"))
    });
    dropped.collect()
}

/// A function that asks for the address of a fixture that the run shares: for a test and a case or size, made within
/// the time for a call of a hook.
pub(crate) type Ask = fn(&'static Spec, &'static str, usize, Duration, &Stop) -> Result<String, Failed>;

static ASK: OnceLock<Ask> = OnceLock::new();

/// Sets the function by which the processes of a run find their shared fixtures.
pub(crate) fn ask_by(ask: Ask) {
    let _ = ASK.set(ask);
}

/// Asks the process that keeps the fixture of this name for its address.
pub(crate) fn by_run(
    spec: &'static Spec,
    name: &'static str,
    case: usize,
    bound: Duration,
    stop: &Stop,
) -> Result<String, Failed> {
    match ASK.get() {
        Some(ask) => ask(spec, name, case, bound, stop),
        None => Err(Failed::new("engine", "no run that could share a fixture")),
    }
}

/// A fixture that this process keeps for the run; the fixture ends when this value is dropped.
pub(crate) struct KeptFixture {
    /// The address that the tests get.
    pub(crate) address: String,
    fixture: Option<Box<Fixture>>,
    home: TestRuntime,
}

impl KeptFixture {
    /// Makes the fixture, within the time for a call of a hook.
    pub(crate) fn make(setup: &Setup, case: usize, bound: Duration, stop: &Stop) -> Result<Self, Failed> {
        panic::install_hook();
        let home = TestRuntime::of_a_kept_fixture().map_err(|error| Failed::new("engine", error))?;
        let fixture = home.call(stop, Some(bound), || (setup.make)(case))?;
        match fixture.downcast_ref::<KeptForTheRun>() {
            Some(made) => Ok(Self { address: made.address.clone(), fixture: Some(fixture), home }),
            None => Err(Failed::new("engine", "a fixture without an address")),
        }
    }

    /// Ends the fixture.
    pub(crate) fn end(mut self) -> Result<(), Failed> {
        let _context = self.home.runtime().handle().enter();
        let fixture = self.fixture.take();
        panic::catch_panic(|| drop(fixture))
    }
}
