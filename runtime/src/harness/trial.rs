//! Run of one test, from its `Spec` to its report on disk and on the console. It is the same under both harnesses.

use super::beside::RunningBeside;
use super::capacity;
use super::lock::{Holder, MachineTurn, Share};
use super::planned::Planned;
use super::progress::ProgressLine;
use super::say;
use super::session::{Host, Session};
use super::settings::{SMOKE, require};
use super::signals::{self, WatchedSignal};
use super::verdict::{self, TestEnds};
use super::watch::JudgingWatch;
use crate::engine::spec::Spec;
use crate::engine::{self, Job};
use crate::error::Error;
use crate::judge::DerivedFigures;
use crate::record::Measurements;
use crate::report::model::Verdict;
use crate::report::{Facts, TestReport, console, foreign};
use brunt_plan::Plan;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Interval at which a test prints that it waits for its turn.
const PATIENCE: Duration = Duration::from_secs(10);

/// Number of characters shown of a forgiven miss.
const FORGIVEN: usize = 4_000;

/// The end of a test.
#[derive(Debug)]
pub(crate) struct Finished {
    /// Its report.
    pub(crate) report: TestReport,
    /// The report as text for the console.
    pub(crate) text: String,
    /// Why it failed.
    pub(crate) failure: Option<String>,
}

impl Finished {
    /// Why the test was left out, if it was.
    pub(crate) fn skipped(&self) -> Option<&str> {
        (self.report.verdict == Verdict::Skipped).then(|| self.report.message.as_deref().unwrap_or_default())
    }

    /// Prints each miss that a setting has turned into a pass, so that neither harness shows a plain pass.
    pub(crate) fn say_forgiven(&self) {
        if let Some(forgiven) = &self.report.forgiven {
            say::print_uncaptured(format_args!(
                "{}: passed, {}",
                self.report.name,
                foreign::as_text(forgiven, FORGIVEN)
            ));
        }
    }
}

/// Runs a test and writes its report.
pub(crate) fn run_test(session: &Session, spec: &'static Spec) -> Finished {
    let _watched = WatchedSignal::start();
    let mut facts = session.facts(spec);
    let mut report = match Planned::of(spec, &session.settings) {
        Ok(test) => {
            facts.seed = test.plan.seed;
            match wait_for_turn(session, &facts.name, &test.plan) {
                Ok(_turn) => run_and_time(session, spec, &mut facts, &test),
                Err(stopped) => TestReport::errored(&facts, &test.plan, stopped, None),
            }
        }
        Err(unsound) => TestReport::errored(&facts, &unsound.0, &unsound.1, None),
    };
    if let Err(error) = session.store.finish(report.clone(), session.may_run_again()) {
        report.verdict = Verdict::Error;
        report.message = Some(join_messages(report.message.take(), format!("the report is not written: {error}")));
    }
    let text = console::render_test(&report, session.style);
    let passes = matches!(report.verdict, Verdict::Pass | Verdict::Skipped);
    let failure = (!passes).then(|| foreign::shown_report(&report).message.unwrap_or_default());
    Finished { report, text, failure }
}

/// Writes a skipped test to the report with the reason.
pub(crate) fn report_skipped(session: &Session, spec: &Spec, reason: &str) -> TestReport {
    let (plan, _) = brunt_plan::parse::plan(spec.kind, spec.options);
    let report = TestReport::skipped(&session.facts(spec), &plan, reason);
    if let Err(error) = session.store.finish(report.clone(), false) {
        say::print_line(format_args!("{}: the report is not written: {error}", report.name));
    }
    report
}

/// Whether a signal has arrived, after which no further test runs.
pub(crate) fn is_stopped() -> bool {
    signals::stop_flag().requested()
}

/// Runs the test and records its duration with hooks.
fn run_and_time(session: &Session, spec: &'static Spec, facts: &mut Facts, test: &Planned) -> TestReport {
    let begun = Instant::now();
    facts.started_s = SystemTime::now().duration_since(UNIX_EPOCH).ok().map(|since| since.as_secs_f64());
    let mut report = run_load(session, spec, facts, test);
    report.duration_s = Some(begun.elapsed().as_secs_f64());
    report
}

