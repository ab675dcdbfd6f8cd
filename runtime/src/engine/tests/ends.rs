//! How iterations and loads end other than well.

use super::*;
use crate::engine::Halt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};

#[test]
fn what_runs_beyond_the_graceful_stop_is_interrupted() {
    for options in ["users = 3, duration = 1s", "rate = 3/s, duration = 1s"] {
        let measurements = simulated(|_, _, _| Box::pin(nap(60_000)), &format!("{options}, graceful_stop = 2s"));
        let tally = whole(&measurements);
        assert_eq!((tally.successes, tally.interrupted), (0, 3), "{options}");
        // Interrupted at what it had waited.
        assert_eq!(tally.latency.max(), Some(3e9), "{options}");
    }
}

#[test]
fn a_timeout_is_a_kind_and_counts_as_long_as_it_waited() {
    let tally = whole(&simulated(|_, _, _| Box::pin(nap(60_000)), "users = 3, iterations = 4, timeout = 250ms"));
    assert_eq!(tally.failures["timeout"].count, 12);
    assert_eq!((tally.latency.min(), tally.latency.max()), (Some(250e6), Some(250e6)));
}

#[test]
fn a_thread_that_outlives_the_load_is_interrupted_once() {
    static RELEASED: AtomicBool = AtomicBool::new(false);
    let body = blocking(|user, _, _| {
        std::thread::sleep(Duration::from_millis(1));
        while user.id() == 0 && !RELEASED.load(SeqCst) {
            std::thread::sleep(Duration::from_millis(1));
        }
        Ok(())
    });
    let measurements = measured(body, "users = 2, duration = 1s, graceful_stop = 50ms");
    RELEASED.store(true, SeqCst);
    let tally = whole(&measurements);
    assert_eq!(tally.interrupted, 1);
    assert!(measurements.notes.iter().any(|note| note.contains("1 iteration held a thread")));
}

#[test]
fn a_body_that_never_awaits_ends_with_its_time() {
    let body = shared(|_, _, _| {
        Box::pin(async {
            std::hint::black_box(0);
            Ok(())
        })
    });
    let measurements = measured(body, "users = 1_000, duration = 300ms");
    assert!(whole(&measurements).successes > 1_000);
    // In virtual time too, where such a body uses no time at all.
    let measurements = simulated(|_, _, _| Box::pin(async { Ok(()) }), "users = 2, duration = 1s");
    assert_eq!(whole(&measurements).successes, 2 * 64 * 1_000);
}

#[test]
fn long_lived_sessions_end_with_the_load() {
    let body: LocalIterate = |user, _, _| {
        Box::pin(async move {
            assert!(user.until_end(nap(60_000)).await.is_none());
            Ok(())
        })
    };
    for options in ["users = 3, duration = 1s", "stages = [a: 3 for 1s]", "rate = 3/s, duration = 1s"] {
        let measurements = simulated(body, options);
        assert_eq!((whole(&measurements).successes, whole(&measurements).interrupted), (3, 0), "{options}");
        assert_eq!(measurements.elapsed, Duration::from_secs(1), "{options}");
    }
    // The future's own end comes first.
    let tally = whole(&simulated(
        |user, _, _| Box::pin(async move { user.until_end(nap(10)).await.ok_or("the end")? }),
        "users = 1, iterations = 3",
    ));
    assert_eq!(tally.successes, 3);
}

#[test]
fn the_watch_may_end_the_load() {
    let plan = plan("virtual_time, users = 2, duration = 1h");
    let spec = Box::leak(Box::new(local(|_, _, _| Box::pin(nap(100)))));
    let looks = AtomicU64::new(0);
    let watch = |so_far: &Measurements| {
        looks.fetch_add(1, SeqCst);
        let reason = "seen enough".to_owned();
        (whole(so_far).successes >= 100).then_some(Halt { reason, kill: false })
    };
    let outcome = run_job(Job {
        spec,
        plan: &plan,
        targets: &[],
        stop: &Stop::new(),
        watch: &watch,
        undecided: &|_| Vec::new(),
        hypothesis: &(),
        limit: None,
    });
    assert_eq!(outcome.halted.as_deref(), Some("seen enough"));
    // 20 a second: seen at the end of the fifth or of the sixth, whose first iterations are in flight.
    assert!((100..=122).contains(&whole(&outcome.measurements).successes));
    assert_eq!(looks.load(SeqCst), outcome.measurements.elapsed.as_secs());
}

