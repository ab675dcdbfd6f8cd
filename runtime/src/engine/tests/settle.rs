//! Loads that go on while a target is undecided: how many rounds, of what, by whom, and where they are in the
//! measurements.

use super::*;
use crate::engine::rt::made::SendMade;
use crate::engine::spec::{BatchFn, Setup};
use crate::engine::{Halt, Stop};
use crate::record::Settled;
use brunt_plan::{Level, parse};
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

/// What a run came to, and what every look at it saw.
struct Seen {
    outcome: RunOutcome,
    looks: Vec<Measurements>,
}

impl Seen {
    fn rounds(&self) -> u32 {
        self.outcome.measurements.settled.as_ref().map_or(0, |settled| settled.rounds)
    }

    fn time(&self) -> Duration {
        self.outcome.measurements.settled.as_ref().map_or(Duration::ZERO, |settled| settled.time)
    }

    fn count(&self) -> u64 {
        whole(&self.outcome.measurements).count()
    }
}

/// Runs a test of which a target is undecided at the first so many looks.
fn settled_by(
    spec: Spec,
    options: &str,
    undecided: usize,
    watch: &(dyn Fn(&Measurements) -> Option<Halt> + Sync),
) -> Seen {
    static STOP: Stop = Stop::new();
    stopped_by(spec, options, undecided, watch, &STOP)
}

fn stopped_by(
    spec: Spec,
    options: &str,
    undecided: usize,
    watch: &(dyn Fn(&Measurements) -> Option<Halt> + Sync),
    stop: &Stop,
) -> Seen {
    let (plan, mistakes) = parse::plan(spec.kind, options);
    assert!(mistakes.is_empty(), "{options}: {mistakes:?}");
    let spec = Box::leak(Box::new(spec));
    let looks = RefCell::new(Vec::new());
    let look = |measured: &Measurements| {
        looks.borrow_mut().push(measured.clone());
        if looks.borrow().len() > undecided {
            Vec::new()
        } else {
            vec![parse::target(Level::Target, "p95 < 1s").unwrap()]
        }
    };
    let outcome =
        run_job(Job { spec, plan: &plan, targets: &[], stop, watch, undecided: &look, hypothesis: &(), limit: None });
    Seen { outcome, looks: looks.into_inner() }
}

fn settled(spec: Spec, options: &str, undecided: usize) -> Seen {
    let seen = settled_by(spec, options, undecided, &|_| None);
    assert!(seen.outcome.trouble.is_none(), "{:?}", seen.outcome.trouble);
    seen
}

fn naps(options: &str, undecided: usize) -> Seen {
    settled(local(|_, _, _| Box::pin(nap(100))), &format!("virtual_time, {options}"), undecided)
}

#[test]
fn rounds_come_only_while_a_target_is_undecided() {
    let options = "users = 2, duration = 4s, settle = 10s";
    for (undecided, rounds, seconds) in [(0, 0, 0), (1, 1, 4), (2, 2, 8), (3, 3, 10), (9, 3, 10)] {
        let seen = naps(options, undecided);
        assert_eq!((seen.rounds(), seen.time().as_secs()), (rounds, seconds), "{undecided} looks");
        assert_eq!(seen.count(), 2 * 10 * (4 + seconds), "{undecided} looks");
        assert_eq!(seen.outcome.measurements.elapsed, Duration::from_secs(4 + seconds));
        assert_eq!(seen.outcome.measurements.looks as usize, seen.looks.len());
        assert_eq!(seen.looks.len() as u32, rounds + 1, "the last look is at all there is");
        let numbers: Vec<u32> = seen.looks.iter().map(|look| look.looks).collect();
        assert_eq!(numbers, (1..=rounds + 1).collect::<Vec<_>>());
    }
}

#[test]
fn without_settle_nobody_asks() {
    let seen = naps("users = 2, duration = 4s", 9);
    assert_eq!((seen.looks.len(), seen.rounds(), seen.outcome.measurements.looks), (0, 0, 0));
    assert_eq!(naps("users = 2, duration = 4s, settle = 0s", 9).looks.len(), 0);
}

