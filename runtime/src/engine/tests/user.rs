//! What bodies do with their user.

use super::*;
use crate::engine::{Bytes, Feed};
use std::collections::HashSet;
use std::sync::{LazyLock, Mutex};

fn value(measurements: &Measurements, name: &str) -> crate::record::ValueTally {
    let subject = Subject::Value(name.into());
    measurements.values(&Selection { subject, ..Selection::default() }).unwrap()
}

#[test]
fn steps_are_measured_nested_and_joined() {
    let measurements = simulated(
        |user, _, _| {
            Box::pin(async move {
                user.step("outer", async { user.step("inner", nap(20)).await }).await?;
                let (a, b) = tokio::join!(user.step("left", nap(30)), user.step("right", nap(50)));
                a.and(b)?;
                let odd = user.step("odd", async { Err::<(), _>("odd") }).await;
                assert_eq!(odd.unwrap_err().kind(), "error");
                user.step_blocking("plain", || "7".parse::<u32>()).map(|_| ())
            })
        },
        "users = 2, iterations = 3",
    );
    for (step, took) in [("outer", 20e6), ("inner", 20e6), ("left", 30e6), ("right", 50e6), ("plain", 0.0)] {
        let tally = of_step(&measurements, step);
        assert_eq!((tally.successes, tally.latency.max()), (6, Some(took)), "{step}");
    }
    assert_eq!(of_step(&measurements, "odd").failures["error"].count, 6);
    assert_eq!(whole(&measurements).successes, 6);
}

#[test]
fn a_step_that_is_dropped_is_cancelled_and_one_that_panics_has_failed() {
    let measurements = simulated(
        |user, _, _| {
            Box::pin(async move {
                let _ = tokio::time::timeout(Duration::from_millis(10), user.step("slow", nap(100))).await;
                user.step("panics", async { if user.id() == 0 { panic!("no") } else { nap(1).await } }).await
            })
        },
        "users = 1",
    );
    let slow = of_step(&measurements, "slow");
    assert_eq!((slow.cancelled, slow.count()), (1, 0));
    assert_eq!(of_step(&measurements, "panics").failures["panic"].count, 1);
}

#[test]
fn steps_are_carried_into_tasks_and_threads() {
    let measurements = measured(
        shared(|user, _, _| {
            Box::pin(async move {
                let steps = user.steps();
                tokio::spawn(async move { steps.step("task", nap(1)).await }).await??;
                let thread = std::thread::spawn(move || {
                    steps.record("width", 3)?;
                    steps.step_blocking("thread", || Ok::<_, Failed>(()))
                });
                thread.join().map_err(|_| "the thread panicked")??;
                Ok(())
            })
        }),
        "users = 2, iterations = 3",
    );
    assert_eq!((of_step(&measurements, "task").successes, of_step(&measurements, "thread").successes), (6, 6));
    assert_eq!(value(&measurements, "width").distribution.count(), 6);
    assert_eq!(whole(&measurements).failures(), 0);
}

#[test]
fn work_that_outlives_the_load_is_told() {
    let mut test = shared(|user, _, _| {
        Box::pin(async move {
            let steps = user.steps();
            tokio::spawn(async move { steps.step("late", nap(50)).await });
            Ok(())
        })
    });
    test.teardown = Some(|_| Made::Later(Box::pin(nap(200))));
    let measurements = measured(test, "users = 3");
    assert_eq!(of_step(&measurements, "late").count(), 0);
    assert!(measurements.notes.iter().any(|note| note.starts_with("3 samples")), "{:?}", measurements.notes);
}

#[test]
fn values_of_all_sorts_and_checks() {
    let measurements = simulated(
        |user, _, _| {
            Box::pin(async move {
                user.record("hit", user.iteration() % 2 == 0);
                user.record("took", Duration::from_millis(3));
                user.record("size", Bytes(4_096));
                user.record("rows", 7_usize);
                user.check("complete", user.iteration() != 1);
                if user.iteration() == 2 {
                    user.record("rows", f64::NAN);
                }
                Ok(())
            })
        },
        "users = 1, iterations = 4",
    );
    assert_eq!(value(&measurements, "hit").distribution.mean(), Some(0.5));
    assert_eq!(value(&measurements, "took").distribution.max(), Some(3e6));
    assert_eq!(value(&measurements, "complete").distribution.mean(), Some(0.75));
    let tally = whole(&measurements);
    assert_eq!((tally.successes, tally.failures["check: complete"].count, tally.failures["value"].count), (2, 1, 1));
}

