//! Throughput is what was completed while load was on, by the time of its end.

use super::*;
use crate::engine::spec::Setup;
use tokio::sync::Semaphore;

/// Serves one at a time, in 10 ms: 100 a second.
fn served_one_at_a_time() -> Spec {
    let mut test = local(|_, fixture, _| {
        Box::pin(async move {
            let seats = fixture.downcast_ref::<Semaphore>().ok_or("no server")?;
            let _seat = seats.acquire().await?;
            nap(10).await
        })
    });
    test.setup = Some(Setup { make: |_| Made::Ready(Ok(Box::new(Semaphore::new(1)))), shared: None });
    test
}

fn of(stage: &str) -> Selection {
    Selection { stage: (!stage.is_empty()).then(|| stage.into()), ..Selection::default() }
}

fn near(seen: Option<f64>, wanted: f64) {
    assert!(seen.is_some_and(|seen| (seen / wanted - 1.0).abs() < 0.02), "{seen:?} instead of {wanted}");
}

#[test]
fn an_overloaded_stage_has_the_throughput_of_its_system_and_not_of_its_load() {
    let staged = "virtual_time, graceful_stop = 200s, stages = [spike: 1_000/s for 10s, after: 10/s for 5s]";
    let measured_in_stages = measured(served_one_at_a_time(), staged);
    near(measured_in_stages.throughput(&of("spike")), 100.0);
    near(measured_in_stages.throughput(&of("after")), 100.0);
    near(measured_in_stages.throughput(&of("")), 100.0);
    let plain = measured(served_one_at_a_time(), "virtual_time, graceful_stop = 200s, rate = 1_000/s, duration = 10s");
    near(plain.throughput(&of("")), 100.0);
    assert_eq!(plain.seconds(&of("")), 10.0, "the drain is no load");
    assert_eq!(whole(&plain).successes, 10_000, "and what ends in it is measured all the same");
}

#[test]
fn two_spellings_of_one_load_agree() {
    let of_load = |load: &str| {
        let measured = simulated(|_, _, _| Box::pin(nap(2_000)), load);
        (measured.throughput(&of("")), measured.seconds(&of("")), whole(&measured).successes)
    };
    let plain = of_load("rate = 100/s, duration = 10s");
    assert_eq!(plain, (Some(80.0), 10.0, 1_000), "what was begun in the last two seconds ended behind the load");
    assert_eq!(of_load("stages = [100/s for 10s]"), plain);
    assert_eq!(of_load("scenarios = [only: 100/s], duration = 10s"), plain);
}

#[test]
fn the_drain_is_no_window() {
    let measured = simulated(|_, _, _| Box::pin(nap(700)), "users = 10, duration = 10s");
    let windows = measured.windows(&of(""), Duration::from_secs(1));
    let completed: Vec<u64> = windows.iter().map(|window| window.tally.completed).collect();
    assert_eq!(completed, [10, 10, 20, 10, 20, 10, 10, 20, 10, 20]);
    assert_eq!(measured.throughput(&of("")), Some(14.0));
}

#[test]
fn one_late_straggler_does_not_move_it() {
    let body: LocalIterate = |user, _, _| {
        let straggles = user.id() == 7 && user.iteration() == 49;
        Box::pin(nap(if straggles { 60_000 } else { 20 }))
    };
    let measured = simulated(body, "users = 100, iterations = 50");
    near(measured.throughput(&of("")), 5_000.0);
    let body: LocalIterate = |user, _, _| Box::pin(nap(if user.id() == 7 { 60_000 } else { 1_000 }));
    let measured = simulated(body, "stages = [burst: 200 at once, 10 for 5s]");
    near(measured.throughput(&of("burst")), 199.0);
}

#[test]
fn stages_and_windows_add_up_to_the_whole() {
    let load = "stages = [a: 20/s for 7s, b: 50/s for 6s, c: 5 for 4s]";
    let measured = simulated(|_, _, _| Box::pin(nap(130)), load);
    let completed = |stage: &str| measured.throughput(&of(stage)).unwrap() * measured.seconds(&of(stage));
    let windows = measured.windows(&of(""), Duration::from_secs(1));
    let of_windows: u64 = windows.iter().map(|window| window.tally.completed).sum();
    assert!((completed("a") + completed("b") + completed("c") - completed("")).abs() < 1e-6);
    assert!((of_windows as f64 - completed("")).abs() < 1e-6);
}
