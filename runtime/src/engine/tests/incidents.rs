//! What happens beside the operations, and is counted all the same.

use super::*;
use crate::engine::spec::Setup;
use crate::record::{Incidents, Repeated};
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

/// Failures by step and kind, wherever they happened.
fn by_step(failures: &std::collections::BTreeMap<(Selection, std::sync::Arc<str>), Repeated>) -> Vec<String> {
    let text = |((selection, kind), failures): (&(Selection, std::sync::Arc<str>), &Repeated)| {
        let Subject::Step(step) = &selection.subject else { panic!("{selection:?}") };
        format!("{step} {kind} {} {}", failures.count, failures.first)
    };
    failures.iter().map(text).collect()
}

fn incidents(iterate: LocalIterate, options: &str) -> Incidents {
    simulated(iterate, options).incidents
}

#[test]
fn a_failed_step_is_forgiven_where_its_iteration_succeeds() {
    let found = incidents(
        |user, _, _| {
            Box::pin(async move {
                let _ = user.step("ignored", async { Err::<(), _>(Failed::new("io", "away")) }).await;
                let outer = user.step("outer", async { user.step("inner", async { Err::<(), _>("no") }).await }).await;
                let _ = user.step_blocking("plain", || Err::<(), _>("no"));
                nap(1).await?;
                // Every other iteration fails by what its steps failed by.
                if user.iteration() % 2 == 0 { outer } else { Ok(()) }
            })
        },
        "users = 2, iterations = 4",
    );
    let wanted = ["ignored io 4 away", "inner error 4 no", "outer error 4 no", "plain error 4 no"];
    assert_eq!(by_step(&found.forgiven), wanted);
    assert!(found.spawned.is_empty());
}

#[test]
fn a_failed_check_and_the_warm_up_forgive_nothing() {
    let found = incidents(
        |user, _, _| {
            Box::pin(async move {
                let _ = user.step("ignored", async { Err::<(), _>("no") }).await;
                user.check("total", false);
                nap(1).await
            })
        },
        "users = 2, iterations = 4",
    );
    let said = found.messages.clone();
    assert_eq!(found, Incidents { messages: said, ..Incidents::default() });
    let warmed = simulated(
        |user, _, _| {
            Box::pin(async move {
                let _ = user.step("ignored", async { Err::<(), _>("no") }).await;
                nap(100).await
            })
        },
        "users = 1, duration = 2s, warm_up = 1s",
    );
    let measured = whole(&warmed).successes;
    assert_eq!(by_step(&warmed.incidents.forgiven), [format!("ignored error {measured} no")]);
    assert!(measured < 30, "{measured} of the 30 were in the warm-up or after it");
}

#[test]
fn failed_steps_of_tasks_are_counted_whether_or_not_they_are_awaited() {
    let found = measured(
        shared(|user, _, _| {
            Box::pin(async move {
                let steps = user.steps();
                let task = tokio::spawn(async move { steps.step("task", async { Err::<(), _>("no") }).await });
                let _ = task.await?;
                let panics = tokio::spawn(async move {
                    steps.step("panics", async { if true { panic!("step") } else { Ok::<_, Failed>(()) } }).await
                });
                let _ = panics.await;
                Ok(())
            })
        }),
        "users = 2, iterations = 5",
    );
    let incidents = &found.incidents;
    assert_eq!(by_step(&incidents.spawned), ["panics panic 10 the step panicked", "task error 10 no"]);
    assert_eq!(incidents.stray_panics.count, 10);
    assert_eq!(whole(&found).successes, 10);
}

#[test]
fn a_panic_of_a_task_that_nobody_awaits_is_counted_in_both_times() {
    let in_real_time = measured(
        shared(|_, _, _| {
            Box::pin(async {
                tokio::spawn(async { panic!("unseen") });
                nap(1).await
            })
        }),
        "users = 3, iterations = 2",
    );
    let in_virtual_time = simulated(
        |_, _, _| {
            Box::pin(async {
                tokio::task::spawn_local(async { panic!("unseen") });
                nap(1).await
            })
        },
        "users = 3, iterations = 2",
    );
    for measurements in [in_real_time, in_virtual_time] {
        let strays = &measurements.incidents.stray_panics;
        assert_eq!(strays.count, 6);
        assert!(strays.first.starts_with("unseen (") && strays.first.contains("incidents.rs:"), "{strays:?}");
    }
    let caught = simulated(|_, _, _| Box::pin(async { panic!("seen") }), "users = 3");
    assert_eq!(caught.incidents.stray_panics.count, 0, "a body's panic is its iteration's failure");
}

#[test]
fn calls_of_sample_are_counted_and_their_failures() {
    let mut test = local(|_, _, _| Box::pin(nap(100)));
    test.setup = Some(Setup { make: |_| Made::Ready(Ok(Box::new(AtomicU64::new(0)))), shared: None });
    test.sample = Some(|fixture, samples| {
        let calls = fixture.downcast_ref::<AtomicU64>().unwrap().fetch_add(1, SeqCst);
        samples.record("lag", calls);
        Made::Ready(if calls == 0 { Ok(()) } else { Err(Failed::new("io", "no route")) })
    });
    let found = measured(test, "virtual_time, users = 1, duration = 10500ms").incidents;
    assert_eq!((found.samples, found.failed_samples), (10, Repeated { count: 9, first: "no route".to_owned() }));
}

