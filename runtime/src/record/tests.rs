//! The recorder as its callers use it, and the laws of what it makes: exact merges, nothing lost.
#![allow(clippy::unwrap_used)]

use super::hdr::{HdrError, decode_hdr_base64, encode_hdr_base64, to_hdr};
use super::*;
use crate::Failed;
use hdrhistogram::Histogram;
use proptest::prelude::*;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

const SECOND: u64 = 1_000_000_000;

fn labels() -> Labels {
    let names = |list: &[&str]| list.iter().map(ToString::to_string).collect();
    Labels { stages: names(&["low", "high"]), scenarios: names(&["main"]), cases: Vec::new(), each_user: false }
}

fn context() -> Context {
    Context { stage: Label(0), scenario: Label(0), case: Label::NONE, user: 1, tags: TagList::default() }
}

fn sample(at: u64, latency: u64) -> OperationSample {
    OperationSample { at, latency, service: None }
}

fn all() -> Selection {
    Selection::default()
}

fn step(name: &str) -> Selection {
    Selection { subject: Subject::Step(name.into()), ..all() }
}

fn value(name: &str) -> Selection {
    Selection { subject: Subject::Value(name.into()), ..all() }
}

fn of(values: &[u64]) -> Distribution {
    let mut distribution = Distribution::default();
    values.iter().for_each(|value| distribution.record(*value as f64));
    distribution
}

fn hdr(values: &[u64]) -> Histogram<u64> {
    let mut histogram = Histogram::new(3).unwrap();
    values.iter().for_each(|value| histogram.record(*value).unwrap());
    histogram
}

/// Nanoseconds of every magnitude.
fn ns() -> impl Strategy<Value = u64> {
    (0_u32..47, any::<u64>()).prop_map(|(bits, value)| value >> (63 - bits))
}

/// An operation: at, latency, and how it ended.
fn operation() -> impl Strategy<Value = (u64, u64, u8)> {
    (0..5 * SECOND, ns(), 0_u8..6)
}

fn record(recorder: &Recorder, (at, latency, end): (u64, u64, u8)) {
    let timeout = Failed::new(Failed::TIMEOUT, "too long");
    let shed = Failed::new("shed", format!("{latency} in the queue"));
    let outcome = match end {
        0 | 1 => Outcome::Success,
        2 => Outcome::Interrupted,
        3 => Outcome::Cancelled,
        4 => Outcome::Failed(&timeout),
        _ => Outcome::Failed(&shed),
    };
    recorder.iteration(&context(), sample(at, latency), outcome, None);
}

/// Without what depends on the order in which the operations of a thread ended.
fn in_no_order(tally: Tally) -> Tally {
    Tally { switches: 0, ..tally }
}

