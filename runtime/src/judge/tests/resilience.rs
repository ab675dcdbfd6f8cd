//! What an experiment saw beside its operations, and the rules by which it was one.

use crate::judge::Outcome::{Fail, Inconclusive, Pass};
use crate::judge::sample::{Sample, failures, resilience, successes, targets, text_of};
use crate::judge::{Outcome, TargetVerdict};
use crate::record::Experiment;
use crate::record::experiment::{Attempts, Bystander, Disruption, Ledger, ProcessReading, ProcessRecord, Recovery};
use std::time::Duration;

const fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

fn fault(what: &str, injected: u64, detected: Option<u64>) -> Disruption {
    Disruption {
        what: what.to_owned(),
        injected: ms(injected),
        detected: detected.map(ms),
        operations: 40,
        ..Disruption::default()
    }
}

fn wait(injected: u64, stable: Option<u64>) -> Recovery {
    Recovery {
        injected: ms(injected),
        healed: Some(ms(injected + 1_000)),
        since: ms(injected + 2_000),
        limit: ms(60_000),
        window: ms(1_000),
        stable: stable.map(ms),
        undecided: None,
        reason: stable.is_none().then(|| "success_rate > 99%: 41 %".to_owned()),
    }
}

/// Ten seconds: baseline 0..3, fault 3..5, recovering 5..7, recovery 7..9. The load fails while disturbed.
fn disturbed(change: impl FnOnce(&mut Experiment)) -> Sample {
    let mut sample = resilience()
        .ok("stage=baseline scenario=insert", 1, 300, 5.0)
        .failed("stage=fault scenario=insert", 3, 200, "io")
        .ok("stage=recovering scenario=insert", 5, 100, 900.0)
        .ok("stage=recovery scenario=insert", 7, 200, 6.0)
        .ok("stage=baseline scenario=reports", 1, 100, 10.0)
        .ok("stage=fault scenario=reports", 3, 95, 10.0)
        .ok("stage=fault scenario=reports", 4, 3, 500.0)
        .failed("stage=fault scenario=reports", 4, 2, "io")
        .ok("stage=recovering scenario=reports", 5, 100, 10.0)
        .ok("stage=recovery scenario=reports", 7, 100, 10.0);
    let mut experiment = Experiment {
        loads: vec!["insert".into()],
        faults: vec![fault("kill `primary`", 3_000, Some(3_012))],
        recoveries: vec![wait(3_000, Some(7_000))],
        ..Experiment::default()
    };
    change(&mut experiment);
    sample.measurements.experiment = Some(Box::new(experiment));
    sample
}

fn bystander(within: Option<u64>) -> impl FnOnce(&mut Experiment) {
    let mut broken = successes(195, 10.0);
    broken.merge(&successes(3, 500.0));
    broken.merge(&failures(2, "io"));
    move |seen| seen.bystanders.push(Bystander { name: "reports".into(), within: within.map(ms), broken })
}

fn observed(sample: &Sample, text: &str) -> f64 {
    let verdict = sample.of(text);
    verdict.observed.unwrap_or_else(|| panic!("{text}: {verdict:?}")).value
}

fn rule(sample: &Sample, texts: &[&str], text: &str) -> Option<TargetVerdict> {
    let verdict = sample.verdict(&targets(texts));
    verdict.targets.into_iter().find(|target| target.target().is_none() && target.text() == text)
}

fn says(sample: &Sample, text: &str, outcome: Outcome, part: &str) {
    let (found, reason) = sample.outcome(text);
    assert_eq!(found, outcome, "{text}: {reason}");
    assert!(reason.contains(part), "{text}: {reason}");
}

