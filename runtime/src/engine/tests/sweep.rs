//! Stress tests: what is called how often, on which input, and what of it is measured.

use super::*;
use crate::engine::Batch;
use crate::engine::rt::made::{Made, SendMade};
use crate::engine::spec::{BatchFn, Setup, TestBody};
use brunt_plan::parse;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

fn stress(batch: BatchFn, setup: fn(usize) -> SendMade<'static, Box<Fixture>>) -> Spec {
    let setup = Some(Setup { make: setup, shared: None });
    Spec { kind: Kind::Stress, batch: Some(batch), setup, ..blocking(|_, _, _| Ok(())) }
}

/// Runs a stress test to its end.
fn swept(spec: Spec, options: &str) -> Outcome {
    let (plan, mistakes) = parse::plan(Kind::Stress, options);
    assert!(mistakes.is_empty(), "{options}: {mistakes:?}");
    planned(spec, &plan, None, &Stop::new())
}

fn size_of(made: &Fixture) -> usize {
    *made.downcast_ref().unwrap()
}

fn sized(size: usize) -> SendMade<'static, Box<Fixture>> {
    Made::Ready(Ok(Box::new(size)))
}

fn of_case(measurements: &Measurements, case: &str) -> Tally {
    measurements.tally(&Selection { case: Some(case.into()), ..Selection::default() })
}

/// Sleeps as many milliseconds as its size.
const NAPS: BatchFn = BatchFn::Local(|made, batch| {
    Box::pin(async move {
        let ms = size_of(made) as u64;
        batch.run_async(|| nap(ms), |()| Ok(())).await;
    })
});

#[test]
fn every_size_is_called_as_often_as_planned_and_timed_alone() {
    let outcome = swept(stress(NAPS, sized), "sizes = [3, 30, 300], iterations = 7, virtual_time");
    assert!(outcome.trouble.is_none(), "{:?}", outcome.trouble);
    let measurements = outcome.measurements;
    for (case, ms) in [("size(3)", 3.0), ("size(30)", 30.0), ("size(300)", 300.0)] {
        let tally = of_case(&measurements, case);
        assert_eq!((tally.successes, tally.latency.count()), (7, 7), "{case}");
        assert_eq!((tally.latency.min(), tally.latency.max()), (Some(ms * 1e6), Some(ms * 1e6)));
        let selection = Selection { case: Some(case.into()), ..Selection::default() };
        assert!((measurements.seconds(&selection) - 7.0 * ms / 1e3).abs() < 1e-9, "its own time: {case}");
    }
    assert_eq!(measurements.elapsed, Duration::from_millis(7 * 333));
    assert_eq!(measurements.peak_users, 1);
}

#[test]
fn inputs_take_turns() {
    static ORDER: Mutex<Vec<usize>> = Mutex::new(Vec::new());
    let body = BatchFn::Local(|made, batch| {
        Box::pin(async move {
            let size = size_of(made);
            ORDER.lock().unwrap().push(size);
            batch.run_async(|| nap(15), |()| Ok(())).await;
        })
    });
    swept(stress(body, sized), "sizes = [1, 2], iterations = 4, virtual_time");
    // A turn lasts 20 ms: two calls of 15 ms.
    assert_eq!(*ORDER.lock().unwrap(), [1, 1, 2, 2, 1, 1, 2, 2]);
}

#[test]
fn without_a_number_it_ends_when_the_estimate_is_stable_or_after_a_second() {
    let measurements = swept(stress(NAPS, sized), "sizes = [2, 400], virtual_time").measurements;
    assert_eq!(of_case(&measurements, "size(2)").successes, 100);
    assert_eq!(of_case(&measurements, "size(400)").successes, 3);
    let measurements = swept(stress(NAPS, sized), "sizes = [2, 400], duration = 2s, virtual_time").measurements;
    assert_eq!(of_case(&measurements, "size(2)").successes, 1_000);
    assert_eq!(of_case(&measurements, "size(400)").successes, 5);
}