proptest! {
    #[test]
    fn percentiles_are_those_of_an_hdr_histogram(values in prop::collection::vec(ns(), 1..40)) {
        let (ours, theirs) = (of(&values), hdr(&values));
        for rank in 1..=values.len() {
            let quantile = (rank as f64 - 0.5) / values.len() as f64;
            let expected = theirs.value_at_quantile(quantile).min(*values.iter().max().unwrap());
            prop_assert_eq!(ours.percentile(quantile * 100.0), Some(expected as f64));
        }
        prop_assert_eq!(ours.min(), values.iter().min().map(|min| *min as f64));
        prop_assert_eq!(ours.percentile(100.0), values.iter().max().map(|max| *max as f64));
    }

    #[test]
    fn a_percentile_is_within_a_thousandth_of_the_true_value(mut values in prop::collection::vec(-1e9..1e9, 1..200)) {
        let mut distribution = Distribution::default();
        values.iter().for_each(|value| distribution.record(*value));
        values.sort_by(f64::total_cmp);
        for percentile in [1.0, 50.0, 90.0, 99.0, 99.9] {
            let rank = (percentile * values.len() as f64 / 100.0).ceil() as usize;
            let (seen, truth) = (distribution.percentile(percentile).unwrap(), values[rank - 1]);
            prop_assert!((seen - truth).abs() <= truth.abs() / 1_000.0, "{} for {}", seen, truth);
        }
    }

    #[test]
    fn merging_parts_is_recording_all(
        values in prop::collection::vec(ns(), 0..200), parts in prop::collection::vec(0_usize..4, 200),
    ) {
        let mut split = [const { Vec::new() }; 4];
        values.iter().zip(&parts).for_each(|(value, part)| split[*part].push(*value));
        let [a, b, c, d] = split.map(|part| of(&part));
        let mut left = a.clone();
        [&b, &c, &d].into_iter().for_each(|part| left.merge(part));
        let (mut right, mut tail) = (d, c);
        tail.merge(&b);
        right.merge(&tail);
        right.merge(&a);
        prop_assert_eq!(&left, &of(&values));
        prop_assert_eq!(&right, &left);
    }

    #[test]
    fn moments_are_exact(values in prop::collection::vec(0..1_u64 << 40, 1..100), shift in 0..1_u64 << 46) {
        let shifted: Vec<u64> = values.iter().map(|value| value + shift).collect();
        let (plain, moved) = (of(&values), of(&shifted));
        let (mean, n) = (plain.mean().unwrap(), values.len() as f64);
        let variance = values.iter().map(|value| (*value as f64 - mean).powi(2)).sum::<f64>() / n;
        prop_assert!((plain.stddev().unwrap() - variance.sqrt()).abs() <= 1e-6 * (1.0 + variance.sqrt()));
        prop_assert!((plain.stddev().unwrap() - moved.stddev().unwrap()).abs() <= 1e-9 * (1.0 + variance.sqrt()));
        prop_assert_eq!(plain.sum(), values.iter().sum::<u64>() as f64);
    }

    #[test]
    fn fractions_have_the_same_moments_however_merged(
        values in prop::collection::vec(-1e3..1e3, 2..100), at in 0_usize..100,
    ) {
        let mut parts = [Distribution::default(), Distribution::default()];
        let mut whole = Distribution::default();
        for (index, value) in values.iter().enumerate() {
            parts[usize::from(index >= at)].record(*value);
            whole.record(*value);
        }
        let [mut left, right] = parts;
        left.merge(&right);
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let stddev = (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / values.len() as f64).sqrt();
        for distribution in [left, whole] {
            prop_assert!((distribution.mean().unwrap() - mean).abs() < 1e-9);
            prop_assert!((distribution.stddev().unwrap() - stddev).abs() < 1e-9);
        }
    }

    #[test]
    fn the_text_form_keeps_every_bucket(
        values in prop::collection::vec(any::<u64>().prop_map(|value| value >> (value % 60)), 0..200),
    ) {
        let ours = of(&values);
        let text = encode_hdr_base64(&ours).unwrap();
        let back = decode_hdr_base64(&text).unwrap();
        prop_assert_eq!(back.counts(), ours.counts());
        if values.iter().all(|value| *value < 1 << 53) {
            prop_assert_eq!(to_hdr(&ours).unwrap(), hdr(&values));
        }
    }

    #[test]
    fn dense_counts_are_sparse_counts(
        values in prop::collection::vec(prop_oneof![9 => 900_000_u64..1_400_000, 1 => ns()], 100..400),
        cut in 0_usize..400,
    ) {
        let mut dense = dense::Dense::default();
        let (first, second) = values.split_at(cut.min(values.len()));
        for part in [first, second] {
            part.iter().for_each(|value| dense.record(*value));
            prop_assert_eq!(dense.take(), of(part));
        }
    }

    #[test]
    fn threads_and_gatherings_do_not_change_what_is_measured(
        operations in prop::collection::vec(operation(), 1..80), cut in 0_usize..80,
    ) {
        let together = Recorder::new(labels());
        operations.iter().for_each(|operation| record(&together, *operation));
        let together = together.snapshot(Duration::from_secs(5));

        let apart = Recorder::new(labels());
        let (first, second) = operations.split_at(cut.min(operations.len()));
        std::thread::scope(|scope| {
            scope.spawn(|| second.iter().rev().for_each(|operation| record(&apart, *operation)));
            for operation in first {
                record(&apart, *operation);
                apart.snapshot(Duration::ZERO);
            }
        });
        let apart = apart.snapshot(Duration::from_secs(5));
        prop_assert_eq!(in_no_order(together.tally(&all())), in_no_order(apart.tally(&all())));
        let seconds = |of: &Measurements| -> Vec<Tally> {
            let windows = of.windows(&all(), Duration::from_secs(1));
            windows.into_iter().map(|window| in_no_order(window.tally)).collect()
        };
        let windows = seconds(&together);
        prop_assert_eq!(&windows, &seconds(&apart));

        let mut sum = Tally::default();
        windows.iter().for_each(|window| sum.merge(window));
        prop_assert_eq!(sum, in_no_order(together.tally(&all())));
        for (index, window) in windows.iter().enumerate() {
            let due = operations.iter().filter(|(at, _, end)| *at / SECOND == index as u64 && *end != 3);
            prop_assert_eq!(window.count(), due.count() as u64);
        }
    }
}

