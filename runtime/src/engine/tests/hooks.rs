//! Setup and teardown, of the test and of its users.

use super::*;
use crate::Error;
use crate::engine::rt::made::SendMade;
use crate::engine::spec::{Setup, Shared};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

const SETUP: Setup = Setup { make: |_| Made::Ready(Ok(Box::new(AtomicU64::new(0)))), shared: None };

fn counter(fixture: &Fixture) -> &AtomicU64 {
    fixture.downcast_ref().unwrap()
}

#[test]
fn users_get_the_fixture_and_verify_and_teardown_see_what_they_did() {
    static SEEN: Mutex<Vec<(&str, u64)>> = Mutex::new(Vec::new());
    let mut test = shared(|_, fixture, _| {
        Box::pin(async move {
            counter(fixture).fetch_add(1, SeqCst);
            Ok(())
        })
    });
    test.setup = Some(SETUP);
    test.verify = Some(|fixture, counted| {
        SEEN.lock().unwrap().push(("verify", counter(fixture).load(SeqCst)));
        SEEN.lock().unwrap().push(("counted", counted.iterations().successes));
        Made::Ready(Err(Failed::new("lost", "one is missing")))
    });
    test.teardown = Some(|fixture| {
        Made::Later(Box::pin(async move {
            tokio::time::sleep(Duration::from_millis(1)).await;
            SEEN.lock().unwrap().push(("teardown", counter(fixture).load(SeqCst)));
            Ok(())
        }))
    });
    let outcome = outcome(test, "users = 3, iterations = 5");
    assert!(outcome.trouble.is_none(), "{:?}", outcome.trouble);
    assert_eq!(outcome.verify.unwrap().kind(), "lost");
    assert_eq!(*SEEN.lock().unwrap(), [("verify", 15), ("counted", 15), ("teardown", 15)]);
}

#[test]
fn a_server_started_in_setup_serves_until_teardown() {
    use tokio::net::{TcpListener, TcpStream};
    async fn read(stream: &TcpStream) -> Done {
        stream.async_io(tokio::io::Interest::READABLE, || stream.try_read(&mut [0; 1])).await?;
        Ok(())
    }
    async fn ask(fixture: &Fixture) -> Done {
        let address = fixture.downcast_ref::<std::net::SocketAddr>().unwrap();
        let stream = TcpStream::connect(address).await?;
        stream.writable().await?;
        stream.try_write(b"x")?;
        read(&stream).await
    }
    let mut test = shared(|_, fixture, _| Box::pin(ask(fixture)));
    test.setup = Some(Setup {
        make: |_| {
            Made::Later(Box::pin(async {
                let listener = TcpListener::bind("127.0.0.1:0").await?;
                let address = listener.local_addr()?;
                tokio::spawn(async move {
                    while let Ok((stream, _)) = listener.accept().await {
                        tokio::spawn(async move {
                            read(&stream).await?;
                            Ok::<_, Failed>(stream.try_write(b"x")?)
                        });
                    }
                });
                Ok(Box::new(address) as Box<Fixture>)
            }))
        },
        shared: None,
    });
    test.teardown = Some(|fixture| Made::Later(Box::pin(ask(fixture))));
    assert_eq!(whole(&measured(test, "users = 5, iterations = 20")).successes, 100);
    test.setup = test.setup.map(|setup| Setup { shared: Some(Shared::ByProcess(|| "server")), ..setup });
    assert_eq!(whole(&measured(test, "users = 5, iterations = 20")).successes, 100);
    assert_eq!(whole(&measured(test, "users = 5, iterations = 20")).successes, 100);
}

#[test]
fn a_shared_fixture_is_made_once() {
    static MADE: AtomicU64 = AtomicU64::new(0);
    let mut test = shared(|_, _, _| Box::pin(async { Ok(()) }));
    let make = |_| {
        MADE.fetch_add(1, SeqCst);
        Made::Ready(Ok(Box::new(()) as Box<Fixture>))
    };
    test.setup = Some(Setup { make, shared: Some(Shared::ByProcess(|| "once")) });
    measured(test, "users = 1");
    measured(test, "users = 1");
    assert_eq!(MADE.load(SeqCst), 1);
}

#[test]
fn a_plain_hook_may_start_a_runtime_of_its_own() {
    fn blocks() -> u64 {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async { 1 })
    }
    let mut test = spec(Body::Shared {
        iterate: |_, _, _| Box::pin(async { Ok(()) }),
        user_setup: Some(|_, _| Made::Ready(Ok(Box::new(blocks())))),
        user_teardown: None,
    });
    test.setup = Some(Setup { make: |_| Made::Ready(Ok(Box::new(blocks()))), shared: None });
    test.teardown = Some(|_| {
        blocks();
        Made::Ready(Ok(()))
    });
    assert_eq!(whole(&measured(test, "users = 3")).successes, 3);
}

