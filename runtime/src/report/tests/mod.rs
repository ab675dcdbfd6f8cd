//! Reports of measurements built by hand: as data, as text, as JSON and as XML.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod console;
mod experiment;
mod foreign;
mod health;
#[cfg(feature = "junit")]
mod junit;
mod levels;
mod schema;
#[cfg(feature = "junit")]
mod settled;
mod store;

use super::model::{Environment, Repetition, Report, TargetKind, TestReport};
use super::{Facts, Style};
use crate::judge::sample::{Sample, successes, targets};
use crate::record::{Tally, ValueUnit};
use brunt_plan::{Kind, Target};

fn facts(name: &str) -> Facts {
    Facts {
        name: name.to_owned(),
        package: "shop".to_owned(),
        binary: "load".to_owned(),
        target_kind: TargetKind::Test,
        repetition: Repetition::default(),
        kind: Kind::Load,
        file: "tests/load.rs".to_owned(),
        line: 12,
        seed: Some(7),
        started_s: Some(1_700_000_000.0),
        environment: Environment {
            os: "linux".to_owned(),
            arch: "x86_64".to_owned(),
            cores: 2,
            profile: "release".to_owned(),
            brunt: "0.1.0".to_owned(),
            ..Environment::default()
        },
    }
}

fn report(facts: &Facts, sample: &Sample, texts: &[&str]) -> TestReport {
    TestReport::measured(facts, &sample.plan, &sample.measurements, &sample.judgement(&targets_with_lines(texts)))
}

/// Targets, each with the line that it is written in.
fn targets_with_lines(texts: &[&str]) -> Vec<Target> {
    let lines = [13, 13, 14, 14, 15, 16, 17, 18];
    let lines = lines.into_iter().map(Some).chain(std::iter::repeat(None));
    targets(texts).into_iter().zip(lines).map(|(target, line)| Target { line, ..target }).collect()
}

/// A quiet stage and a spike in which some logins fail and the rest slow down.
fn spiked() -> Sample {
    let sample = Sample::new("stages = [low: 10 for 5s, spike: 100 for 5s]").stage("low", 0, 5).stage("spike", 5, 10);
    let sample = (0..10).fold(sample, |sample, second| {
        let (stage, count, milliseconds) = if second < 5 { ("low", 500, 4.0) } else { ("spike", 900, 40.0) };
        let (of_stage, of_step) = (format!("stage={stage}"), format!("stage={stage} step=login"));
        let mut latency = successes(count, milliseconds);
        latency.merge(&successes(count / 50, milliseconds * 8.0));
        sample.add(&of_stage, second, latency).ok(&of_step, second, count, milliseconds / 2.0).used(
            u64::from(second) + 1,
            1.25,
            64,
        )
    });
    let said = [("refused by a", 3), ("refused by b\nand more", 7), ("refused by c", 1), ("refused by d", 1)];
    let sample = sample.said("io::ConnectionRefused", &said);
    sample.failed("stage=spike", 6, 12, "io::ConnectionRefused").failed("stage=spike", 7, 3, "panic").recorded(
        "cache_hit",
        6,
        ValueUnit::Flag,
        &[1.0, 0.0, 1.0],
    )
}

fn missed() -> TestReport {
    report(
        &facts("store::checkout_under_a_spike"),
        &spiked(),
        &[
            "p95 < 50ms",
            "spike.mean < 3x low.mean",
            "critical success_rate > 50%",
            "errors(\"panic\") < 1%",
            "each(2s).p99 < 200ms",
            "spike.login.p99.9 < 1s",
            "cache_hit.share > 60%",
            "\"no such step\".p95 < 1s",
        ],
    )
}

fn passed() -> TestReport {
    let mut report = report(
        &facts("store::reads"),
        &Sample::new("users = 10, iterations = 20").ok("", 0, 200, 5.0),
        &["p95 < 50ms"],
    );
    report.environment.profile = "debug".to_owned();
    report
}

fn inconclusive() -> TestReport {
    let sample = Sample::new("rate = 10/s, duration = 10s, max_users = 2").add(
        "",
        0,
        Tally { dropped: 40, ..successes(60, 5.0) },
    );
    report(&facts("store::too_few"), &sample, &["p99 < 50ms"])
}

fn skipped() -> TestReport {
    TestReport::skipped(&facts("store::needs_postgres"), &Sample::new("users = 2").plan, "`PGHOST` is not set")
}

fn errored() -> TestReport {
    TestReport::errored(
        &facts("store::no_setup"),
        &Sample::new("users = 2").plan,
        "`setup` failed: no <port> is free",
        None,
    )
}

fn run() -> Report {
    Report::of("run-1", vec![skipped(), missed(), errored(), passed(), inconclusive()])
}
