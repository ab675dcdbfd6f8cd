//! Test suites and test cases of `junit.xml`, made from the reports of tests.

use crate::report::model::{Attempt, Experiment, Failures, Metrics, Summary, TestReport, Verdict};
use crate::report::{console, foreign};
use crate::units;
use quick_junit::{NonSuccessKind, Property, TestCase, TestCaseStatus, TestRerun, TestSuite, XmlString};
use std::io;
use std::time::Duration;

/// The style of texts for people in the document.
pub(super) const STYLE: console::Style = console::Style { color: false, width: 120 };

/// Renders suites as a complete document.
pub(super) fn suites_to_xml(suites: impl IntoIterator<Item = TestSuite>) -> io::Result<String> {
    let mut document = quick_junit::Report::new("brunt");
    document.add_test_suites(suites);
    document.to_string().map_err(io::Error::other)
}

/// Groups neighbouring tests of the same suite.
pub(crate) fn group_by_suite<'a>(tests: &[&'a TestReport]) -> Vec<(String, Vec<&'a TestReport>)> {
    let same = |a: &&TestReport, b: &&TestReport| a.suite() == b.suite();
    tests.chunk_by(same).map(|tests| (tests[0].suite(), tests.to_vec())).collect()
}

pub(super) fn test_suite(name: &str, tests: &[&TestReport], whole: bool) -> TestSuite {
    let mut suite = TestSuite::new(name);
    suite.set_time(tests.iter().map(|test| test_time(test)).sum());
    for test in tests {
        let test = &foreign::shown_report(test);
        let mut case = TestCase::new(test.name.as_str(), case_status(test));
        case.set_classname(test.binary_id()).set_time(test_time(test));
        if let Some(started) = local_timestamp(test.started_s) {
            case.set_timestamp(started);
        }
        if let Some(text) = beside_a_pass(test) {
            case.set_system_out(text);
        }
        if whole {
            case.extra.insert("file".into(), test.file.as_str().into());
            case.extra.insert("line".into(), test.line.to_string().into());
            case.add_properties(test_properties(test));
        }
        suite.add_test_case(case);
    }
    suite
}

fn local_timestamp(seconds: Option<f64>) -> Option<chrono::DateTime<chrono::FixedOffset>> {
    let moment = chrono::DateTime::from_timestamp_millis((seconds? * 1e3) as i64)?;
    Some(moment.fixed_offset())
}

/// The text beside a test that passed: its experiment and its notes. The body of a failure has them already.
fn beside_a_pass(test: &TestReport) -> Option<String> {
    if !matches!(test.verdict, Verdict::Pass | Verdict::Skipped) {
        return None;
    }
    let experiment = test.experiment.is_some().then(|| console::experiment_of(test, STYLE));
    let notes = test.notes.iter().map(|note| format!("note: {note}\n"));
    let text: String = experiment.into_iter().chain(notes).collect();
    (!text.is_empty()).then_some(text)
}

fn test_time(test: &TestReport) -> Duration {
    Duration::try_from_secs_f64(test.seconds()).unwrap_or_default()
}

fn case_status(test: &TestReport) -> TestCaseStatus {
    let mut status = last_status(test);
    status.add_reruns(test.attempts.iter().map(earlier_attempt));
    status
}

/// A failed earlier attempt: `flakyFailure` beside a pass, `rerunFailure` beside a failure.
fn earlier_attempt(attempt: &Attempt) -> TestRerun {
    let (kind, ty) = non_success(attempt.verdict, false);
    let message = attempt.message.as_deref().unwrap_or_default();
    let mut rerun = TestRerun::new(kind);
    let first = units::first_line(message, foreign::LONGEST);
    rerun.set_type(ty).set_message(first).set_stack_trace(format!("attempt {}: {message}", attempt.attempt));
    rerun
}

fn non_success(verdict: Verdict, incomplete: bool) -> (NonSuccessKind, &'static str) {
    match verdict {
        Verdict::Fail => (NonSuccessKind::Failure, "target-missed"),
        Verdict::Inconclusive => (NonSuccessKind::Failure, "inconclusive"),
        _ if incomplete => (NonSuccessKind::Error, "incomplete"),
        _ => (NonSuccessKind::Error, "error"),
    }
}

