//! What each metric reads, and how many samples it wants.

use crate::judge::Outcome::{Fail, Inconclusive, Pass};
use crate::judge::sample::{Sample, successes};
use crate::record::{Tally, ValueUnit};

fn observed(sample: &Sample, text: &str) -> f64 {
    let verdict = sample.of(text);
    verdict.observed.unwrap_or_else(|| panic!("{text}: {verdict:?}")).value
}

/// 900 successes of 10 ms, 60 failures, 40 interrupted, in ten seconds; 100 arrivals were dropped.
fn busy() -> Sample {
    let rest = Tally { interrupted: 4, dropped: 10, ..Tally::default() };
    (0..10).fold(Sample::new(""), |sample, second| {
        let sample = sample.ok("", second, 90, 10.0).failed("", second, 4, "shed").failed("", second, 2, "panic");
        sample.add("", second, rest.clone())
    })
}

#[test]
fn counts_and_shares_go_by_the_unit_of_the_limit() {
    let busy = busy();
    assert_eq!(observed(&busy, "errors < 10%"), 0.06);
    assert_eq!(observed(&busy, "errors < 100"), 60.0);
    assert_eq!(observed(&busy, "errors(\"shed\") < 10%"), 0.04);
    assert_eq!(observed(&busy, "errors(except \"shed\") < 100"), 20.0);
    assert_eq!(observed(&busy, "interrupted < 10%"), 0.04);
    assert_eq!(observed(&busy, "dropped < 200"), 100.0);
    assert_eq!(observed(&busy, "dropped < 10%"), 100.0 / 1_100.0);
    assert_eq!(observed(&busy, "success_rate > 80%"), 0.9);
    assert_eq!(observed(&busy, "count = 1000"), 1_000.0);
    assert_eq!(observed(&busy, "throughput > 1/s"), 90.0);
    assert_eq!(observed(&busy, "elapsed < 1min"), 10e9);
    assert!((observed(&busy, "errors(\"shed\").p75 < 1s") / 5e6 - 1.0).abs() < 1e-3);
}

#[test]
fn equals_means_meets() {
    let busy = busy();
    for (text, outcome) in [
        ("p50 = 11ms", Pass),
        ("p50 = 9ms", Fail),
        ("throughput = 80/s", Pass),
        ("throughput = 100/s", Fail),
        ("success_rate = 90%", Pass),
        ("count = 1000", Pass),
        ("count = 999", Fail),
        ("p50 = 9ms..11ms", Pass),
        ("p50 = 11ms..12ms", Fail),
        ("p50 = 1ms..9ms", Fail),
    ] {
        assert_eq!(busy.of(text).outcome, outcome, "{text}");
    }
}

#[test]
fn the_ends_of_a_comparison_are_exact() {
    let sample = Sample::new("").ok("", 0, 989, 1.0).failed("", 0, 11, "shed");
    for (text, outcome) in [
        ("errors <= 1.1%", Pass),
        ("errors < 1.1%", Inconclusive),
        ("errors >= 1.1%", Pass),
        ("errors > 1.1%", Inconclusive),
        ("success_rate >= 98.9%", Pass),
        ("success_rate > 98.9%", Inconclusive),
        ("errors <= 11", Pass),
        ("errors < 11", Fail),
    ] {
        assert_eq!(sample.of(text).outcome, outcome, "{text}");
    }
    assert_eq!(sample.outcome("errors < 11"), (Fail, "11 is not below 11".to_owned()));
}

#[test]
fn margins_are_shares_of_the_limit() {
    let busy = busy();
    let margin = |text: &str| busy.of(text).margin.map(|margin| (margin * 1e6).round() / 1e6);
    assert_eq!(margin("errors < 12%"), Some(0.5));
    assert_eq!(margin("errors < 3%"), Some(-1.0));
    assert_eq!(margin("throughput > 60/s"), Some(0.5));
    assert_eq!(margin("throughput > 120/s"), Some(-0.25));
    assert_eq!(margin("errors = 0"), None);
    assert_eq!(busy.outcome("throughput > 120/s").1, "90/s is 25 % below 120/s");
    assert_eq!(busy.outcome("errors < 1%").1, "6 % is 6 times 1%");
    assert_eq!(busy.outcome("errors = 0").1, "60 is above 0");
}

#[test]
fn a_percentile_wants_one_sample_beyond_it() {
    for (percentile, wants) in [("p50", 2), ("p75", 4), ("p90", 10), ("p95", 20), ("p99", 100), ("p99.9", 1_000)] {
        let text = format!("{percentile} < 1s");
        let of = |count| Sample::new("").ok("", 0, count, 1.0).of(&text);
        assert_eq!(of(wants).outcome, Pass, "{text}");
        let few = of(wants - 1);
        assert_eq!(few.outcome, Inconclusive, "{text}");
        assert!(few.reason.unwrap().contains("wants at least"));
        assert_eq!((few.samples, few.observed.is_some()), (wants - 1, true));
    }
    // Where all of them miss, few samples are enough to show it.
    assert_eq!(Sample::new("").ok("", 0, 20, 5_000.0).of("p99 < 1s").outcome, Fail);
    assert_eq!(Sample::new("").ok("", 0, 1, 5_000.0).of("p99 < 1s").outcome, Inconclusive);
    assert_eq!(Sample::new("").ok("", 0, 1, 5_000.0).of("max < 1s").outcome, Fail);
}