#[test]
fn detection_is_the_slowest_of_what_was_noticed() {
    let both = disturbed(|seen| seen.faults.push(fault("pause `replica`", 3_500, Some(4_500))));
    assert_eq!(observed(&both, "detection_time < 2s"), 1e9);
    assert_eq!(both.outcome("detection_time < 500ms").0, Fail);
    let one = disturbed(|seen| seen.faults.push(fault("pause `replica`", 3_500, None)));
    assert_eq!(observed(&one, "detection_time < 2s"), 12e6);
    says(&one, "detection_time < 2s", Pass, "of 2 faults 1 made no operation fail");
    let none = disturbed(|seen| seen.faults[0].detected = None);
    says(&none, "detection_time < 2s", Inconclusive, "no operation failed: kill `primary` was not noticed");
}

#[test]
fn recovery_counts_from_the_injection() {
    assert_eq!(observed(&disturbed(|_| ()), "recovery_time < 5s"), 4e9);
    assert_eq!(disturbed(|_| ()).outcome("recovery_time < 3s").0, Fail);
    let two = disturbed(|seen| seen.recoveries.push(wait(3_000, Some(9_000))));
    assert_eq!(observed(&two, "recovery_time < 5s"), 6e9);
}

#[test]
fn a_recovery_that_was_not_seen_is_longer_than_it_was_waited_for() {
    let mut sample = disturbed(|seen| seen.recoveries = vec![wait(3_000, None)]);
    sample.measurements.elapsed = Duration::from_secs(70);
    let verdict = sample.of("recovery_time < 60s");
    assert_eq!((verdict.outcome, verdict.shown.as_deref()), (Fail, Some("> 62 s")));
    assert_eq!(verdict.reason.as_deref(), Some("not stable 62 s after the injection: success_rate > 99%: 41 %"));
    assert_eq!(sample.of("recovery_time <= 62s").outcome, Fail);
    says(&sample, "recovery_time < 5min", Inconclusive, "not stable 62 s");
    assert_eq!(sample.of("recovery_time > 1s").outcome, Pass);
    assert_eq!(sample.of("recovery_time = 1s..5min").outcome, Inconclusive);
    assert_eq!(sample.of("p50 < 2x recovery_time").outcome, Inconclusive);
    // Without a target that says so it is a rule; with one it is not said twice.
    let row = rule(&sample, &[], "the system recovers").unwrap();
    assert_eq!(row.outcome, Fail);
    assert!(row.reason.unwrap().starts_with("not stable 62 s"));
    assert_eq!(rule(&sample, &["recovery_time < 60s"], "the system recovers"), None);
    assert!(rule(&sample, &["recovery_time > 1s"], "the system recovers").is_some());
    assert_eq!(rule(&disturbed(|_| ()), &[], "the system recovers"), None);
}

#[test]
fn a_recovery_that_cannot_be_told_is_open() {
    let open = |since| {
        let wait = wait(3_000, None);
        let reason = Some("60 operations are too few to tell".to_owned());
        Recovery { undecided: Some(ms(since)), reason, ..wait }
    };
    let mut sample = disturbed(|seen| seen.recoveries = vec![open(6_000)]);
    sample.measurements.elapsed = Duration::from_secs(70);
    let verdict = sample.of("recovery_time < 60s");
    assert_eq!((verdict.outcome, verdict.shown.as_deref()), (Inconclusive, Some("> 3 s")));
    says(&sample, "recovery_time < 60s", Inconclusive, "cannot be told");
    assert_eq!(sample.of("recovery_time < 3s").outcome, Fail, "things went wrong until then");
    let row = rule(&sample, &[], "the system recovers").unwrap();
    assert_eq!((row.outcome, row.reason.unwrap().contains("60 operations are too few")), (Inconclusive, true));
    let both = disturbed(|seen| seen.recoveries = vec![open(6_000), wait(3_000, None)]);
    assert_eq!(rule(&both, &[], "the system recovers").unwrap().outcome, Fail);
}

