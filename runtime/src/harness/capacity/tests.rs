//! Searches on known systems, run whole in virtual time.

use super::*;
use crate::Failed;
use crate::engine::User;
use crate::engine::known::{leave_behind, serve, served_by_one, shed, stress as spec, wait};
use crate::engine::rt::made::{Fixture, LocalFuture, LocalState, Made, SendMade};
use crate::engine::spec::{Setup, Shared, TargetText};
use crate::engine::systems;
use crate::error::Error;
use crate::harness::settings::model::RunSettings;
use crate::judge::Outcome;
use crate::record::Subject;
use brunt_plan::Level;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

const fn target(text: &'static str) -> TargetText {
    TargetText { level: Level::Target, text, line: 1 }
}

fn planned(spec: &Spec) -> Planned {
    let planned = Planned::of(spec, &RunSettings::default()).unwrap();
    let conflicts = brunt_plan::check::targets(&planned.plan, &planned.targets);
    assert!(conflicts.is_empty(), "{conflicts:?}");
    planned
}

fn searched(spec: Spec, stop: &Stop) -> SearchResult {
    let spec: &'static Spec = Box::leak(Box::new(spec));
    let test = planned(spec);
    search_capacity(spec, &test, &test.plan.search.unwrap(), true, stop, None, None)
}

/// Runs a search to its end; the verdict is on the whole of it.
fn found(spec: Spec) -> (SearchResult, Verdict) {
    let test = planned(&spec);
    let done = searched(spec, &Stop::new());
    assert!(done.outcome.trouble.is_none(), "{:?}", done.outcome.trouble);
    let (level, samples) = done.level.clone();
    let verdict = capacity::judge_search(&test.targets, &done.searched, level, samples);
    (done, verdict)
}

fn stages(done: &SearchResult) -> Vec<&str> {
    done.searched.trials.iter().map(|trial| trial.stage.as_str()).collect()
}

#[test]
fn the_knee_of_an_open_load_is_found_within_a_twentieth() {
    const TARGETS: &[TargetText] = &[target("capacity > 750/s"), target("p95 < 200ms")];
    let knee = spec(serve, "search = capacity(rate 100/s..=100_000/s), virtual_time", TARGETS);
    let (done, verdict) = found(Spec { verify: Some(served_by_one), ..knee });
    assert!(done.outcome.verify.is_none(), "{:?}", done.outcome.verify);
    let capacity = done.searched.found.capacity.unwrap();
    assert!((760.0..=840.0).contains(&capacity), "{capacity}: {:#?}", done.searched.trials);
    assert_eq!(verdict.outcome, Outcome::Pass, "{verdict:#?}");
    // Each level is a stage of the whole, the recovery too.
    let names: Vec<String> = done.outcome.measurements.names.stages.iter().map(ToString::to_string).collect();
    assert_eq!(names, stages(&done));
    assert_eq!(names[..7], ["100/s", "200/s", "400/s", "800/s", "1600/s", "1600/s (again)", "800/s (recovery)"]);
    let count = |stage: &str| {
        let stage = Selection { stage: Some(stage.into()), ..Selection::default() };
        done.outcome.measurements.tally(&stage).count()
    };
    assert_eq!((count("100/s"), count("1600/s")), (500, 8_000));
    // At 1,600/s half of 5 s of arrivals were left, which took 5 s to drain; then all was well at once.
    let recovery = done.searched.found.recovery.unwrap().after.unwrap();
    assert!((4.9..=5.2).contains(&recovery.as_secs_f64()), "{recovery:?}");
}

#[test]
fn the_knee_of_a_closed_load_is_found_to_the_user() {
    // Of n users each waits n ÷ 8 × 10 ms.
    const TARGETS: &[TargetText] = &[target("capacity > 200"), target("p95 < 155ms")];
    let (done, verdict) = found(spec(serve, "search = capacity(users 10..=10_000), virtual_time", TARGETS));
    let capacity = done.searched.found.capacity.unwrap();
    assert!((114.0..=126.0).contains(&capacity), "{capacity}: {:#?}", done.searched.trials);
    assert_eq!(stages(&done)[0], "10 users");
    assert_eq!(verdict.outcome, Outcome::Fail);
    let reason = verdict.targets[0].reason.as_deref().unwrap();
    assert!(reason.contains("users broke: `p95 < 155ms`"), "{reason}");
    assert_eq!(verdict.targets[1].outcome, Outcome::Pass, "of the last level that held");
}