#[test]
fn tags_last_for_the_iteration() {
    let measurements = simulated(
        |user, _, _| {
            Box::pin(async move {
                if user.iteration() == 0 {
                    user.tag("tenant", "acme");
                }
                user.step("read", nap(1)).await
            })
        },
        "users = 3, iterations = 2",
    );
    let tag = Some(("tenant".into(), "acme".into()));
    for subject in [Subject::Iteration, Subject::Step("read".into())] {
        let tagged = measurements.tally(&Selection { tag: tag.clone(), subject, ..Selection::default() });
        assert_eq!(tagged.successes, 3);
    }
    assert_eq!(whole(&measurements).successes, 6);
}

#[test]
fn thinking_is_no_latency() {
    let measurements = simulated(
        |user, _, _| {
            Box::pin(async move {
                nap(10).await?;
                tokio::join!(user.think(Duration::from_secs(1)), user.think(Duration::from_secs(2)));
                Ok(())
            })
        },
        "users = 2, iterations = 3, think_time = 1s..3s",
    );
    assert_eq!(whole(&measurements).latency.max(), Some(10e6));
    assert!((8..13).contains(&measurements.elapsed.as_secs()), "{:?}", measurements.elapsed);
    let measurements = simulated(|_, _, _| Box::pin(nap(10)), "users = 2, duration = 1s, think_time = 1h");
    assert_eq!(measurements.elapsed, Duration::from_secs(1));
}

#[test]
fn the_end_of_the_load_hurries_nobody_who_thinks() {
    static ENDED: Mutex<Vec<Duration>> = Mutex::new(Vec::new());
    let body: LocalIterate = |user, _, _| {
        Box::pin(async move {
            let start = tokio::time::Instant::now();
            user.think(Duration::from_secs(2 + user.id())).await;
            ENDED.lock().unwrap().push(start.elapsed());
            Ok(())
        })
    };
    assert_eq!(whole(&simulated(body, "users = 3, duration = 1s")).successes, 3);
    assert_eq!(*ENDED.lock().unwrap(), [2, 3, 4].map(Duration::from_secs));
}

#[test]
fn random_numbers_differ_by_place_and_agree_by_seed() {
    static DRAWN: Mutex<Vec<u64>> = Mutex::new(Vec::new());
    let draw = |seed: u32| {
        let body: LocalIterate = |user, _, _| {
            Box::pin(async move {
                let mut drawn = DRAWN.lock().unwrap();
                drawn.push(user.pick(0..u64::MAX));
                drawn.push(user.pick(0..=u64::MAX));
                assert!(["a", "b"].contains(user.pick(&["a", "b"])));
                Ok(())
            })
        };
        DRAWN.lock().unwrap().clear();
        simulated(body, &format!("users = 5, iterations = 5, seed = {seed}"));
        DRAWN.lock().unwrap().clone()
    };
    let drawn = draw(1);
    assert_eq!(drawn.iter().collect::<HashSet<_>>().len(), 50);
    assert_eq!(drawn, draw(1));
    assert_ne!(drawn, draw(2));
}

#[test]
fn pairs_run_in_either_order() {
    static FIRST: Mutex<Vec<char>> = Mutex::new(Vec::new());
    let measurements = simulated(
        |user, _, _| {
            Box::pin(async move {
                let step = |name: char| async move {
                    FIRST.lock().unwrap().push(name);
                    nap(1).await
                };
                user.pair("a", step('a'), "b", step('b')).await.map(|_| ())
            })
        },
        "users = 1, iterations = 40",
    );
    let order = FIRST.lock().unwrap().clone();
    let a_first = order.chunks(2).filter(|pair| pair == &['a', 'b']).count();
    let b_first = order.chunks(2).filter(|pair| pair == &['b', 'a']).count();
    assert_eq!(a_first + b_first, 40);
    assert!(a_first > 5 && b_first > 5, "{a_first} {b_first}");
    assert_eq!(of_step(&measurements, "a").successes, 40);
}

