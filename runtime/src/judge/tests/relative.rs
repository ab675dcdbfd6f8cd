//! Limits that are measured themselves.

use crate::judge::Outcome::{Fail, Inconclusive, Pass};
use crate::judge::sample::Sample;
use crate::record::Tally;

/// Plain steps of 10 ms, secured ones of 15 ms, in both tenants and both stages alike.
fn pair() -> Sample {
    Sample::new("").ok("", 0, 400, 25.0).ok("step=plain", 0, 400, 10.0).ok("step=secured", 0, 400, 15.0)
}

#[test]
fn factors_and_ranges_of_factors() {
    for (text, outcome) in [
        ("secured.mean < 2x plain.mean", Pass),
        ("secured.mean < 1.2x plain.mean", Fail),
        ("secured.mean > 1.2x plain.mean", Pass),
        ("secured.mean < plain.mean", Fail),
        ("secured.mean = 1.4x..1.6x plain.mean", Pass),
        ("secured.mean = 1.6x..1.8x plain.mean", Fail),
        ("secured.mean = 1.1x..1.3x plain.mean", Fail),
        ("plain.throughput > 0.9x secured.throughput", Pass),
    ] {
        assert_eq!(pair().of(text).outcome, outcome, "{text}: {:?}", pair().of(text));
    }
}

#[test]
fn both_figures_are_shown() {
    let verdict = pair().of("secured.mean < 1.2x plain.mean");
    assert_eq!(verdict.reason.as_deref(), Some("15 ms is 25 % above 12 ms (1.2 × 10 ms)"));
    let reference = verdict.reference.unwrap();
    assert_eq!((reference.text.as_str(), reference.samples), ("plain.mean", 400));
}

#[test]
fn sides_must_be_of_one_dimension() {
    assert_eq!(pair().of("secured.mean < 2x plain.count").outcome, Fail);
    assert_eq!(pair().of("plain.count = 1x secured.count").outcome, Pass);
}

#[test]
fn trouble_on_the_right_says_where() {
    let (outcome, reason) = pair().outcome("secured.mean < 2x plan.mean");
    assert_eq!(outcome, Fail);
    assert!(reason.starts_with("`plan.mean`: unknown name `plan`"), "{reason}");
    let few = Sample::new("").ok("step=a", 0, 400, 1.0).ok("step=b", 0, 50, 1.0);
    assert_eq!(
        few.outcome("a.p99 < 2x b.p99"),
        (Inconclusive, "`b.p99`: too few samples: p99 wants at least 100".to_owned())
    );
}

fn spread(latencies: &[f64]) -> Tally {
    let mut tally = Tally { successes: latencies.len() as u64, ..Tally::default() };
    latencies.iter().for_each(|latency| tally.latency.record(latency * 1e6));
    tally
}

fn noisy(count: usize) -> Sample {
    let around = |mean: f64| (0..count).map(|i| mean * (0.5 + i as f64 / (count - 1) as f64)).collect::<Vec<_>>();
    Sample::new("").add("step=a", 0, spread(&around(10.0))).add("step=b", 0, spread(&around(12.5)))
}

#[test]
fn a_miss_by_noise_is_inconclusive_and_says_what_would_settle_it() {
    // The ratio is 1.25 in both; only many samples tell it from 1.2.
    let (outcome, reason) = noisy(20).outcome("b.mean < 1.2x a.mean");
    assert_eq!(outcome, Inconclusive);
    assert!(
        reason.contains("noise may explain it: the ratio is 1.25x") && reason.contains("samples would decide it"),
        "{reason}"
    );
    assert_eq!(noisy(100_000).of("b.mean < 1.2x a.mean").outcome, Fail);
    // Far off the limit, few samples are enough.
    assert_eq!(noisy(20).of("b.mean < 0.5x a.mean").outcome, Fail);
    // What holds, holds.
    assert_eq!(noisy(20).of("b.mean < 1.3x a.mean").outcome, Pass);
    assert_eq!(noisy(20).of("b.p90 < 1.2x a.p90").outcome, Inconclusive);
}

#[test]
fn a_right_side_of_groups_must_be_met_in_each() {
    let sample = Sample::new("")
        .ok("tenant=acme", 0, 200, 10.0)
        .ok("tenant=umbrella", 0, 200, 14.0)
        .ok("tenant=acme step=plain", 0, 200, 10.0)
        .ok("tenant=umbrella step=plain", 0, 200, 14.0)
        .ok("tenant=acme step=secured", 0, 200, 11.0)
        .ok("tenant=umbrella step=secured", 0, 200, 15.0)
        .ok("step=plain", 0, 400, 12.0)
        .ok("step=secured", 0, 400, 13.0)
        .ok("", 0, 400, 12.0);
    // Each tenant against its own: 1.1 and 1.07. Each against each would be 1.5.
    assert_eq!(sample.of("secured.each(tenant).mean < 1.2x plain.each(tenant).mean").outcome, Pass);
    assert_eq!(sample.of("secured.each(tenant).mean < 1.05x plain.each(tenant).mean").outcome, Fail);
    assert_eq!(sample.of("secured.mean < 1.2x plain.each(tenant).mean").outcome, Fail, "13 against 1.2 × 10");
    assert_eq!(sample.of("secured.mean < 1.4x plain.each(tenant).mean").outcome, Pass);
    assert_eq!(sample.of("each(tenant).throughput.min > 0.8x each(tenant).throughput.max").outcome, Pass);
    assert_eq!(sample.of("each(tenant).mean.max < 1.3x each(tenant).mean.min").outcome, Fail);
}
