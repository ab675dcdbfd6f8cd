//! What a load notices of the generator's own health: counts and orders, on loads that outdo any machine.

use super::*;

/// Holds the thread, as nothing in an async body should.
fn block(ms: u64) -> Done {
    std::thread::sleep(Duration::from_millis(ms));
    Ok(())
}

#[test]
fn arrivals_that_the_generator_is_hopelessly_late_for_are_given_up() {
    // More than anybody can send: the load must end all the same.
    let body = shared(|_, _, _| Box::pin(async { Ok(()) }));
    let measurements = measured(body, "rate = 1_000_000_000/s, duration = 500ms");
    let (tally, generator) = (whole(&measurements), &measurements.generator);
    let unsent = generator.unsent_of(&Selection::default());
    assert_eq!(tally.count() + tally.dropped + unsent, 500_000_000);
    assert!(unsent > 250_000_000 && generator.saturated, "{unsent}");
}

#[test]
fn what_was_not_sent_is_told_apart_by_stage_and_scenario() {
    let body = shared(|_, _, _| Box::pin(async { Ok(()) }));
    let options = "stages = [low: 100/s for 300ms, high: 1_000_000_000/s for 300ms], scenarios = [a: 3x, b: 1x]";
    let measurements = measured(body, options);
    let of = |stage: Option<&str>, scenario: Option<&str>| Selection {
        stage: stage.map(Into::into),
        scenario: scenario.map(Into::into),
        ..Selection::default()
    };
    let unsent = |stage, scenario| measurements.generator.unsent_of(&of(stage, scenario));
    let all = unsent(None, None);
    assert!(all > 250_000_000, "{all}");
    assert!(all.abs_diff(unsent(Some("high"), None)) <= 30, "{all}");
    assert_eq!(unsent(None, Some("a")) + unsent(None, Some("b")), all);
    assert!((unsent(None, Some("a")) as f64 / all as f64 - 0.75).abs() < 0.01);
}

#[test]
fn a_load_that_is_ended_early_leaves_out_what_was_long_due() {
    let plan = plan("rate = 1_000_000_000/s, duration = 1h");
    let spec = Box::leak(Box::new(shared(|_, _, _| Box::pin(async { Ok(()) }))));
    let watch = |so_far: &Measurements| {
        let reason = "seen enough".to_owned();
        (so_far.elapsed > Duration::from_millis(500)).then_some(crate::engine::Halt { reason, kill: false })
    };
    let outcome = run_job(Job {
        spec,
        plan: &plan,
        targets: &[],
        stop: &Stop::new(),
        watch: &watch,
        hypothesis: &(),
        limit: None,
        undecided: &|_| Vec::new(),
    });
    assert!(outcome.measurements.generator.unsent_of(&Selection::default()) > 250_000_000);
}

#[test]
fn virtual_time_leaves_nothing_out() {
    let measurements = simulated(|_, _, _| Box::pin(nap(5)), "rate = 50_000/s, duration = 1s");
    assert_eq!(whole(&measurements).count() + whole(&measurements).dropped, 50_000);
    assert_eq!(measurements.generator.unsent_of(&Selection::default()), 0);
    let generator = &measurements.generator;
    assert_eq!((generator.pauses.count(), generator.holds.count(), generator.waits.count()), (0, 0, 0));
}

#[test]
fn a_body_that_blocks_its_thread_is_seen_and_so_is_the_wait_that_no_latency_has() {
    let threads = std::thread::available_parallelism().unwrap().get() as u64;
    let users = 10 * threads;
    for per_core in ["", ", per_core"] {
        let body = shared(|_, _, _| Box::pin(async { block(20) }));
        let measurements = measured(body, &format!("users = {users}, duration = 1s{per_core}"));
        let generator = &measurements.generator;
        assert_eq!(generator.holds.count(), whole(&measurements).count());
        assert!(generator.holds.min() >= Some(20e6));
        // In turn with nine others on the thread.
        assert!(generator.waits.percentile(50.0) > whole(&measurements).latency.percentile(50.0), "{per_core}");
        assert!(!generator.awaits);
    }
}

#[test]
fn the_wait_for_the_first_iteration_counts_too() {
    let users = 20 * std::thread::available_parallelism().unwrap().get() as u64;
    for options in [format!("users = {users}"), format!("stages = [{users} at once]")] {
        let measurements = measured(shared(|_, _, _| Box::pin(async { block(10) })), &options);
        let waits = &measurements.generator.waits;
        // In turn with nineteen others on the thread.
        assert!(waits.count() >= users / 2 && waits.max() >= Some(100e6), "{options}: {waits:?}");
    }
}

#[test]
fn a_body_that_awaits_and_blocks_is_seen_too() {
    let body = shared(|_, _, _| {
        Box::pin(async {
            tokio::task::yield_now().await;
            block(5)
        })
    });
    let measurements = measured(body, "users = 40, iterations = 4");
    let generator = &measurements.generator;
    assert!(generator.awaits);
    // One in 32 iterations is timed, and stands for as many.
    assert_eq!(generator.holds.count(), 160);
    assert!(generator.holds.min() >= Some(5e6));
}

#[test]
fn bodies_that_await_hold_nothing() {
    let measurements = measured(shared(|_, _, _| Box::pin(nap(2))), "users = 4, iterations = 50");
    assert!(measurements.generator.holds.count() < 100, "{:?}", measurements.generator.holds);
    let blocking = measured(blocking(|_, _, _| block(5)), "users = 4, iterations = 20");
    assert_eq!(blocking.generator.holds.count(), 0, "a plain function has a thread of its own");
}

#[test]
fn the_probes_measure_how_late_who_sleeps_wakes_up() {
    let measurements = measured(shared(|_, _, _| Box::pin(nap(10))), "users = 2, duration = 500ms");
    let generator = &measurements.generator;
    assert!(generator.pauses.count() >= 2 && generator.scheduling_lag.count() >= 2, "{generator:?}");
}

#[test]
fn a_deadlock_in_virtual_time_is_ended() {
    let body: LocalIterate = |user, _, _| {
        Box::pin(async move {
            if user.id() == 1 && user.iteration() == 3 {
                std::future::pending::<()>().await;
            }
            nap(100).await
        })
    };
    for options in ["users = 3, iterations = 10", "stages = [3 at once; 5]"] {
        let outcome = outcome(local(body), &format!("virtual_time, {options}"));
        assert!(outcome.halted.is_some(), "{options}");
        let stuck = outcome.measurements.generator.stuck.clone().unwrap();
        assert_eq!((stuck.users, stuck.is_virtual), (1, true), "{options}");
        // The time in which nothing moved was none of the load.
        assert!(outcome.measurements.elapsed < Duration::from_secs(60), "{:?}", outcome.measurements.elapsed);
        assert_eq!(whole(&outcome.measurements).interrupted, 1, "{options}");
    }
}

#[test]
fn a_day_of_sleep_in_virtual_time_is_no_deadlock() {
    let measurements = simulated(|_, _, _| Box::pin(nap(24 * 3_600_000)), "users = 2, iterations = 2");
    assert_eq!(whole(&measurements).successes, 4);
    assert_eq!(measurements.generator.stuck, None);
}