/// Baseline 0..3 and fault 3..5, and no more: the load fails while the fault is at work.
fn left(change: impl FnOnce(&mut Experiment)) -> Sample {
    let mut sample = resilience().ok("stage=baseline scenario=insert", 1, 300, 5.0).failed(
        "stage=fault scenario=insert",
        3,
        200,
        "io",
    );
    let mut experiment = Experiment {
        loads: vec!["insert".into()],
        faults: vec![Disruption { healed: Some(ms(5_000)), ..fault("kill `primary`", 3_000, Some(3_012)) }],
        ..Experiment::default()
    };
    change(&mut experiment);
    sample.measurements.experiment = Some(Box::new(experiment));
    sample
}

#[test]
fn a_system_that_is_left_broken_does_not_pass() {
    let sample = left(|_| ());
    let row = rule(&sample, &["success_rate > 99%"], "the system is well at the end").unwrap();
    assert_eq!(row.outcome, Fail);
    let reason = row.reason.unwrap();
    assert!(reason.starts_with("while kill `primary` was at work: success_rate > 99%: 0 %; nobody waited"), "{reason}");
    let said = |texts: &[&str]| rule(&sample, texts, "the system is well at the end").is_some();
    assert!(said(&[]) && said(&["errors < 1%"]) && said(&["baseline.success_rate > 99%"]) && said(&["p95 < 1s"]));
    assert!(!said(&["success_rate > 99%", "fault.success_rate < 1%"]), "a target says what is expected of the fault");
    assert!(!said(&["always.errors < 100%"]));
    let awaited = left(|seen| seen.recoveries = vec![wait(3_000, Some(6_000))]);
    assert_eq!(rule(&awaited, &[], "the system is well at the end"), None);
    let seen = left(|_| ()).ok("stage=recovering scenario=insert", 5, 100, 5.0);
    assert_eq!(rule(&seen, &["errors < 1%"], "the system is well at the end"), None, "it was seen after the fault");
    let mut unharmed = resilience().ok("stage=baseline scenario=insert", 1, 300, 5.0);
    unharmed = unharmed.ok("stage=fault scenario=insert", 3, 9, 5.0);
    unharmed.measurements.experiment.clone_from(&sample.measurements.experiment);
    assert_eq!(rule(&unharmed, &["errors < 1%"], "the system is well at the end"), None);
}

#[test]
fn an_invariant_must_hold_while_something_is_broken() {
    let sample = disturbed(|_| ()).failed("stage=fault scenario=insert", 4, 40, "check: total");
    let row = rule(&sample, &["success_rate > 99%"], "always.errors(\"check: total\") = 0").unwrap();
    assert_eq!(row.outcome, Fail);
    assert!(row.reason.unwrap().starts_with("40 of 240 operations failed so in `fault` (\"check: total happened\")"));
    let said = |texts: &[&str]| rule(&sample, texts, "always.errors(\"check: total\") = 0").is_some();
    assert!(said(&[]) && said(&["errors(\"check: total\") < 1%"]) && said(&["recovering.errors < 100%"]));
    for text in [
        "fault.errors(\"check: total\") < 50%",
        "always.errors(\"check: total\") <= 40",
        "fault.insert.errors < 100%",
        "each(stage).errors < 100%",
    ] {
        assert!(!said(&[text]), "{text}");
    }
    let panicked = disturbed(|_| ()).failed("stage=recovering scenario=insert", 6, 1, "panic");
    assert!(rule(&panicked, &[], "always.errors(\"panic\") = 0").is_some());
}

#[test]
fn always_selects_every_phase() {
    let sample = disturbed(|_| ()).failed("stage=fault scenario=insert", 4, 40, "check: total");
    assert_eq!(sample.of("always.errors(\"check: total\") = 0").observed.unwrap().value, 40.0);
    assert_eq!(sample.of("always.count > 0").samples, sample.of("count > 0").samples);
    assert_eq!(observed(&sample, "always.max < 2s"), 900e6);
    assert_eq!(observed(&sample, "always.reports.max < 2s"), 500e6);
    let load = Sample { plan: brunt_plan::Plan::new(brunt_plan::Kind::Load), ..sample };
    says(&load, "always.max < 2s", Fail, "unknown name `always`");
}

