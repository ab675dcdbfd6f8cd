//! What no figure shows: failed steps whose iteration went on, cancelled ones, a test without a success, and what happened
//! beside the operations.

use crate::judge::sample::{Sample, resilience, target, targets, text_of};
use crate::judge::{Outcome, TargetVerdict, Verdict, incident_findings, incident_notes};
use crate::record::{Selection, Subject, Tally, ValueUnit};

fn rules(verdict: &Verdict) -> Vec<(&str, Outcome)> {
    let rules = verdict.targets.iter().filter(|target| target.target().is_none());
    rules.map(|target| (text_of(target), target.outcome)).collect()
}

fn judged(sample: &Sample, texts: &[&str]) -> Verdict {
    sample.verdict(&targets(texts))
}

/// A hundred successful iterations, in which `pay` failed so often.
fn forgiven(stage: &str, failed: u64) -> Sample {
    let of_stage = if stage.is_empty() { String::new() } else { format!("stage={stage}") };
    let sample = Sample::new("").ok(&of_stage, 0, 100, 1.0).ok(&format!("{of_stage} step=pay"), 0, 100 - failed, 1.0);
    let mut sample = sample.failed(&format!("{of_stage} step=pay"), 0, failed, "io");
    let stage = (!stage.is_empty()).then(|| stage.into());
    let selection = Selection { stage, subject: Subject::Step("pay".into()), ..Selection::default() };
    let failures = sample.measurements.incidents.forgiven.entry((selection, "io".into())).or_default();
    failures.add(failed, "connection refused");
    sample
}

/// The same of steps in tasks that nobody awaited, while so many iterations failed.
fn spawned(failed: u64, iterations: u64) -> Sample {
    let mut sample = forgiven("", failed).failed("", 0, iterations, "io");
    let incidents = &mut sample.measurements.incidents;
    incidents.spawned = std::mem::take(&mut incidents.forgiven);
    sample
}

#[test]
fn a_failed_step_whose_iteration_went_on_wants_a_target_of_its_own() {
    let sample = forgiven("", 50);
    let verdict = judged(&sample, &["p95 < 1s"]);
    assert_eq!(rules(&verdict), [("errors = 0", Outcome::Pass), ("pay.errors = 0", Outcome::Fail)]);
    assert_eq!(
        verdict.targets[2].reason.as_deref(),
        Some(
            "step `pay`: 50 of 100 failed, and the iterations went on: `io` 50 (\"connection refused\"); if that may be, \
             give a target on it, such as `pay.errors < 60%`"
        )
    );
    for (texts, failing) in [
        (&["errors < 60%"][..], true),
        (&["success_rate > 40%"], true),
        (&["pay.errors < 60%"], false),
        (&["pay.success_rate > 40%"], false),
        (&["pay.errors(\"io\") < 60%"], false),
        (&["pay.errors(\"other\") < 60%"], true),
        (&["each(step).errors < 60%"], false),
        (&["pay.p95 < 1s"], true),
    ] {
        let found = rules(&judged(&sample, texts)).contains(&("pay.errors = 0", Outcome::Fail));
        assert_eq!(found, failing, "{texts:?}");
    }
}

#[test]
fn a_target_speaks_of_steps_in_its_stage_and_with_its_tag() {
    let sample = forgiven("high", 50).failed("stage=high step=pay tenant=acme", 0, 30, "io");
    let left = |text: &str| {
        let verdict = judged(&sample, &[text]);
        let row = verdict.targets.iter().find(|row| row.text() == "pay.errors = 0");
        row.map_or(0.0, |row| row.observed.unwrap().value)
    };
    assert_eq!(left("high.pay.errors < 60%"), 0.0);
    assert_eq!(left("each(stage).pay.errors < 60%"), 0.0);
    assert_eq!(left("tenant(\"acme\").pay.errors < 60%"), 20.0);
}

#[test]
fn spawned_steps_that_failed_are_those_beyond_the_failed_iterations() {
    let unnoticed = |sample: &Sample| {
        let verdict = judged(sample, &["errors < 90%"]);
        verdict.targets.iter().find(|row| row.text() == "pay.errors = 0").map(|row| row.observed.unwrap().value)
    };
    assert_eq!(unnoticed(&spawned(100, 0)), Some(100.0));
    assert_eq!(unnoticed(&spawned(50, 20)), Some(30.0));
    assert_eq!(unnoticed(&spawned(50, 50)), None, "each may have failed its iteration");
}

#[test]
fn a_share_that_nearly_every_step_needs_no_room_above_it() {
    let verdict = judged(&spawned(100, 0), &["p95 < 1s"]);
    assert!(verdict.targets.last().unwrap().reason.as_ref().unwrap().ends_with("such as `pay.errors > 50%`"));
}