#[test]
fn a_first_level_that_fails_and_a_last_one_that_holds_are_said() {
    const TARGETS: &[TargetText] = &[target("capacity > 100/s"), target("p95 < 50ms")];
    let (done, verdict) = found(spec(serve, "search = capacity(rate 2_000/s..=4_000/s), virtual_time", TARGETS));
    assert_eq!(stages(&done), ["2000/s", "2000/s (again)"]);
    assert_eq!(verdict.outcome, Outcome::Fail);
    let reason = verdict.targets[0].reason.as_deref().unwrap();
    assert!(reason.starts_with("the first level, 2,000/s, already fails: `p95 < 50ms`"), "{reason}");
    let (done, verdict) = found(spec(serve, "search = capacity(rate 100/s..=300/s), virtual_time", TARGETS));
    assert_eq!(stages(&done), ["100/s", "200/s", "300/s", "300/s (confirmation)"]);
    assert_eq!((verdict.outcome, done.searched.found.recovery), (Outcome::Pass, None));
}

#[test]
fn failures_that_no_target_speaks_of_break_a_level_and_arrivals_without_a_user_do_not() {
    const TARGETS: &[TargetText] = &[target("p95 < 10s"), target("capacity > 500/s")];
    let knee = |done: &SearchResult| done.searched.found.capacity.unwrap();
    let (done, _) = found(spec(shed, "search = capacity(rate 100/s..=10_000/s), virtual_time", TARGETS));
    assert!((760.0..=840.0).contains(&knee(&done)), "{:#?}", done.searched.trials);
    let (done, verdict) =
        found(spec(serve, "search = capacity(rate 100/s..=10_000/s), max_users = 4, virtual_time", TARGETS));
    // Four users who take 10 ms each do 400 a second: of the system that says no more than that it carries as much.
    assert!((350.0..=420.0).contains(&knee(&done)), "{:#?}", done.searched.trials);
    assert_eq!(verdict.outcome, Outcome::Inconclusive);
    let reason = verdict.targets.iter().find_map(|row| row.reason.as_deref()).unwrap();
    assert!(reason.contains("could not be sent") && reason.contains("raise `max_users`"), "{reason}");
}

#[test]
fn more_than_ten_thousand_in_flight_are_not_dropped() {
    const TARGETS: &[TargetText] = &[target("p95 < 20s")];
    let (done, _) =
        found(spec(wait, "search = capacity(rate 2_000/s..=3_000/s), duration = 6s, virtual_time", TARGETS));
    assert_eq!(stages(&done), ["2000/s", "3000/s", "3000/s (confirmation)"]);
    assert_eq!(done.searched.found.capacity, Some(3_000.0), "{:#?}", done.searched.trials);
    assert_eq!(done.outcome.measurements.peak_users, 30_000);
}

fn unmade(_: usize) -> SendMade<'static, Box<Fixture>> {
    Made::Ready(Err(Failed::new("port", "in use")))
}

#[test]
fn a_setup_that_fails_is_the_cause_and_no_level_is_tried() {
    const TARGETS: &[TargetText] = &[target("p95 < 200ms")];
    let search_of = spec(serve, "search = capacity(rate 100/s..=1_000/s), virtual_time", TARGETS);
    let done = searched(Spec { setup: Some(Setup { make: unmade, shared: None }), ..search_of }, &Stop::new());
    let trouble = done.outcome.trouble.unwrap().to_string();
    assert!(trouble.contains("setup") && trouble.contains("in use"), "{trouble}");
    assert!(done.searched.trials.is_empty() && done.searched.found.capacity.is_none());
    assert_eq!(done.outcome.measurements.tally(&Selection::default()).count(), 0);
}

static STOP: Stop = Stop::new();
static SERVED: AtomicU64 = AtomicU64::new(0);
static TORN_DOWN: AtomicU64 = AtomicU64::new(0);

/// Serves, and stops the search at the thousandth.
fn serve_a_thousand<'a>(
    user: &'a User,
    fixture: &'a Fixture,
    state: &'a mut LocalState,
) -> LocalFuture<'a, Result<(), Failed>> {
    Box::pin(async move {
        serve(user, fixture, state).await?;
        if SERVED.fetch_add(1, SeqCst) + 1 == 1_000 {
            STOP.request();
        }
        Ok(())
    })
}

fn torn_down(_: &Fixture) -> SendMade<'_, ()> {
    TORN_DOWN.fetch_add(1, SeqCst);
    Made::Ready(Ok(()))
}