#[test]
fn a_baseline_that_does_not_serve_is_told_from_one_that_is_slow() {
    let unsteady = |sample: Sample| {
        let mut sample = sample;
        let unsteady = Some("success_rate > 99%: 0 %".to_owned());
        sample.measurements.experiment = Some(Box::new(Experiment { unsteady, ..Experiment::default() }));
        sample
    };
    let down = unsteady(resilience().failed("stage=baseline scenario=insert", 1, 100, "io"));
    assert!(rule(&down, &[], "the baseline serves").is_some() && rule(&down, &[], "the baseline is steady").is_none());
    let slow = unsteady(resilience().ok("stage=baseline scenario=insert", 1, 100, 500.0));
    assert!(rule(&slow, &[], "the baseline serves").is_none() && rule(&slow, &[], "the baseline is steady").is_some());
}

#[test]
fn a_connection_that_was_refused_was_met() {
    for (refused, failures, met) in [(None, 0, false), (None, 1, true), (Some(0), 0, false), (Some(3), 0, true)] {
        let sample = disturbed(|seen| {
            let fault = &mut seen.faults[0];
            (fault.shows_in_failures, fault.refused, fault.failures) = (true, refused, failures);
        });
        assert_eq!(rule(&sample, &[], "every fault affects an operation").is_none(), met, "{refused:?} {failures}");
    }
}

#[test]
fn nobody_waited_for_a_recovery() {
    let sample = disturbed(|seen| seen.recoveries.clear());
    says(&sample, "recovery_time < 5s", Inconclusive, "call `lab.recovery(longest)`");
}

#[test]
fn isolation_is_of_bystanders_within_their_own_limit() {
    // 200 were asked for while something was broken: 3 were slow and 2 failed.
    let by_success = disturbed(bystander(None));
    assert_eq!(observed(&by_success, "isolation >= 99%"), 0.99);
    assert_eq!(disturbed(bystander(Some(200))).of("isolation >= 99%").outcome, Inconclusive, "5 where 2 may be");
    let verdict = disturbed(bystander(Some(200))).of("isolation >= 99.9%");
    assert_eq!((verdict.outcome, verdict.observed.unwrap().value, verdict.samples), (Fail, 0.975, 200));
    let reason = verdict.reason.unwrap();
    assert!(reason.ends_with("195 of 200 succeeded in time: at least 94.8 % with 95 % confidence"), "{reason}");
    assert_eq!(observed(&disturbed(bystander(Some(200))), "reports.isolation > 1%"), 0.975);
    assert_eq!(observed(&disturbed(bystander(Some(200))), "fault.isolation > 1%"), 0.95);
    assert_eq!(observed(&disturbed(bystander(Some(200))), "recovering.reports.isolation > 1%"), 1.0);
}

#[test]
fn a_target_on_its_latency_is_a_bystanders_limit() {
    let sample = disturbed(bystander(None));
    let of = |texts: &[&str]| sample.verdict(&targets(texts)).targets[0].observed.unwrap().value;
    assert_eq!(of(&["isolation > 1%", "reports.p95 < 200ms"]), 0.975);
    assert_eq!(of(&["isolation > 1%", "baseline.reports.max < 1s", "reports.p95 < 600ms"]), 0.99);
    assert_eq!(of(&["isolation > 1%", "insert.p95 < 1ms", "p95 < 1ms", "reports.mean < 1ms"]), 0.99);
    let limits = sample.judgement(&targets(&["reports.p95 < 200ms"])).figures.isolation;
    assert_eq!((limits[0].within, limits[0].kept, limits[0].asked), (Some(ms(200)), 195, 200));
    assert!((limits[0].bound().unwrap() - 0.948).abs() < 1e-3);
}

