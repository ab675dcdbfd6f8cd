//! What noise explains, and what it does not.

use crate::judge::Outcome::{Fail, Inconclusive, Pass};
use crate::judge::sample::{Sample, failures, successes};
use crate::record::Tally;

/// Operations of 10 ms, of which so many of each hundred take 80 ms, in no order, over ten seconds.
fn slow_of_each_hundred(slow: u64, hundreds: u64) -> Sample {
    let mut operations: Vec<bool> = (0..100 * hundreds).map(|i| i < slow * hundreds).collect();
    // Fisher and Yates, with the generator of Knuth's MMIX.
    let mut state = 7_u64;
    for last in (1..operations.len()).rev() {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        operations.swap(last, (state >> 33) as usize % (last + 1));
    }
    let mut sample = Sample::new("duration = 10s");
    let all = operations.len();
    for (i, slow) in operations.into_iter().enumerate() {
        let tally = successes(1, if slow { 80.0 } else { 10.0 });
        sample.measurements.add_operation_at(crate::record::Selection::default(), (i * 1_000 / all) as u32, tally);
    }
    sample
}

#[test]
fn a_percentile_fails_where_more_are_beyond_the_limit_than_chance_puts_there() {
    // 7 of 100 where 5 may be: seen in one of five runs of a system that just meets the limit.
    assert_eq!(slow_of_each_hundred(7, 10).of("p95 < 50ms").outcome, Inconclusive);
    assert_eq!(slow_of_each_hundred(7, 200).of("p95 < 50ms").outcome, Fail);
    assert_eq!(slow_of_each_hundred(30, 10).of("p95 < 50ms").outcome, Fail);
    assert_eq!(slow_of_each_hundred(4, 10).of("p95 < 50ms").outcome, Pass);
    let (_, reason) = slow_of_each_hundred(7, 10).outcome("p95 < 50ms");
    assert!(reason.contains("noise may explain it: it lies within 10 ms..80 ms with 99.8 % confidence"), "{reason}");
    assert!(reason.contains("samples would decide it"), "{reason}");
}

#[test]
fn a_slow_episode_widens_the_noise() {
    // As many slow ones as above, but all in one second.
    let sample = (0..10).fold(Sample::new("duration = 10s"), |sample, second| {
        if second == 4 { sample.ok("", 4, 100, 80.0) } else { sample.ok("", second, 100, 10.0) }
    });
    assert_eq!(sample.of("p95 < 50ms").outcome, Inconclusive);
    assert_eq!(sample.of("mean < 12ms").outcome, Inconclusive);
    // A window is judged for itself.
    let windows = sample.of("each(1s).p95 < 50ms");
    assert_eq!((windows.outcome, windows.worst.as_deref()), (Fail, Some("4s..5s")));
}

#[test]
fn what_the_plan_changes_is_no_noise() {
    let sample = Sample::new("stages = [calm: 10 for 5s, rush: 100 for 5s]").stage("calm", 0, 5).stage("rush", 5, 10);
    let sample = (0..10).fold(sample, |sample, second| match second {
        0..5 => sample.ok("stage=calm", second, 100, 10.0),
        _ => sample.ok("stage=rush", second, 100, 80.0),
    });
    assert_eq!(sample.of("p95 < 50ms").outcome, Fail);
}

#[test]
fn shares_are_asked_as_percentiles_are() {
    let failing = |failures: u64, all: u64| {
        let sample = Sample::new("");
        (0..10).fold(sample, |sample, second| {
            sample.ok("", second, (all - failures) / 10, 1.0).failed("", second, failures / 10, "io")
        })
    };
    assert_eq!(failing(20, 1_000).of("errors < 1.5%").outcome, Inconclusive);
    assert_eq!(failing(60, 1_000).of("errors < 1.5%").outcome, Fail);
    assert_eq!(failing(20, 1_000).of("success_rate > 98.5%").outcome, Inconclusive);
    assert_eq!(failing(10, 1_000).of("errors = 0%").outcome, Fail, "of none there is no noise");
    assert_eq!(failing(10, 1_000).of("errors < 3").outcome, Fail, "a count is a fact");
}

#[test]
fn of_ten_operations_no_share_below_a_hundredth_can_be_told() {
    let ten = Sample::new("").ok("", 0, 10, 1.0);
    let (outcome, reason) = ten.outcome("errors < 1%");
    assert_eq!(outcome, Inconclusive);
    assert_eq!(reason, "too few operations: 50 at least are wanted where a share of 1 % decides");
    assert_eq!(ten.of("success_rate > 99%").outcome, Inconclusive);
    assert_eq!(ten.of("success_rate > 90%").outcome, Pass);
    assert_eq!(ten.of("errors = 0%").outcome, Pass);
    assert_eq!(ten.of("success_rate = 100%").outcome, Pass);
}

#[test]
fn a_figure_that_equals_the_limit_within_its_resolution_meets_it() {
    let half = Sample::new("").ok("", 0, 50, 10.0).ok("", 0, 50, 20.0);
    let verdict = half.of("p50 <= 10ms");
    assert_eq!((verdict.outcome, verdict.observed.map(|figure| figure.value)), (Pass, Some(10e6)));
    assert_eq!(half.of("p50 >= 10ms").outcome, Pass);
    assert_eq!(half.of("p50 = 10ms").outcome, Pass);
    assert_eq!(half.of("p50 < 10ms").outcome, Fail);
    assert_eq!(half.of("p50 <= 9.9ms").outcome, Fail);
}

