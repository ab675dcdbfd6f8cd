//! A saga that is right, and one for each way of being wrong: the check must pass the first and name the others.
#![allow(clippy::unwrap_used)]

use super::*;
use std::pin::pin;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

const STAGES: [&str; 4] = ["plan", "draft", "review", "publish"];

/// In what a specimen is wrong.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Flaw {
    None,
    ForwardOrder,
    Forgets(&'static str),
    ForgetsAndLeaves(&'static str),
    StopsAtFailure,
    SwallowsFailure,
    ClaimsSuccess,
    CompensatesLast,
    CompensatesFailed,
    LeavesOrphan,
    FailedStageLeaves,
    Repeats,
    GoesOn,
    NeverFails,
    CompensatesSuccess,
    CompensationFails,
    Stranger,
    StrangerLeft,
    SkipsStage,
    FailsUnasked,
}

/// A saga of four stages over a store; the time goes on by a millisecond with every compensation.
struct Specimen {
    flaw: Flaw,
    store: Mutex<Vec<&'static str>>,
    now: AtomicU64,
}

impl Specimen {
    fn new(flaw: Flaw) -> Self {
        Self { flaw, store: Mutex::default(), now: AtomicU64::new(0) }
    }

    fn undo(&self, stage: &'static str, faults: Faults<'_>, journal: &Journal<'_>) -> bool {
        self.now.fetch_add(1, Ordering::Relaxed);
        let fails = faults.compensation_fails(stage);
        if !fails && self.flaw != Flaw::LeavesOrphan {
            self.store.lock().unwrap().retain(|made| *made != stage);
        }
        match self.flaw {
            Flaw::SwallowsFailure if fails => {}
            Flaw::CompensationFails if stage == "plan" => journal.compensation_failed(stage),
            Flaw::ClaimsSuccess => journal.compensated(stage),
            _ if fails => journal.compensation_failed(stage),
            _ => journal.compensated(stage),
        }
        !fails
    }

    fn compensate(&self, ran: usize, faults: Faults<'_>, journal: &Journal<'_>) {
        let mut stages: Vec<&'static str> = STAGES[..ran].to_vec();
        match self.flaw {
            Flaw::ForwardOrder => stages.reverse(),
            Flaw::Forgets(forgotten) => {
                stages.retain(|stage| *stage != forgotten);
                self.store.lock().unwrap().retain(|made| *made != forgotten);
            }
            Flaw::ForgetsAndLeaves(forgotten) => stages.retain(|stage| *stage != forgotten),
            Flaw::CompensatesLast if ran < 3 => stages.push("publish"),
            Flaw::CompensatesFailed => stages.push(STAGES[ran]),
            Flaw::Repeats => stages.insert(0, "plan"),
            _ => {}
        }
        for stage in stages.into_iter().rev() {
            if !self.undo(stage, faults, journal) && self.flaw == Flaw::StopsAtFailure {
                break;
            }
        }
    }
}

impl Saga for Specimen {
    fn stages(&self) -> Vec<String> {
        STAGES.map(String::from).to_vec()
    }

    async fn run(&self, faults: Faults<'_>, journal: &Journal<'_>) -> Result<(), Failed> {
        self.store.lock().unwrap().clear();
        for (at, stage) in STAGES.into_iter().enumerate() {
            if faults.fails(stage) && self.flaw != Flaw::NeverFails {
                journal.failed(stage);
                match self.flaw {
                    Flaw::GoesOn if at < 3 => journal.done(STAGES[at + 1]),
                    Flaw::FailedStageLeaves => self.store.lock().unwrap().push(stage),
                    _ => {}
                }
                self.compensate(at, faults, journal);
                return Ok(());
            }
            match self.flaw {
                Flaw::SkipsStage if stage == "draft" => continue,
                Flaw::FailsUnasked if stage == "draft" => journal.failed(stage),
                Flaw::Stranger if stage == "plan" => journal.done("plann"),
                Flaw::StrangerLeft if stage == "plan" => self.store.lock().unwrap().push("plann"),
                _ => {}
            }
            self.store.lock().unwrap().push(stage);
            journal.done(stage);
        }
        if self.flaw == Flaw::CompensatesSuccess {
            journal.compensated("publish");
        }
        Ok(())
    }

    async fn left(&self) -> Result<Vec<String>, Failed> {
        Ok(self.store.lock().unwrap().iter().map(|made| (*made).to_owned()).collect())
    }
}

/// The output of a future that waits for nothing.
fn ready<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("a specimen waits for nothing"),
    }
}

fn checked(flaw: Flaw) -> Checked {
    let saga = Specimen::new(flaw);
    ready(check(&saga, &|| Duration::from_millis(saga.now.load(Ordering::Relaxed)))).unwrap()
}

fn deviations(flaw: Flaw) -> Vec<Deviation> {
    checked(flaw).deviations.into_iter().map(|found| found.deviation).collect()
}

fn of(stage: &str, make: impl Fn(String) -> Deviation) -> Deviation {
    make(stage.to_owned())
}