#[test]
fn a_timeout_is_no_success_and_an_arrival_without_a_user_was_not_served() {
    let quick = crate::record::Tally { dropped: 100, ..crate::judge::sample::successes(0, 1.0) };
    let mut sample = disturbed(bystander(Some(200))).add("stage=fault scenario=reports", 4, quick);
    assert_eq!(observed(&sample, "fault.isolation > 1%"), 0.475);
    let mut timeouts = crate::judge::sample::failures(100, "timeout");
    timeouts.latency = timeouts.failures["timeout"].latency.clone();
    sample = sample.add("stage=fault scenario=reports", 4, timeouts);
    assert_eq!(observed(&sample, "fault.isolation > 1%"), 95.0 / 300.0);
}

#[test]
fn isolation_wants_bystanders_and_something_broken() {
    says(&disturbed(|_| ()), "isolation > 1%", Inconclusive, "declare one with `lab.bystander");
    let sample = disturbed(bystander(None));
    says(&sample, "insert.isolation > 1%", Fail, "`insert` is no bystander; there were `reports`");
    says(&sample, "baseline.isolation > 1%", Fail, "of the phases `fault` and `recovering` only");
    says(&sample, "each(2s).isolation > 1%", Fail, "only a bystander's name or a phase");
    let unbroken = disturbed(|seen| {
        bystander(None)(seen);
        seen.faults.clear();
        seen.unsteady = Some("p95 < 1ms: 5 ms".to_owned());
    });
    says(&unbroken, "isolation > 1%", Inconclusive, "the baseline was not steady: p95 < 1ms: 5 ms");
}

#[test]
fn the_ledger_tells_what_became_of_writes() {
    let ledger = Ledger {
        acknowledged: 1_000,
        unacknowledged: 20,
        present: 1_005,
        lost: 7,
        indeterminate: 12,
        duplicates: 3,
        unknown: 0,
        lost_ids: (1..=7).map(|id| format!("{id}")).collect(),
        ..Ledger::default()
    };
    let sample = disturbed(|seen| seen.ledger = Some(ledger.clone()));
    assert_eq!(
        sample.outcome("lost_writes = 0"),
        (Fail, "7 is above 0; lost `1`, `2`, `3`, `4`, `5` and 2 more".to_owned())
    );
    assert_eq!(sample.of("lost_writes < 8").outcome, Pass);
    assert_eq!(
        (sample.of("indeterminate_writes <= 12").outcome, sample.of("indeterminate_writes < 12").outcome),
        (Pass, Fail)
    );
    assert_eq!((sample.of("duplicate_writes <= 3").outcome, sample.of("duplicate_writes = 0").outcome), (Pass, Fail));
    assert_eq!(sample.of("lost_writes = 0").samples, 1_000);
    says(&sample, "insert.lost_writes = 0", Fail, "write it without a name before it");
    says(&disturbed(|_| ()), "lost_writes = 0", Inconclusive, "there is no ledger");
    let empty = disturbed(|seen| seen.ledger = Some(Ledger::default()));
    for text in ["lost_writes = 0", "indeterminate_writes = 0", "duplicate_writes = 0"] {
        says(&empty, text, Inconclusive, "no write was acknowledged");
    }
}

#[test]
fn amplification_is_of_the_whole_or_of_a_phase() {
    let count = |attempts, operations| Attempts { attempts, operations };
    let sample = disturbed(|seen| {
        seen.attempts.insert(Some("baseline".into()), count(100, 100));
        seen.attempts.insert(Some("fault".into()), count(400, 100));
        seen.attempts.insert(Some("recovery".into()), count(0, 100));
        seen.attempts.insert(None, count(100, 100));
    });
    assert_eq!(observed(&sample, "amplification < 3x"), 1.5);
    assert_eq!(sample.of("fault.amplification < 3x").reason.as_deref(), Some("4x is 33.3 % above 3x"));
    assert_eq!(observed(&sample, "fault.amplification < 5"), 4.0);
    assert_eq!(observed(&sample, "recovery.amplification < 5x"), 0.0);
    assert_eq!(sample.of("fault.amplification < 3x baseline.amplification").outcome, Fail);
    says(&sample, "recovering.amplification < 3x", Inconclusive, "no operation was asked for");
    says(&sample, "insert.amplification < 3x", Fail, "of the whole experiment or of a phase");
    says(&disturbed(|_| ()), "amplification < 3x", Inconclusive, "no attempt at the dependency was measured");
    let unused = disturbed(|seen| {
        seen.attempts.insert(None, count(0, 100));
    });
    says(&unused, "amplification < 3x", Inconclusive, "no attempt at the dependency was measured");
}