#[test]
fn a_failed_setup_is_the_framework_s_error() {
    type Make = fn(usize) -> SendMade<'static, Box<Fixture>>;
    let makes: [Make; 3] = [
        |_| Made::Ready(Err(Failed::new("io", "no disk"))),
        |_| panic!("no disk"),
        |_| Made::Later(Box::pin(async { Err("no disk")? })),
    ];
    for make in makes {
        let mut test = shared(|_, _, _| Box::pin(async { Ok(()) }));
        test.setup = Some(Setup { make, shared: None });
        let outcome = outcome(test, "users = 3");
        let trouble = outcome.trouble.unwrap().to_string();
        assert!(trouble.starts_with("`setup` failed: no disk"), "{trouble}");
        assert_eq!(whole(&outcome.measurements).count(), 0);
    }
}

#[test]
fn teardown_runs_when_iterations_panic_and_its_failure_is_told() {
    static TORN_DOWN: AtomicU64 = AtomicU64::new(0);
    let mut test = shared(|_, _, _| Box::pin(async { panic!("no") }));
    test.teardown = Some(|_| {
        TORN_DOWN.fetch_add(1, SeqCst);
        Made::Ready(Err(Failed::new("busy", "still mounted")))
    });
    let outcome = outcome(test, "users = 3");
    assert_eq!(TORN_DOWN.load(SeqCst), 1);
    assert!(matches!(outcome.trouble, Some(Error::Hook { hook: "teardown", .. })));
    assert_eq!(whole(&outcome.measurements).failures["panic"].count, 3);
}

#[test]
fn users_have_states_made_before_the_load_and_ended_after_it() {
    static MADE: AtomicU64 = AtomicU64::new(0);
    static ENDED: AtomicU64 = AtomicU64::new(0);
    let test = |users: &'static str, per: &'static str| {
        MADE.store(0, SeqCst);
        ENDED.store(0, SeqCst);
        let test = spec(Body::Local {
            iterate: |user, _, state| {
                Box::pin(async move {
                    let state = state.downcast_mut::<(u64, u64)>().unwrap();
                    assert_eq!(*state, (user.id(), user.iteration()));
                    state.1 += 1;
                    nap(10).await
                })
            },
            user_setup: Some(|user, _| {
                Made::Later(Box::pin(async move {
                    nap(500).await?;
                    MADE.fetch_add(1, SeqCst);
                    Ok(Box::new((user.id(), 0_u64)) as Box<LocalState>)
                }))
            }),
            user_teardown: Some(|_| {
                ENDED.fetch_add(1, SeqCst);
                Made::Ready(Ok(()))
            }),
        });
        let measurements = measured(test, &format!("virtual_time, {users}, {per}"));
        (whole(&measurements).successes, MADE.load(SeqCst), ENDED.load(SeqCst), measurements.elapsed)
    };
    assert_eq!(test("users = 5", "iterations = 3"), (15, 5, 5, Duration::from_millis(30)));
    // The users of arrivals are made before the first of them.
    let (successes, made, ended, elapsed) = test("rate = 100/s, duration = 1s", "max_users = 4");
    assert_eq!((successes, made, ended, elapsed), (100, 4, 4, Duration::from_secs(1)));
}

#[test]
fn states_are_ended_when_iterations_are_interrupted() {
    static ENDED: AtomicU64 = AtomicU64::new(0);
    let test = spec(Body::Local {
        iterate: |_, _, _| Box::pin(nap(60_000)),
        user_setup: None,
        user_teardown: Some(|_| {
            ENDED.fetch_add(1, SeqCst);
            Made::Ready(Ok(()))
        }),
    });
    let measurements = measured(test, "virtual_time, users = 3, duration = 1s, graceful_stop = 1s");
    assert_eq!((whole(&measurements).interrupted, ENDED.load(SeqCst)), (3, 3));
}

#[test]
fn a_failed_user_setup_says_how_many() {
    let test = spec(Body::Shared {
        iterate: |_, _, _| Box::pin(async { Ok(()) }),
        user_setup: Some(|user, _| {
            Made::Ready(if user.id() < 2 { Err(Failed::new("login", "refused")) } else { Ok(Box::new(())) })
        }),
        user_teardown: None,
    });
    let outcome = outcome(test, "users = 5");
    let trouble = outcome.trouble.unwrap().to_string();
    assert!(trouble.contains("user_setup") && trouble.contains("2 users") && trouble.contains("refused"), "{trouble}");
    assert_eq!(whole(&outcome.measurements).count(), 0);
}

