//! `junit.xml`: a test suite for each binary, a testcase for each test. A missed target is a `<failure>`, trouble of
//! the framework an `<error>`; the whole verdict is in the body, and metrics are properties of the testcase.
//!
//! The strict form is one `TEST-<binary>.xml` for each binary, rooted at `<testsuite>` and without properties of
//! testcases, as the schema of Maven's Surefire has it and some readers insist on.

use super::model::{Experiment, Metrics, Report, Summary, TestReport, Verdict};
use super::{Sink, foreign, store};
use crate::error::Error;
use quick_junit::{NonSuccessKind, Property, TestCase, TestCaseStatus, TestSuite, XmlString};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How texts for people look in the document.
const STYLE: super::Style = super::Style { color: false, width: 120 };

/// Writes `junit.xml`.
#[derive(Clone, Debug)]
pub struct Junit {
    /// The file.
    pub path: PathBuf,
}

impl Sink for Junit {
    fn write(&self, report: &Report) -> Result<(), Error> {
        let text = render(report).map_err(|cause| not(&self.path, cause))?;
        store::replace(&self.path, text.as_bytes())
    }
}

/// Writes one `TEST-<binary>.xml` for each binary, which the Surefire schema accepts.
#[derive(Clone, Debug)]
pub struct StrictJunit {
    /// The folder that the files go to.
    pub folder: PathBuf,
}

impl Sink for StrictJunit {
    fn write(&self, report: &Report) -> Result<(), Error> {
        for (binary, tests) in suites(report) {
            let path = self.folder.join(format!("TEST-{}.xml", store::file_name(&binary.replace("::", "."))));
            let text = render_strict(&binary, &tests).map_err(|cause| not(&path, cause))?;
            store::replace(&path, text.as_bytes())?;
        }
        Ok(())
    }
}

/// The report as one document rooted at `<testsuites>`, for a file and for stdout.
pub(crate) fn render(report: &Report) -> io::Result<String> {
    let mut document = quick_junit::Report::new("brunt");
    document.add_test_suites(suites(report).iter().map(|(binary, tests)| {
        let mut suite = suite(binary, tests, true);
        suite.add_property(("run", report.run.as_str()));
        suite
    }));
    document.set_time(report.tests.iter().map(time).sum());
    document.to_string().map_err(io::Error::other)
}