#[test]
fn compensation_is_what_the_checker_says() {
    let sample = disturbed(|seen| {
        (seen.compensation_time, seen.compensations, seen.orphans) = (Some(ms(80)), 6, Some(2));
    });
    assert_eq!((observed(&sample, "compensation_time < 1s"), sample.of("compensation_time < 1s").samples), (80e6, 6));
    assert_eq!(sample.of("orphans = 0").outcome, Fail);
    says(&disturbed(|_| ()), "compensation_time < 1s", Inconclusive, "`lab.compensated(time)`");
    says(&disturbed(|_| ()), "orphans = 0", Inconclusive, "`lab.orphans(left)`");
}

#[test]
fn metrics_of_the_experiment_take_no_names() {
    let sample = disturbed(|_| ()).ok("stage=baseline scenario=insert step=write", 1, 5, 1.0);
    for text in
        ["fault.recovery_time < 5s", "insert.detection_time < 5s", "write.orphans = 0", "each(2s).lost_writes = 0"]
    {
        says(&sample, text, Fail, "is of the whole experiment: write it without a name before it");
    }
}

#[test]
fn processes_are_told_apart_by_name() {
    let record = |name: &str, cpu: f64| ProcessRecord {
        name: name.to_owned(),
        readings: (1..=8).map(|at| (ms(at * 1_000), ProcessReading { cpu, memory: (100 + at) << 20 })).collect(),
        output: Vec::new(),
    };
    let sample = disturbed(|seen| seen.processes = vec![record("db", 1.5), record("api", 0.5)]);
    assert_eq!(observed(&sample, "process(\"db\").cpu < 200%"), 1.5);
    assert_eq!(observed(&sample, "process(\"api\").cpu < 60%"), 0.5);
    assert_eq!(observed(&sample, "process(\"api\").peak_memory < 1GiB"), (108_u64 << 20) as f64);
    assert_eq!(observed(&sample, "fault.process(\"api\").peak_memory < 1GiB"), (105_u64 << 20) as f64);
    assert_eq!(sample.of("process(\"api\").memory_growth < 50MiB").outcome, Pass);
    says(&sample, "process(\"dc\").cpu < 60%", Fail, "unknown process `dc`; there were `db`, `api`");
    says(&sample, "process(\"db\").p95 < 1s", Fail, "has `cpu`, `peak_memory` and `memory_growth`");
    says(&sample, "process(\"db\").network < 1MiB/s", Fail, "has `cpu`");
    says(&sample, "insert.process(\"db\").cpu < 60%", Fail, "of the whole process");
    says(&disturbed(|_| ()), "process(\"db\").cpu < 60%", Inconclusive, "`lab.process(launch)`");
}

#[test]
fn a_fault_that_met_nothing_decides_nothing() {
    let unmet = disturbed(|seen| seen.faults[0].operations = 0);
    let row = rule(&unmet, &[], "every fault affects an operation").unwrap();
    assert_eq!(row.outcome, Inconclusive);
    assert!(row.reason.unwrap().starts_with("kill `primary` affected no operation: start a `lab.load`"));
    let elsewhere = disturbed(|seen| seen.faults[0].connections = Some(Vec::new()));
    let row = rule(&elsewhere, &[], "every fault affects an operation").unwrap();
    assert!(row.reason.unwrap().contains("affected no connection: send the operations"));
    assert_eq!(rule(&disturbed(|_| ()), &[], "every fault affects an operation"), None);
}

