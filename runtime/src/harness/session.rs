//! What holds for all tests of this process: settings, where reports go, who owns the terminal. Made once, before the
//! first test; it runs none.

use super::args::Color;
use super::environment::{self, Variables};
use super::lock::{self, Lock};
use super::run_fixture;
use super::run_id;
use super::settings::Settings;
use super::style;
use crate::engine::spec::Spec;
use crate::error::Error;
use crate::registry;
use crate::report::model::Environment;
use crate::report::{Store, Style};
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};

/// Which harness runs the tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Host {
    /// The standard one: it captures what a test prints.
    Libtest,
    /// `brunt::main!()`: stdout and stderr are ours.
    Main,
}

/// What all tests of the process share.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) settings: Settings,
    /// The run that these tests belong to.
    pub(crate) run: String,
    pub(crate) store: Store,
    pub(crate) host: Host,
    pub(crate) style: Style,
    pub(crate) binary: String,
    pub(crate) environment: Environment,
    /// By which timed tests take turns, and its file.
    pub(crate) lock: Lock,
    pub(crate) lock_file: PathBuf,
}

impl Session {
    /// Reads the settings and opens the folder of the reports.
    ///
    /// # Errors
    /// A wrong setting, or a folder that cannot be made.
    pub(crate) fn start(host: Host, manifest_dir: &str, color: Option<Color>) -> Result<Self, Error> {
        let variables = Variables::read();
        let crate_dir = environment::crate_dir(&variables, manifest_dir);
        let settings = Settings::load(variables.iter(), &crate_dir)?;
        let tests: Vec<String> = registry::registered().map(Spec::name).collect();
        for warning in settings.unmatched_overrides(&tests) {
            // Not `eprintln!`, which the standard harness captures.
            let _ = writeln!(std::io::stderr(), "warning: {warning}");
        }
        let out = out(settings.out.as_deref(), &crate_dir, &std::env::current_exe().unwrap_or_default());
        let run = settings.run.clone().unwrap_or_else(|| run_id::find(&variables));
        run_fixture::begin(&run);
        Ok(Self {
            store: store(&settings, out, run.clone())?,
            run,
            host,
            style: style::decide(&variables, color, std::io::stdout().is_terminal()),
            binary: environment::binary(),
            environment: environment::here(&variables, &crate_dir),
            lock: Lock::new(),
            lock_file: lock::place(),
            settings,
        })
    }
}

fn store(settings: &Settings, out: PathBuf, run: String) -> Result<Store, Error> {
    let store = Store::open(out, run)?;
    #[cfg(feature = "junit")]
    if settings.strict_junit {
        return Ok(store.with_strict_junit());
    }
    let _ = settings;
    Ok(store)
}

/// A relative folder is taken from the root of the workspace: cargo runs each test binary in its package's folder, and
/// all of them must find the same. Without one given it is `brunt` in the target folder of the test binary.
fn out(given: Option<&Path>, crate_dir: &Path, program: &Path) -> PathBuf {
    let Some(given) = given else { return target_dir(program).join("brunt") };
    let root = crate_dir.ancestors().find(|dir| dir.join("Cargo.lock").is_file()).unwrap_or(crate_dir);
    root.join(given)
}

/// Cargo marks its target folder. Where the mark is gone: `<target>/<profile>/deps/<binary>`.
fn target_dir(program: &Path) -> PathBuf {
    let marked = program.ancestors().find(|dir| dir.join("CACHEDIR.TAG").is_file());
    marked.or(program.ancestors().nth(3)).map_or_else(|| PathBuf::from("target"), Path::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_lie_where_every_binary_of_the_workspace_finds_them() {
        let root = tempfile::tempdir().unwrap();
        let (member, target) = (root.path().join("member"), root.path().join("target"));
        let program = target.join("x86_64-unknown-none/debug/deps/load-0123456789abcdef");
        std::fs::create_dir_all(&member).unwrap();
        std::fs::create_dir_all(&target).unwrap();
        std::fs::write(root.path().join("Cargo.lock"), "").unwrap();
        assert_eq!(out(Some(Path::new("reports")), &member, &program), root.path().join("reports"));
        assert_eq!(out(Some(Path::new("/reports")), &member, &program), Path::new("/reports"));
        std::fs::write(target.join("CACHEDIR.TAG"), "").unwrap();
        assert_eq!(out(None, &member, &program), target.join("brunt"));
        let moved = Path::new("/elsewhere/debug/deps/load-0123456789abcdef");
        assert_eq!(out(None, &member, moved), Path::new("/elsewhere/brunt"));
    }
}