fn run_load(session: &Session, spec: &'static Spec, facts: &Facts, test: &Planned) -> TestReport {
    let running = RunningBeside::start();
    let progress = ProgressLine::start(&facts.name, session.settings.progress, session.host == Host::Main);
    let watch = JudgingWatch::start(session, facts, test, progress);
    if let Some(search) = &test.plan.search {
        let confirms = session.settings.profile.as_deref() != Some(SMOKE);
        let mut done = capacity::search_capacity(
            spec,
            test,
            search,
            confirms,
            signals::stop_flag(),
            Some(&watch),
            session.settings.limit.0,
        );
        drop(watch);
        done.outcome.measurements.incidents.beside_other_tests = running.was_beside_others();
        return judge_search(session, facts, test, done);
    }
    let job = Job {
        spec,
        plan: &test.plan,
        targets: &test.targets,
        stop: signals::stop_flag(),
        watch: &|so_far| watch.look(so_far),
        undecided: &|measured| watch.undecided(measured),
        hypothesis: &watch,
        limit: session.settings.limit.0,
    };
    let outcome = engine::run_job(job);
    drop(watch);
    let mut measurements = outcome.measurements;
    measurements.notes.extend(outcome.halted);
    measurements.incidents.beside_other_tests = running.was_beside_others();
    let trouble = if is_stopped() { Some(Error::Stopped) } else { outcome.trouble };
    match trouble {
        Some(error) => report_trouble(session, facts, test, &error, &measurements),
        None => {
            let ends = TestEnds { experiment: outcome.experiment.as_ref(), verify: outcome.verify.as_ref() };
            verdict::judge_test(facts, test, &measurements, ends, &session.settings)
        }
    }
}

fn judge_search(session: &Session, facts: &Facts, test: &Planned, mut done: capacity::SearchResult) -> TestReport {
    let trouble = if is_stopped() { Some(Error::Stopped) } else { done.outcome.trouble.take() };
    let measurements = &done.outcome.measurements;
    let report = match trouble {
        Some(error) => report_trouble(session, facts, test, &error, measurements),
        None => verdict::of_search(facts, test, &done, &session.settings),
    };
    report.with_levels(&done.searched, measurements)
}

/// The report of a test that could not run. If its `setup` needs a server that is not installed, the test is skipped,
/// unless that server is required.
fn report_trouble(
    session: &Session,
    facts: &Facts,
    test: &Planned,
    error: &Error,
    measured: &Measurements,
) -> TestReport {
    let missing = match error {
        Error::Hook { hook: "setup", cause } => cause.missing(),
        _ => None,
    };
    let errored = |message: String| {
        let figures = DerivedFigures::of(&test.plan, &test.targets, measured);
        TestReport::errored(facts, &test.plan, message, Some((measured, &figures)))
    };
    let Some(missing) = missing else {
        return errored(error.to_string());
    };
    let server = missing.server();
    if let Some(why) = require::why_required(&session.settings, server) {
        return errored(format!("{error} ({why})"));
    }
    TestReport::skipped(
        facts,
        &test.plan,
        format!("{missing} ({})", require::how_to_require(&session.settings, server)),
    )
}

/// Waits until no other brunt test is measured on this machine.
fn wait_for_turn<'s>(session: &'s Session, name: &str, plan: &Plan) -> Result<MachineTurn<'s>, Error> {
    let share = if plan.concurrent || plan.virtual_time { Share::WithOthers } else { Share::Alone };
    let mut told = Duration::ZERO;
    let turn = session.lock.wait(&session.lock_file, share, name, |waited, holders| {
        if waited >= told + PATIENCE {
            told = waited;
            let whom: Vec<String> = holders.iter().map(Holder::told).collect();
            let whom = if whom.is_empty() { "another brunt test".to_owned() } else { whom.join(", ") };
            let file = session.lock_file.display();
            let text = format!("{name}: has waited {} s for {whom} to end ({file})", waited.as_secs());
            // Users expect that tests of one process take turns, but not that they wait for another process. This is
            // printed at once, uncaptured, since libtest shows captured output only when the test is over.
            let is_own = !holders.is_empty() && holders.iter().all(Holder::is_of_this_process);
            if is_own { say::print_line(text) } else { say::print_uncaptured(text) }
        }
        !is_stopped()
    });
    turn.filter(|_| !is_stopped()).ok_or(Error::Stopped)
}

fn join_messages(message: Option<String>, more: String) -> String {
    message.map_or(more.clone(), |message| format!("{message}\n{more}"))
}
