//! Bodies and hooks that never give their thread back: the test ends all the same, with what was measured until then.

use super::*;
use crate::engine::Samples;
use crate::engine::rt::made::SendMade;
use crate::engine::spec::{BatchFn, Setup};
use crate::error::Error;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::Instant;

/// Holds the thread until the tests of this file have ended, and longer than any of them waits.
fn hold() -> Done {
    std::thread::sleep(Duration::from_secs(40));
    Ok(())
}

fn soon() -> Duration {
    Duration::from_secs(15)
}

/// Holds every thread of the runtime: there are as many such users as cores, and some more.
fn holders() -> usize {
    2 * std::thread::available_parallelism().unwrap().get()
}

/// The first call is well, so that there is something to be measured; all others hold their thread.
fn holds_later() -> Spec {
    shared(|user, _, _| {
        Box::pin(async move {
            if user.iteration() > 0 {
                user.step_blocking("dig", hold)?;
            }
            nap(1).await
        })
    })
}

#[test]
fn a_deadline_is_kept_while_every_thread_is_held() {
    for load in ["users = USERS", "users = USERS, per_core", "rate = 40/s, max_users = USERS"] {
        let begun = Instant::now();
        let options = load.replace("USERS", &holders().to_string());
        let outcome = outcome(holds_later(), &format!("{options}, duration = 300ms, graceful_stop = 200ms"));
        assert!(begun.elapsed() < soon() + Duration::from_secs(10), "{load}: {:?}", begun.elapsed());
        let tally = whole(&outcome.measurements);
        assert!(tally.successes >= 1 && tally.interrupted >= 1, "{load}: {tally:?}");
        let notes = outcome.measurements.notes.join("\n");
        assert!(notes.contains("in step `dig`"), "{load}: {notes}");
    }
}

#[test]
fn a_timeout_is_counted_while_the_body_holds_its_thread() {
    let thread = blocking(|user, _, _| {
        if user.id() == 0 {
            user.step_blocking("dig", hold)?;
        }
        std::thread::sleep(Duration::from_millis(1));
        Ok(())
    });
    for (spec, users, step) in [(thread, 3, ", in step `dig`"), (holds_later(), holders(), "")] {
        let options = format!("users = {users}, iterations = 3, timeout = 200ms, graceful_stop = 300ms");
        let outcome = outcome(spec, &options);
        let tally = whole(&outcome.measurements);
        assert!(tally.failures["timeout"].count >= 1, "{tally:?}");
        let wanted = format!("not done within 200ms{step}");
        assert!(tally.failures["timeout"].example.starts_with(&wanted), "{tally:?}");
        assert_eq!(tally.interrupted, 0);
    }
}

#[test]
fn a_signal_and_the_limit_end_virtual_time_whose_thread_is_held() {
    static STOP: Stop = Stop::new();
    static HELD: AtomicBool = AtomicBool::new(false);
    let held = || {
        local(|user, _, _| {
            Box::pin(async move {
                nap(10).await?;
                if user.iteration() == 3 {
                    HELD.store(true, SeqCst);
                    user.step_blocking("dig", hold)?;
                }
                Ok(())
            })
        })
    };
    let options = "virtual_time, users = 1, duration = 10s, graceful_stop = 1s";
    let begun = Instant::now();
    let ended = limited(held(), options, Duration::from_secs(600), &Stop::new());
    assert!(begun.elapsed() < soon(), "{:?}", begun.elapsed());
    let tally = whole(&ended.measurements);
    assert_eq!((tally.successes, tally.interrupted), (3, 1));
    let why = ended.measurements.incidents.overran.unwrap();
    assert!(why.contains("held for 1s") && why.contains("user 0 is in step `dig` since 0.0 s"), "{why}");
    // A signal is said to be one.
    HELD.store(false, SeqCst);
    std::thread::spawn(|| {
        while !HELD.load(SeqCst) {
            std::thread::sleep(Duration::from_millis(5));
        }
        STOP.request();
    });
    let ended = limited(held(), options, Duration::from_secs(600), &STOP);
    assert!(matches!(ended.trouble, Some(Error::Stopped)), "{:?}", ended.trouble);
    assert_eq!(whole(&ended.measurements).successes, 3);
}

