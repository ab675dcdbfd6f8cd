//! State of the process for all of its tests: settings, the store of the reports, ownership of the terminal. It is made
//! once, before the first test.

use super::ancestors::process_ancestors;
use super::args::{Args, Color};
use super::environment::{self, Variables};
use super::lock::{self, MachineLock};
use super::place::Surroundings;
use super::run_fixture;
use super::settings::model::RunSettings;
use super::settings::{self, unmatched};
use super::style::Terminal;
use super::{exit, run_id, say, style};
use crate::engine::spec::{CargoTarget, Spec};
use crate::error::Error;
use crate::registry;
use crate::report::model::{Environment, Repetition, TargetKind};
use crate::report::{Facts, Store, Style, TestReport};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Once};

/// Which harness runs the tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Host {
    /// libtest, which captures the output of tests.
    Libtest,
    /// `brunt::main!()`, which owns stdout and stderr.
    Main,
}

/// The test binary, as it was compiled.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Built {
    pub(crate) manifest_dir: &'static str,
    pub(crate) target: CargoTarget,
    /// A file of the target.
    pub(crate) file: &'static str,
}

/// State that all tests of the process share.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) settings: RunSettings,
    pub(crate) store: Arc<Store>,
    pub(crate) host: Host,
    pub(crate) style: Style,
    binary: String,
    target_kind: TargetKind,
    repetition: Repetition,
    environment: Environment,
    /// The lock by which timed tests take turns, and its file.
    pub(crate) lock: MachineLock,
    /// Whether the notes on the settings have been printed; they are printed once.
    warn: Once,
    pub(crate) lock_file: PathBuf,
}

impl Session {
    /// Reads the settings and opens the folder of the reports.
    ///
    /// # Errors
    /// A wrong setting, or a folder that cannot be made.
    pub(crate) fn start(host: Host, built: Built, color: Option<Color>) -> Result<Self, Error> {
        let variables = Variables::read();
        if host == Host::Libtest {
            say::be_captured(&variables, command_line_arguments());
        }
        let crate_dir = environment::crate_dir(&variables, built.manifest_dir);
        let settings = settings::load_settings(variables.iter(), &crate_dir)?;
        let ancestors = process_ancestors();
        let program = std::env::current_exe().unwrap_or_default();
        let surroundings =
            Surroundings { variables: &variables, ancestors: &ancestors, crate_dir: &crate_dir, program: &program };
        let out = surroundings.out(settings.out.as_deref());
        let run = settings.run.clone().unwrap_or_else(|| run_id::find_run_id(&variables, &ancestors));
        run_fixture::set_run(&run);
        Ok(Self {
            store: Arc::new(open_store(&settings, out, run)?),
            host,
            style: style::choose_style(&variables, color, Terminal::of_stdout()),
            binary: environment::test_binary_name(),
            target_kind: environment::target_kind(&variables, built.target, built.file),
            repetition: environment::nextest_repetition(&variables),
            environment: environment::describe_environment(&variables, &crate_dir),
            lock: MachineLock::new(),
            warn: Once::new(),
            lock_file: lock::lock_file_path(),
            settings,
        })
    }

    /// Writes `tests` to the report as unfinished before any of their code runs, so that a crash cannot lose them.
    ///
    /// # Errors
    /// When that cannot be written.
    pub(crate) fn declare(&self, specs: &[&Spec]) -> Result<(), Error> {
        exit::fail_on_exit_in_test(&self.store);
        self.store.declare(specs.iter().map(|spec| self.unfinished(spec)).collect())?;
        self.warn.call_once(|| {
            self.store.warnings().iter().for_each(|warning| say::print_uncaptured(format_args!("warning: {warning}")));
        });
        Ok(())
    }

    /// The same for all tests that libtest will run in this process by its arguments, since it calls one test at a
    /// time. It does not run tests of other crates that are linked into the binary.
    ///
    /// # Errors
    /// When that cannot be written.
    pub(crate) fn declare_beside(&self, spec: &'static Spec) -> Result<(), Error> {
        let args = Args::read(std::env::args_os()).unwrap_or_default();
        if args.only().is_some() {
            // With a runner that starts a process for each test, the cost of one must not grow with the number of all.
            return self.declare(&[spec]);
        }
        let of_crate = |spec: &Spec| (spec.manifest_dir, spec.module.split("::").next());
        let specs: Vec<&Spec> = registry::registered().filter(|other| of_crate(other) == of_crate(spec)).collect();
        self.declare(&args.selected(&specs))
    }

    /// The facts of a test that are known before it runs.
    pub(crate) fn facts(&self, spec: &Spec) -> Facts {
        Facts {
            name: spec.name(),
            package: spec.package.to_owned(),
            binary: self.binary.clone(),
            target_kind: self.target_kind,
            repetition: self.repetition,
            kind: spec.kind,
            file: spec.file.to_owned(),
            line: spec.line,
            seed: None,
            started_s: None,
            environment: self.environment.clone(),
        }
    }

    /// The report of a test that has not ended.
    pub(crate) fn unfinished(&self, spec: &Spec) -> TestReport {
        let (plan, _) = brunt_plan::parse::plan(spec.kind, spec.options);
        TestReport::errored(&self.facts(spec), &plan, "", None)
    }

    /// Whether the runner will repeat a test that fails now.
    pub(crate) fn may_run_again(&self) -> bool {
        self.repetition.attempt < self.repetition.attempts
    }
}

fn command_line_arguments() -> impl Iterator<Item = String> {
    std::env::args_os().map(|argument| argument.to_string_lossy().into_owned())
}

/// The error for a folder that cannot be written to, with the place of its setting or the way to choose another.
fn unusable_folder(settings: &RunSettings, out: &Path, error: &Error) -> Error {
    let place = settings.out_place.clone().unwrap_or_else(|| "BRUNT_OUT (not set)".to_owned());
    let message = format!(
        "no reports can be written in {}: {error}; name a folder in which this user may write, or free some space",
        out.display()
    );
    Error::Setting { place, message }
}

fn open_store(settings: &RunSettings, out: PathBuf, run: String) -> Result<Store, Error> {
    let store = Store::open(out.clone(), run).map_err(|error| unusable_folder(settings, &out, &error))?;
    let tests: Vec<String> =
        if settings.overrides.is_empty() { Vec::new() } else { registry::registered().map(Spec::name).collect() };
    let store = store.with_overrides(unmatched::overrides_with_tests(settings, &tests));
    #[cfg(feature = "junit")]
    if settings.strict_junit {
        return Ok(store.with_strict_junit());
    }
    let _ = settings;
    Ok(store)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_cannot_be_written_is_told_with_where_it_was_named() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let out = file.path().join("reports");
        for (place, wanted) in [(Some("BRUNT_OUT".to_owned()), "BRUNT_OUT: "), (None, "BRUNT_OUT (not set): ")] {
            let settings = RunSettings { out_place: place, ..RunSettings::default() };
            let error = open_store(&settings, out.clone(), "run".to_owned()).unwrap_err().to_string();
            let folder = out.display().to_string();
            assert!(error.starts_with(wanted) && error.contains(&folder) && error.contains("may write"), "{error}");
        }
    }
}