#[test]
fn what_the_planned_load_measured_is_kept_apart() {
    let seen = naps("users = 2, iterations = 5, settle = 10s", 2);
    let Settled { rounds, undecided, planned, .. } = seen.outcome.measurements.settled.clone().unwrap();
    assert_eq!((rounds, undecided), (2, vec![parse::target(Level::Target, "p95 < 1s").unwrap()]));
    assert_eq!((whole(&planned).count(), planned.elapsed), (10, Duration::from_millis(500)));
    assert_eq!((seen.count(), seen.outcome.measurements.elapsed), (30, Duration::from_millis(1_500)));
}

#[test]
fn a_budget_never_takes_more_than_the_time_left() {
    // A budget of 2.5 s: two fit into 6 s, the third is cut at 1 s.
    let seen = naps("users = 1, iterations = 25, settle = 6s", usize::MAX);
    assert_eq!((seen.rounds(), seen.time()), (3, Duration::from_secs(6)));
    assert_eq!(seen.count(), 25 * 3 + 10);
    let shared = naps("users = 5, total_iterations = 25, settle = 2s", usize::MAX);
    assert_eq!((shared.rounds(), shared.time(), shared.count()), (4, Duration::from_secs(2), 125));
    let once = naps("users = 50, settle = 1s", 3);
    assert_eq!((once.rounds(), once.count()), (3, 200), "one iteration each is the budget");
}

#[test]
fn stages_are_repeated_whole_and_keep_their_names_and_spans() {
    let seen = naps("stages = [low: 1 for 2s, high: 3 for 1s], settle = 8s", usize::MAX);
    assert_eq!((seen.rounds(), seen.time()), (2, Duration::from_secs(6)), "of what is left no whole round is made");
    let measurements = &seen.outcome.measurements;
    assert_eq!((of_stage(measurements, "low").count(), of_stage(measurements, "high").count()), (60, 90));
    let low = Selection { stage: Some("low".into()), ..Selection::default() };
    assert_eq!((measurements.seconds(&low), measurements.seconds(&Selection::default())), (6.0, 9.0));
    let spans = measurements.spans.iter().filter(|span| &*span.name == "low").map(|span| span.start.as_secs());
    assert_eq!(spans.collect::<Vec<_>>(), [0, 3, 6]);
    assert_eq!(measurements.names.stages.len(), 2);
}

#[test]
fn arrivals_windows_and_scenarios_go_on_without_a_gap() {
    let spec = local(|_, _, _| Box::pin(nap(5)));
    let options = "virtual_time, rate = 50/s, duration = 2s, scenarios = [list: 3x, buy: 1x], settle = 4s";
    let seen = settled(spec, options, usize::MAX);
    let measurements = &seen.outcome.measurements;
    assert_eq!((seen.rounds(), seen.count()), (2, 300));
    let windows = measurements.windows(&Selection::default(), Duration::from_secs(1));
    let full: Vec<u64> = windows.iter().map(|window| window.tally.count()).take(6).collect();
    assert_eq!(full, [50; 6]);
    assert_eq!(whole(measurements).dropped, 0);
    assert!(of_scenario(measurements, "buy").count() > 30);
}

/// Who did which iteration, with what unique id and what draw.
type Met = (u64, u64, u64, u64);

static MET: Mutex<Vec<Met>> = Mutex::new(Vec::new());

fn met(options: &str, undecided: usize) -> (Seen, Vec<Met>) {
    let body = local(|user, _, _| {
        Box::pin(async move {
            let (drawn, unique) = (user.pick(0..u64::MAX), user.unique_id());
            MET.lock().unwrap().push((user.id(), user.iteration(), unique, drawn));
            nap(20 + drawn % 30).await
        })
    });
    MET.lock().unwrap().clear();
    let seen = settled(body, options, undecided);
    (seen, MET.lock().unwrap().clone())
}