#[test]
fn failed_operations_count_towards_the_samples_of_a_percentile() {
    let ten_failed = Sample::new("").ok("", 0, 90, 5.0).failed("", 0, 10, "shed");
    assert_eq!(ten_failed.of("p99 < 1s").outcome, Pass);
    assert_eq!(ten_failed.of("p99 < 1ms").outcome, Fail);
    let most_failed = Sample::new("").ok("", 0, 49, 5.0).failed("", 0, 951, "shed");
    assert_eq!(most_failed.of("p99 < 1s").outcome, Inconclusive, "49 latencies say nothing of a p99");
}

#[test]
fn latency_without_successes_says_so() {
    let (outcome, reason) = Sample::new("").failed("", 0, 7, "shed").outcome("p50 < 1s");
    assert_eq!((outcome, reason.as_str()), (Inconclusive, "no samples: all 7 failed, and latency is of successes"));
}

#[test]
fn service_is_latency_where_the_two_are_one() {
    let closed = Sample::new("").ok("", 0, 100, 10.0);
    assert!((observed(&closed, "service.p95 < 1s") / 10e6 - 1.0).abs() < 1e-3);
    let mut tally = successes(100, 10.0);
    tally.service.record_n(2e6, 100);
    let open = Sample::new("").add("", 0, tally);
    assert!((observed(&open, "service.p95 < 1s") / 2e6 - 1.0).abs() < 1e-3);
}

#[test]
fn recorded_values_have_their_own_units() {
    let sample = Sample::new("")
        .ok("", 0, 4, 1.0)
        .recorded("hit", 0, ValueUnit::Flag, &[1.0, 1.0, 1.0, 0.0])
        .recorded("queue", 0, ValueUnit::Number, &[3.0, 5.0])
        .recorded("lag", 0, ValueUnit::Time, &[2e6, 9e6])
        .recorded("body", 0, ValueUnit::Size, &[1_024.0]);
    for text in [
        "hit.share > 70%",
        "hit.mean >= 0.75",
        "hit.sum = 3",
        "queue.max <= 5",
        "queue.last = 5",
        "queue.count = 2",
        "queue.sum = 8",
        "lag.max < 10ms",
        "lag.last < 10ms",
        "body.mean = 1KiB",
    ] {
        assert_eq!(sample.outcome(text).0, Pass, "{text}: {:?}", sample.outcome(text));
    }
    assert_eq!(sample.of("hit.share > 80%").outcome, Inconclusive, "four flags tell little");
    assert_eq!(sample.of("hit.share = 100%").outcome, Fail);
    assert_eq!(
        sample.outcome("queue.max < 5ms"),
        (Fail, "`queue.max` is a plain number (5), and the limit is a time".to_owned())
    );
    assert_eq!(sample.outcome("queue.max < 80%").0, Fail);
    assert_eq!(sample.outcome("queue.share > 80%").0, Fail);
    assert!(sample.outcome("queue.errors < 1%").1.contains("a recorded value has min, mean"));
}

#[test]
fn what_the_process_used() {
    let mut sample = Sample::new("").ok("", 0, 100, 1.0);
    for second in 1..=8 {
        sample = sample.used(second, 1.5, 100 + 10 * second);
    }
    for (text, outcome) in [
        ("cpu < 160%", Pass),
        ("cpu < 140%", Fail),
        ("peak_memory < 181MiB", Pass),
        ("peak_memory < 179MiB", Fail),
        // (170 + 180)/2 against (110 + 120)/2.
        ("memory_growth < 60.1MiB", Pass),
        ("memory_growth < 59.9MiB", Fail),
        ("memory_growth < 53%", Pass),
        ("memory_growth < 52%", Fail),
        ("memory_growth < 10.01MiB/s", Pass),
        ("memory_growth < 9.99MiB/s", Fail),
        ("network < 2.1MiB/s", Pass),
        ("network < 1.9MiB/s", Fail),
        ("each(4s).cpu < 160%", Pass),
    ] {
        assert_eq!(sample.of(text).outcome, outcome, "{text}: {:?}", sample.of(text));
    }
    let few = Sample::new("").ok("", 0, 100, 1.0).used(1, 1.0, 100);
    assert_eq!(few.of("memory_growth < 1MiB/h").outcome, Inconclusive);
    assert_eq!(Sample::new("").ok("", 0, 1, 1.0).of("cpu < 1%").outcome, Inconclusive);
    let of_step = sample.ok("step=login", 0, 1, 1.0);
    assert_eq!(of_step.of("login.cpu < 1%").outcome, Fail);
}

#[test]
fn what_other_engines_measure_is_inconclusive() {
    let sample = Sample::new("").ok("", 0, 100, 1.0);
    for text in
        ["capacity > 5/s", "allocations < 5", "recovery_time < 5s", "lost_writes = 0", "growth <= n", "isolation > 99%"]
    {
        assert_eq!(sample.of(text).outcome, Inconclusive, "{text}");
    }
}
