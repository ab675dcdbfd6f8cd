//! A load that goes on while a target is undecided: which targets those are, and what amounts are judged by.

use crate::judge::sample::{Sample, targets};
use crate::judge::{Outcome, critical_breach, undecided_targets};
use crate::record::Settled;
use std::sync::Arc;
use std::time::Duration;

fn open(sample: &Sample, texts: &[&str]) -> Vec<String> {
    let undecided = undecided_targets(&sample.plan, &targets(texts), &sample.measurements);
    undecided.iter().map(ToString::to_string).collect()
}

#[test]
fn a_target_that_more_samples_may_decide_is_undecided() {
    let few = Sample::new("users = 5, iterations = 4, settle = 1min").ok("", 0, 20, 5.0).ok("step=read", 0, 5, 5.0);
    assert_eq!(open(&few, &["p99 < 50ms", "p50 < 50ms", "read.p95 < 1s"]), ["p99 < 50ms", "read.p95 < 1s"]);
    assert_eq!(open(&few, &["p50 < 50ms", "mean < 1s"]), [""; 0]);
}

#[test]
fn a_test_that_is_lost_does_not_go_on() {
    let few = Sample::new("users = 5, iterations = 4").ok("", 0, 20, 5.0);
    assert_eq!(open(&few, &["p99 < 50ms", "p50 < 1ms"]), [""; 0], "a target is missed");
    assert_eq!(open(&few, &["p99 < 50ms", "nosuch.p50 < 1ms"]), [""; 0], "a name is not known");
    let failed = few.failed("", 0, 1, "shed");
    assert_eq!(open(&failed, &["p99 < 50ms"]), [""; 0], "a failure that no target speaks of");
    assert_eq!(open(&failed, &["p99 < 50ms", "errors < 10%"]), ["p99 < 50ms"]);
}

#[test]
fn what_no_round_adds_to_is_no_reason_for_one() {
    let dropped = Sample::new("rate = 5/s, duration = 4s").ok("", 0, 200, 5.0);
    let dropped = dropped.add("", 0, crate::record::Tally { dropped: 4, ..Default::default() });
    assert_eq!(dropped.outcome("p50 < 50ms").0, Outcome::Pass);
    assert_eq!(open(&dropped, &["p50 < 50ms"]), [""; 0], "the rule on dropped arrivals is undecided, and no target");
    let nothing = Sample::new("users = 5, iterations = 4");
    assert_eq!(open(&nothing, &["elapsed < 5s"]), [""; 0], "an amount is of the planned load");
}

/// A planned load of 5 s with 100 iterations, and two more of it.
fn went_on() -> Sample {
    let mut planned = Sample::new("users = 5, iterations = 20, settle = 1min").ok("", 0, 100, 5.0);
    planned.measurements.elapsed = Duration::from_secs(5);
    let mut whole = planned.clone().ok("", 6, 200, 5.0).ok("step=late", 6, 200, 5.0);
    whole.measurements.elapsed = Duration::from_secs(15);
    let planned = Arc::new(planned.measurements);
    whole.measurements.settled = Some(Settled { rounds: 2, planned, ..Settled::default() });
    whole
}

#[test]
fn amounts_are_judged_by_the_planned_load_and_all_else_by_the_whole() {
    let sample = went_on();
    for (text, samples) in
        [("elapsed < 6s", 100), ("count = 100", 100), ("p99 < 50ms", 300), ("errors < 1%", 300), ("mean < 6ms", 300)]
    {
        let verdict = sample.of(text);
        assert_eq!((verdict.outcome, verdict.samples), (Outcome::Pass, samples), "{text}: {:?}", verdict.reason);
    }
    assert_eq!(sample.of("elapsed < 4s").outcome, Outcome::Fail);
    let late = sample.of("late.count > 5");
    assert_eq!((late.outcome, late.observed.map(|seen| seen.value)), (Outcome::Fail, Some(0.0)), "its name is known");
    let breach = critical_breach(&sample.plan, &targets(&["critical count < 150"]), &sample.measurements);
    assert_eq!(breach, []);
}

#[test]
fn what_must_not_be_at_all_must_not_be_in_a_round_either() {
    let sample = went_on().failed("", 7, 2, "shed").recorded("lost", 7, crate::record::ValueUnit::Number, &[1.0]);
    for text in ["errors = 0", "errors(\"shed\") < 2", "lost.sum = 0"] {
        assert_eq!(sample.of(text).outcome, Outcome::Fail, "{text}");
    }
}
