//! Harness of a `harness = false` target: selects among the registered tests by the command line, passes them to
//! libtest-mimic as trials and returns the exit code.

use super::args::Args;
use super::bounded::call_within;
use super::environment::Variables;
use super::plain_tests::Source;
use super::session::{Built, Host, Session};
use super::{run_fixture, say, signals, trial};
use crate::engine;
use crate::engine::spec::{CargoTarget, Spec};
use crate::error::Error;
use crate::registry;
use crate::report::TestReport;
use crate::sync::Lock;
use libtest_mimic::{Arguments, Completion, Failed, Trial};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_pcg::Pcg64Mcg;
use std::collections::BTreeSet;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, MutexGuard};
use std::time::Duration;

/// The exit code of a failed test run, as cargo's own harness has it.
const FAILED: u8 = 101;

/// Time limit for the teardown of shared fixtures.
const SHARED_END: Duration = Duration::from_secs(60);

/// The sink for libtest-mimic's text when it must not be shown.
const NOWHERE: &str = if cfg!(windows) { "NUL" } else { "/dev/null" };

/// The `main` function of a `harness = false` target; `source` is the file that calls `brunt::main!`.
pub fn main(target: CargoTarget, source: Source) -> ExitCode {
    if let Some(order) = run_fixture::keeper_order() {
        let spec = registry::registered().find(|spec| spec.name() == order.test);
        return spec.map_or(ExitCode::from(FAILED), |spec| run_fixture::keep_fixture(spec, &order).into());
    }
    let args = match Args::read(std::env::args_os()) {
        Ok(args) => args,
        Err(error) => {
            // Asking for help is no error.
            let _ = error.print();
            return if error.use_stderr() { ExitCode::from(FAILED) } else { ExitCode::SUCCESS };
        }
    };
    let specs = specs_named_by(&args);
    if args.list {
        let trials = specs.iter().map(|spec| trial_for_listing(spec)).collect::<Vec<_>>();
        return libtest_mimic::run(&args.mimic(&trials), trials).exit_code();
    }
    source.warnings().iter().for_each(|warning| say::print_uncaptured(format_args!("warning: {warning}")));
    run_tests(args, target, source.file, specs).unwrap_or_else(|error| {
        say::print_uncaptured(format_args!("Error: {error}"));
        ExitCode::from(FAILED)
    })
}

/// The tests sorted by name. If one test is selected by its whole name, only that one is looked up: nextest starts a
/// process for each test, and none of them should pay for the whole list.
fn specs_named_by(args: &Args) -> Vec<&'static Spec> {
    let only = args.only().filter(|_| !args.list && Variables::read().get("NEXTEST").is_some());
    if let Some(name) = only {
        let is_it = |spec: &&Spec| name.ends_with(spec.function) && spec.name() == name;
        let found: Vec<&'static Spec> = registry::registered().filter(is_it).collect();
        if !found.is_empty() {
            return found;
        }
    }
    let mut specs: Vec<&'static Spec> = registry::registered().collect();
    specs.sort_by_cached_key(|spec| spec.name());
    specs
}

fn run_tests(
    mut args: Args,
    target: CargoTarget,
    file: &'static str,
    mut specs: Vec<&'static Spec>,
) -> Result<ExitCode, Error> {
    let first = specs.first().ok_or(Error::NoTests)?;
    if let Some(twice) = specs.windows(2).find(|pair| pair[0].name() == pair[1].name()) {
        return Err(Error::DuplicateName(twice[0].name()));
    }
    let variables = Variables::read();
    let threads = variables.get("RUST_TEST_THREADS").and_then(|threads| threads.parse().ok());
    args.test_threads = args.test_threads.or(threads.filter(|threads| *threads > 0));
    let built = Built { manifest_dir: first.manifest_dir, target, file };
    let session = Session::start(Host::Main, built, args.color)?;
    session.declare(&args.selected(&specs))?;
    let hall = Arc::new(Runner {
        own_line: args.test_threads == Some(1) || std::thread::available_parallelism().is_ok_and(|n| n.get() == 1),
        quiet: args.quiet_stdout(),
        fail_fast: args.fail_fast,
        nextest: variables.get("NEXTEST").is_some(),
        junit: args.junit(),
        session,
        failed: AtomicBool::new(false),
        begun: Lock::default(),
        reports: Lock::default(),
    });
    if let Some(seed) = args.shuffle(|| RandomState::new().build_hasher().finish()) {
        say::print_uncaptured(format_args!("shuffle seed: {seed}"));
        specs.shuffle(&mut Pcg64Mcg::seed_from_u64(seed));
    }
    let trials: Vec<Trial> = specs.iter().map(|spec| trial_for_listing(spec)).collect();
    let mut arguments = args.mimic(&trials);
    if args.junit() {
        arguments.logfile = Some(NOWHERE.to_owned());
    }
    let left_out = |trial: &&Trial| trial.has_ignored_flag() && !arguments.is_filtered_out(trial);
    if !arguments.ignored && !arguments.include_ignored && !arguments.bench {
        trials.iter().filter(left_out).for_each(|trial| hall.skip(&specs, trial.name()));
    }
    let failed = hall.conduct(&specs, arguments);
    let trouble = call_within(SHARED_END, || true, engine::shared::end_shared_fixtures)
        .unwrap_or_else(|| vec![format!("what tests share was not dropped within {SHARED_END:?}")]);
    trouble.iter().for_each(|trouble| say::print_uncaptured(format_args!("Error: {trouble}")));
    hall.session.store.flush()?;
    hall.conclude();
    Ok(match (trial::is_stopped(), failed || !trouble.is_empty()) {
        (true, _) => ExitCode::from(signals::EXIT),
        (false, true) => ExitCode::from(FAILED),
        (false, false) => ExitCode::SUCCESS,
    })
}

