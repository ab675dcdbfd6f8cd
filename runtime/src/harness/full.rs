//! The harness of a `harness = false` target: picks among the registered tests as the command line says, hands them to
//! libtest-mimic as trials and turns what comes of them into an exit code.

use super::args::Args;
use super::environment::Variables;
use super::plain_tests::Source;
use super::session::{Host, Session};
use super::{run_fixture, signals, trial};
use crate::engine;
use crate::engine::spec::Spec;
use crate::error::Error;
use crate::registry;
use crate::report::TestReport;
use libtest_mimic::{Completion, Failed, Trial};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_pcg::Pcg64Mcg;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::Write;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// The exit code of a failed test run, as cargo's own harness has it.
const FAILED: u8 = 101;

/// The `main` of a `harness = false` target.
pub fn main(source: Source) -> ExitCode {
    if let Some(order) = run_fixture::ordered() {
        let spec = registry::registered().find(|spec| spec.name() == order.test);
        return spec.map_or(ExitCode::from(FAILED), |spec| run_fixture::keep(spec, &order).into());
    }
    let args = match Args::read(std::env::args_os()) {
        Ok(args) => args,
        Err(error) => {
            // Asking for help is no error.
            let _ = error.print();
            return if error.use_stderr() { ExitCode::from(FAILED) } else { ExitCode::SUCCESS };
        }
    };
    let mut specs: Vec<&'static Spec> = registry::registered().collect();
    specs.sort_by_cached_key(|spec| spec.name());
    if args.list {
        let trials = specs.iter().map(|spec| listed(spec)).collect::<Vec<_>>();
        return libtest_mimic::run(&args.mimic(&trials), trials).exit_code();
    }
    source.warnings().iter().for_each(|warning| eprintln!("warning: {warning}"));
    run(args, &specs).unwrap_or_else(|error| {
        eprintln!("Error: {error}");
        ExitCode::from(FAILED)
    })
}

fn run(mut args: Args, specs: &[&'static Spec]) -> Result<ExitCode, Error> {
    let first = specs.first().ok_or(Error::NoTests)?;
    if let Some(twice) = specs.windows(2).find(|pair| pair[0].name() == pair[1].name()) {
        return Err(Error::DuplicateName(twice[0].name()));
    }
    let variables = Variables::read();
    let threads = variables.get("RUST_TEST_THREADS").and_then(|threads| threads.parse().ok());
    args.test_threads = args.test_threads.or(threads.filter(|threads| *threads > 0));
    let session = Session::start(Host::Main, first.manifest_dir, args.color)?;
    let hall = Arc::new(Hall {
        own_line: args.test_threads == Some(1) || std::thread::available_parallelism().is_ok_and(|n| n.get() == 1),
        quiet: args.quiet_stdout(),
        fail_fast: args.fail_fast,
        nextest: variables.get("NEXTEST").is_some(),
        session,
        failed: AtomicBool::new(false),
        reports: Mutex::default(),
    });
    let mut trials: Vec<Trial> = specs.iter().map(|spec| hall.clone().trial(spec)).collect();
    if let Some(seed) = args.shuffle(|| RandomState::new().build_hasher().finish()) {
        eprintln!("shuffle seed: {seed}");
        trials.shuffle(&mut Pcg64Mcg::seed_from_u64(seed));
    }
    let mut arguments = args.mimic(&trials);
    if args.junit() {
        arguments.logfile = Some(if cfg!(windows) { "NUL" } else { "/dev/null" }.to_owned());
    }
    let left_out = |trial: &&Trial| trial.has_ignored_flag() && !arguments.is_filtered_out(trial);
    if !arguments.ignored && !arguments.include_ignored && !arguments.bench {
        trials.iter().filter(left_out).for_each(|trial| hall.skip(specs, trial.name()));
    }
    let conclusion = libtest_mimic::run(&arguments, trials);
    let trouble = engine::shared::end();
    trouble.iter().for_each(|trouble| eprintln!("Error: {trouble}"));
    if args.junit() {
        hall.print_junit();
    }
    Ok(match conclusion.exit_code() {
        _ if trial::is_stopped() => ExitCode::from(signals::EXIT),
        _ if !trouble.is_empty() => ExitCode::from(FAILED),
        code => code,
    })
}

fn listed(spec: &'static Spec) -> Trial {
    Trial::test(spec.name(), || Ok(())).with_ignored_flag(spec.ignore.is_some())
}

/// What the trials of the process share.
#[derive(Debug)]
struct Hall {
    session: Session,
    /// libtest-mimic writes `test name ... ` before it runs a test on the main thread.
    own_line: bool,
    /// stdout is a machine's.
    quiet: bool,
    fail_fast: bool,
    nextest: bool,
    failed: AtomicBool,
    reports: Mutex<Vec<TestReport>>,
}

impl Hall {
    fn trial(self: Arc<Self>, spec: &'static Spec) -> Trial {
        Trial::ignorable_test(spec.name(), move || self.run(spec)).with_ignored_flag(spec.ignore.is_some())
    }

    /// An ignored test is in the report all the same.
    fn skip(&self, specs: &[&'static Spec], name: &str) {
        let Some(spec) = specs.iter().find(|spec| spec.name() == name) else { return };
        let reason = match spec.ignore {
            Some(why) if !why.is_empty() => format!("ignored: {why}"),
            _ => "ignored".to_owned(),
        };
        let report = trial::skip(&self.session, spec, &reason);
        self.reports.lock().unwrap_or_else(PoisonError::into_inner).push(report);
    }

    fn run(&self, spec: &'static Spec) -> Result<Completion, Failed> {
        if self.fail_fast && self.failed.load(Ordering::SeqCst) {
            return Ok(Completion::ignored_with("another test has failed"));
        }
        let finished = match trial::run(&self.session, spec) {
            Ok(finished) => finished,
            Err(stopped) => return Ok(Completion::ignored_with(stopped)),
        };
        if let Some(reason) = finished.skipped() {
            let reason = reason.to_owned();
            self.reports.lock().unwrap_or_else(PoisonError::into_inner).push(finished.report);
            return Ok(Completion::ignored_with(reason));
        }
        if !self.quiet {
            let start = if self.own_line { "\n" } else { "" };
            // Nobody may read any more (`| head`): no reason to fail the test.
            let _ = write!(std::io::stdout(), "{start}{}", finished.text);
        }
        self.reports.lock().unwrap_or_else(PoisonError::into_inner).push(finished.report);
        let Some(failure) = finished.failure else { return Ok(Completion::Completed) };
        self.failed.store(true, Ordering::SeqCst);
        if self.nextest {
            // By this line nextest finds what to show of a test that failed.
            eprintln!("Error: {failure}");
        }
        Err(failure.into())
    }

    #[cfg(feature = "junit")]
    fn print_junit(&self) {
        let reports = std::mem::take(&mut *self.reports.lock().unwrap_or_else(PoisonError::into_inner));
        let report = crate::report::Report::of(self.session.run.clone(), reports);
        match crate::report::junit::render(&report) {
            Ok(document) => print!("{document}"),
            Err(error) => eprintln!("Error: {error}"),
        }
    }

    #[cfg(not(feature = "junit"))]
    fn print_junit(&self) {
        eprintln!("Error: `--format junit` wants brunt's feature `junit`");
    }
}