#[test]
fn a_stop_keeps_what_was_measured_and_tears_down() {
    const TARGETS: &[TargetText] = &[target("p95 < 200ms")];
    let search_of = spec(serve_a_thousand, "search = capacity(rate 100/s..=100_000/s), virtual_time", TARGETS);
    let done = searched(Spec { teardown: Some(torn_down), ..search_of }, &STOP);
    assert!(matches!(done.outcome.trouble, Some(Error::Stopped)), "{:?}", done.outcome.trouble);
    assert_eq!(TORN_DOWN.load(SeqCst), 1);
    // 500 at the first level; the second was cut short, and is measured without being tried.
    assert_eq!(stages(&done), ["100/s"]);
    let names: Vec<String> = done.outcome.measurements.names.stages.iter().map(ToString::to_string).collect();
    assert_eq!(names, ["100/s", "200/s"]);
    assert_eq!(done.outcome.measurements.tally(&Selection::default()).successes, SERVED.load(SeqCst));
    assert!(SERVED.load(SeqCst) >= 1_000);
}

#[test]
fn work_that_outlives_its_level_is_told() {
    const TARGETS: &[TargetText] = &[target("p95 < 1s")];
    let (done, _) = found(spec(leave_behind, "search = capacity(users 1..=2), virtual_time", TARGETS));
    let notes = &done.outcome.measurements.notes;
    let told = notes.iter().filter(|note| note.contains("samples came after the measurements were closed")).count();
    assert_eq!(told, 1, "once for all levels: {notes:?}");
    let late = Selection { subject: Subject::Step("late".into()), ..Selection::default() };
    assert_eq!(done.outcome.measurements.tally(&late).successes, 0, "in no level, not in another one either");
}

/// What a system carries: arrivals a second with a p95 below 200 ms.
fn truth(kind: systems::Kind) -> f64 {
    match kind {
        systems::Kind::Pausing => 270.0,
        // Of what it was when the search began; it leaks 3 % for each thousand iterations in all that it did at its level.
        systems::Kind::Leaking => 260.0,
        _ => systems::RATE,
    }
}

const SLOW: &[TargetText] = &[target("p95 < 200ms")];

fn leaked(text: String) -> &'static str {
    Box::leak(text.into_boxed_str())
}

/// A search of one system.
fn spec_of(kind: systems::Kind, options: &'static str, targets: &'static [TargetText]) -> Spec {
    let make = systems::ALL.iter().find(|(other, _)| *other == kind).unwrap().1;
    Spec { setup: Some(Setup { make, shared: None }), ..spec(systems::call, options, targets) }
}

fn seconds(done: &SearchResult) -> f64 {
    done.searched.trials.iter().map(|trial| trial.seconds).sum()
}

fn print_trials(done: &SearchResult) {
    for StepTrial { stage, seen, seconds, fixture, reason, .. } in &done.searched.trials {
        println!("    {stage:26} {seen:?} {seconds:.0} s fixture {fixture} {}", reason.as_deref().unwrap_or_default());
    }
}

/// `cargo test -p brunt --lib each_system_is_found -- --nocapture` prints the table; `CAPACITY_SEEDS=20` more of it, and
/// `CAPACITY_ONLY=Leaking` every load of one system.
#[test]
fn each_system_is_found_within_a_twentieth() {
    let only = std::env::var("CAPACITY_ONLY").ok();
    let seeds = std::env::var("CAPACITY_SEEDS").ok().and_then(|seeds| seeds.parse().ok()).unwrap_or(1);
    let mut off = Vec::new();
    println!("system        truth  found of each seed      seconds  loads  fixtures");
    for (kind, _) in systems::ALL {
        let name = format!("{kind:?}");
        if only.as_ref().is_some_and(|only| *only != name) {
            continue;
        }
        let (mut capacities, mut last) = (Vec::new(), None);
        for seed in 0..seeds {
            let options = leaked(format!("search = capacity(rate 20/s..=20_000/s), virtual_time, seed = {seed}"));
            let (done, _) = found(spec_of(kind, options, SLOW));
            let capacity = done.searched.found.capacity.unwrap_or(0.0);
            if !(0.95..=1.05).contains(&(capacity / truth(kind))) {
                off.push((kind, seed, capacity));
            }
            capacities.push(capacity);
            if only.is_some() {
                print_trials(&done);
            }
            last = Some(done);
        }
        let done = last.unwrap();
        let (least, most) = capacities.iter().fold((f64::MAX, 0.0_f64), |(a, b), one| (a.min(*one), b.max(*one)));
        let (loads, fixtures) = (done.searched.trials.len(), done.searched.fixtures);
        let spread = format!("{least}..{most}");
        println!("{name:12}  {:5}  {spread:22}  {:7.0}  {loads:5}  {fixtures:8}", truth(kind), seconds(&done));
    }
    assert!(off.is_empty(), "{off:?}");
}