#[test]
fn what_was_not_steady_or_not_healed_is_said() {
    let unsteady = disturbed(|seen| {
        *seen = Experiment { unsteady: Some("success_rate > 99%: 41 %".to_owned()), ..Experiment::default() };
    });
    let row = rule(&unsteady, &[], "the baseline is steady").unwrap();
    assert_eq!(row.outcome, Inconclusive);
    assert_eq!(
        row.reason.as_deref(),
        Some("the baseline was not steady, and nothing was broken: success_rate > 99%: 41 %")
    );
    let again = disturbed(|seen| seen.unsteady = Some("p95 < 1ms: 5 ms".to_owned()));
    let row = rule(&again, &[], "the baseline is steady").unwrap();
    assert!(row.reason.unwrap().contains("and nothing more was broken"));
    let stuck = disturbed(|seen| seen.faults[0].heal_failed = Some("port 5432 is taken".to_owned()));
    let row = rule(&stuck, &[], "every fault heals").unwrap();
    assert_eq!((row.outcome, row.reason.unwrap().contains("port 5432 is taken")), (Fail, true));
    assert_eq!(rule(&disturbed(|_| ()), &[], "every fault heals"), None);
}

#[test]
fn an_experiment_that_failed_fails_the_test() {
    let verdict = disturbed(|_| ()).verdict(&[]);
    assert_eq!(verdict.outcome, Pass, "{:?}", verdict.targets);
    let failed = verdict.experiment_failed(&crate::failure::Failed::new("promote", "no replica is left"));
    let row = failed.targets.last().unwrap();
    assert_eq!((failed.outcome, text_of(row)), (Fail, "the experiment ends without an error"));
    assert_eq!(row.reason.as_deref(), Some("promote: no replica is left"));
}

#[test]
fn what_an_unsteady_baseline_missed_is_no_failure_of_the_experiment() {
    let sample = || {
        let mut sample = resilience().ok("stage=baseline scenario=insert", 1, 41, 5.0);
        sample = sample.failed("stage=baseline scenario=insert", 1, 59, "io");
        let unsteady = Some("success_rate > 99%: 41 %".to_owned());
        sample.measurements.experiment = Some(Box::new(Experiment { unsteady, ..Experiment::default() }));
        sample
    };
    for texts in [&["critical success_rate > 99%"][..], &["p95 < 1s"], &["recovery_time < 5s", "baseline.errors = 0"]] {
        let verdict = sample().verdict(&targets(texts));
        assert_eq!((verdict.outcome, verdict.critical), (Inconclusive, false), "{texts:?}: {:?}", verdict.targets);
    }
    let (_, reason) = sample().outcome("success_rate > 99%");
    assert_eq!(reason, "41 % is 58.6 % below 99%, but the baseline was not steady, and nothing was broken");
    assert_eq!(sample().verdict(&targets(&["nosuch.p95 < 1s"])).outcome, Fail, "a mistake stays one");
    let mut broken = sample();
    broken.measurements.experiment.as_mut().unwrap().faults.push(fault("kill `primary`", 3_000, None));
    assert_eq!(broken.verdict(&targets(&["success_rate > 99%"])).outcome, Fail);
}

#[test]
fn writes_that_nobody_can_tell_of_leave_the_loss_open() {
    let undecided = |lost| Ledger { acknowledged: 100, lost, undecided: 3, ..Ledger::default() };
    let sample = disturbed(|seen| seen.ledger = Some(undecided(0)));
    let verdict = sample.of("lost_writes = 0");
    assert_eq!(verdict.outcome, Inconclusive);
    assert!(verdict.reason.unwrap().contains("`lab.stop()`"));
    let sample = disturbed(|seen| seen.ledger = Some(undecided(2)));
    assert_eq!(sample.of("lost_writes = 0").outcome, Fail, "what is lost is lost");
}