#[test]
fn in_a_fault_steps_may_fail() {
    let mut sample = resilience().ok("stage=baseline", 1, 100, 1.0).failed("stage=fault step=pay", 4, 5, "io");
    for (stage, failing) in [("fault", false), ("recovering", false), ("baseline", true)] {
        let selection =
            Selection { stage: Some(stage.into()), subject: Subject::Step("pay".into()), ..Selection::default() };
        sample.measurements.incidents.forgiven = [((selection, "io".into()), Default::default())].into();
        sample.measurements.incidents.forgiven.values_mut().for_each(|failures| failures.add(5, "away"));
        let verdict = judged(&sample, &["p95 < 1s"]);
        assert_eq!(rules(&verdict).contains(&("pay.errors = 0", Outcome::Fail)), failing, "{stage}");
    }
}

/// `pay` succeeded twice and was cancelled a hundred times.
fn cancelled(ended: u64, cancelled: u64) -> Sample {
    Sample::new("").ok("", 0, 102, 1.0).ok("step=pay", 0, ended, 1.0).add(
        "step=pay",
        0,
        Tally { cancelled, ..Tally::default() },
    )
}

#[test]
fn what_cancelled_steps_would_have_come_to_may_decide() {
    let sample = cancelled(200, 10_000);
    for text in ["pay.errors < 1%", "pay.success_rate > 99%", "pay.p50 < 1s", "each(step).errors < 1%", "pay.mean < 1s"]
    {
        let (outcome, reason) = sample.outcome(text);
        assert_eq!(outcome, Outcome::Inconclusive, "{text}: {reason}");
        assert!(
            reason.contains("10,000 of 10,200 runs of the step `pay` were cancelled")
                && reason.contains("pay.cancelled")
        );
    }
    for text in ["pay.cancelled < 99%", "pay.cancelled = 10_000", "pay.count = 200", "errors < 1%", "p95 < 1s"] {
        assert_eq!(sample.outcome(text).0, Outcome::Pass, "{text}: {}", sample.outcome(text).1);
    }
    assert_eq!(rules(&judged(&sample, &["pay.errors < 1%", "pay.cancelled < 99%"])), []);
    let verdict = judged(&sample, &["pay.errors < 1%", "pay.cancelled < 99%"]);
    assert_eq!(verdict.outcome, Outcome::Pass);
    assert_eq!(sample.outcome("pay.cancelled < 50%").0, Outcome::Fail);
}

#[test]
fn few_cancelled_steps_decide_nothing() {
    let sample = cancelled(1_000, 5);
    for text in ["pay.errors < 1%", "pay.p99 < 1s", "pay.errors < 6", "pay.success_rate > 99%", "pay.max < 1s"] {
        assert_eq!(sample.outcome(text).0, Outcome::Pass, "{text}");
    }
    for text in ["pay.errors = 0", "pay.success_rate >= 100%", "pay.p99.9 < 1s", "pay.errors < 5"] {
        assert_eq!(sample.outcome(text).0, Outcome::Inconclusive, "{text}");
    }
}

#[test]
fn a_test_without_a_success_passes_only_where_a_target_wants_that() {
    let failing =
        Sample::new("").failed("", 0, 40, "shed").add("", 0, Tally { interrupted: 10, dropped: 5, ..Tally::default() });
    for (texts, passes) in [
        (&["dropped < 100%", "interrupted < 100", "errors < 100%"][..], false),
        (&["errors(\"shed\") < 100", "interrupted < 100", "dropped < 10"], false),
        (&["errors(\"shed\") > 50%", "interrupted < 100", "dropped < 10"], true),
        (&["errors(\"shed\") = 40", "interrupted < 100", "dropped < 10"], true),
        (&["errors = 50%..90%", "interrupted < 100", "dropped < 10"], true),
        (&["success_rate <= 0%", "dropped < 10"], true),
        (&["errors(\"shed\") < 100", "interrupted >= 10", "dropped < 10"], true),
    ] {
        let verdict = judged(&failing, texts);
        let found = rules(&verdict).contains(&("something succeeds", Outcome::Fail));
        assert_eq!((verdict.outcome == Outcome::Pass, found), (passes, !passes), "{texts:?} {:?}", rules(&verdict));
    }
    let fine = Sample::new("").failed("", 0, 40, "shed").ok("", 0, 1, 1.0);
    assert_eq!(judged(&fine, &["errors < 100%"]).outcome, Outcome::Pass);
}

fn incidents(texts: &[&str], change: impl FnOnce(&mut crate::record::Incidents)) -> (Vec<TargetVerdict>, Vec<String>) {
    let mut sample = Sample::new("").ok("", 0, 100, 1.0).failed("", 0, 2, "io");
    change(&mut sample.measurements.incidents);
    (incident_findings(&targets(texts), &sample.measurements), incident_notes(&sample.measurements))
}