#[test]
fn a_user_that_panics_when_it_is_dropped_is_lost() {
    struct Panics;
    impl Drop for Panics {
        fn drop(&mut self) {
            panic!("dropped");
        }
    }
    let test = spec(Body::Local {
        iterate: |_, _, _| Box::pin(nap(1)),
        user_setup: Some(|_, _| Made::Ready(Ok(Box::new(Panics) as Box<LocalState>))),
        user_teardown: None,
    });
    let found = measured(test, "virtual_time, users = 2, iterations = 3").incidents;
    assert_eq!(found.lost_users, Repeated { count: 2, first: "dropped".to_owned() });
    assert_eq!(found.stray_panics.count, 2);
}

/// Its process is killed by another hand in the first iteration, with or without leave.
#[cfg(unix)]
fn killed_from_outside(may_end: bool) -> Measurements {
    use crate::engine::spec::Setup;
    use crate::fault::{Launch, Process, Ready};
    use std::process::Command;

    async fn server(may_end: bool) -> Result<Box<Fixture>, Failed> {
        let mut command = Command::new("sh");
        command.args(["-c", "echo up; sleep 600"]);
        let launch = Launch::new(command).name("api").ready(Ready::line("up"));
        let process = Process::start(if may_end { launch.may_end() } else { launch }).await?;
        Ok(Box::new(process))
    }
    let mut test = shared(|_, fixture, _| {
        Box::pin(async move {
            let process: &Process = fixture.downcast_ref().unwrap();
            let killed = Command::new("kill").args(["-9", &process.id().to_string()]).status()?;
            while process.ended().is_none() {
                nap(1).await?;
            }
            if killed.success() { Ok(()) } else { Err(Failed::new("kill", "it has ended before")) }
        })
    });
    let make: fn(usize) -> crate::engine::rt::made::SendMade<'static, Box<Fixture>> =
        if may_end { |_| Made::Later(Box::pin(server(true))) } else { |_| Made::Later(Box::pin(server(false))) };
    test.setup = Some(Setup { make, shared: None });
    measured(test, "iterations = 1")
}

#[cfg(unix)]
#[test]
fn a_process_that_ends_by_itself_is_named() {
    let ended = killed_from_outside(false).incidents.ended_processes;
    assert_eq!(ended.count, 1);
    let wanted = "process `api` ended by itself (signal: 9 (SIGKILL)); it last wrote: up";
    assert_eq!(ended.first, wanted);
    assert_eq!(killed_from_outside(true).incidents.ended_processes.count, 0);
}

/// Panics when it is dropped.
struct Bomb(&'static str);

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("{}", self.0);
    }
}

#[test]
fn a_fixture_that_panics_when_it_is_dropped_costs_no_figures() {
    let make = |_| Made::Ready(Ok(Box::new(Bomb("no way out")) as Box<Fixture>));
    for time in ["", "virtual_time, "] {
        let spec = Spec { setup: Some(Setup { make, shared: None }), ..local(|_, _, _| Box::pin(nap(1))) };
        let ended = outcome(spec, &format!("{time}users = 2, iterations = 3"));
        assert_eq!(whole(&ended.measurements).successes, 6);
        let trouble = ended.trouble.unwrap().to_string();
        assert!(trouble.starts_with("`teardown` failed: the drop of what `setup` made: no way out ("), "{trouble}");
    }
}

#[test]
fn a_panic_of_what_an_ended_call_or_a_hook_drops_is_counted() {
    for options in
        ["virtual_time, users = 2, iterations = 1, timeout = 50ms", "users = 2, duration = 50ms, graceful_stop = 10ms"]
    {
        let body = shared(|_, _, _| {
            Box::pin(async {
                let _bomb = Bomb("left in the body");
                nap(60_000).await
            })
        });
        let ended = outcome(body, options);
        let tally = whole(&ended.measurements);
        assert_eq!(tally.count(), 2, "{options}: both are counted as what they came to");
        let Incidents { stray_panics, lost_users, .. } = &ended.measurements.incidents;
        assert_eq!((stray_panics.count, lost_users.count), (2, 0), "{options}");
        assert!(stray_panics.first.starts_with("left in the body"), "{}", stray_panics.first);
    }
    let make = |_| {
        Made::Later(Box::pin(async {
            let _bomb = Bomb("left in setup");
            std::future::pending().await
        }) as SendFuture<'static, _>)
    };
    let spec = Spec { setup: Some(Setup { make, shared: None }), ..local(|_, _, _| Box::pin(nap(1))) };
    let ended = outcome(spec, "virtual_time, users = 1, setup_timeout = 1s");
    assert_eq!(ended.measurements.incidents.stray_panics.count, 1);
    assert!(ended.trouble.unwrap().to_string().contains("not done within 1s"));
}

#[test]
fn a_state_that_panics_when_its_thread_drops_it_is_a_lost_user() {
    let body = spec(Body::Blocking {
        iterate: |_, _, _| Ok(()),
        user_setup: Some(|_, _| Made::Ready(Ok(Box::new(Bomb("left with the user")) as Box<SendState>))),
        user_teardown: None,
    });
    let measurements = measured(body, "users = 2, iterations = 3");
    assert_eq!(whole(&measurements).successes, 6);
    assert_eq!(measurements.incidents.lost_users.count, 2);
    assert!(measurements.incidents.lost_users.first.starts_with("left with the user"));
}