#[test]
fn a_busy_series_has_an_array_no_longer_than_it_uses() {
    let mut dense = dense::Dense::default();
    (0..31).for_each(|_| dense.record(1_000_000));
    assert_eq!(dense.span(), 0, "a quiet series has none");
    (0..500).for_each(|ns| dense.record(1_000_000 + 1_000 * (ns % 100)));
    let span = dense.span();
    assert!((64..=256).contains(&span), "{span}");
    (0..100).for_each(|_| dense.record(u64::MAX >> 20));
    assert_eq!(dense.span(), span, "what lies far off stays sparse");
    dense.take();
    assert_eq!(dense.span(), span, "kept while it serves");
    dense.take();
    assert_eq!(dense.span(), 0, "given back by a series that fell silent");
}

#[test]
fn nearest_rank_is_not_misled_by_binary_fractions() {
    let values: Vec<u64> = (1..=1_000).collect();
    assert_eq!(of(&values).percentile(99.9), Some(999.0));
    assert_eq!(of(&values).percentile(29.0), Some(290.0));
    assert_eq!(of(&values).percentile(0.0), Some(1.0));
    assert_eq!(Distribution::default().percentile(50.0), None);
}

#[test]
fn odd_values_have_their_buckets() {
    let mut flags = Distribution::default();
    flags.record_n(0.0, 3);
    flags.record(1.0);
    assert_eq!(flags.percentile(75.0), Some(0.0));
    assert_eq!(flags.mean(), Some(0.25));
    assert_eq!(flags.stddev(), Some(0.1875_f64.sqrt()));
    flags.record(f64::NAN);
    flags.record(f64::INFINITY);
    assert_eq!(flags.count(), 4);
    flags.record(-0.5);
    assert_eq!(flags.percentile(1.0), Some(-0.5));
    assert_eq!(encode_hdr_base64(&flags), Err(HdrError::NotWhole));
    assert!(matches!(decode_hdr_base64("no histogram"), Err(HdrError::Format(_))));
    assert_eq!(Distribution::default().cv(), None);
    let lows: Vec<f64> = flags.buckets().map(|bucket| bucket.low).collect();
    assert!(lows.is_sorted(), "{lows:?}");
}

#[test]
fn equal_values_do_not_deviate() {
    let mut distribution = Distribution::default();
    distribution.record_n(123_456_789_012.0, 1_000_000);
    assert_eq!(distribution.stddev(), Some(0.0));
    assert_eq!(distribution.cv(), Some(0.0));
    assert_eq!(distribution.percentile(50.0), Some(123_456_789_012.0));
}