#[test]
fn ids_and_draws_of_rounds_are_others_and_the_same_in_every_run() {
    let options = "virtual_time, users = 3, iterations = 4, settle = 1min, seed = 7";
    let (seen, all) = met(options, 4);
    assert_eq!((seen.rounds(), all.len()), (4, 60));
    let distinct = |of: fn(&Met) -> (u64, u64)| all.iter().map(of).collect::<BTreeSet<_>>().len();
    assert_eq!((distinct(|met| (met.0, met.1)), distinct(|met| (met.2, 0)), distinct(|met| (met.3, 0))), (60, 60, 60));
    let users: BTreeSet<u64> = all.iter().map(|met| met.0).collect();
    assert_eq!(users, (0..3).collect(), "what a user has of its own by its id, it has in every round");
    let iterations: BTreeSet<u64> = all.iter().map(|met| met.1).collect();
    assert_eq!(iterations, (0..20).collect());
    let (again, same) = met(options, 4);
    let drawn = |all: &[Met]| all.iter().map(|met| (met.0, met.1, met.3)).collect::<Vec<_>>();
    assert_eq!(drawn(&all), drawn(&same));
    assert_eq!(format!("{:?}", seen.outcome.measurements), format!("{:?}", again.outcome.measurements));
    // The planned load is what it is without `settle`.
    let (_, alone) = met("virtual_time, users = 3, iterations = 4, seed = 7", 0);
    assert_eq!(drawn(&all)[..12], drawn(&alone)[..]);
}

#[test]
fn poisson_arrivals_of_a_round_are_drawn_anew() {
    static DUE: Mutex<Vec<u64>> = Mutex::new(Vec::new());
    let body = local(|user, _, _| {
        DUE.lock().unwrap().push(user.due);
        Box::pin(nap(1))
    });
    settled(body, "virtual_time, rate = 100/s, duration = 2s, poisson, settle = 2s", usize::MAX);
    let due = DUE.lock().unwrap().clone();
    let second = due.windows(2).position(|pair| pair[1] < pair[0]).unwrap() + 1;
    assert_ne!(due[..20], due[second..second + 20]);
}

static HOOKS: Mutex<Vec<String>> = Mutex::new(Vec::new());

fn noted(what: impl Into<String>) -> SendMade<'static, ()> {
    HOOKS.lock().unwrap().push(what.into());
    Made::Ready(Ok(()))
}

/// The hooks' calls are noted for one test at a time.
fn turn() -> std::sync::MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn hooked() -> Spec {
    HOOKS.lock().unwrap().clear();
    fn made(input: usize) -> SendMade<'static, Box<Fixture>> {
        noted(format!("setup {input}"));
        Made::Ready(Ok(Box::new(input)))
    }
    Spec {
        setup: Some(Setup { make: made, shared: None }),
        verify: Some(|made, _| noted(format!("verify {}", made.downcast_ref::<usize>().unwrap()))),
        teardown: Some(|made| noted(format!("teardown {}", made.downcast_ref::<usize>().unwrap()))),
        ..local(|_, _, _| Box::pin(nap(100)))
    }
}

#[test]
fn one_fixture_bears_all_rounds_and_those_of_cases_are_made_anew() {
    let _turn = turn();
    let alone = settled(hooked(), "virtual_time, users = 1, iterations = 3, settle = 1min, setup = f, verify = g", 2);
    assert_eq!((alone.rounds(), alone.count()), (2, 9));
    assert_eq!(*HOOKS.lock().unwrap(), ["setup 0", "verify 0", "teardown 0"]);
    let options = "virtual_time, users = 1, iterations = 3, settle = 1min, setup = f, verify = g, cases = [a: 1, b: 2]";
    let cases = settled(hooked(), options, 1);
    assert_eq!((cases.rounds(), cases.count(), cases.looks.len()), (1, 12, 2));
    let round = ["setup 0", "verify 0", "teardown 0", "setup 1", "verify 1", "teardown 1"];
    assert_eq!(*HOOKS.lock().unwrap(), [round, round].concat());
    let of = |case: &str| Selection { case: Some(case.into()), ..Selection::default() };
    for case in ["a", "b"] {
        let measurements = &cases.outcome.measurements;
        assert_eq!((measurements.tally(&of(case)).count(), measurements.seconds(&of(case))), (6, 0.6), "{case}");
    }
}

/// Of each user that has gone: its id, and how many iterations it had made.
static GONE: Mutex<Vec<(u64, u64)>> = Mutex::new(Vec::new());

fn staying() -> Body {
    Body::Shared {
        iterate: |user, _, state| {
            Box::pin(async move {
                let own = state.downcast_mut::<(u64, u64)>().unwrap();
                assert_eq!(*own, (user.id(), user.iteration()));
                own.1 += 1;
                nap(10).await
            })
        },
        user_setup: Some(|user, _| Made::Ready(Ok(Box::new((user.id(), 0_u64)) as Box<SendState>))),
        user_teardown: Some(|state| {
            GONE.lock().unwrap().push(*state.downcast_ref().unwrap());
            Made::Ready(Ok(()))
        }),
    }
}