#[test]
fn iterations_of_a_fast_body_are_made_to_the_call() {
    static CALLS: AtomicU64 = AtomicU64::new(0);
    let body = BatchFn::Blocking(|_, batch| batch.run(|| Ok(CALLS.fetch_add(1, SeqCst))));
    let measurements = swept(stress(body, sized), "iterations = 12_345").measurements;
    assert_eq!(CALLS.load(SeqCst), 12_345);
    let tally = whole(&measurements);
    assert_eq!(tally.successes, 12_345);
    assert!((1..12_345).contains(&tally.latency.count()), "a batch is one time: {}", tally.latency.count());
}

#[test]
fn a_wrong_result_is_a_failed_iteration_and_no_latency() {
    static RESULTS: AtomicU64 = AtomicU64::new(0);
    let body = BatchFn::Blocking(|_, batch: &mut Batch| {
        batch.run_checked(
            || Ok(RESULTS.fetch_add(1, SeqCst)),
            |result| if result % 5 == 4 { Err(Failed::new("check", "a fifth")) } else { Ok(()) },
        );
    });
    let tally = whole(&swept(stress(body, sized), "iterations = 1_000").measurements);
    assert_eq!((tally.successes, tally.failures_of(|kind| kind == "check")), (800, 200));
}

#[test]
fn a_panic_is_one_failure_and_the_body_is_called_again() {
    static CALLS: AtomicU64 = AtomicU64::new(0);
    let body = BatchFn::Blocking(|_, batch| {
        batch.run(|| {
            assert!(CALLS.fetch_add(1, SeqCst) != 3, "the fourth");
            std::thread::sleep(Duration::from_micros(50));
            Ok(())
        });
    });
    let tally = whole(&swept(stress(body, sized), "iterations = 10").measurements);
    assert_eq!((tally.successes, tally.failures_of(|kind| kind == Failed::PANIC)), (9, 1));
    assert_eq!(CALLS.load(SeqCst), 10);
}

#[test]
fn a_call_that_never_ends_is_a_timeout() {
    let body =
        BatchFn::Local(|_, batch| Box::pin(async move { batch.run_async(std::future::pending, |()| Ok(())).await }));
    let tally = whole(&swept(stress(body, sized), "iterations = 3, timeout = 2s, virtual_time").measurements);
    assert_eq!(tally.failures_of(|kind| kind == Failed::TIMEOUT), 3);
    assert_eq!(tally.latency.max(), Some(2e9));
}

#[test]
fn every_input_is_torn_down_even_after_one_that_could_not_be_made() {
    static ENDED: Mutex<Vec<usize>> = Mutex::new(Vec::new());
    fn third_fails(size: usize) -> SendMade<'static, Box<Fixture>> {
        Made::Ready(if size == 3 { Err(Failed::new("disk", "full")) } else { Ok(Box::new(size)) })
    }
    let spec = Spec {
        teardown: Some(|made| {
            ENDED.lock().unwrap().push(size_of(made));
            Made::Ready(Ok(()))
        }),
        ..stress(NAPS, third_fails)
    };
    let outcome = swept(spec, "sizes = [1, 2, 3], iterations = 1, virtual_time");
    assert!(matches!(outcome.trouble, Some(crate::Error::Hook { hook: "setup", .. })), "{:?}", outcome.trouble);
    assert_eq!(*ENDED.lock().unwrap(), [1, 2]);
    assert_eq!(whole(&outcome.measurements).count(), 0);
}

#[test]
fn several_callers_are_released_together() {
    let spec = Spec { batch: None, kind: Kind::Stress, ..local(|_, _, _| Box::pin(nap(100))) };
    let measurements = swept(spec, "concurrency = 50, iterations = 1, virtual_time").measurements;
    assert_eq!((whole(&measurements).successes, measurements.peak_users), (50, 50));
    assert_eq!(measurements.elapsed, Duration::from_millis(100));
    let measurements = swept(spec, "concurrency = 5, iterations = 4, virtual_time").measurements;
    assert_eq!((whole(&measurements).successes, measurements.peak_users), (20, 5));
}