#[test]
fn a_sample_that_fails_leaves_open_what_it_records() {
    let (rows, notes) = incidents(&[], |incidents| {
        incidents.samples = 10;
        incidents.failed_samples.add(9, "no route");
    });
    assert_eq!((text_of(&rows[0]), rows[0].outcome), ("`sample` succeeds", Outcome::Inconclusive));
    assert_eq!(notes, ["`sample` failed 9 of 10 times: no route"]);
    assert!(rows[0].reason.as_ref().unwrap().starts_with(&notes[0]));
}

#[test]
fn a_process_that_ended_by_itself_fails() {
    let ended = |count: u64| incidents(&[], |incidents| incidents.ended_processes.add(count, "process `api` ended")).0;
    let wanted = |others: &str| format!("process `api` ended{others} (`Launch::may_end` allows it)");
    assert_eq!(ended(0), []);
    for (count, others) in [(1, ""), (2, "; another did, too"), (4, "; 3 others did, too")] {
        let rows = ended(count);
        assert_eq!((text_of(&rows[0]), rows[0].outcome), ("no process ends by itself", Outcome::Fail));
        assert_eq!(rows[0].reason, Some(wanted(others)));
    }
}

#[test]
fn lost_users_and_unseen_panics_fail() {
    let (rows, notes) = incidents(&[], |incidents| {
        incidents.lost_users.add(3, "drop");
        incidents.stray_panics.add(3, "drop (tests/x.rs:1)");
    });
    assert_eq!(
        rows.iter().map(|row| (text_of(row), row.outcome)).collect::<Vec<_>>(),
        [("no user is lost", Outcome::Fail)]
    );
    assert_eq!(notes, [""; 0], "the panics are the users'");
    let strays = |count: u64, texts: &[&str]| incidents(texts, |incidents| incidents.stray_panics.add(count, "boom"));
    assert_eq!(strays(2, &[]).0, [], "each may be one of the two failures");
    assert_eq!(strays(2, &[]).1, ["2 panics in tasks outside of an iteration, the first: boom"]);
    assert_eq!(strays(3, &[]).0[0].outcome, Outcome::Fail);
    assert_eq!(strays(3, &["errors(\"panic\") < 5%"]).0, []);
}

#[test]
fn cancelled_steps_are_noted() {
    let notes = incident_notes(&cancelled(2, 100).measurements);
    assert_eq!(notes, ["steps cancelled before their end, which are in no figure but `cancelled`: `pay` 100 of 102"]);
}

#[test]
fn what_was_recorded_in_another_phase_only_is_said_to_be() {
    let sample = resilience().ok("stage=baseline", 1, 100, 1.0).ok("stage=recovery", 7, 100, 1.0);
    let mut sample =
        sample.failed("stage=fault step=retry", 4, 5, "io").recorded("depth", 4, ValueUnit::Number, &[3.0]);
    let selection =
        Selection { stage: Some("fault".into()), subject: Subject::Value("queue".into()), ..Selection::default() };
    sample.measurements.names.values.push("queue".into());
    let mut tally = crate::record::ValueTally::default();
    tally.record(std::time::Duration::from_secs(4), 9.0);
    sample.measurements.add_value(selection, 4, tally);
    for (text, wanted) in [
        ("queue.max < 5", "no samples: `queue` was recorded in `fault` only"),
        ("baseline.queue.max < 5", "no samples: `queue` was recorded in `fault` only"),
        ("baseline.retry.errors < 5%", "no samples: `retry` was measured in `fault` only"),
    ] {
        assert_eq!(sample.outcome(text), (Outcome::Inconclusive, wanted.to_owned()), "{text}");
    }
    assert_eq!(sample.verdict(&[target("fault.queue.max < 10")]).targets[0].outcome, Outcome::Pass);
}

#[test]
fn a_failed_body_is_reason_enough_for_nothing_measured() {
    let verdict = resilience().verdict(&[]);
    assert!(rules(&verdict).contains(&("count > 0", Outcome::Inconclusive)));
    let failed = verdict.experiment_failed(&crate::failure::Failed::new("io", "no server"));
    assert_eq!(rules(&failed), [("the experiment ends without an error", Outcome::Fail)]);
}

#[test]
fn what_a_process_uses_is_not_one_test_s_where_others_ran_in_it() {
    let mut sample = Sample::new("").ok("", 0, 100, 1.0);
    for second in 1..=10 {
        sample = sample.used(second, 0.5, 100 + second);
    }
    let outcomes = |sample: &Sample| {
        ["peak_memory < 1GiB", "peak_memory < 50MiB", "memory_growth < 50MiB", "cpu > 10%", "p95 < 1s"]
            .map(|text| sample.outcome(text).0)
    };
    use Outcome::{Fail, Inconclusive, Pass};
    assert_eq!(outcomes(&sample), [Pass, Fail, Pass, Pass, Pass]);
    sample.measurements.incidents.beside_other_tests = true;
    assert_eq!(outcomes(&sample), [Pass, Inconclusive, Inconclusive, Inconclusive, Pass]);
    let (_, reason) = sample.outcome("memory_growth < 50MiB");
    assert!(reason.contains("other tests ran in this process"), "{reason}");
}
