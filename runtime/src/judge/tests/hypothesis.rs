//! The steady-state hypothesis: judged while nothing is disturbed, and looked at while the experiment goes on.

use crate::judge::Outcome::{self, Fail, Inconclusive, Pass};
use crate::judge::sample::{Sample, resilience, targets};
use crate::judge::steady;
use crate::record::{Tally, ValueUnit};

/// A hundred a second and 5 ms in the baseline and after recovery; between them half of them fail and all are slow.
fn experiment() -> Sample {
    (0..9).fold(resilience(), |sample, second| match second {
        3..5 => sample.ok("stage=fault scenario=insert", second, 50, 900.0).failed(
            "stage=fault scenario=insert",
            second,
            50,
            "io",
        ),
        5..7 => sample.ok("stage=recovering scenario=insert", second, 50, 900.0),
        0..3 => sample.ok("stage=baseline scenario=insert", second, 100, 5.0),
        _ => sample.ok("stage=recovery scenario=insert", second, 100, 5.0),
    })
}

fn rules(sample: &Sample, texts: &[&str]) -> Vec<(String, Outcome)> {
    let rows = sample.verdict(&targets(texts)).targets.into_iter().filter(|row| row.target().is_none());
    rows.map(|row| (row.text(), row.outcome)).collect()
}

#[test]
fn what_names_no_phase_must_hold_while_nothing_is_disturbed() {
    let sample = experiment();
    for text in [
        "success_rate > 99%",
        "max < 10ms",
        "errors = 0",
        "insert.p99 < 10ms",
        "throughput >= 100/s",
        "each(1s).throughput >= 100/s",
        "each(2s).p95 < 10ms",
        "each(scenario).p95 < 10ms",
        "p95 < 1.1x baseline.p95",
        "fault.success_rate < 60%",
        "recovering.p50 > 800ms",
        "recovery.p95 < 10ms",
        "fault.p95 > 100x p95",
    ] {
        assert_eq!(sample.of(text).outcome, Pass, "{text}: {:?}", sample.of(text));
    }
    assert_eq!(sample.of("success_rate > 99%").samples, 500);
    assert_eq!(sample.of("throughput > 200/s").observed.unwrap().value, 100.0);
    assert_eq!(sample.of("each(stage).p50 < 10ms").worst.as_deref(), Some("fault"), "every phase is named");
}

#[test]
fn amounts_and_the_whole_are_of_the_whole_test() {
    let sample = experiment().used(2, 1.0, 100).used(4, 1.0, 900).used(8, 1.0, 100);
    let sample = sample.recorded("rows", 4, ValueUnit::Number, &[7.0]);
    for text in ["count = 800", "elapsed >= 9s", "peak_memory > 800MiB", "rows.sum = 7", "rows.count = 1"] {
        assert_eq!(sample.of(text).outcome, Pass, "{text}: {:?}", sample.of(text));
    }
}

#[test]
fn a_load_test_knows_no_phases() {
    let mut sample = experiment();
    sample.plan = brunt_plan::Plan::new(brunt_plan::Kind::Load);
    assert_eq!(sample.of("success_rate > 99%").outcome, Fail);
}

#[test]
fn failures_are_expected_only_while_something_is_broken() {
    let sample = experiment();
    assert_eq!(rules(&sample, &["p95 < 1s"]), [("errors = 0".to_owned(), Pass)]);
    assert_eq!(rules(&sample, &["success_rate > 1%"]), []);
    let interrupted = Tally { interrupted: 3, dropped: 5, ..Tally::default() };
    assert_eq!(rules(&sample.clone().add("stage=fault", 4, interrupted.clone()), &["errors = 0"]), []);
    assert_eq!(
        rules(&sample.clone().add("stage=recovery", 7, interrupted), &["errors = 0"]),
        [("interrupted = 0".to_owned(), Fail), ("dropped = 0".to_owned(), Inconclusive)]
    );
    for of in ["stage=baseline", "stage=recovery", ""] {
        let failed = sample.clone().failed(&format!("{of} scenario=insert"), 8, 1, "io");
        assert_eq!(rules(&failed, &["p95 < 1s"]), [("errors = 0".to_owned(), Fail)], "{of}");
        assert_eq!(rules(&failed, &["fault.errors > 0"]), [("errors = 0".to_owned(), Fail)], "{of}");
    }
}

#[test]
fn a_test_that_saw_only_the_fault_does_not_pass() {
    let sample = resilience().ok("stage=fault scenario=insert", 3, 100, 5.0);
    let verdict = sample.verdict(&targets(&["fault.success_rate > 50%"]));
    assert_eq!(verdict.outcome, Inconclusive);
    let reason = verdict.targets[1].reason.as_deref().unwrap();
    assert!(reason.starts_with("all 100 iterations were in the phases `fault` and `recovering`"), "{reason}");
    assert_eq!(sample.of("p50 < 1s").outcome, Inconclusive);
}

fn looked(sample: &Sample, texts: &[&str]) -> Result<(), String> {
    steady(&sample.plan, &targets(texts), &sample.measurements)
}

#[test]
fn a_baseline_is_steady_where_its_targets_hold() {
    let sample = experiment();
    let texts = [
        "p95 < 10ms",
        "baseline.success_rate > 99%",
        "insert.throughput >= 100/s",
        "fault.success_rate > 99%",
        "recovery.p95 < 1x baseline.p95",
        "always.success_rate > 99%",
        "recovery_time < 1s",
        "elapsed < 1s",
        "count > 1_000_000",
        "peak_memory < 1MiB",
        "later.p95 < 1ms",
    ];
    assert_eq!(looked(&sample, &texts), Ok(()));
    assert_eq!(looked(&sample, &["p95 < 4ms"]), Err("p95 < 4ms: 5 ms".to_owned()));
    assert_eq!(looked(&sample, &["baseline.throughput > 200/s"]), Err("baseline.throughput > 200/s: 100/s".to_owned()));
    let failing = sample.clone().failed("stage=baseline scenario=insert", 2, 3, "io");
    let why = looked(&failing, &["p95 < 10ms"]).unwrap_err();
    assert_eq!(why, "3 of 303 iterations failed, and no target covers failures: `io` 3 (\"io happened\")");
    assert_eq!(looked(&failing, &["fault.errors < 50%"]).unwrap_err().split_once(" of").unwrap().0, "3");
    assert_eq!(looked(&failing, &["baseline.errors < 5%"]), Ok(()));
    assert_eq!(looked(&failing, &["critical success_rate > 99.99%"]).unwrap_err(), "success_rate > 99.99%: 99 %");
    let silent = resilience().ok("stage=fault", 3, 10, 5.0);
    assert_eq!(looked(&silent, &["p95 < 10ms"]), Err("no operation ended".to_owned()));
}

#[test]
fn a_number_of_failures_of_the_whole_is_the_most_that_a_part_of_it_has() {
    let targets = targets(&["errors(\"shed\") = 5"]);
    let shed = |count: u64| resilience().ok("stage=baseline", 1, 100, 5.0).failed("stage=baseline", 1, count, "shed");
    let is_steady = |sample: Sample| steady(&sample.plan, &targets, &sample.measurements).is_ok();
    assert!(is_steady(shed(2)) && is_steady(shed(5)) && !is_steady(shed(6)));
}