/// What `user_setup` made for a caller: its own count to begin with, and what it was made for.
struct Own {
    size: usize,
    caller: u64,
    calls: u64,
}

static ENDED: Mutex<Vec<(usize, u64, u64)>> = Mutex::new(Vec::new());

fn with_own_inputs() -> Spec {
    let body = Body::Local {
        iterate: |user, made, state| {
            Box::pin(async move {
                let own = state.downcast_mut::<Own>().unwrap();
                assert_eq!((own.size, own.caller, own.calls), (size_of(made), user.id(), user.iteration()));
                own.calls += 1;
                nap(10).await
            })
        },
        user_setup: Some(|user, made| {
            let own = Own { size: size_of(made), caller: user.id(), calls: 0 };
            Made::Later(Box::pin(async move {
                nap(500).await?;
                Ok(Box::new(own) as Box<LocalState>)
            }))
        }),
        user_teardown: Some(|state| {
            let own = state.downcast_mut::<Own>().unwrap();
            ENDED.lock().unwrap().push((own.size, own.caller, own.calls));
            Made::Ready(Ok(()))
        }),
    };
    Spec { batch: Some(NAPS), body: TestBody::Users(body), ..stress(NAPS, sized) }
}

#[test]
fn every_caller_has_its_own_input_anew_for_every_size() {
    let ran = |options: &str| {
        ENDED.lock().unwrap().clear();
        let outcome = swept(with_own_inputs(), &format!("virtual_time, user_setup = own, {options}"));
        assert!(outcome.trouble.is_none(), "{:?}", outcome.trouble);
        let mut ended = ENDED.lock().unwrap().clone();
        ended.sort_unstable();
        (outcome.measurements, ended)
    };
    let of = |size, calls| (0..3).map(move |caller| (size, caller, calls));
    let (measurements, ended) = ran("sizes = [7, 70], concurrency = 3, iterations = 4");
    assert_eq!(ended, of(7, 4).chain(of(70, 4)).collect::<Vec<_>>());
    assert_eq!(of_case(&measurements, "size(70)").successes, 12);
    assert_eq!(measurements.elapsed, Duration::from_millis(80), "making them is not measured");
    // Callers that are released together have been made before.
    let (measurements, ended) = ran("sizes = [7, 70], concurrency = 3");
    assert_eq!(ended, of(7, 1).chain(of(70, 1)).collect::<Vec<_>>());
    assert_eq!((whole(&measurements).latency.max(), measurements.elapsed), (Some(10e6), Duration::from_millis(20)));
    // A single caller has its own too, though its body could be called in batches.
    assert_eq!(ran("sizes = [7], concurrency = 1, iterations = 2").1, [(7, 0, 2)]);
}

#[test]
fn a_signal_that_cuts_the_setup_of_an_input_short_is_no_failure_of_the_setup() {
    static STOP: Stop = Stop::new();
    fn stopped_at_thirty(size: usize) -> SendMade<'static, Box<Fixture>> {
        Made::Later(Box::pin(async move {
            if size == 30 {
                STOP.request();
                std::future::pending::<()>().await;
            }
            Ok(Box::new(size) as Box<Fixture>)
        }))
    }
    let (plan, _) = parse::plan(Kind::Stress, "sizes = [3, 30, 300], iterations = 7, virtual_time");
    let outcome = planned(stress(NAPS, stopped_at_thirty), &plan, None, &STOP);
    assert!(matches!(outcome.trouble, Some(crate::Error::Stopped)), "{:?}", outcome.trouble);
    // Inputs are made before any is measured.
    assert_eq!(whole(&outcome.measurements).count(), 0);
}