#[test]
fn a_failure_counts_by_kind_and_only_a_timeout_has_a_say_in_the_latency() {
    let recorder = Recorder::new(labels());
    let shed = |message: &str| Failed::new("shed", message);
    let fail = |at, latency, failed: &Failed| {
        recorder.iteration(&context(), sample(at, latency), Outcome::Failed(failed), None);
    };
    recorder.iteration(&context(), sample(0, 100), Outcome::Success, None);
    recorder.iteration(&context(), sample(0, 400), Outcome::Interrupted, None);
    recorder.iteration(&context(), sample(0, 7), Outcome::Cancelled, None);
    fail(2 * SECOND, 50, &shed("second"));
    fail(SECOND, 50, &shed("first"));
    fail(3 * SECOND, 60, &shed("third"));
    fail(0, 900, &Failed::new(Failed::TIMEOUT, "too long"));
    recorder.dropped(&context(), SECOND);
    (0..2).for_each(|_| fail(3 * SECOND, 60, &shed("third")));
    let measurements = recorder.snapshot(Duration::from_secs(4));
    let tally = measurements.tally(&all());
    let said = measurements.incidents.messages["shed"].by_frequency();
    assert_eq!(said, [("third".into(), 3), ("first".into(), 1), ("second".into(), 1)]);

    assert_eq!((tally.count(), tally.successes, tally.interrupted, tally.cancelled, tally.dropped), (8, 1, 1, 1, 1));
    assert_eq!(tally.failures(), 6);
    assert_eq!(tally.failures_of(|kind| kind == "shed"), 5);
    assert_eq!(tally.success_rate(), Some(1.0 / 8.0));
    assert_eq!(tally.latency, of(&[100, 400, 900]));
    assert_eq!(tally.failure_latency(|kind| kind != Failed::TIMEOUT), of(&[50, 50, 60, 60, 60]));
    let shed = &tally.failures["shed"];
    assert_eq!(&*shed.example, "first");
    assert_eq!(shed.first, Duration::from_nanos(SECOND + 50));
    assert_eq!(shed.last, Duration::from_nanos(3 * SECOND + 60));
}

#[test]
fn a_sample_lands_in_the_second_in_which_it_was_due() {
    let recorder = Recorder::new(labels());
    for at in [5 * SECOND, 6 * SECOND, 2 * SECOND, 5 * SECOND + 1, 2 * SECOND] {
        recorder.iteration(&context(), OperationSample { at, latency: 9, service: Some(4) }, Outcome::Success, None);
    }
    let windows = recorder.snapshot(Duration::from_secs(7)).windows(&all(), Duration::from_secs(2));
    let counts: Vec<u64> = windows.iter().map(|window| window.tally.count()).collect();
    assert_eq!(counts, [0, 2, 2, 1], "an empty window stays");
    assert_eq!(windows[1].tally.service, of(&[4, 4]));
    assert_eq!(windows[3].width, Duration::from_secs(1), "the last is shorter");
}

#[test]
fn a_second_long_over_is_packed_and_still_takes_what_comes_late() {
    let recorder = Recorder::new(labels());
    let put =
        |second, latency| recorder.iteration(&context(), sample(second * SECOND, latency), Outcome::Success, None);
    for second in 0..5 {
        (0..100).for_each(|ns| put(second, 1_000 * ns));
        recorder.snapshot(Duration::from_secs(second));
    }
    put(1, 7);
    put(1, 5_000);
    let windows = recorder.snapshot(Duration::from_secs(5)).windows(&all(), Duration::from_secs(1));
    let mut expected: Vec<u64> = (0..100).map(|ns| 1_000 * ns).collect();
    assert_eq!(windows[0].tally.latency, of(&expected));
    expected.extend([7, 5_000]);
    assert_eq!(windows[1].tally.latency, of(&expected));
    assert_eq!(windows[1].tally.latency.percentile(50.0), of(&expected).percentile(50.0));
}

#[test]
fn what_nobody_did_is_counted_once_where_users_are_told_apart() {
    let recorder = Recorder::new(Labels { each_user: true, ..labels() });
    let nobody = Context { user: Context::NOBODY, ..context() };
    recorder.dropped(&nobody, 0);
    recorder.value(&nobody, "lag", 0, 3.0, ValueUnit::Number).unwrap();
    let measured = recorder.snapshot(Duration::from_secs(1));
    assert_eq!(measured.tally(&all()).dropped, 1);
    let lag = Selection { subject: Subject::Value("lag".into()), ..all() };
    assert_eq!(measured.values(&lag).unwrap().distribution.count(), 1);
}