#[test]
fn a_right_saga_passes_every_run_and_is_measured() {
    let checked = checked(Flaw::None);
    assert!(checked.is_right(), "{checked}");
    assert_eq!(checked.runs, 1 + 4 + 6);
    assert_eq!(checked.compensation_time, Duration::from_millis(3), "three compensations when `publish` fails");
    assert_eq!((checked.orphans, checked.excused), (0, 6), "each failed compensation leaves what it was to undo");
    assert_eq!(
        checked.to_string(),
        "the saga in 11 runs: compensated within 3ms, orphans 0 (and 6 of compensations that were made to fail), \
         nothing wrong"
    );
}

#[test]
fn every_way_of_being_wrong_has_its_name_and_no_other() {
    let all_but_last = |make: fn(String) -> Deviation| STAGES[..3].iter().map(|s| of(s, make)).collect::<Vec<_>>();
    let all = |make: fn(String) -> Deviation| STAGES.iter().map(|s| of(s, make)).collect::<Vec<_>>();
    assert_eq!(deviations(Flaw::Forgets("draft")), [of("draft", Deviation::Forgets)]);
    assert_eq!(
        deviations(Flaw::StopsAtFailure)[..2],
        [of("draft", Deviation::StopsAt), Deviation::Orphans("plan".to_owned(), 1)]
    );
    assert_eq!(deviations(Flaw::SwallowsFailure), all_but_last(Deviation::NotLogged));
    assert_eq!(deviations(Flaw::ClaimsSuccess), all_but_last(Deviation::NotLogged));
    assert_eq!(deviations(Flaw::CompensatesFailed), all(Deviation::CompensatesFailed));
    assert!(deviations(Flaw::CompensatesLast).contains(&of("publish", Deviation::CompensatesUnrun)));
    assert_eq!(deviations(Flaw::GoesOn)[0], of("draft", Deviation::GoesOn));
    assert_eq!(deviations(Flaw::NeverFails)[0], of("plan", Deviation::DoesNotFail));
    assert_eq!(deviations(Flaw::CompensatesSuccess), [of("publish", Deviation::CompensatesSuccess)]);
    assert_eq!(deviations(Flaw::CompensationFails), [of("plan", Deviation::CompensationFails)]);
    assert!(deviations(Flaw::Repeats).contains(&of("plan", Deviation::Repeats)));
    assert_eq!(deviations(Flaw::Stranger), [of("plann", Deviation::Unknown)]);
    assert_eq!(deviations(Flaw::SkipsStage)[0], of("draft", Deviation::NotRun));
    assert_eq!(deviations(Flaw::FailsUnasked)[0], of("draft", Deviation::FailsUnasked));
    assert_eq!(deviations(Flaw::ForwardOrder), [Deviation::WrongOrder("plan".to_owned(), "draft".to_owned())]);
}

#[test]
fn a_wrong_saga_is_a_failure_that_says_all() {
    assert!(checked(Flaw::None).into_result().is_ok());
    let wrong = checked(Flaw::Forgets("draft"));
    let text = wrong.to_string();
    let failed = wrong.into_result().unwrap_err();
    assert_eq!((failed.kind(), failed.message()), ("saga", &*text));
}

#[test]
fn orphans_are_counted_in_the_store_and_not_believed() {
    let left = checked(Flaw::LeavesOrphan);
    assert_eq!(left.orphans, 6 + (3 + 2 + 3), "0+1+2+3 alone; with one excused 0, 1, 1, 2, 2, 2");
    assert_eq!(left.excused, 6);
    assert!(left.shows(&Deviation::Orphans("plan".to_owned(), 1)), "{left}");
    let failed = checked(Flaw::FailedStageLeaves);
    assert_eq!(failed.orphans, 10, "one in each run with a failure");
    let strange = checked(Flaw::StrangerLeft);
    assert_eq!((strange.orphans, strange.deviations.len()), (9, 1), "it runs in all but one: {strange}");
}

#[test]
fn a_stage_that_is_always_forgotten_is_no_stop_at_a_failed_compensation() {
    let found = deviations(Flaw::Forgets("plan"));
    assert_eq!(found, [of("plan", Deviation::Forgets)]);
    let both = checked(Flaw::ForgetsAndLeaves("plan"));
    assert!(both.shows(&of("plan", Deviation::Forgets)) && both.shows(&Deviation::Orphans("plan".to_owned(), 1)));
}

#[test]
fn what_is_found_is_told_by_the_simplest_run_that_shows_it() {
    let text = checked(Flaw::Forgets("draft")).to_string();
    assert!(text.ends_with("\n`draft` was done and is not compensated (when `review` fails; in 5 runs)"), "{text}");
}

/// A store that cannot be read.
struct Unreadable;

impl Saga for Unreadable {
    fn stages(&self) -> Vec<String> {
        vec!["only".to_owned()]
    }

    async fn run(&self, _: Faults<'_>, _: &Journal<'_>) -> Result<(), Failed> {
        Ok(())
    }

    async fn left(&self) -> Result<Vec<String>, Failed> {
        crate::fail!("gone", "the store is gone")
    }
}

#[test]
fn a_check_that_could_not_be_made_says_so() {
    let failed = ready(check(&Unreadable, &|| Duration::ZERO)).unwrap_err();
    assert_eq!(failed.kind(), "gone");
    assert_eq!(failed.message(), "the store of the saga, when nothing fails: the store is gone");
}