#[test]
fn users_stay_with_what_they_have_until_the_last_round() {
    let _turn = turn();
    for (options, rounds, wanted) in [
        ("virtual_time, users = 3, iterations = 2, warm_up = 1s", 2, vec![]),
        ("users = 3, iterations = 2", 2, vec![]),
        ("users = 3, iterations = 2", 0, vec![(0, 2), (1, 2), (2, 2)]),
        ("per_core, users = 3, iterations = 2", 2, vec![]),
        ("virtual_time, stages = [1 for 1s, 3 at once]", 1, vec![(0, 202), (1, 2), (2, 2)]),
        ("virtual_time, rate = 100/s, duration = 1s, max_users = 2", 2, vec![(0, 150), (1, 150)]),
    ] {
        GONE.lock().unwrap().clear();
        let seen = settled(spec(staying()), &format!("{options}, settle = 1min, user_setup = f"), rounds);
        assert_eq!(seen.looks.len(), rounds + 1, "{options}");
        assert_eq!((whole(&seen.outcome.measurements).failures(), whole(&seen.outcome.measurements).dropped), (0, 0));
        let mut gone = GONE.lock().unwrap().clone();
        gone.sort_unstable();
        assert!(wanted.is_empty() || gone == wanted, "{options}: {gone:?}");
        let made: u64 = gone.iter().map(|(_, iterations)| iterations).sum();
        assert!(made >= seen.count(), "those of the warm-up count too: {options}");
        assert_eq!(gone.len(), if options.contains("max_users") { 2 } else { 3 }, "{options}");
    }
}

#[test]
fn threads_stay_too() {
    static SET_UP: Mutex<Vec<u64>> = Mutex::new(Vec::new());
    static ENDED: AtomicU64 = AtomicU64::new(0);
    let body = Body::Blocking {
        iterate: |user, _, state| {
            let own = state.downcast_mut::<u64>().unwrap();
            assert_eq!(*own, user.iteration());
            *own += 1;
            Ok(())
        },
        user_setup: Some(|user, _| {
            SET_UP.lock().unwrap().push(user.id());
            Made::Ready(Ok(Box::new(0_u64)))
        }),
        user_teardown: Some(|state| {
            ENDED.fetch_add(*state.downcast_ref::<u64>().unwrap(), SeqCst);
            Made::Ready(Ok(()))
        }),
    };
    let seen = settled(spec(body), "users = 4, iterations = 5, settle = 1min, user_setup = f", 3);
    assert!(seen.rounds() >= 3);
    assert_eq!((seen.count(), ENDED.load(SeqCst)), (20 * u64::from(seen.rounds() + 1), seen.count()));
    let mut ids = SET_UP.lock().unwrap().clone();
    ids.sort_unstable();
    assert_eq!(ids, [0, 1, 2, 3]);
}

#[test]
fn users_that_could_not_be_made_end_the_test_and_the_others_go() {
    static ENDED: AtomicU64 = AtomicU64::new(0);
    let body = Body::Local {
        iterate: |_, _, _| Box::pin(nap(10)),
        user_setup: Some(|user, _| {
            Made::Ready(if user.id() == 1 { Err(Failed::new("login", "refused")) } else { Ok(Box::new(())) })
        }),
        user_teardown: Some(|_| {
            ENDED.fetch_add(1, SeqCst);
            Made::Ready(Ok(()))
        }),
    };
    let seen = settled_by(spec(body), "virtual_time, users = 3, iterations = 2, settle = 1min", 9, &|_| None);
    assert!(
        matches!(seen.outcome.trouble, Some(crate::Error::Hook { hook: "user_setup", .. })),
        "{:?}",
        seen.outcome.trouble
    );
    assert_eq!((seen.looks.len(), ENDED.load(SeqCst)), (0, 2));
}

#[test]
fn a_thread_that_never_comes_back_does_not_keep_the_next_round() {
    static HELD: AtomicU64 = AtomicU64::new(1);
    let body = blocking(|user, _, _| {
        while user.id() == 0 && user.iteration() == 1 && HELD.load(SeqCst) > 0 {
            std::thread::sleep(Duration::from_millis(1));
        }
        std::thread::sleep(Duration::from_millis(1));
        Ok(())
    });
    let seen = settled(body, "users = 2, iterations = 5, duration = 1s, graceful_stop = 0s, settle = 1min", 1);
    HELD.store(0, SeqCst);
    let all = whole(&seen.outcome.measurements);
    assert_eq!(all.interrupted, 1, "{all:?}");
    // What the thread did before it was held, the other user, and then both in every round.
    assert_eq!(all.successes, 1 + 5 + 10 * u64::from(seen.rounds()));
    assert!(seen.rounds() >= 1);
}