#[test]
fn tags_and_users_are_counted_apart_and_not_twice() {
    let recorder = Recorder::new(Labels { each_user: true, ..labels() });
    let (acme, umbrella, eu) =
        (recorder.tag("tenant", "acme"), recorder.tag("tenant", "umbrella"), recorder.tag("region", "eu"));
    let read = recorder.step("read");
    let tagged = |user, tags: TagList| Context { user, tags, ..context() };
    let both = TagList::default().with(umbrella).with(eu).with(acme);
    recorder.iteration(&tagged(7, both.clone()), sample(0, 10), Outcome::Success, None);
    recorder.iteration(&tagged(8, TagList::default().with(umbrella)), sample(0, 20), Outcome::Success, None);
    recorder.iteration(&tagged(7, TagList::default()), sample(5 * SECOND, 40), Outcome::Success, None);
    recorder.step_done(&tagged(7, both), read, sample(0, 3), Outcome::Success, None);
    let measured = recorder.snapshot(Duration::from_secs(6));

    let tag = |key: &str, value: &str| Selection { tag: Some((key.into(), value.into())), ..all() };
    assert_eq!(measured.tally(&all()).count(), 3);
    assert_eq!(measured.tally(&tag("tenant", "acme")).latency, of(&[10]), "the tag's last value counts");
    assert_eq!(measured.tally(&tag("tenant", "umbrella")).latency, of(&[20]));
    assert_eq!(measured.tally(&tag("region", "eu")).latency, of(&[10]));
    assert_eq!(measured.tally(&Selection { user: Some(8), ..all() }).latency, of(&[20]));
    assert_eq!(measured.users(), [7, 8]);
    let windows = measured.windows(&Selection { user: Some(7), ..all() }, Duration::from_secs(1));
    assert_eq!(windows.iter().map(|window| window.tally.count()).collect::<Vec<_>>(), [2], "one for all it did");
    assert_eq!(measured.tally(&step("read")).latency, of(&[3]));
    let tenants: Vec<&str> = measured.names.tags["tenant"].iter().map(AsRef::as_ref).collect();
    assert_eq!(tenants, ["acme", "umbrella"]);
}

#[test]
fn a_selection_is_the_merge_of_its_parts() {
    let recorder = Recorder::new(labels());
    let high = Context { stage: Label(1), ..context() };
    recorder.iteration(&context(), sample(0, 10), Outcome::Success, None);
    recorder.iteration(&high, sample(11 * SECOND / 10, 20), Outcome::Success, None);
    recorder.iteration(&high, sample(7 * SECOND, 30), Outcome::Success, None);
    recorder.stage_span(Label(0), Duration::ZERO, Duration::from_millis(900));
    recorder.stage_span(Label(1), Duration::from_millis(1_100), Duration::from_millis(1_100));
    recorder.stage_span(Label(1), Duration::from_millis(1_100), Duration::from_millis(3_600));
    let measured = recorder.snapshot(Duration::from_secs(10));

    let stage = |name: &str| Selection { stage: Some(name.into()), scenario: Some("main".into()), ..all() };
    assert_eq!(measured.tally(&all()).latency, of(&[10, 20, 30]));
    assert_eq!(measured.tally(&stage("high")).latency, of(&[20, 30]));
    assert!(measured.tally(&stage("absent")).is_empty());
    assert_eq!(measured.seconds(&stage("high")), 2.5);
    assert_eq!(measured.seconds(&all()), 3.4);
    let windows = measured.windows(&stage("high"), Duration::from_secs(2));
    let shape: Vec<_> = windows.iter().map(|w| (w.start.as_millis(), w.width.as_millis(), w.tally.count())).collect();
    assert_eq!(shape, [(1_100, 1_900, 1), (3_000, 600, 1)], "what is due after the end counts in the last window");
}