fn trial_for_listing(spec: &'static Spec) -> Trial {
    Trial::test(spec.name(), || Ok(())).with_ignored_flag(spec.ignore.is_some())
}

/// State shared by the trials of this process.
#[derive(Debug)]
struct Runner {
    session: Session,
    /// libtest-mimic writes `test name ... ` before it runs a test on the main thread.
    own_line: bool,
    /// Whether stdout is read by a program.
    quiet: bool,
    fail_fast: bool,
    nextest: bool,
    /// Whether the JUnit document is printed at the end.
    junit: bool,
    failed: AtomicBool,
    /// Number of tests that libtest-mimic has run.
    begun: Lock<BTreeSet<String>>,
    /// The reports, kept if they are printed at the end.
    reports: Lock<Vec<TestReport>>,
}

impl Runner {
    fn trial(self: Arc<Self>, spec: &'static Spec) -> Trial {
        Trial::ignorable_test(spec.name(), move || self.run(spec)).with_ignored_flag(spec.ignore.is_some())
    }

    /// Runs the tests and returns whether one has failed. libtest-mimic panics when its output is closed (`| head`);
    /// the remaining tests are then run without it.
    fn conduct(self: &Arc<Self>, specs: &[&'static Spec], mut arguments: Arguments) -> bool {
        loop {
            let left = specs.iter().filter(|spec| !lock_reports(&self.begun).contains(&spec.name()));
            let trials: Vec<Trial> = left.map(|spec| Arc::clone(self).trial(spec)).collect();
            match catch_unwind(AssertUnwindSafe(|| libtest_mimic::run(&arguments, trials))) {
                Ok(conclusion) => return conclusion.has_failed() || self.failed.load(Ordering::SeqCst),
                Err(panic) if arguments.logfile.is_some() => resume_unwind(panic),
                Err(_) => arguments.logfile = Some(NOWHERE.to_owned()),
            }
        }
    }

    /// Prints the JUnit document if it was asked for, else the path of the report.
    fn conclude(&self) {
        if self.junit {
            self.print_junit();
        } else if !self.quiet {
            say::print_text(format_args!("report: {}\n", self.session.store.report_path().display()));
        }
    }

    /// Ignored tests are written to the report, too.
    fn skip(&self, specs: &[&'static Spec], name: &str) {
        let Some(spec) = specs.iter().find(|spec| spec.name() == name) else { return };
        let reason = match spec.ignore {
            Some(why) if !why.is_empty() => format!("ignored: {why}"),
            _ => "ignored".to_owned(),
        };
        self.keep(trial::report_skipped(&self.session, spec, &reason));
    }

    fn run(&self, spec: &'static Spec) -> Result<Completion, Failed> {
        lock_reports(&self.begun).insert(spec.name());
        if self.fail_fast && self.failed.load(Ordering::SeqCst) {
            let reason = "another test has failed";
            self.keep(trial::report_skipped(&self.session, spec, reason));
            return Ok(Completion::ignored_with(reason));
        }
        let finished = trial::run_test(&self.session, spec);
        if let Some(reason) = finished.skipped() {
            let reason = reason.to_owned();
            self.keep(finished.report);
            return Ok(Completion::ignored_with(reason));
        }
        if !self.quiet {
            let start = if self.own_line { "\n" } else { "" };
            say::print_text(format_args!("{start}{}", finished.text));
        }
        if self.quiet {
            finished.say_forgiven();
        }
        self.keep(finished.report);
        let Some(failure) = finished.failure else { return Ok(Completion::Completed) };
        self.failed.store(true, Ordering::SeqCst);
        if self.nextest {
            // nextest searches for this line to find the excerpt it shows of a failed test.
            say::print_uncaptured(format_args!("Error: {failure}"));
        }
        Err(failure.into())
    }

    fn keep(&self, report: TestReport) {
        if self.junit {
            lock_reports(&self.reports).push(report);
        }
    }

    #[cfg(feature = "junit")]
    fn print_junit(&self) {
        let reports = std::mem::take(&mut *lock_reports(&self.reports));
        let report = crate::report::Report::of(self.session.store.run(), reports);
        match crate::report::junit::render_junit(&report) {
            Ok(document) => say::print_text(document),
            Err(error) => say::print_uncaptured(format_args!("Error: {error}")),
        }
    }

    #[cfg(not(feature = "junit"))]
    fn print_junit(&self) {
        say::print_uncaptured("Error: `--format junit` wants brunt's feature `junit`");
    }
}

fn lock_reports<T>(mutex: &Lock<T>) -> MutexGuard<'_, T> {
    mutex.lock()
}