#[test]
fn gauges_are_sampled_in_every_round() {
    let spec = Spec {
        sample: Some(|_, samples| {
            samples.record("gauge", 7_u64);
            Made::Ready(Ok(()))
        }),
        ..local(|_, _, _| Box::pin(nap(100)))
    };
    let seen = settled(spec, "virtual_time, users = 1, duration = 3s, settle = 6s", usize::MAX);
    let gauge = Selection { subject: Subject::Value("gauge".into()), ..Selection::default() };
    let kept = seen.outcome.measurements.values(&gauge).unwrap().distribution.count();
    assert_eq!((seen.rounds(), kept), (2, 9), "every second of every round");
}

#[test]
fn a_teardown_that_fails_after_the_last_round_is_told() {
    let body = Body::Local {
        iterate: |_, _, _| Box::pin(nap(10)),
        user_setup: None,
        user_teardown: Some(|_| Made::Ready(Err(Failed::new("logout", "refused")))),
    };
    let seen = settled_by(spec(body), "virtual_time, users = 2, iterations = 2, settle = 1min", 1, &|_| None);
    assert!(
        matches!(seen.outcome.trouble, Some(crate::Error::Hook { hook: "user_teardown", .. })),
        "{:?}",
        seen.outcome.trouble
    );
    assert_eq!((seen.rounds(), seen.count()), (1, 8));
}

#[test]
fn a_user_that_was_interrupted_is_another_in_the_next_round() {
    let body = local(|user, _, _| {
        Box::pin(async move {
            match (user.id(), user.iteration()) {
                (0, 1) => std::future::pending().await,
                _ => nap(100).await,
            }
        })
    });
    let seen =
        settled(body, "virtual_time, users = 2, iterations = 3, graceful_stop = 1s, duration = 1s, settle = 1min", 1);
    let all = whole(&seen.outcome.measurements);
    // In the planned load, the pending one is interrupted; in the next round its number has been passed.
    assert_eq!((seen.rounds(), all.interrupted, all.successes), (1, 1, 1 + 3 + 3 + 3));
}

#[test]
fn no_round_follows_a_halt_or_a_stop() {
    let body = || local(|_, _, _| Box::pin(nap(100)));
    let options = "virtual_time, users = 1, duration = 4s, settle = 1min";
    let halt = |so_far: &Measurements| {
        (so_far.elapsed >= Duration::from_secs(6)).then(|| Halt { reason: "missed".to_owned(), kill: false })
    };
    let seen = settled_by(body(), options, usize::MAX, &halt);
    assert_eq!((seen.rounds(), seen.looks.len()), (1, 1), "halted in its second second");
    assert_eq!(seen.outcome.halted.as_deref(), Some("missed"));
    assert_eq!(seen.time(), Duration::from_millis(2_100), "until what was in flight had ended");
    let stop = Stop::new();
    let end = |so_far: &Measurements| {
        if so_far.elapsed >= Duration::from_secs(6) {
            stop.request();
        }
        None
    };
    let seen = stopped_by(body(), options, usize::MAX, &end, &stop);
    assert!(matches!(seen.outcome.trouble, Some(crate::Error::Stopped)), "{:?}", seen.outcome.trouble);
    assert_eq!((seen.rounds(), seen.looks.len()), (1, 1));
}

#[test]
fn what_is_in_flight_at_a_rounds_end_is_drained_before_the_next() {
    static RUNNING: AtomicU64 = AtomicU64::new(0);
    let body = local(|_, _, _| {
        Box::pin(async {
            assert_eq!(RUNNING.fetch_add(1, SeqCst), 0, "two rounds at once");
            nap(700).await?;
            RUNNING.fetch_sub(1, SeqCst);
            Ok(())
        })
    });
    let seen = settled(body, "virtual_time, users = 1, duration = 1s, settle = 3s", usize::MAX);
    assert_eq!((seen.rounds(), seen.time(), seen.count()), (3, Duration::from_secs(3), 8));
    assert_eq!(whole(&seen.outcome.measurements).failures(), 0);
    // The time after a round's planned end is no part of `settle`.
    assert_eq!(seen.outcome.measurements.elapsed, Duration::from_millis(4 * 1_400));
}

