//! Targets on sizes: each of them, their ratios, and how the cost grows over them.

use crate::judge::Outcome;
use crate::judge::sample::Sample;
use crate::record::CallMemory;
use brunt_plan::{Kind, parse};

/// A sweep in which a call of a size took so many milliseconds.
fn sweep(sizes: &[u64], cost: impl Fn(f64) -> f64) -> Sample {
    let listed: Vec<String> = sizes.iter().map(ToString::to_string).collect();
    let mut sample = Sample::new("");
    let (plan, mistakes) = parse::plan(Kind::Stress, &format!("sizes = [{}]", listed.join(", ")));
    assert!(mistakes.is_empty(), "{mistakes:?}");
    sample.plan = plan;
    sizes.iter().fold(sample, |sample, size| sample.ok(&format!("case=size({size})"), 0, 200, cost(*size as f64)))
}

/// The same, with what a call holds in bytes.
fn holding(sizes: &[u64], bytes: impl Fn(f64) -> f64) -> Sample {
    let mut sample = sweep(sizes, |size| size);
    for size in sizes {
        let mut memory = CallMemory { process_peak: 1 << 30, ..CallMemory::default() };
        (0..5).for_each(|_| memory.record(3, bytes(*size as f64) as u64, bytes(*size as f64) as u64));
        sample.measurements.call_memory.insert(Some(format!("size({size})").into()), memory);
    }
    sample
}

const WIDE: [u64; 5] = [10, 100, 1_000, 10_000, 100_000];

#[test]
fn a_size_is_selected_as_it_is_written() {
    let sample = sweep(&[10, 1_000], |size| size / 10.0);
    assert_eq!(sample.outcome("size(1_000).p95 < 101ms").0, Outcome::Pass);
    assert_eq!(sample.outcome("size(10).mean > 2ms").0, Outcome::Fail);
    assert_eq!(sample.outcome("size(1_000).mean < 50x size(10).mean").0, Outcome::Fail);
    assert_eq!(sample.of("each(case).mean < 50ms").worst.as_deref(), Some("size(1000)"));
    let (outcome, reason) = sample.outcome("size(7).p95 < 1s");
    assert_eq!(outcome, Outcome::Fail);
    assert!(reason.contains("unknown name `size(7)`"), "{reason}");
}

#[test]
fn a_class_of_growth_holds_is_missed_or_cannot_be_told() {
    let linear = sweep(&WIDE, |size| size);
    assert_eq!(linear.outcome("growth <= n").0, Outcome::Pass);
    assert_eq!(linear.of("growth <= n_log_n").shown.as_deref(), Some("n"));
    let quadratic = sweep(&WIDE, |size| size * size);
    let (outcome, reason) = quadratic.outcome("growth <= n_log_n");
    assert_eq!(outcome, Outcome::Fail);
    assert!(reason.starts_with("it grows as n², which is not n log n (exponent 2.00"), "{reason}");
    assert_eq!(quadratic.outcome("growth > n").0, Outcome::Pass);
    let (outcome, reason) = linear.outcome("growth > n");
    assert_eq!(outcome, Outcome::Fail);
    assert!(reason.starts_with("it grows as n, which is not faster than n (exponent 1.00"), "{reason}");
    let creeping = sweep(&[1_000, 4_000, 16_000, 64_000, 256_000], |size| size / 1e3 + size * size / 1e8);
    for target in ["growth <= n", "growth <= n_log_n"] {
        let (outcome, reason) = creeping.outcome(target);
        assert_eq!(outcome, Outcome::Inconclusive, "{reason}");
        assert!(reason.contains("measure sizes up to 2,560,000"), "{reason}");
    }
    let (outcome, reason) = sweep(&[100, 200, 400], |size| size).outcome("growth <= n");
    assert_eq!(outcome, Outcome::Inconclusive);
    assert!(reason.contains("measure up to 1600"), "{reason}");
    let (outcome, reason) = linear.outcome("size(100).growth <= n");
    assert_eq!(outcome, Outcome::Fail);
    assert!(reason.contains("of the whole sweep"), "{reason}");
}

#[test]
fn memory_is_judged_where_it_was_counted() {
    let linear = holding(&WIDE, |size| 8.0 * size);
    assert_eq!(linear.outcome("memory_growth <= n").0, Outcome::Pass);
    assert_eq!(linear.outcome("memory_growth <= log_n").0, Outcome::Fail);
    assert_eq!(linear.outcome("allocations <= 3").0, Outcome::Pass);
    assert_eq!(linear.outcome("size(10).allocations < 3").0, Outcome::Fail);
    assert_eq!(linear.outcome("peak_memory < 1GiB").0, Outcome::Fail);
    let pushed = holding(&[100, 1_000, 10_000], |size| 8.0 * 2_f64.powf(size.log2().ceil()));
    assert_eq!(pushed.outcome("memory_growth <= n").0, Outcome::Pass);
    assert_eq!(holding(&WIDE, |_| 0.0).outcome("memory_growth <= 1").0, Outcome::Pass);
    let (outcome, reason) = sweep(&WIDE, |size| size).outcome("allocations <= 3");
    assert_eq!(outcome, Outcome::Inconclusive);
    assert!(reason.contains("brunt::allocator!()"), "{reason}");
}