#[test]
fn a_sample_that_never_returns_does_not_keep_the_load_from_ending() {
    fn sample<'a>(_: &'a Fixture, samples: &'a mut Samples) -> SendMade<'a, ()> {
        samples.record("depth", 1_u64);
        let _ = hold();
        Made::<(), SendFuture<'_, Done>>::Ready(Ok(()))
    }
    let begun = Instant::now();
    let body = shared(|_, _, _| Box::pin(nap(5)));
    let outcome = outcome(Spec { sample: Some(sample), ..body }, "users = 1, duration = 2500ms");
    assert!(begun.elapsed() < soon(), "{:?}", begun.elapsed());
    assert!(outcome.measurements.incidents.failed_samples.count >= 1);
    assert!(outcome.measurements.notes.iter().any(|note| note.contains("`sample` had not come back")));
    assert!(whole(&outcome.measurements).successes > 10);
}

#[test]
fn a_hook_that_holds_its_thread_is_given_up_after_its_time() {
    fn never(_: usize) -> SendMade<'static, Box<Fixture>> {
        let _ = hold();
        Made::Ready(Ok(Box::new(())))
    }
    fn never_async(_: usize) -> SendMade<'static, Box<Fixture>> {
        Made::Later(Box::pin(std::future::pending()))
    }
    fn never_ends(_: &Fixture) -> SendMade<'_, ()> {
        let _ = hold();
        Made::Ready(Ok(()))
    }
    for time in ["", "virtual_time, "] {
        for make in [never as fn(usize) -> _, never_async] {
            let spec = Spec { setup: Some(Setup { make, shared: None }), ..local(|_, _, _| Box::pin(nap(1))) };
            let ended = outcome(spec, &format!("{time}users = 1, setup_timeout = 300ms"));
            let trouble = ended.trouble.unwrap().to_string();
            assert_eq!(trouble, "`setup` failed: not done within 300ms (`setup_timeout`)", "{time}");
        }
        let spec = Spec { teardown: Some(never_ends), ..local(|_, _, _| Box::pin(nap(1))) };
        let ended = outcome(spec, &format!("{time}users = 2, iterations = 5, setup_timeout = 300ms"));
        let trouble = ended.trouble.unwrap().to_string();
        assert_eq!(trouble, "`teardown` failed: not done within 300ms (`setup_timeout`)", "{time}");
        assert_eq!(whole(&ended.measurements).successes, 10, "{time}: what was measured is kept");
    }
}

#[test]
fn a_user_setup_that_never_ends_is_named_with_its_bound() {
    let spec = spec(Body::Local {
        iterate: |_, _, _| Box::pin(nap(1)),
        user_setup: Some(|_, _| Made::Later(Box::pin(std::future::pending()))),
        user_teardown: None,
    });
    for time in ["", "virtual_time, "] {
        let ended = outcome(spec, &format!("{time}users = 3, setup_timeout = 300ms"));
        let trouble = ended.trouble.unwrap().to_string();
        let wanted = "`user_setup` failed: for 3 users, the first: not done within 300ms (`setup_timeout`)";
        assert_eq!(trouble, wanted, "{time}");
    }
}

#[test]
fn a_deadlock_is_ended_by_the_limit_and_named() {
    let spec = shared(|user, _, _| {
        Box::pin(async move {
            user.step("read", nap(1)).await?;
            match user.id() {
                0 => user.step("order", user.step("lock", std::future::pending::<Done>())).await,
                _ => Ok(()),
            }
        })
    });
    let ended = limited(spec, "users = 3, iterations = 2", Duration::from_secs(1), &Stop::new());
    assert!(ended.trouble.is_none(), "{:?}", ended.trouble);
    let why = ended.measurements.incidents.overran.clone().unwrap();
    assert!(why.starts_with("it was ended after 1s, the limit on a whole test (`BRUNT_LIMIT`)"), "{why}");
    assert!(why.contains("user 0 is in step `order > lock` since 0.0 s"), "{why}");
    let tally = whole(&ended.measurements);
    assert_eq!((tally.successes, tally.interrupted), (4, 1));
}

#[test]
fn calls_of_a_stress_test_are_not_waited_for_beyond_their_timeout() {
    fn batch(_: &Fixture, batch: &mut crate::engine::Batch) {
        batch.run(hold);
    }
    let mut plan = brunt_plan::parse::plan(Kind::Stress, "sizes = [1, 2], iterations = 2, timeout = 200ms").0;
    plan.seed = Some(0);
    let spec = Spec { kind: Kind::Stress, batch: Some(BatchFn::Blocking(batch)), ..blocking(|_, _, _| Ok(())) };
    let begun = Instant::now();
    let ended = planned(spec, &plan, None, &Stop::new());
    assert!(begun.elapsed() < soon(), "{:?}", begun.elapsed());
    assert_eq!(whole(&ended.measurements).failures["timeout"].count, 1);
    assert!(matches!(ended.trouble, None | Some(Error::Hook { .. })), "{:?}", ended.trouble);
}