#[test]
fn the_same_seed_gives_the_same_measurements() {
    let run = || {
        let measurements = simulated(
            |user, _, _| {
                Box::pin(async move {
                    user.step("work", nap(user.pick(1..50))).await?;
                    user.think(Duration::from_millis(user.pick(1..50))).await;
                    if user.pick(0..10) == 0 { Err("unlucky")? } else { Ok(()) }
                })
            },
            "stages = [a: 20 for 5s, b: 50/s for 5s, c: 100 at once], scenarios = [x: 1x, y: 3x], seed = 7",
        );
        let tallies = ["a", "b", "c"].map(|stage| of_stage(&measurements, stage));
        (tallies, of_scenario(&measurements, "x"), measurements.elapsed)
    };
    assert_eq!(run(), run());
}

#[test]
fn feeds_are_shared_unique_or_random_and_say_when_they_are_dry() {
    static ACCOUNTS: LazyLock<Feed<&str>> = LazyLock::new(|| Feed::new("accounts", ["ann", "bob"]));
    let measurements = simulated(
        |user, _, _| {
            Box::pin(async move {
                user.record("ann", *ACCOUNTS.next()? == "ann");
                assert!(["ann", "bob"].contains(ACCOUNTS.random(user)?));
                assert_eq!(*ACCOUNTS.of(user)?, ["ann", "bob"][user.id() as usize]);
                ACCOUNTS.take().map(|_| ())
            })
        },
        "users = 3, iterations = 4",
    );
    assert_eq!(value(&measurements, "ann").distribution.mean(), Some(0.5));
    let tally = whole(&measurements);
    assert_eq!((tally.successes, tally.failures["feed"].count), (2, 10));
    let example = &tally.failures["feed"].example;
    assert!(example.starts_with("the feed `accounts` has 2 rows, and "), "{example}");
}

/// The process's resident memory in MiB, where the system tells.
fn resident() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(line.trim().trim_end_matches(" kB").parse::<f64>().ok()? / 1024.0)
}

/// Minutes of real time: `cargo test -p brunt --lib tenants_over_an_hour -- --ignored --nocapture`.
#[test]
#[ignore = "measures the memory of an hour of virtual time"]
fn a_thousand_tenants_over_an_hour_are_bounded() {
    let before = resident();
    let measurements = simulated(
        |user, _, _| {
            Box::pin(async move {
                user.tag("tenant", user.iteration().wrapping_mul(7) % 1_000);
                user.step("read", nap(5)).await?;
                user.step("write", nap(10)).await
            })
        },
        "rate = 1000/s, duration = 1h, max_users = 100",
    );
    let after = resident();
    println!("resident: {before:?} → {after:?} MiB, {} iterations", whole(&measurements).successes);
    if let Some((before, after)) = before.zip(after) {
        assert!(after - before < 500.0, "grew by {} MiB", after - before);
    }
}

/// The same of products of names.
#[test]
#[ignore = "measures the memory of a million combinations"]
fn a_thousand_steps_by_three_thousand_tags_are_bounded() {
    let before = resident();
    let measurements = simulated(
        |user, _, _| {
            Box::pin(async move {
                user.tag("tag", user.iteration());
                for step in 0..997 {
                    user.step(&format!("step {step}"), async { Ok::<_, Failed>(()) }).await?;
                }
                nap(1).await
            })
        },
        "users = 1, iterations = 3000",
    );
    let after = resident();
    println!("resident: {before:?} → {after:?} MiB, {} iterations", whole(&measurements).successes);
    assert_eq!(whole(&measurements).successes, 3_000);
    if let Some((before, after)) = before.zip(after) {
        assert!(after - before < 300.0, "grew by {} MiB", after - before);
    }
}