#[test]
fn a_scenario_and_a_case_are_on_in_their_spans_only() {
    let recorder = Recorder::new(Labels { cases: vec!["small".into()], ..labels() });
    recorder.stage_span(Label(0), Duration::ZERO, Duration::from_secs(10));
    recorder.case_span(Label(0), Duration::ZERO, Duration::from_secs(6));
    recorder.scenario_span(Label(0), Duration::from_secs(4), Duration::from_secs(20));
    let measured = recorder.snapshot(Duration::from_secs(20));
    let scenario = Selection { scenario: Some("main".into()), ..all() };
    assert_eq!(measured.seconds(&scenario), 6.0);
    assert_eq!(measured.seconds(&Selection { case: Some("small".into()), ..scenario }), 2.0);
    assert_eq!(measured.seconds(&all()), 10.0);
}

#[test]
fn values_have_one_unit_and_remember_the_last() {
    let recorder = Recorder::new(labels());
    let put = |at, number, unit| recorder.value(&context(), "lag", at, number, unit);
    put(2 * SECOND, 5.0, ValueUnit::Number).unwrap();
    put(SECOND, 2.5, ValueUnit::Number).unwrap();
    assert_eq!(put(0, f64::NAN, ValueUnit::Number).unwrap_err().kind(), "value");
    let mixed = put(0, 1.0, ValueUnit::Flag).unwrap_err();
    assert_eq!(mixed.message(), "recorded `lag` as a bool, but before as a number: give each its own name");
    recorder.value(&context(), "hit", 0, 1.0, ValueUnit::Flag).unwrap();
    let measured = recorder.snapshot(Duration::from_secs(3));

    let lag = measured.values(&value("lag")).unwrap();
    assert_eq!(lag.last, Some((Duration::from_secs(2), 5.0)));
    assert_eq!((lag.distribution.count(), lag.distribution.mean()), (2, Some(3.75)));
    assert_eq!(measured.values(&value("hit")).unwrap().unit, ValueUnit::Flag);
    assert!(measured.values(&value("absent")).is_none());
    let windows = measured.value_windows(&value("lag"), Duration::from_secs(1));
    assert_eq!(windows.iter().map(|window| window.tally.distribution.count()).collect::<Vec<_>>(), [0, 1, 1]);
}

#[test]
fn names_beyond_the_cap_fold_into_other() {
    let recorder = Recorder::new(labels());
    for id in 0..1_500 {
        let step = recorder.step(&format!("GET /users/{id}"));
        recorder.step_done(&context(), step, sample(0, 1), Outcome::Success, None);
        let tags = TagList::default().with(recorder.tag("user", &id.to_string()));
        recorder.iteration(&Context { tags, ..context() }, sample(0, 1), Outcome::Success, None);
        recorder.value(&context(), &format!("v{id}"), 0, 1.0, ValueUnit::Number).unwrap();
    }
    let measured = recorder.snapshot(Duration::from_secs(1));
    assert_eq!(measured.tally(&step("(other)")).count(), 500);
    assert_eq!(measured.tally(&step("GET /users/999")).count(), 1);
    assert_eq!(measured.values(&value("(other)")).unwrap().distribution.count(), 500);
    let others = Selection { tag: Some(("user".into(), "(other)".into())), ..all() };
    assert_eq!(measured.tally(&others).count(), 500);
    assert_eq!(measured.names.steps.len(), 1_001);
    assert_eq!(measured.notes.len(), 3, "{:?}", measured.notes);
    assert!(measured.notes[0].contains("`GET /users/1000`"), "{:?}", measured.notes);
}

#[test]
fn what_comes_after_the_freeze_is_noted_and_not_measured() {
    let recorder = Recorder::new(labels());
    let tags = TagList::default().with(recorder.tag("tenant", "acme"));
    let context = Context { tags, ..context() };
    recorder.iteration(&context, sample(0, 1), Outcome::Success, None);
    assert_eq!(recorder.freeze(Duration::from_secs(1)).tally(&all()).count(), 1);
    recorder.iteration(&context, sample(0, 1), Outcome::Success, None);
    recorder.iteration(&context, sample(0, 1), Outcome::Success, None);
    let later = recorder.snapshot(Duration::from_secs(9));
    assert_eq!((later.tally(&all()).count(), later.elapsed), (1, Duration::from_secs(1)));
    assert!(later.notes[0].starts_with("2 samples came after"), "{:?}", later.notes);
}

