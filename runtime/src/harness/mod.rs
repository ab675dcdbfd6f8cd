//! From registered tests to an exit code: the only place that knows libtest-mimic, clap and environment variables.
//!
//! Two ways lead here. The standard harness calls [`run`] for one test at a time, from the `#[test]` that each
//! annotation expands to; a `harness = false` target calls [`main`], which reads the command line itself. Both run a
//! test in the same way ([`trial`]) under the same settings ([`settings`]).

mod args;
mod beside;
mod capacity;
mod environment;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod experiments;
mod full;
mod lock;
mod overrides;
mod planned;
mod progress;
mod run_id;
mod session;
mod settings;
mod signals;
mod smoke;
mod style;
mod trial;
mod verdict;
mod watch;

pub use full::main;

use crate::engine::spec::Spec;
use crate::error::Error;
use crate::report::foreign;
use session::{Host, Session};
use std::fmt;
use std::io::Write;
use std::sync::OnceLock;

/// Characters of why a test was skipped that are shown.
const SKIPPED: usize = 1_000;

/// What the `#[test]` of a brunt test returns.
pub type TestResult = Result<(), Missed>;

/// Why a test failed. The standard harness prints `Error: {:?}`, so this shows its text as it is.
pub struct Missed(String);

impl fmt::Debug for Missed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Runs one test in the standard harness.
///
/// # Errors
/// Why the test failed.
pub fn run(spec: &'static Spec) -> TestResult {
    static SESSION: OnceLock<Result<Session, Error>> = OnceLock::new();
    let session = SESSION.get_or_init(|| Session::start(Host::Libtest, spec.manifest_dir, None));
    let session = session.as_ref().map_err(|error| Missed(error.to_string()))?;
    let finished = trial::run(session, spec).map_err(|error| Missed(format!("not run: {error}")))?;
    if let Some(reason) = finished.skipped() {
        // libtest cannot ignore at run time, and shows nothing of what a test that passes prints.
        let reason = foreign::text(reason, SKIPPED);
        let _ = writeln!(std::io::stderr(), "{}: skipped: {reason}", spec.name());
        return Ok(());
    }
    print!("{}", finished.text);
    finished.failure.map_or(Ok(()), |failure| Err(Missed(failure)))
}
