//! The rules that hold without being written.

use crate::judge::sample::{Sample, successes, targets, text_of};
use crate::judge::{Outcome, TargetVerdict, Verdict};
use crate::record::Tally;

fn rules(verdict: &Verdict) -> Vec<(&str, Outcome)> {
    let rules = verdict.targets.iter().filter(|target| target.target().is_none());
    rules.map(|target| (text_of(target), target.outcome)).collect()
}

fn judged(sample: &Sample, texts: &[&str]) -> Verdict {
    sample.verdict(&targets(texts))
}

fn rule<'v>(verdict: &'v Verdict, text: &str) -> &'v TargetVerdict {
    verdict.targets.iter().find(|target| target.target().is_none() && target.text() == text).unwrap()
}

fn two_stages() -> Sample {
    Sample::new("stages = [low: 1 for 5s, high: 9 for 5s]")
        .stage("low", 0, 5)
        .stage("high", 5, 10)
        .ok("stage=low", 0, 100, 1.0)
        .ok("stage=high", 5, 100, 1.0)
}

#[test]
fn without_failures_the_rule_holds_and_shows() {
    let sample = two_stages();
    assert_eq!(rules(&judged(&sample, &["p95 < 1s"])), [("errors = 0", Outcome::Pass)]);
    assert_eq!(rules(&judged(&sample, &[])), [("errors = 0", Outcome::Pass)]);
    assert_eq!(rules(&judged(&sample, &["errors < 1%"])), []);
}

#[test]
fn a_failure_that_no_target_speaks_of_fails() {
    let sample = two_stages().failed("stage=high", 5, 3, "deadlock").failed("stage=low", 0, 2, "shed");
    let verdict = judged(&sample, &["p95 < 1s"]);
    assert_eq!(verdict.outcome, Outcome::Fail);
    let rule = rule(&verdict, "errors = 0");
    assert_eq!((rule.samples, rule.observed.unwrap().value), (205, 5.0));
    assert_eq!(
        rule.reason.as_deref(),
        Some(
            "5 of 205 iterations failed, and no target covers failures: `deadlock` 3 (\"deadlock happened\"), \
             `shed` 2 (\"shed happened\")"
        )
    );
}

#[test]
fn targets_speak_of_their_kinds_and_stages_only() {
    let sample = two_stages().failed("stage=high", 5, 3, "deadlock").failed("stage=low", 0, 2, "shed");
    for (texts, unspoken) in [
        (&["errors < 50%"][..], 0.0),
        (&["success_rate > 50%"], 0.0),
        (&["errors(\"deadlock\") < 20%"], 2.0),
        (&["errors(except \"shed\") < 20%"], 2.0),
        (&["errors(except \"deadlock\") < 20%"], 3.0),
        (&["errors(\"deadlock\") < 20%", "errors(\"shed\") < 20%"], 0.0),
        (&["high.success_rate > 50%"], 2.0),
        (&["high.errors(\"shed\") < 50%"], 5.0),
        (&["low.success_rate > 50%", "high.errors < 50%"], 0.0),
        (&["each(stage).success_rate > 50%"], 0.0),
        (&["each(1s).errors < 50%"], 0.0),
        (&["errors(\"shed\").p50 < 1s"], 3.0),
        (&["high.errors < 5x low.errors"], 0.0),
        (&["critical success_rate > 50%"], 0.0),
    ] {
        let verdict = judged(&sample, texts);
        let found = verdict.targets.iter().find(|target| target.target().is_none());
        let count = found.map_or(0.0, |rule| rule.observed.unwrap().value);
        assert_eq!(count, unspoken, "{texts:?}: {found:?}");
    }
}

#[test]
fn a_target_of_a_step_speaks_of_the_iterations_it_ended() {
    let sample = Sample::new("")
        .ok("", 0, 100, 1.0)
        .failed("", 0, 5, "io")
        .failed("", 0, 1, "panic")
        .failed("step=login", 0, 3, "io")
        .failed("step=logout", 0, 2, "io");
    assert_eq!(rule(&judged(&sample, &["login.errors < 1000"]), "errors = 0").observed.unwrap().value, 3.0);
    assert_eq!(rule(&judged(&sample, &["each(step).errors < 1000"]), "errors = 0").observed.unwrap().value, 1.0);
}

