//! Users that loop.

use super::*;
use crate::engine::users::pool::Pool;
use crate::engine::users::task;
use crate::engine::users::user_kind::{LocalUser, SendUser};
use std::sync::Arc;

#[test]
fn a_plan_without_options_is_one_iteration() {
    assert_eq!(whole(&simulated(|_, _, _| Box::pin(nap(5)), "users = 1")).successes, 1);
    assert_eq!(whole(&simulated(|_, _, _| Box::pin(nap(5)), "users = 100")).successes, 100);
}

#[test]
fn every_user_does_its_iterations() {
    let measurements = simulated(|_, _, _| Box::pin(nap(5)), "users = 10, iterations = 20");
    assert_eq!(whole(&measurements).successes, 200);
    assert_eq!(measurements.peak_users, 10);
    assert_eq!(measurements.elapsed, Duration::from_millis(100));
    assert_eq!(whole(&measurements).latency.max(), Some(5e6));
}

#[test]
fn a_shared_budget_is_used_up_exactly() {
    assert_eq!(whole(&simulated(|_, _, _| Box::pin(nap(5)), "users = 7, total_iterations = 100")).successes, 100);
    let real = shared(|_, _, _| Box::pin(async { Ok(()) }));
    assert_eq!(whole(&measured(real, "users = 7, total_iterations = 10_000")).successes, 10_000);
}

#[test]
fn a_duration_ends_the_load_and_lets_iterations_finish() {
    // 3 users × iterations of 300 ms that start before 1 s: at 0, 300, 600 and 900.
    let measurements = simulated(|_, _, _| Box::pin(nap(300)), "users = 3, duration = 1s");
    assert_eq!(whole(&measurements).successes, 12);
    assert_eq!(measurements.elapsed, Duration::from_millis(1200));
}

#[test]
fn failures_and_panics_are_counted_and_lower_no_number_of_users() {
    let measurements = simulated(
        |user, _, _| {
            Box::pin(async move {
                nap(1).await?;
                match user.id() {
                    0 => Err(Failed::new("odd", "odd")),
                    1 => panic!("boom {}", user.id()),
                    _ => Ok(()),
                }
            })
        },
        "users = 3, iterations = 5",
    );
    let tally = whole(&measurements);
    assert_eq!((tally.successes, tally.failures["odd"].count, tally.failures["panic"].count), (5, 5, 5));
    assert!(tally.failures["panic"].example.starts_with("boom 1 ("), "{}", tally.failures["panic"].example);
    assert!(tally.failures["panic"].example.contains("closed.rs:"));
}

#[test]
fn bodies_on_threads() {
    let body = blocking(|user, _, _| {
        std::thread::sleep(Duration::from_micros(100));
        if user.id() == 2 { panic!("no") } else { Ok(()) }
    });
    let tally = whole(&measured(body, "users = 4, iterations = 10"));
    assert_eq!((tally.successes, tally.failures["panic"].count), (30, 10));
}

#[test]
fn bodies_on_a_runtime_per_core() {
    let body = local(|_, _, _| Box::pin(async { tokio::task::spawn_local(nap(1)).await? }));
    assert_eq!(whole(&measured(body, "per_core, users = 5, iterations = 10")).successes, 50);
}

#[test]
fn a_user_is_small() {
    // With what tokio and the roster add it is to stay below 700 bytes: 100 000 users must fit anywhere.
    fn size<F>(_: impl Fn(Arc<Pool>, u64) -> F) -> usize {
        size_of::<F>()
    }
    let sizes = [size(task::run_user::<SendUser>), size(task::run_user::<LocalUser>)];
    assert!(sizes.iter().all(|size| *size <= 450), "{sizes:?} {}", size_of::<User>());
}

#[test]
fn a_load_of_less_than_a_second_has_a_reading_of_what_it_used() {
    let body = blocking(|_, _, _| {
        std::thread::sleep(Duration::from_millis(1));
        Ok(())
    });
    let readings = measured(body, "users = 1, duration = 200ms").resources.samples;
    assert_eq!(readings.len(), 1);
    assert!(readings[0].1.memory > 0);
}

#[test]
fn failures_and_successes_that_follow_one_another_are_counted() {
    let body: LocalIterate = |user, _, _| {
        let fails = user.iteration() % 2 == 1;
        Box::pin(async move { if fails { Err(Failed::new("odd", "odd")) } else { nap(1).await } })
    };
    let tally = whole(&simulated(body, "users = 1, iterations = 50"));
    assert_eq!((tally.successes, tally.switches), (25, 49));
}