fn last_status(test: &TestReport) -> TestCaseStatus {
    let (kind, ty) = match test.verdict {
        Verdict::Pass => return TestCaseStatus::success(),
        Verdict::Skipped => {
            let mut skipped = TestCaseStatus::skipped();
            skipped.set_message(test.message.as_deref().unwrap_or("not run"));
            return skipped;
        }
        verdict => non_success(verdict, test.incomplete),
    };
    let message = test.message.as_deref().unwrap_or_default();
    let mut status = TestCaseStatus::non_success(kind);
    status.set_type(ty).set_message(case_headline(test, message)).set_description(failure_body(test, message));
    status
}

/// The headline for lists of tests: the first target that did not hold, or the first line of the message.
fn case_headline(test: &TestReport, message: &str) -> XmlString {
    let first = test.targets.iter().find(|target| target.verdict == test.verdict);
    match first.and_then(|target| Some((&target.text, target.reason.as_ref()?))) {
        Some((text, reason)) => XmlString::new(format!("{text}: {reason}")),
        None => XmlString::new(units::first_line(message, foreign::LONGEST)),
    }
}

/// The body of a failure: the message, every target with its figures, the failures, and where the test is written.
fn failure_body(test: &TestReport, message: &str) -> XmlString {
    if test.incomplete && test.metrics.is_none() {
        return XmlString::new(format!("{message}\nat {}:{}", test.file, test.line));
    }
    let whole = console::render_shown(test, STYLE);
    XmlString::new(format!("{message}\nat {}:{}\n\n{whole}", test.file, test.line))
}

fn test_properties(test: &TestReport) -> Vec<Property> {
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
    let Summary { min, mean, p50, p75, p90, p95, p99, p99_9, max, .. } = metrics.latency_ns;
    let percentiles = [("p50", p50), ("p75", p75), ("p90", p90), ("p95", p95), ("p99", p99), ("p99.9", p99_9)];
    for (name, value) in [("min", min), ("mean", mean)].into_iter().chain(percentiles).chain([("max", max)]) {
        add(&format!("latency_ns.{name}"), value);
    }
    if let Some((received, sent)) = test.resources.bandwidth() {
        add("network.received_bytes_per_s", Some(received));
        add("network.sent_bytes_per_s", Some(sent));
    }
    for failures in &metrics.errors {
        add(&format!("errors.{}", failures.kind), Some(failures.count as f64));
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
        let candidates: Vec<&str> = growth.candidates.iter().map(|class| units::class_of_word(class)).collect();
        properties.push(Property::new(name, units::class_of_word(best)));
        properties.push(Property::new(format!("{name}.candidates"), candidates.join(", ")));
    }
    for Failures { kind, messages, .. } in metrics.errors.iter().filter(|failures| !failures.messages.is_empty()) {
        let said = messages
            .iter()
            .map(|said| format!("{} × {}", said.count, units::first_line(&said.message, foreign::LONGEST)));
        properties.push(Property::new(format!("errors.{kind}.messages"), said.collect::<Vec<String>>().join("; ")));
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
    let counted = test.resources.network.as_deref().filter(|_| test.resources.bandwidth().is_some());
    properties.extend(counted.map(|scope| Property::new("network.counted", format!("{scope}, loopback once"))));
    let unsent = Some(test.resources.unsent).filter(|unsent| *unsent > 0);
    properties.extend(test.forgiven.as_deref().map(|forgiven| Property::new("forgiven", forgiven)));
    properties.extend(unsent.map(|unsent| Property::new("unsent", unsent.to_string())));
    let health = test.resources.health.join("; ");
    properties.extend((!health.is_empty()).then(|| Property::new("generator", health)));
    properties.extend(test.seed.map(|seed| Property::new("seed", seed.to_string())));
    properties
}

/// The properties of an experiment: the timeline of the faults, and the figures that targets can be about.
fn of_experiment(experiment: &Experiment) -> Vec<Property> {
    let faults = console::fault_timeline(&experiment.faults).enumerate();
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