#[test]
fn rounds_in_real_time_on_every_kind_of_place() {
    let threads = || {
        blocking(|_, _, _| {
            std::thread::sleep(Duration::from_micros(200));
            Ok(())
        })
    };
    let tasks = || shared(|_, _, _| Box::pin(nap(1)));
    let stays = || local(|_, _, _| Box::pin(nap(1)));
    let budget = "users = 3, iterations = 10, settle = 1min";
    for (spec, options) in [(threads(), budget), (tasks(), budget), (stays(), &format!("per_core, {budget}"))] {
        let seen = settled(spec, options, 2);
        // How many rounds are looked at together depends on how long they took.
        assert!(seen.rounds() >= 2 && seen.looks.len() == 3, "{options}: {}", seen.rounds());
        assert_eq!(seen.count(), 30 * u64::from(seen.rounds() + 1), "{options}");
    }
    for spec in [tasks(), threads()] {
        let seen = settled(spec, "rate = 100/s, duration = 200ms, settle = 400ms", usize::MAX);
        assert_eq!((seen.rounds(), seen.count() + whole(&seen.outcome.measurements).dropped), (2, 60));
    }
}

/// Sleeps as many milliseconds as its size.
const NAPS: BatchFn = BatchFn::Local(|made, batch| {
    Box::pin(async move {
        let ms = *made.downcast_ref::<usize>().unwrap() as u64;
        batch.run_async(|| nap(ms), |()| Ok(())).await;
    })
});

fn sweep() -> Spec {
    Spec { kind: Kind::Stress, batch: Some(NAPS), ..hooked() }
}

#[test]
fn a_sweep_gives_every_input_as_much_again() {
    let _turn = turn();
    let of = |seen: &Seen, case: &str| {
        seen.outcome.measurements.tally(&Selection { case: Some(case.into()), ..Selection::default() }).count()
    };
    let calls = settled(sweep(), "virtual_time, sizes = [3, 30], iterations = 7, settle = 1min", 2);
    assert_eq!((calls.rounds(), of(&calls, "size(3)"), of(&calls, "size(30)")), (2, 21, 21));
    assert_eq!(calls.time(), Duration::from_millis(2 * 7 * 33));
    assert_eq!(*HOOKS.lock().unwrap(), ["setup 3", "setup 30", "verify 3", "teardown 3", "verify 30", "teardown 30"]);
    let time = settled(sweep(), "virtual_time, sizes = [10, 20], duration = 1s, settle = 3s", usize::MAX);
    assert_eq!((time.rounds(), time.time()), (2, Duration::from_secs(3)), "2 s, and the half of it");
    assert_eq!((of(&time, "size(10)"), of(&time, "size(20)")), (250, 125));
    // "Until stable" is done after 100 calls of the same time: as many again.
    let stable = settled(sweep(), "virtual_time, sizes = [2], settle = 1min", 3);
    assert_eq!((stable.rounds(), of(&stable, "size(2)")), (3, 400));
    assert_eq!(settled(sweep(), "virtual_time, sizes = [3], iterations = 7, settle = 1min", 0).rounds(), 0);
}

#[test]
fn a_sweep_makes_no_round_that_a_single_call_would_overrun() {
    let _turn = turn();
    let seen = settled(sweep(), "virtual_time, sizes = [5, 4_000], iterations = 1, settle = 3s", usize::MAX);
    assert_eq!((seen.rounds(), seen.looks.len()), (0, 1));
    let notes = seen.outcome.measurements.notes.join("\n");
    assert!(notes.contains("`p95 < 1s` is undecided, but the time of `settle` is too short"), "{notes}");
}

#[test]
fn several_callers_go_on_as_a_load_does() {
    let spec = Spec { batch: None, kind: Kind::Stress, ..local(|_, _, _| Box::pin(nap(100))) };
    let seen = settled(spec, "virtual_time, concurrency = 50, iterations = 1, settle = 1min", 2);
    assert_eq!((seen.rounds(), seen.count(), seen.outcome.measurements.peak_users), (2, 150, 50));
}