#[test]
fn systems_that_mislead_are_found_in_users_too() {
    for (kind, text, truth) in [
        (systems::Kind::Constant, "p95 < 155ms", 46.0),
        (systems::Kind::Hysteresis, "p95 < 300ms", 90.0),
        (systems::Kind::ColdStart, "p95 < 300ms", 90.0),
    ] {
        let targets: &'static [TargetText] = Box::leak(Box::new([target(leaked(text.to_owned()))]));
        let (done, _) = found(spec_of(kind, "search = capacity(users 5..=5_000), virtual_time", targets));
        let capacity = done.searched.found.capacity.unwrap_or(0.0);
        assert!((0.95..=1.05).contains(&(capacity / truth)), "{kind:?}: {capacity} of {truth}");
    }
}

/// `CAPACITY_SEEDS=200` tries so many seeds.
#[test]
fn a_target_a_twentieth_below_the_truth_does_not_fail_and_one_above_does_not_pass() {
    const BELOW: &[TargetText] = &[target("capacity > 285/s"), target("p95 < 200ms")];
    const ABOVE: &[TargetText] = &[target("capacity > 316/s"), target("p95 < 200ms")];
    let seeds: u64 = std::env::var("CAPACITY_SEEDS").ok().and_then(|seeds| seeds.parse().ok()).unwrap_or(1);
    let mut wrong = Vec::new();
    for kind in [systems::Kind::Shedding, systems::Kind::Smooth] {
        let mut outcomes = [[0; 3]; 2];
        for seed in 0..seeds {
            let options = leaked(format!("search = capacity(rate 20/s..=20_000/s), virtual_time, seed = {seed}"));
            for (row, targets) in [BELOW, ABOVE].into_iter().enumerate() {
                let (_, verdict) = found(spec_of(kind, options, targets));
                let outcome = verdict.targets[0].outcome;
                outcomes[row][outcome as usize] += 1;
                let never = if row == 0 { Outcome::Fail } else { Outcome::Pass };
                if outcome == never {
                    wrong.push((kind, seed, row, verdict.targets[0].reason.clone()));
                }
            }
        }
        println!("{kind:?}: pass, inconclusive, fail below {:?}, above {:?}", outcomes[0], outcomes[1]);
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_fixture_that_an_overload_broke_is_made_anew_and_told() {
    static MADE: AtomicU64 = AtomicU64::new(0);
    static ENDED: AtomicU64 = AtomicU64::new(0);
    fn make(case: usize) -> SendMade<'static, Box<Fixture>> {
        MADE.fetch_add(1, SeqCst);
        systems::broken_by_overload(case)
    }
    fn end(_: &Fixture) -> SendMade<'_, ()> {
        ENDED.fetch_add(1, SeqCst);
        Made::Ready(Ok(()))
    }
    let spec = spec_of(systems::Kind::Breaking, "search = capacity(rate 20/s..=20_000/s), virtual_time", SLOW);
    let (done, verdict) = found(Spec { setup: Some(Setup { make, shared: None }), teardown: Some(end), ..spec });
    let (made, ended) = (MADE.load(SeqCst), ENDED.load(SeqCst));
    assert!(made > 1 && made == ended && made == u64::from(done.searched.fixtures), "{made} {ended}");
    assert_eq!(verdict.outcome, Outcome::Pass);
    let notes = &done.outcome.measurements.notes;
    assert!(notes.iter().any(|note| note.contains("until its fixture was made anew")), "{notes:?}");
    assert!(stages(&done).iter().any(|stage| stage.contains("(fresh start)")), "{:?}", stages(&done));
}