#[test]
fn a_kill_does_not_wait() {
    let plan = plan("virtual_time, users = 2, duration = 1h, graceful_stop = 1h");
    let spec = Box::leak(Box::new(local(|_, _, _| Box::pin(nap(7_200_000)))));
    let watch = |_: &Measurements| Some(Halt { reason: "lost".to_owned(), kill: true });
    let outcome = run_job(Job {
        spec,
        plan: &plan,
        targets: &[],
        stop: &Stop::new(),
        watch: &watch,
        undecided: &|_| Vec::new(),
        hypothesis: &(),
        limit: None,
    });
    assert_eq!(whole(&outcome.measurements).interrupted, 2);
    assert_eq!(outcome.measurements.elapsed, Duration::from_secs(1));
}

#[test]
fn a_signal_ends_the_load_and_leaves_what_was_measured() {
    static STOP: Stop = Stop::new();
    let plan = plan("users = 2, duration = 1h");
    let spec = Box::leak(Box::new(shared(|user, _, _| {
        Box::pin(async move {
            if user.iteration() == 5 {
                STOP.request();
            }
            nap(1).await
        })
    })));
    let outcome = run_job(Job {
        spec,
        plan: &plan,
        targets: &[],
        stop: &STOP,
        watch: &|_| None,
        undecided: &|_| Vec::new(),
        hypothesis: &(),
        limit: None,
    });
    assert!(matches!(outcome.trouble, Some(crate::Error::Stopped)));
    assert!(whole(&outcome.measurements).successes >= 6);
}

#[test]
fn a_socket_in_virtual_time_says_that_there_is_none() {
    let tally = whole(&simulated(
        |_, _, _| {
            Box::pin(async {
                tokio::net::TcpListener::bind("127.0.0.1:0").await?;
                Ok(())
            })
        },
        "users = 1",
    ));
    assert!(tally.failures["panic"].example.contains("virtual time"), "{}", tally.failures["panic"].example);
}

#[test]
fn a_task_that_holds_its_thread_beyond_the_load_is_interrupted_once() {
    for per_core in ["", ", per_core"] {
        let body = shared(|_, _, _| {
            Box::pin(async {
                std::thread::sleep(Duration::from_millis(1_600));
                Ok(())
            })
        });
        let measurements = measured(body, &format!("users = 1, duration = 50ms, graceful_stop = 50ms{per_core}"));
        let tally = whole(&measurements);
        assert_eq!((tally.count(), tally.interrupted), (1, 1), "{per_core}");
        assert!(measurements.elapsed < Duration::from_millis(1_600), "{:?}", measurements.elapsed);
        assert!(measurements.notes.iter().any(|note| note.contains("held a thread")), "{:?}", measurements.notes);
    }
}

#[test]
fn an_arrival_whose_user_never_gets_a_thread_is_not_lost() {
    let body = shared(|_, _, _| {
        Box::pin(async {
            std::thread::sleep(Duration::from_millis(700));
            Ok(())
        })
    });
    let measurements = measured(body, "rate = 40/s, duration = 500ms, max_users = 100, graceful_stop = 50ms");
    let tally = whole(&measurements);
    let unsent = measurements.generator.unsent_of(&Selection::default());
    assert_eq!(tally.count() + tally.dropped + unsent, 20);
}

#[test]
fn a_body_that_blocks_does_not_escape_its_timeout() {
    let body = shared(|_, _, _| {
        Box::pin(async {
            std::thread::sleep(Duration::from_millis(5));
            Ok(())
        })
    });
    let tally = whole(&measured(body, "users = 1, iterations = 2, timeout = 1ms"));
    assert_eq!(tally.failures.get("timeout").map(|failures| failures.count), Some(2));
}

#[test]
fn work_that_a_body_spawned_and_nobody_awaited_is_noted() {
    let body: LocalIterate = |user, _, _| {
        let steps = user.steps();
        tokio::spawn(async move { steps.step("late", nap(60_000)).await });
        Box::pin(nap(1))
    };
    let measurements = simulated(body, "users = 2");
    assert!(measurements.notes.iter().any(|note| note.starts_with("2 samples came")), "{:?}", measurements.notes);
}