/// One binary's tests as a document rooted at `<testsuite>`.
fn render_strict(binary: &str, tests: &[&TestReport]) -> io::Result<String> {
    let mut document = quick_junit::Report::new("brunt");
    document.add_test_suite(suite(binary, tests, false));
    let text = document.to_string().map_err(io::Error::other)?;
    // The writer knows no other root than `<testsuites>`. Inside texts `<` is escaped, so that the tags are the tags.
    const END: &str = "</testsuite>";
    let (start, end) = (text.find("<testsuite "), text.rfind(END));
    let (Some(start), Some(end)) = (start, end) else {
        return Err(io::Error::other("a test suite without tests"));
    };
    Ok(format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{}\n", &text[start..end + END.len()]))
}

/// The tests of each binary; a report's tests are sorted by it.
fn suites(report: &Report) -> Vec<(String, Vec<&TestReport>)> {
    let binary = |test: &TestReport| format!("{}::{}", test.package, test.binary);
    let same = |a: &TestReport, b: &TestReport| binary(a) == binary(b);
    report.tests.chunk_by(same).map(|tests| (binary(&tests[0]), tests.iter().collect())).collect()
}

fn suite(binary: &str, tests: &[&TestReport], with_properties: bool) -> TestSuite {
    let mut suite = TestSuite::new(binary);
    suite.set_time(tests.iter().map(|test| time(test)).sum());
    for test in tests {
        let test = &foreign::shown(test);
        let mut case = TestCase::new(test.name.as_str(), status(test));
        case.set_classname(binary).set_time(time(test));
        if let Some(text) = beside_a_pass(test) {
            case.set_system_out(text);
        }
        if with_properties {
            case.add_properties(properties(test));
        }
        suite.add_test_case(case);
    }
    suite
}

/// What the reader of a test that passed must see: its experiment and its notes. The body of a failure has them already.
fn beside_a_pass(test: &TestReport) -> Option<String> {
    if !matches!(test.verdict, Verdict::Pass | Verdict::Skipped) {
        return None;
    }
    let experiment = test.experiment.is_some().then(|| super::console::experiment_of(test, STYLE));
    let notes = test.notes.iter().map(|note| format!("note: {note}\n"));
    let text: String = experiment.into_iter().chain(notes).collect();
    (!text.is_empty()).then_some(text)
}

fn time(test: &TestReport) -> Duration {
    let seconds = test.metrics.as_ref().map_or(0.0, |metrics| metrics.elapsed_s);
    Duration::try_from_secs_f64(seconds).unwrap_or_default()
}

fn status(test: &TestReport) -> TestCaseStatus {
    let (kind, ty) = match test.verdict {
        Verdict::Pass => return TestCaseStatus::success(),
        Verdict::Skipped => {
            let mut skipped = TestCaseStatus::skipped();
            skipped.set_message(test.message.as_deref().unwrap_or("not run"));
            return skipped;
        }
        Verdict::Fail => (NonSuccessKind::Failure, "target-missed"),
        Verdict::Inconclusive => (NonSuccessKind::Failure, "inconclusive"),
        Verdict::Error if test.incomplete => (NonSuccessKind::Error, "incomplete"),
        Verdict::Error => (NonSuccessKind::Error, "error"),
    };
    let message = test.message.as_deref().unwrap_or_default();
    let mut status = TestCaseStatus::non_success(kind);
    status.set_type(ty).set_message(headline(test, message)).set_description(body(test, message));
    status
}

/// What readers show in a list: the first target that did not hold, or the first line of the message.
fn headline(test: &TestReport, message: &str) -> XmlString {
    let first = test.targets.iter().find(|target| target.verdict == test.verdict);
    match first.and_then(|target| Some((&target.text, target.reason.as_ref()?))) {
        Some((text, reason)) => XmlString::new(format!("{text}: {reason}")),
        None => XmlString::new(message.lines().next().unwrap_or_default()),
    }
}

/// The message, every target with its figures, what failed, and where the test is written.
fn body(test: &TestReport, message: &str) -> XmlString {
    let whole = super::console::render(test, STYLE, None);
    XmlString::new(format!("{message}\nat {}:{}\n\n{whole}", test.file, test.line))
}

fn properties(test: &TestReport) -> Vec<Property> {
    let Some(metrics) = &test.metrics else { return Vec::new() };
    let Metrics { count, successes, failures, interrupted, dropped, elapsed_s, .. } = metrics;
    let mut properties = vec![
        Property::new("load", test.load.as_str()),
        Property::new("profile", test.environment.profile.as_str()),
        Property::new("count", count.to_string()),
        Property::new("successes", successes.to_string()),
        Property::new("failures", failures.to_string()),
        Property::new("interrupted", interrupted.to_string()),
        Property::new("dropped", dropped.to_string()),
        Property::new("elapsed_s", elapsed_s.to_string()),
    ];
    let mut add = |name: &str, value: Option<f64>| {
        properties.extend(value.map(|value| Property::new(name, value.to_string())));
    };
    add("throughput_per_s", metrics.throughput_per_s);
    add("success_rate", metrics.success_rate);
    let Summary { mean, p50, p95, p99, max, .. } = metrics.latency_ns;
    for (name, value) in [("mean", mean), ("p50", p50), ("p95", p95), ("p99", p99), ("max", max)] {
        add(&format!("latency_ns.{name}"), value);
    }
    for size in &test.sizes {
        add(&format!("{}.p50_ns", size.name), size.metrics.latency_ns.p50);
        add(&format!("{}.allocations", size.name), size.allocations);
        add(&format!("{}.peak_bytes", size.name), size.peak_bytes);
    }
    for (name, growth) in [("growth", &test.growth), ("memory_growth", &test.memory_growth)] {
        let Some(growth) = growth else { continue };
        add(&format!("{name}.exponent"), growth.exponent);
        add(&format!("{name}.r_squared"), growth.r_squared);
    }
    for (name, growth) in [("growth", &test.growth), ("memory_growth", &test.memory_growth)] {
        let Some((growth, best)) = growth.as_ref().and_then(|growth| Some((growth, growth.best.as_deref()?))) else {
            continue;
        };
        properties.push(Property::new(name, best));
        properties.push(Property::new(format!("{name}.candidates"), growth.candidates.join(", ")));
    }
    if let Some(settled) = &test.settled {
        properties.push(Property::new("settled.rounds", settled.rounds.to_string()));
        properties.push(Property::new("settled.seconds", settled.seconds.to_string()));
        properties.push(Property::new("settled.for", settled.targets.join(", ")));
        properties.push(Property::new("settled.undecided", settled.undecided.join(", ")));
    }
    if let Some(capacity) = &test.capacity {
        let names =
            ["capacity", "capacity.unconfirmed", "capacity.broke_at", "capacity.unsent_at", "capacity.recovery_s"];
        let found = [capacity.level, capacity.unconfirmed, capacity.broke_at, capacity.unsent_at, capacity.recovery_s];
        let found = names.into_iter().zip(found).filter_map(|(name, value)| Some((name, value?)));
        properties.extend(found.map(|(name, value)| Property::new(name, value.to_string())));
        properties.push(Property::new("capacity.unit", capacity.unit.as_str()));
        properties.push(Property::new("capacity.at_least", capacity.at_least.to_string()));
        properties.push(Property::new("capacity.fixtures", capacity.fixtures.to_string()));
    }
    properties.extend(test.experiment.iter().flat_map(of_experiment));
    let unsent = Some(test.resources.unsent).filter(|unsent| *unsent > 0);
    properties.extend(unsent.map(|unsent| Property::new("unsent", unsent.to_string())));
    let health = test.resources.health.join("; ");
    properties.extend((!health.is_empty()).then(|| Property::new("generator", health)));
    properties.extend(test.seed.map(|seed| Property::new("seed", seed.to_string())));
    properties
}

/// The timeline of the faults, and the figures that targets are on.
fn of_experiment(experiment: &Experiment) -> Vec<Property> {
    let faults = super::console::timeline(&experiment.faults).enumerate();
    let mut properties: Vec<Property> =
        faults.map(|(i, (at, told))| Property::new(format!("fault.{}", i + 1), format!("{at} {told}"))).collect();
    let mut add = |name: String, value: Option<f64>| {
        properties.extend(value.map(|value| Property::new(name, value.to_string())));
    };
    for (i, recovery) in experiment.recoveries.iter().enumerate() {
        add(format!("recovery.{}_s", i + 1), recovery.recovery_s);
        add(format!("recovery.{}_from_healing_s", i + 1), recovery.recovery_from_healing_s);
    }
    for isolation in &experiment.isolation {
        add(format!("isolation.{}", isolation.bystander), isolation.share);
        add(format!("isolation.{}.at_least", isolation.bystander), isolation.at_least);
    }
    if let Some(ledger) = &experiment.ledger {
        add("lost_writes".to_owned(), Some(ledger.lost as f64));
        add("indeterminate_writes".to_owned(), Some(ledger.indeterminate as f64));
        add("duplicate_writes".to_owned(), Some(ledger.duplicates as f64));
    }
    add("amplification".to_owned(), experiment.amplification);
    add("compensation_s".to_owned(), experiment.compensation_s);
    add("orphans".to_owned(), experiment.orphans.map(|orphans| orphans as f64));
    properties
}

fn not(path: &Path, cause: io::Error) -> Error {
    Error::File { path: path.to_owned(), cause }
}