#[test]
fn a_broken_system_that_cannot_be_made_anew_ends_the_search_with_a_bound() {
    const TARGETS: &[TargetText] = &[target("capacity > 100/s"), target("p95 < 200ms")];
    const HIGH: &[TargetText] = &[target("capacity > 2_000/s"), target("p95 < 200ms")];
    // Each its own: a shared one lives as long as the process.
    let names: [fn() -> &'static str; 2] = [|| "broken, undecided", || "broken, missed"];
    for (targets, wanted, name) in [(TARGETS, Outcome::Inconclusive, names[0]), (HIGH, Outcome::Fail, names[1])] {
        let spec = spec_of(systems::Kind::Breaking, "search = capacity(rate 100/s..=20_000/s), virtual_time", targets);
        let shared = Some(Shared::ByProcess(name));
        let (done, verdict) = found(Spec { setup: Some(Setup { make: systems::broken_by_overload, shared }), ..spec });
        assert_eq!(done.searched.fixtures, 1);
        assert_eq!(verdict.outcome, wanted, "{verdict:#?}");
        let reason = verdict.targets[0].reason.as_deref().unwrap();
        assert!(reason.contains("held once and was not confirmed"), "{reason}");
        let notes = &done.outcome.measurements.notes;
        assert!(notes.iter().any(|note| note.contains("no `setup` of the test's own")), "{notes:?}");
    }
}

#[test]
fn a_second_setup_that_fails_ends_the_search_and_keeps_what_it_has() {
    static MADE: AtomicU64 = AtomicU64::new(0);
    fn make(case: usize) -> SendMade<'static, Box<Fixture>> {
        if MADE.fetch_add(1, SeqCst) > 0 {
            return Made::Ready(Err(Failed::new("port", "in use")));
        }
        systems::broken_by_overload(case)
    }
    const TARGETS: &[TargetText] = &[target("capacity > 100/s"), target("p95 < 200ms")];
    let spec = spec_of(systems::Kind::Breaking, "search = capacity(rate 20/s..=20_000/s), virtual_time", TARGETS);
    let (done, verdict) = found(Spec { setup: Some(Setup { make, shared: None }), ..spec });
    assert_eq!(verdict.outcome, Outcome::Inconclusive, "{verdict:#?}");
    assert_eq!(done.searched.found.cut, Some(capacity::searched::SearchCut::NotRemade));
    let notes = &done.outcome.measurements.notes;
    assert!(notes.iter().any(|note| note.contains("could not be made anew") && note.contains("in use")), "{notes:?}");
}

static DRAWN: std::sync::Mutex<Vec<(u64, u64, u64)>> = std::sync::Mutex::new(Vec::new());

fn draw<'a>(user: &'a User, fixture: &'a Fixture, state: &'a mut LocalState) -> LocalFuture<'a, Result<(), Failed>> {
    DRAWN.lock().unwrap().push((user.id(), user.iteration(), user.pick(0..u64::MAX)));
    serve(user, fixture, state)
}

#[test]
fn no_user_has_an_iteration_twice_and_no_draw_comes_again() {
    const TARGETS: &[TargetText] = &[target("p95 < 155ms")];
    let (done, _) = found(spec(draw, "search = capacity(users 40..=300), virtual_time, seed = 7", TARGETS));
    assert!(stages(&done).iter().any(|stage| stage.ends_with("(again)")), "{:?}", stages(&done));
    let mut drawn = std::mem::take(&mut *DRAWN.lock().unwrap());
    let all = drawn.len();
    drawn.sort_unstable();
    drawn.dedup_by_key(|(id, iteration, _)| (*id, *iteration));
    assert_eq!(drawn.len(), all, "every iteration has a number of its own");
    drawn.sort_unstable_by_key(|(_, _, draw)| *draw);
    drawn.dedup_by_key(|(_, _, draw)| *draw);
    assert_eq!(drawn.len(), all, "every draw is another");
}

#[test]
fn a_signal_that_cuts_the_setup_of_a_search_short_is_no_failure_of_the_setup() {
    static STOP: Stop = Stop::new();
    // It never comes to an end by itself.
    let make = |_| -> SendMade<'static, Box<Fixture>> {
        Made::Later(Box::pin(async {
            STOP.request();
            std::future::pending().await
        }))
    };
    const TARGETS: &[TargetText] = &[target("p95 < 200ms")];
    let search_of = spec(serve, "search = capacity(rate 100/s..=100_000/s), virtual_time", TARGETS);
    let done = searched(Spec { setup: Some(Setup { make, shared: None }), ..search_of }, &STOP);
    assert!(matches!(done.outcome.trouble, Some(Error::Stopped)), "{:?}", done.outcome.trouble);
    assert!(stages(&done).is_empty() && done.searched.found.capacity.is_none(), "{:?}", done.searched);
}