#[test]
fn two_threads_record_while_a_third_gathers_and_nothing_is_lost() {
    const EACH: u64 = 50_000;
    let recorder = Recorder::new(labels());
    let done = AtomicBool::new(false);
    let mut last = 0;
    std::thread::scope(|scope| {
        let write = |user: u64| {
            let recorder = Arc::clone(&recorder);
            move || {
                let context = Context { user, ..context() };
                let read = recorder.step("read");
                for index in 0..EACH {
                    let sample = sample(index * 100_000, index);
                    recorder.step_done(&context, read, sample, Outcome::Success, None);
                    recorder.iteration(&context, sample, Outcome::Success, None);
                }
            }
        };
        let writers = [scope.spawn(write(1)), scope.spawn(write(2))];
        let reader = scope.spawn(|| {
            let mut last = 0;
            while !done.load(Ordering::Acquire) {
                let seen = recorder.snapshot(Duration::from_secs(5)).tally(&all()).count();
                assert!(seen >= last, "{seen} after {last}");
                last = seen;
            }
            last
        });
        writers.into_iter().for_each(|writer| writer.join().unwrap());
        done.store(true, Ordering::Release);
        last = reader.join().unwrap();
    });
    let measured = recorder.snapshot(Duration::from_secs(5));
    let expected: Vec<u64> = (0..EACH).flat_map(|index| [index, index]).collect();
    assert!(last <= 2 * EACH);
    assert_eq!(measured.tally(&all()).latency, of(&expected));
    assert_eq!(measured.tally(&step("read")).successes, 2 * EACH);
}

#[test]
fn a_thread_that_ended_leaves_its_samples_and_two_runs_do_not_mix() {
    let (one, two) = (Recorder::new(labels()), Recorder::new(labels()));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            one.iteration(&context(), sample(0, 1), Outcome::Success, None);
            two.iteration(&context(), sample(0, 2), Outcome::Success, None);
        });
    });
    for _ in 0..2 {
        assert_eq!(one.snapshot(Duration::from_secs(1)).tally(&all()).latency, of(&[1]));
        assert_eq!(two.snapshot(Duration::from_secs(1)).tally(&all()).latency, of(&[2]));
    }
}

#[test]
fn a_generator_that_starts_late_is_saturated() {
    let recorder = Recorder::new(labels());
    (0..100).for_each(|_| recorder.lateness(100_000));
    recorder.scheduling_lag(5);
    assert!(!recorder.snapshot(Duration::from_secs(1)).generator.saturated);
    (0..2).for_each(|_| recorder.lateness(50_000_000));
    let cpu = ResourceSample { cpu: 0.5, ..ResourceSample::default() };
    recorder.resources(Duration::from_secs(1), cpu);
    recorder.resources(Duration::from_secs(2), cpu);
    let generator = recorder.snapshot(Duration::from_secs(2)).generator;
    assert!(generator.saturated);
    assert_eq!((generator.lateness.count(), generator.scheduling_lag.count()), (102, 1));
    let cores = std::thread::available_parallelism().unwrap().get() as f64;
    assert!((generator.cpu_share - 0.5 / cores).abs() < 1e-12);
}

#[test]
fn a_generator_that_leaves_out_arrivals_is_saturated() {
    let recorder = Recorder::new(labels());
    (0..198).for_each(|_| recorder.lateness(100_000));
    let of = |stage: &str| Selection { stage: Some(stage.into()), ..Selection::default() };
    let unsent = |stage: &str, count| Generator { unsent: [(of(stage), count)].into(), ..Generator::default() };
    recorder.health(&unsent("low", 2));
    assert!(!recorder.snapshot(Duration::from_secs(1)).generator.saturated, "1 %");
    recorder.health(&unsent("spike", 1));
    recorder.health(&unsent("low", 1));
    let generator = recorder.snapshot(Duration::from_secs(1)).generator;
    assert!(generator.saturated);
    let counts = [&of("low"), &of("spike"), &Selection::default()].map(|which| generator.unsent_of(which));
    assert_eq!(counts, [3, 1, 4]);
}
