//! Searches on known systems, run whole in virtual time.

use super::*;
use crate::Failed;
use crate::engine::User;
use crate::engine::known::{leave_behind, serve, served_by_one, shed, stress as spec, wait};
use crate::engine::spec::{Fixture, LocalFuture, LocalState, Made, SendMade, Setup, TargetText};
use crate::error::Error;
use crate::harness::settings::Settings;
use crate::record::Subject;
use brunt_plan::Level;
use crate::judge::Outcome;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

#[path = "systems.rs"]
mod systems;

const fn target(text: &'static str) -> TargetText {
    TargetText { level: Level::Target, text, line: 1 }
}

fn planned(spec: &Spec) -> Planned {
    let planned = Planned::of(spec, &Settings::default()).unwrap();
    let conflicts = brunt_plan::check::targets(&planned.plan, &planned.targets);
    assert!(conflicts.is_empty(), "{conflicts:?}");
    planned
}

fn searched(spec: Spec, stop: &Stop) -> Done {
    let spec: &'static Spec = Box::leak(Box::new(spec));
    let test = planned(spec);
    search(spec, &test, &test.plan.search.unwrap(), true, stop, None)
}

/// Runs a search to its end; the verdict is on the whole of it.
fn found(spec: Spec) -> (Done, Verdict) {
    let test = planned(&spec);
    let done = searched(spec, &Stop::new());
    assert!(done.outcome.trouble.is_none(), "{:?}", done.outcome.trouble);
    let (level, samples) = done.level.clone();
    let verdict = capacity::verdict(&test.targets, &done.searched, level, samples);
    (done, verdict)
}

fn stages(done: &Done) -> Vec<&str> {
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
    assert_eq!(stages(&done), ["100/s", "200/s", "300/s"]);
    assert_eq!((verdict.outcome, done.searched.found.recovery), (Outcome::Pass, None));
}

#[test]
fn failures_that_no_target_speaks_of_and_dropped_arrivals_break_a_level() {
    const TARGETS: &[TargetText] = &[target("p95 < 10s")];
    let knee = |done: &Done| done.searched.found.capacity.unwrap();
    let (done, _) = found(spec(shed, "search = capacity(rate 100/s..=10_000/s), virtual_time", TARGETS));
    assert!((700.0..=840.0).contains(&knee(&done)), "{:#?}", done.searched.trials);
    let (done, _) =
        found(spec(serve, "search = capacity(rate 100/s..=10_000/s), max_users = 4, virtual_time", TARGETS));
    // Four users who take 10 ms each do 400 a second.
    assert!((350.0..=420.0).contains(&knee(&done)), "{:#?}", done.searched.trials);
    let dropped = |trial: &Trial| trial.reason.as_deref().is_some_and(|reason| reason.starts_with("`dropped = 0`"));
    assert!(done.searched.trials.iter().any(dropped), "{:#?}", done.searched.trials);
}

#[test]
fn more_than_ten_thousand_in_flight_are_not_dropped() {
    const TARGETS: &[TargetText] = &[target("p95 < 20s")];
    let (done, _) =
        found(spec(wait, "search = capacity(rate 2_000/s..=3_000/s), duration = 6s, virtual_time", TARGETS));
    assert_eq!(stages(&done), ["2000/s", "3000/s"]);
    assert_eq!(done.searched.found.capacity, Some(3_000.0), "{:#?}", done.searched.trials);
    assert_eq!(done.outcome.measurements.peak_users, 18_000);
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

/// What is wanted of each system: its levels, and what it carries.
fn wanted(kind: systems::Kind) -> (&'static str, f64) {
    match kind {
        systems::Kind::Pausing => ("rate 20/s..=20_000/s", 270.0),
        _ => ("rate 20/s..=20_000/s", systems::RATE),
    }
}

const SLOW: &[TargetText] = &[target("p95 < 200ms")];

/// Searches one system; says what it found.
fn of_system(kind: systems::Kind, options: &str, targets: &'static [TargetText]) -> (Done, Verdict) {
    let make = systems::ALL.iter().find(|(other, _)| *other == kind).unwrap().1;
    let options: &'static str = Box::leak(options.to_owned().into_boxed_str());
    let spec = spec(systems::call, options, targets);
    found(Spec { setup: Some(Setup { make, shared: None }), ..spec })
}

fn seconds(done: &Done) -> f64 {
    done.searched.trials.iter().map(|trial| trial.seconds).sum()
}

#[test]
fn table_of_systems() {
    let only = std::env::var("ONLY").ok();
    for (kind, _) in systems::ALL {
        if only.as_ref().is_some_and(|only| *only != format!("{kind:?}")) { continue; }
        let (levels, truth) = wanted(kind);
        let began = std::time::Instant::now();
        let (done, _) = of_system(kind, &format!("search = capacity({levels}), virtual_time, seed = 1"), SLOW);
        let found = &done.searched.found;
        println!(
            "{:12} truth {truth:5.0} found {:?} {:?} fixtures {} loads {} for {:.0} s, {:?} events {:?} cut {:?}",
            format!("{kind:?}"), found.capacity, found.ceiling, done.searched.fixtures, done.searched.trials.len(), seconds(&done), began.elapsed(), found.events, found.cut
        );
        if only.is_some() {
            for trial in &done.searched.trials {
                println!("   {:28} {:?} {:.0} s fixture {} {:?}", trial.stage, trial.seen, trial.seconds, trial.fixture, trial.reason);
            }
        }
    }
}
