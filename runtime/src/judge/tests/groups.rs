//! Quantifiers: each group must hold, and the worst speaks.

use crate::judge::Outcome::{Fail, Inconclusive, Pass};
use crate::judge::sample::Sample;
use std::time::Duration;

/// A second every second: 100 successes of 10 ms, but the fourth has 50 of 80 ms.
fn dip() -> Sample {
    (0..10).fold(Sample::new("users = 1, duration = 10s"), |sample, second| match second {
        4 => sample.ok("", second, 50, 80.0),
        _ => sample.ok("", second, 100, 10.0),
    })
}

#[test]
fn the_worst_window_is_named() {
    let verdict = dip().of("each(2s).p95 < 50ms");
    assert_eq!((verdict.outcome, verdict.worst.as_deref(), verdict.samples), (Fail, Some("4s..6s"), 150));
    assert_eq!(verdict.reason.as_deref(), Some("80 ms is 60 % above 50ms; missed in 1 of 5"));
    let verdict = dip().of("each(2s).p95 < 100ms");
    assert_eq!((verdict.outcome, verdict.worst.as_deref()), (Pass, Some("4s..6s")));
    assert!((verdict.margin.unwrap() - 0.2).abs() < 1e-3);
}

#[test]
fn too_few_samples_in_one_window_are_inconclusive_and_a_miss_in_another_fails() {
    let sample = dip();
    assert_eq!(
        sample.outcome("each(1s).p99 < 1s"),
        (Inconclusive, "too few samples: p99 wants at least 100; inconclusive in 1 of 10".to_owned())
    );
    assert_eq!(sample.of("each(1s).p99 < 1s").worst.as_deref(), Some("4s..5s"));
    assert_eq!(sample.of("each(1s).p99 < 5ms").outcome, Fail);
}

#[test]
fn a_window_without_starts_had_no_throughput_but_no_latency_either() {
    let sample = (0..10).filter(|second| *second != 4).fold(Sample::new(""), |s, second| s.ok("", second, 100, 10.0));
    let verdict = sample.of("each(1s).throughput > 50/s");
    assert_eq!((verdict.outcome, verdict.worst.as_deref()), (Fail, Some("4s..5s")));
    let verdict = sample.of("each(1s).p95 < 50ms");
    assert_eq!((verdict.outcome, verdict.reason.as_deref()), (Pass, Some("1 group without samples left out")));
}

#[test]
fn pauses_and_short_ends_are_no_windows() {
    let sample = Sample::new("stages = [work: 10 for 4s, rest: 0 for 4s, again: 10 for 4s]")
        .stage("work", 0, 4)
        .stage("rest", 4, 8)
        .stage("again", 8, 12);
    let mut sample = (0..12).filter(|second| !(4..8).contains(second)).fold(sample, |sample, second| {
        let stage = if second < 4 { "stage=work" } else { "stage=again" };
        sample.ok(stage, second, 100, 10.0)
    });
    assert_eq!(sample.outcome("each(2s).throughput > 90/s").0, Pass);
    assert_eq!(sample.outcome("each(stage).throughput > 90/s").0, Pass);
    // The last iterations end a little after the end: no window of its own.
    sample.measurements.spans[2].end += Duration::from_millis(300);
    assert_eq!(sample.outcome("each(2s).throughput > 90/s").0, Pass);
    assert_eq!(sample.outcome("each(2s).p95 < 50ms").0, Pass);
}

#[test]
fn without_a_full_window_nothing_is_told() {
    let mut sample = Sample::new("").ok("", 0, 100, 1.0);
    sample.measurements.elapsed = Duration::from_secs(2);
    let (outcome, reason) = sample.outcome("each(10s).throughput > 1/s");
    assert_eq!((outcome, reason.as_str()), (Inconclusive, "there was no full window of 10 s with samples"));
}

#[test]
fn every_kind_of_group() {
    let sample = Sample::new("stages = [low: 1 for 5s, high: 9 for 5s], cases = [small: 1, large: 2]")
        .stage("low", 0, 5)
        .stage("high", 5, 10)
        .ok("stage=low scenario=a case=small", 0, 50, 10.0)
        .ok("stage=high scenario=b case=large", 5, 50, 30.0)
        .ok("stage=low step=fast", 0, 50, 1.0)
        .ok("stage=high step=slow", 5, 50, 29.0)
        .ok("stage=low tenant=acme", 0, 50, 10.0)
        .ok("stage=high tenant=umbrella", 5, 50, 30.0)
        .ok("stage=low user=0", 0, 50, 10.0)
        .ok("stage=high user=1", 5, 50, 30.0);
    let mut sample = sample;
    sample.measurements.peak_users = 2;
    for (group, worst) in [
        ("stage", "high"),
        ("scenario", "b"),
        ("case", "large"),
        ("step", "slow"),
        ("tenant", "tenant(\"umbrella\")"),
        ("user", "user 1"),
    ] {
        let missed = sample.of(&format!("each({group}).p90 < 20ms"));
        assert_eq!((missed.outcome, missed.worst.as_deref()), (Fail, Some(worst)), "{missed:?}");
        assert_eq!(sample.of(&format!("each({group}).p90 < 40ms")).outcome, Pass);
    }
    assert_eq!(sample.of("low.each(step).p90 < 20ms").outcome, Pass, "`slow` is not in `low`");
    assert_eq!(sample.of("each(region).p90 < 20ms").outcome, Fail);
    assert_eq!(sample.of("low.each(stage).p90 < 20ms").outcome, Fail);
    // A user who never ended an iteration is no reason to pass.
    sample.measurements.peak_users = 3;
    assert_eq!(sample.outcome("each(user).p90 < 1s"), (Inconclusive, "1 of 3 users ended no iteration".to_owned()));
}

#[test]
fn a_declared_stage_that_was_never_reached_is_inconclusive() {
    let sample = Sample::new("stages = [low: 1 for 5s, high: 9 for 5s]").stage("low", 0, 5).ok("stage=low", 0, 50, 1.0);
    let verdict = sample.of("each(stage).p90 < 20ms");
    assert_eq!((verdict.outcome, verdict.worst.as_deref()), (Inconclusive, Some("high")));
}

#[test]
fn a_stat_over_the_groups_is_one_figure() {
    let sample = dip();
    // Nine times 100/s and once 50/s.
    for (text, outcome) in [
        ("each(1s).throughput.min >= 50/s", Pass),
        ("each(1s).throughput.min > 80/s", Fail),
        ("each(1s).throughput.max <= 100/s", Pass),
        ("each(1s).throughput.mean >= 95/s", Pass),
        ("each(1s).throughput.cv < 15.8%", Pass),
        ("each(1s).throughput.cv < 15.7%", Inconclusive),
        ("each(1s).throughput.cv < 0.158", Pass),
        ("each(1s).throughput.p50 >= 99/s", Pass),
        ("each(1s).throughput.p90 <= 100/s", Pass),
        ("each(1s).throughput.last = 100/s", Pass),
    ] {
        assert_eq!(sample.outcome(text).0, outcome, "{text}: {:?}", sample.of(text));
    }
    assert_eq!(sample.of("each(1s).throughput.min > 80/s").worst.as_deref(), Some("4s..5s"));
    assert_eq!(sample.of("each(1s).throughput.p99 <= 100/s").outcome, Inconclusive, "ten windows are few");
}