#[test]
fn a_target_of_a_tag_speaks_of_what_carries_it() {
    let sample = Sample::new("").ok("", 0, 100, 1.0).failed("", 0, 5, "io").failed("tenant=acme", 0, 2, "io").failed(
        "tenant=umbrella",
        0,
        2,
        "io",
    );
    let unspoken = |text: &str| rule(&judged(&sample, &[text]), "errors = 0").observed.unwrap().value;
    assert_eq!(unspoken("tenant(\"acme\").errors < 1000"), 3.0);
    assert_eq!(unspoken("each(tenant).errors < 1000"), 1.0, "one carries no tenant");
}

#[test]
fn interrupted_iterations_want_a_word_too() {
    let sample = two_stages().add("stage=high", 5, Tally { interrupted: 4, ..Tally::default() });
    let verdict = judged(&sample, &["errors < 50%"]);
    assert_eq!(rules(&verdict), [("interrupted = 0", Outcome::Fail)]);
    assert!(rule(&verdict, "interrupted = 0").reason.as_ref().unwrap().starts_with("4 of 204 iterations still ran"));
    assert_eq!(rules(&judged(&sample, &["success_rate > 50%"])), []);
    assert_eq!(rules(&judged(&sample, &["errors < 50%", "high.interrupted < 10"])), []);
    assert_eq!(
        rules(&judged(&sample, &["errors < 50%", "low.interrupted < 10"])),
        [("interrupted = 0", Outcome::Fail)]
    );
}

#[test]
fn dropped_arrivals_are_inconclusive_unless_named() {
    let sample = two_stages().add("stage=high", 5, Tally { dropped: 50, ..successes(1, 1.0) });
    let verdict = judged(&sample, &["success_rate > 50%"]);
    assert_eq!(
        (verdict.outcome, rules(&verdict)),
        (Outcome::Inconclusive, vec![("dropped = 0", Outcome::Inconclusive)])
    );
    assert_eq!(rules(&judged(&sample, &["success_rate > 50%", "dropped < 50%"])), []);
    assert_eq!(
        rules(&judged(&sample, &["success_rate > 50%", "low.dropped < 50%"])),
        [("dropped = 0", Outcome::Inconclusive)]
    );
}

#[test]
fn nothing_measured_never_passes() {
    let empty = Sample::new("");
    let verdict = judged(&empty, &[]);
    assert_eq!((verdict.outcome, rules(&verdict)), (Outcome::Inconclusive, vec![("count > 0", Outcome::Inconclusive)]));
    let verdict = judged(&empty, &["errors = 0", "dropped < 50%"]);
    assert_eq!(verdict.outcome, Outcome::Inconclusive);
}

#[test]
fn levels_are_told_apart() {
    let sample = Sample::new("").ok("", 0, 100, 10.0);
    let verdict = judged(&sample, &["p95 < 5ms", "critical p95 < 50ms"]);
    assert_eq!((verdict.outcome, verdict.critical), (Outcome::Fail, false));
    let verdict = judged(&sample, &["p95 < 5ms", "critical p95 < 8ms"]);
    assert_eq!((verdict.outcome, verdict.critical), (Outcome::Fail, true));
}

#[test]
fn a_failed_verify_fails_the_test() {
    let sample = Sample::new("").ok("", 0, 100, 10.0);
    let verdict = judged(&sample, &[]).verify_failed(&crate::failure::Failed::new("lost", "3 writes are lost"));
    assert_eq!(verdict.outcome, Outcome::Fail);
    assert_eq!(rule(&verdict, "verify succeeds").reason.as_deref(), Some("lost: 3 writes are lost"));
}

#[test]
fn a_target_of_the_whole_speaks_of_what_is_in_no_stage_too() {
    let sample = two_stages().failed("", 5, 3, "deadlock");
    assert_eq!(rules(&judged(&sample, &["errors < 50%"])), []);
    assert_eq!(rules(&judged(&sample, &["each(stage).errors < 50%"])), []);
    assert_eq!(rules(&judged(&sample, &["high.errors < 50%"])), [("errors = 0", Outcome::Fail)]);
}