#[test]
fn what_was_measured_before_a_hook_failed_keeps_its_time() {
    let test = spec(Body::Local {
        iterate: |_, _, _| Box::pin(nap(100)),
        user_setup: None,
        user_teardown: Some(|_| Made::Ready(Err(Failed::new("logout", "refused")))),
    });
    let outcome = outcome(test, "virtual_time, users = 2, iterations = 5");
    assert!(outcome.trouble.unwrap().to_string().contains("user_teardown"));
    assert_eq!(whole(&outcome.measurements).successes, 10);
    assert_eq!(outcome.measurements.elapsed, Duration::from_millis(500));
}

#[test]
fn a_user_whose_end_hangs_has_failed_and_one_that_is_slow_has_not() {
    struct Slow(u64);
    impl Drop for Slow {
        fn drop(&mut self) {
            std::thread::sleep(Duration::from_millis(self.0));
        }
    }
    let load = |body: Body, bound: &str| {
        let options = format!("users = 4, duration = 500ms, graceful_stop = 1ms, setup_timeout = {bound}");
        let outcome = outcome(spec(body), &options);
        (outcome.trouble.map(|trouble| trouble.to_string()), whole(&outcome.measurements).successes > 0)
    };
    let teardown = |user_teardown| Body::Shared {
        iterate: |_, _, _| Box::pin(nap(1)),
        user_setup: None,
        user_teardown: Some(user_teardown),
    };
    let dropped = |user_setup| Body::Shared {
        iterate: |_, _, _| Box::pin(nap(1)),
        user_setup: Some(user_setup),
        user_teardown: None,
    };
    let on_threads = |user_teardown| Body::Blocking {
        iterate: |_, _, _| Ok(()),
        user_setup: None,
        user_teardown: Some(user_teardown),
    };
    let hung = "the first: not done within 500ms (`setup_timeout`)";
    for (what, body) in [
        ("never ready", teardown(|_| Made::Later(Box::pin(std::future::pending())))),
        (
            "held",
            teardown(|_| {
                std::thread::sleep(Duration::from_secs(5));
                Made::Ready(Ok(()))
            }),
        ),
        ("dropped", dropped(|_, _| Made::Ready(Ok(Box::new(Slow(5_000)))))),
        (
            "a thread",
            on_threads(|_| {
                std::thread::sleep(Duration::from_secs(5));
                Made::Ready(Ok(()))
            }),
        ),
    ] {
        let (trouble, has_figures) = load(body, "500ms");
        let said = trouble.unwrap_or_default();
        let is_told = said.starts_with("`user_teardown` failed: for ") && said.ends_with(hung);
        assert!(is_told && has_figures, "{what}: {said}");
    }
    for (what, body) in [
        ("slow", teardown(|_| Made::Later(Box::pin(nap(2_500))))),
        ("dropped", dropped(|_, _| Made::Ready(Ok(Box::new(Slow(400)))))),
        (
            "a thread",
            on_threads(|_| {
                std::thread::sleep(Duration::from_millis(400));
                Made::Ready(Ok(()))
            }),
        ),
    ] {
        assert_eq!(load(body, "1min"), (None, true), "{what}");
    }
}

/// A test whose gauge is how many iterations are done.
fn gauged() -> Spec {
    let mut test = local(|_, fixture, _| {
        Box::pin(async move {
            counter(fixture).fetch_add(1, SeqCst);
            nap(100).await
        })
    });
    test.setup = Some(SETUP);
    test.sample = Some(|fixture, samples| {
        samples.record("done", counter(fixture).load(SeqCst));
        Made::Ready(Ok(()))
    });
    test
}

#[test]
fn gauges_are_sampled_every_second() {
    let measurements = measured(gauged(), "virtual_time, stages = [a: 1 for 2s, b: 1 for 3500ms]");
    let of = |stage: Option<&str>| {
        let subject = Subject::Value("done".into());
        let stage = stage.map(Into::into);
        measurements.values(&Selection { stage, subject, ..Selection::default() }).unwrap().distribution.count()
    };
    assert_eq!((of(None), of(Some("a")), of(Some("b"))), (5, 1, 4));
}

#[test]
fn gauges_of_a_load_of_a_second_or_less_are_read_once_at_its_end() {
    for options in ["virtual_time, users = 1, duration = 1s", "users = 1, iterations = 3", "users = 1, duration = 1s"] {
        let measurements = measured(gauged(), options);
        let subject = Subject::Value("done".into());
        let read = measurements.values(&Selection { subject, ..Selection::default() }).unwrap();
        assert_eq!(read.distribution.count(), 1, "{options}");
    }
}
