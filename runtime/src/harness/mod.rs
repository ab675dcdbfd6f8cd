//! The harness: from the registered tests to an exit code. Only here are libtest-mimic, clap and environment variables
//! used.
//!
//! There are two entry points. libtest calls [`run_in_libtest`] for one test at a time, from the `#[test]` that each
//! annotation expands to; a `harness = false` target calls [`main`], which reads the command line itself. Both run a
//! test in the same way ([`trial`]) under the same settings ([`settings`]).

mod ancestors;
mod args;
mod beside;
mod bounded;
mod capacity;
mod environment;
mod exit;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod experiments;
mod limits;
mod lock;
mod main_harness;
mod overrides;
mod place;
mod plain_tests;
mod planned;
mod progress;
mod run_fixture;
mod run_id;
mod say;
mod session;
mod settings;
mod signals;
mod smoke;
mod style;
mod trial;
mod verdict;
mod watch;

pub use main_harness::main;
pub use plain_tests::Source;

use crate::engine::spec::Spec;
use crate::error::Error;
use crate::report::foreign;
use session::{Built, Host, Session};
use std::fmt;
use std::sync::OnceLock;

/// Characters of why a test was skipped that are shown.
const SKIPPED: usize = 1_000;

/// What the `#[test]` of a brunt test returns.
pub type TestResult = Result<(), TestFailure>;

/// Why a test failed. The standard harness prints `Error: {:?}`, so this shows its text as it is.
pub struct TestFailure(String);

impl fmt::Debug for TestFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Runs one test in the standard harness.
///
/// # Errors
/// Why the test failed.
pub fn run_in_libtest(spec: &'static Spec) -> TestResult {
    if let Some(order) = run_fixture::keeper_order() {
        run_fixture::keep_fixture(spec, &order);
        return Ok(());
    }
    static SESSION: OnceLock<Result<Session, Error>> = OnceLock::new();
    let session =
        SESSION.get_or_init(|| start_session(spec)).as_ref().map_err(|error| TestFailure(error.to_string()))?;
    if !session.store.is_declared(&session.unfinished(spec)) {
        session
            .declare(&[spec])
            .map_err(|error| TestFailure(format!("not run: the report is not written: {error}")))?;
    }
    let finished = trial::run_test(session, spec);
    if let Some(reason) = finished.skipped() {
        // libtest cannot ignore at run time, and shows nothing of what a test that passes prints.
        let reason = foreign::as_text(reason, SKIPPED);
        say::print_uncaptured(format_args!("{}: skipped: {reason}", spec.name()));
        return Ok(());
    }
    finished.say_forgiven();
    say::print_text(&finished.text);
    finished.failure.map_or(Ok(()), |failure| Err(TestFailure(failure)))
}

fn start_session(spec: &'static Spec) -> Result<Session, Error> {
    let built = Built { manifest_dir: spec.manifest_dir, target: spec.target, file: spec.file };
    let session = Session::start(Host::Libtest, built, None)?;
    session.declare_beside(spec)?;
    say::print_uncaptured(format_args!("report: {}", session.store.report_path().display()));
    Ok(session)
}
