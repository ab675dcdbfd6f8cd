//! Arrivals.

use super::*;

#[test]
fn a_rate_gives_exactly_rate_times_duration() {
    let measurements = simulated(|_, _, _| Box::pin(nap(5)), "rate = 100/s, duration = 10s");
    assert_eq!(whole(&measurements).successes, 1_000);
    assert_eq!(measurements.elapsed, Duration::from_secs(10));
    let seconds = measurements.windows(&Selection::default(), Duration::from_secs(1));
    assert_eq!(seconds.iter().map(|window| window.tally.successes).collect::<Vec<_>>(), [100; 10]);
}

#[test]
fn latency_counts_from_the_exact_intended_start() {
    // 1 600/s: arrivals at 0, 0.625, 1.25, … ms start on the next tick of a millisecond.
    let measurements = simulated(|_, _, _| Box::pin(async { Ok(()) }), "rate = 1_600/s, duration = 1s");
    let tally = whole(&measurements);
    assert_eq!(tally.successes, 1_600);
    let latency = &tally.latency;
    assert_eq!((latency.min(), latency.max()), (Some(0.0), Some(875_000.0)));
    assert_eq!(tally.service.max(), Some(0.0));
}

#[test]
fn arrivals_without_a_free_user_are_dropped_and_counted() {
    let measurements = simulated(|_, _, _| Box::pin(nap(2_000)), "rate = 100/s, duration = 1s, max_users = 5");
    let tally = whole(&measurements);
    assert_eq!((tally.successes, tally.dropped, measurements.peak_users), (5, 95, 5));
}

#[test]
fn users_are_used_again() {
    let body: LocalIterate = |user, _, _| {
        Box::pin(async move {
            user.record("user", user.id());
            nap(5).await
        })
    };
    let measurements = simulated(body, "rate = 100/s, duration = 1s");
    let values =
        measurements.values(&Selection { subject: Subject::Value("user".into()), ..Selection::default() }).unwrap();
    assert_eq!(values.distribution.max(), Some(0.0), "one user is enough for 100/s of 5 ms");
}

#[test]
fn poisson_arrivals_are_the_same_for_the_same_seed() {
    let count = |seed: u32| {
        let options = format!("rate = 100/s, poisson, duration = 10s, seed = {seed}");
        whole(&simulated(|_, _, _| Box::pin(nap(5)), &options)).successes
    };
    assert_eq!(count(1), count(1));
    assert!(count(1).abs_diff(1_000) < 200);
}

/// The stalling service that tells honest latencies from coordinated omission: 1 s in every 10 s at 100/s nothing is
/// answered. p_q = S + s − (1 − q)·P above the onset, with the stall S, the period P and the usual time s.
#[test]
fn a_stall_is_seen_by_all_who_would_have_come() {
    let mut test = local(|_, fixture, _| {
        Box::pin(async move {
            let start = fixture.downcast_ref::<tokio::time::Instant>().unwrap();
            let phase = start.elapsed().as_millis() as u64 % 10_000;
            nap(if phase >= 9_000 { 10_000 - phase } else { 0 } + 5).await
        })
    });
    test.setup = Some(crate::engine::spec::Setup {
        make: |_| Made::Ready(Ok(Box::new(tokio::time::Instant::now()))),
        shared: None,
    });
    let tally = whole(&measured(test, "virtual_time, rate = 100/s, duration = 100s"));
    assert_eq!(tally.successes, 10_000);
    for (percentile, wanted) in [(50.0, 5e6), (95.0, 505e6), (99.0, 905e6), (99.9, 995e6)] {
        let seen = tally.latency.percentile(percentile).unwrap();
        assert!((seen / wanted - 1.0).abs() < 0.01, "p{percentile}: {seen} against {wanted}");
    }
}

#[test]
fn arrivals_in_real_time() {
    let body = shared(|_, _, _| Box::pin(nap(1)));
    let measurements = measured(body, "rate = 2_000/s, duration = 500ms");
    assert_eq!(whole(&measurements).successes, 1_000);
    assert_eq!(measurements.generator.lateness.count(), 1_000);
    let body = blocking(|_, _, _| {
        std::thread::sleep(Duration::from_millis(1));
        Ok(())
    });
    assert_eq!(whole(&measured(body, "rate = 500/s, duration = 200ms")).successes, 100);
    let body = local(|_, _, _| Box::pin(nap(1)));
    assert_eq!(whole(&measured(body, "per_core, rate = 500/s, duration = 200ms")).successes, 100);
}