#[test]
fn a_window_that_is_cut_says_nothing_of_an_amount() {
    let mut sample =
        (0..26).fold(Sample::new("rate = 100/s, duration = 26s"), |sample, second| sample.ok("", second, 100, 5.0));
    sample.measurements.elapsed = std::time::Duration::from_secs(26);
    let verdict = sample.of("each(10s).count > 900");
    assert_eq!(verdict.outcome, Pass, "{verdict:?}");
    assert_eq!(sample.of("each(10s).count > 1_100").worst.as_deref(), Some("0s..10s"));
    assert_eq!(sample.of("each(10s).throughput > 90/s").outcome, Pass);
}

#[test]
fn too_few_samples_have_no_upper_bound() {
    // 20 of each: no value above the greatest of 20 can be excluded for a p95.
    let sample = Sample::new("").ok("step=a", 0, 20, 30.0).ok("step=b", 0, 20, 10.0);
    assert_eq!(sample.of("a.p95 < 2x b.p95").outcome, Inconclusive);
    assert_eq!(sample.of("a.p50 < 2x b.p50").outcome, Fail);
    let many = Sample::new("").ok("step=a", 0, 400, 30.0).ok("step=b", 0, 400, 10.0);
    assert_eq!(many.of("a.p95 < 2x b.p95").outcome, Fail);
}

#[test]
fn more_targets_ask_for_clearer_misses() {
    // 19 of 200 where 5 % may be: p = 0.006 by itself.
    let sample = slow_of_each_hundred(10, 20);
    let one = sample.verdict(&crate::judge::sample::targets(&["p95 < 50ms"])).targets[0].outcome;
    let many = ["p95 < 50ms", "each(1s).p50 < 1s", "each(1s).p75 < 1s", "each(1s).mean < 1s", "each(1s).max < 1s"];
    let many = sample.verdict(&crate::judge::sample::targets(&many)).targets[0].outcome;
    assert!(one >= many, "{one:?} {many:?}");
}

#[test]
fn proven_asks_that_a_pass_be_shown() {
    let sample = |count: u64| (0..10).fold(Sample::new(""), |sample, at| sample.ok("", at, count / 10, 10.0));
    let (outcome, reason) = sample(100).outcome("proven p95 < 50ms");
    assert_eq!(outcome, Inconclusive);
    assert!(reason.starts_with("it holds in what was seen, but is not shown"), "{reason}");
    assert_eq!(sample(100).of("p95 < 50ms").outcome, Pass);
    assert_eq!(sample(140).of("proven p95 < 50ms").outcome, Pass);
    assert_eq!(sample(100).of("proven errors < 1%").outcome, Inconclusive);
    assert_eq!(sample(700).of("proven errors < 1%").outcome, Pass);
    assert_eq!(sample(100).of("proven success_rate = 100%").outcome, Pass, "a fact needs no proof");
}

#[test]
fn looks_share_the_error() {
    // Clear at one look, and not at the fiftieth.
    let mut sample = slow_of_each_hundred(12, 3);
    let targets = crate::judge::sample::targets(&["p95 < 50ms"]);
    let undecided = |sample: &Sample| crate::judge::undecided_targets(&sample.plan, &targets, &sample.measurements);
    sample.measurements.looks = 1;
    assert!(undecided(&sample).is_empty());
    sample.measurements.looks = 50;
    assert_eq!(undecided(&sample), targets);
    assert_eq!(sample.of("p95 < 50ms").outcome, Fail, "half of the error is kept for the end");
}

#[test]
fn what_steps_share_over_time_narrows_their_ratio() {
    // Both steps are four times as slow in every other tenth of a second.
    let tally = |milliseconds: f64| successes(4, milliseconds);
    let mut sample = Sample::new("").ok("step=a", 0, 1, 10.0).ok("step=b", 0, 1, 10.0);
    for tick in 0..1_000_u32 {
        let slow = if tick / 10 % 2 == 0 { 1.0 } else { 4.0 } * (1.0 + 0.2 * f64::from(tick % 3));
        for (step, factor) in [("a", 1.0), ("b", 1.1)] {
            let selection = crate::record::Selection {
                subject: crate::record::Subject::Step(step.into()),
                ..crate::record::Selection::default()
            };
            sample.measurements.add_operation_at(selection, tick, tally(10.0 * slow * factor));
        }
    }
    assert_eq!(sample.of("b.mean < 1.05x a.mean").outcome, Fail);
}

#[test]
fn what_fails_regularly_is_no_chance() {
    let sample = |switches: u64| {
        let mut tally = successes(52, 1.0);
        tally.merge(&failures(48, "odd"));
        Sample::new("").add("", 0, Tally { switches, ..tally })
    };
    assert_eq!(sample(96).of("errors < 40%").outcome, Fail, "every second one fails");
    assert_eq!(sample(96).of("errors(\"odd\") < 40%").outcome, Fail);
    assert_eq!(sample(96).of("success_rate > 60%").outcome, Fail);
    assert_eq!(sample(50).of("errors < 40%").outcome, Inconclusive);
    // Each tenth operation is slow, second by second.
    let regular = (0..10)
        .fold(Sample::new("duration = 10s"), |sample, second| sample.ok("", second, 18, 10.0).ok("", second, 2, 80.0));
    assert_eq!(regular.of("p95 < 50ms").outcome, Fail);
}
