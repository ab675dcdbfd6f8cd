//! Experiments in virtual time, on a system that is broken by a switch.

mod ends;
mod fixture;
mod hanging;
mod held;
mod recovering;

use super::*;
use crate::engine::rt::made::{Fixture, LocalFuture, Made, SendMade};
use crate::engine::spec::{Setup, Spec, TestBody};
use crate::engine::{Halt, Hypothesis, Job, RunOutcome, Stop, run_job};
use crate::fault::Healing;
use crate::record::Measurements;
use crate::record::course::{Calm, Course, Fate, Operation, Recovered};
use crate::record::experiment::Experiment;
use crate::record::{Selection, Tally};
use brunt_plan::{Kind, parse};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};

/// Serves within a millisecond while it is up; what comes while it is down fails, and what is in flight then, too.
#[derive(Default)]
struct System {
    down: Arc<AtomicBool>,
    forgetful: AtomicBool,
    rows: std::sync::Mutex<Vec<u64>>,
    calls: AtomicU64,
}

impl System {
    async fn serve(&self) -> Result<(), Failed> {
        self.calls.fetch_add(1, SeqCst);
        tokio::time::sleep(millis(1)).await;
        if self.down.load(SeqCst) { Err(Failed::new("down", "the system is down")) } else { Ok(()) }
    }

    async fn write(&self, id: u64) -> Result<(), Failed> {
        self.serve().await?;
        if !self.forgetful.load(SeqCst) {
            self.rows.lock().unwrap().push(id);
        }
        Ok(())
    }

    async fn take_down(&self) -> Result<Down, Failed> {
        self.down.store(true, SeqCst);
        Ok(Down(Arc::clone(&self.down)))
    }
}

struct Down(Arc<AtomicBool>);

impl Heal for Down {
    fn what(&self) -> String {
        "take the system down".to_owned()
    }

    fn heal(self: Box<Self>) -> Healing {
        Box::pin(async move {
            tokio::time::sleep(millis(5)).await;
            self.0.store(false, SeqCst);
            Ok(())
        })
    }
}

fn system(_: usize) -> SendMade<'static, Box<Fixture>> {
    Made::Ready(Ok(Box::new(System::default()) as Box<Fixture>))
}

fn of(fixture: &Fixture) -> &System {
    fixture.downcast_ref().unwrap()
}

type Done<'a> = LocalFuture<'a, Result<(), Failed>>;

/// Steady is what fails in nothing, turns nothing away and ends everything; recovered is what has done so for a window.
struct NothingFails;

impl Hypothesis for NothingFails {
    fn steady(&self, so_far: &Measurements) -> Result<(), String> {
        let tally = so_far.tally(&Selection { stage: Some(phase::BASELINE.into()), ..Selection::default() });
        match tally.failures() + tally.dropped + tally.interrupted {
            0 if tally.count() > 0 => Ok(()),
            failures => Err(format!("{failures} failures of {}", tally.count())),
        }
    }

    fn recovered(&self, _: &Measurements, course: &Course) -> Recovered {
        let of = |from: u64| course.operations.iter().filter(move |one| (from..course.until).contains(&one.due));
        let failed = |one: &&Operation| one.fate != Fate::Succeeded;
        let since = of(0).rfind(failed).map_or(course.from, |last| last.due + 1);
        let answers = of(since).map(|one| one.end).min();
        match answers {
            Some(answered) if since + course.window <= course.until => Recovered::Yes(Calm { since, answered }),
            _ => {
                let window = course.until - course.window;
                Recovered::No(format!("{} failures of {}", of(window).filter(failed).count(), of(window).count()))
            }
        }
    }
}

fn outcome(options: &str, body: crate::engine::spec::Experiment, stop: &Stop) -> RunOutcome {
    run_spec(options, spec(body), stop)
}

fn spec(body: crate::engine::spec::Experiment) -> Spec {
    Spec {
        kind: Kind::Resilience,
        module: "brunt::tests",
        function: "test",
        package: "brunt",
        manifest_dir: "",
        target: crate::engine::spec::CargoTarget::default(),
        file: file!(),
        line: 0,
        options: "",
        targets: &[],
        ignore: None,
        batch: None,
        body: TestBody::Experiment(body),
        setup: Some(Setup { make: system, shared: None }),
        teardown: Some(|fixture| {
            LEFT_DOWN.store(of(fixture).down.load(SeqCst), SeqCst);
            Made::Ready(Ok(()))
        }),
        verify: None,
        sample: None,
    }
}

fn run_spec(options: &str, spec: Spec, stop: &Stop) -> RunOutcome {
    let spec = Box::leak(Box::new(spec));
    let (plan, mistakes) = parse::plan(Kind::Resilience, options);
    assert!(mistakes.is_empty(), "{mistakes:?}");
    let halt = |so_far: &Measurements| {
        let lost = so_far.elapsed >= secs(15);
        lost.then(|| Halt { reason: "hopeless".to_owned(), kill: false })
    };
    run_job(Job {
        spec,
        plan: &plan,
        targets: &[],
        stop,
        watch: &halt,
        undecided: &|_| Vec::new(),
        hypothesis: &NothingFails,
        limit: None,
    })
}

/// Whether the system that a test used last was still down when its fixture ended. Tests that ask run one at a time.
static LEFT_DOWN: AtomicBool = AtomicBool::new(false);
static ALONE: std::sync::Mutex<()> = std::sync::Mutex::new(());

fn experiment(body: crate::engine::spec::Experiment) -> (RunOutcome, Experiment) {
    let outcome = outcome("virtual_time", body, &Stop::new());
    let experiment = *outcome.measurements.experiment.clone().unwrap();
    (outcome, experiment)
}

fn tally(outcome: &RunOutcome, stage: &str) -> Tally {
    outcome.measurements.tally(&Selection { stage: Some(stage.into()), ..Selection::default() })
}

fn whole<'a, 'lab>(lab: &'a Lab<'lab>, fixture: &'lab Fixture) -> Done<'a> {
    Box::pin(async move {
        let system = of(fixture);
        lab.load("write", 100.per_second(), |user| system.write(user.unique_id()));
        lab.baseline(secs(2)).await?;
        let fault = lab.inject(system.take_down()).await?;
        fault.hold(secs(3)).await?;
        fault.heal().await?;
        lab.recovery(secs(10)).await?;
        lab.stop().await?;
        let rows = system.rows.lock().unwrap().clone();
        lab.ledger(rows)
    })
}

#[test]
fn an_experiment_has_phases_that_times_are_counted_from() {
    let (outcome, seen) = experiment(whole);
    assert!(outcome.experiment.is_none() && outcome.trouble.is_none(), "{outcome:?}");
    let [baseline, fault, recovering, recovery] = phase::ALL.map(|stage| tally(&outcome, stage));
    assert_eq!(
        (baseline.successes, baseline.failures()),
        (200, 0),
        "what was in flight at the injection met the fault"
    );
    assert!((298..=302).contains(&fault.failures()) && fault.successes <= 1, "{fault:?}");
    assert_eq!((recovering.failures(), recovery.failures()), (0, 0));
    assert!((100..=101).contains(&recovery.successes), "{}", recovery.successes);
    let [broken] = &seen.faults[..] else { panic!("{seen:?}") };
    assert_eq!(broken.what, "take the system down");
    let times = [broken.injected, broken.detected.unwrap(), broken.healed.unwrap(), seen.recoveries[0].stable.unwrap()];
    let [injected, detected, healed, stable] = times.map(|time| time.as_millis());
    assert_eq!(injected, 2_000);
    assert!((2_000..=2_012).contains(&detected), "{detected}");
    assert_eq!(healed, 5_005);
    assert!((5_000..=5_015).contains(&stable), "the first operation that succeeded: {stable}");
    assert!(broken.met() && broken.operations > 290, "{broken:?}");
}

#[test]
fn what_was_acknowledged_is_held_against_what_is_there() {
    let (_, seen) = experiment(whole);
    let ledger = seen.ledger.unwrap();
    assert!(ledger.acknowledged > 300 && ledger.unacknowledged > 290, "{ledger:?}");
    assert_eq!((ledger.lost, ledger.indeterminate, ledger.duplicates, ledger.unknown), (0, 0, 0, 0));

    let (_, seen) = experiment(|lab, fixture| {
        Box::pin(async move {
            let system = of(fixture);
            let load = lab.load("write", 100.per_second(), |user| system.write(user.unique_id()));
            lab.baseline(secs(1)).await?;
            system.forgetful.store(true, SeqCst);
            lab.baseline(secs(1)).await?;
            load.stop().await;
            let rows = system.rows.lock().unwrap().clone();
            lab.ledger_of("write", rows.iter().chain(&rows[..3]))
        })
    });
    let ledger = seen.ledger.unwrap();
    assert_eq!((ledger.acknowledged, ledger.lost, ledger.duplicates, ledger.lost_ids.len()), (200, 100, 3, 5));
}

#[test]
fn what_loads_wrote_since_the_body_last_heard_is_not_called_lost() {
    let (_, seen) = experiment(|lab, fixture| {
        Box::pin(async move {
            let system = of(fixture);
            lab.load("write", 100.per_second(), |user| system.write(user.unique_id()));
            lab.baseline(secs(1)).await?;
            let rows = system.rows.lock().unwrap().clone();
            tokio::time::sleep(secs(1)).await;
            lab.ledger(rows)
        })
    });
    let ledger = seen.ledger.unwrap();
    assert_eq!((ledger.lost, ledger.unknown), (0, 0), "{ledger:?}");
    assert!((98..=100).contains(&ledger.acknowledged), "{ledger:?}");
}

#[test]
fn nothing_is_broken_after_a_baseline_that_is_not_steady() {
    let (outcome, seen) = experiment(|lab, fixture| {
        Box::pin(async move {
            let system = of(fixture);
            system.down.store(true, SeqCst);
            lab.load("write", 100.per_second(), |user| system.write(user.unique_id()));
            let _ = lab.baseline(secs(1)).await;
            lab.inject(system.take_down()).await.map(drop)
        })
    });
    assert!(seen.unsteady.unwrap().starts_with("100 failures") && seen.faults.is_empty());
    assert_eq!(outcome.experiment.unwrap().kind(), NOT_STEADY);

    let (_, seen) = experiment(|lab, _| Box::pin(async move { lab.baseline(secs(1)).await }));
    assert!(seen.unsteady.unwrap().contains("no load is on"));
}

#[test]
fn a_baseline_in_which_operations_hang_is_not_steady() {
    let (_, seen) = experiment(|lab, fixture| {
        Box::pin(async move {
            let system = of(fixture);
            lab.load("call", 100.per_second(), async move |_| -> crate::Result {
                match system.calls.fetch_add(1, SeqCst) % 2 {
                    0 => std::future::pending().await,
                    _ => Ok(()),
                }
            });
            lab.baseline(secs(4)).await
        })
    });
    assert_eq!(seen.unsteady.as_deref(), Some("150 failures of 350"));
}

#[test]
fn a_system_that_stays_down_has_not_recovered() {
    let (outcome, seen) = experiment(|lab, fixture| {
        Box::pin(async move {
            let system = of(fixture);
            lab.load("write", 100.per_second(), |user| system.write(user.unique_id()));
            lab.baseline(secs(1)).await?;
            let _fault = lab.inject(system.take_down()).await?;
            lab.recovery(secs(5)).await
        })
    });
    let failed = outcome.experiment.as_ref().unwrap();
    assert_eq!(failed.kind(), NOT_RECOVERED);
    assert!(failed.message().contains("100 failures of 100"), "{failed}");
    assert_eq!((seen.recoveries[0].stable, seen.recoveries[0].limit), (None, secs(5)));
    assert!(seen.faults[0].healed.is_some(), "healed at the end");
    assert_eq!(tally(&outcome, phase::RECOVERY).count(), 0);
    assert!(tally(&outcome, phase::RECOVERING).failures() >= 499);
}

#[test]
fn recovery_is_the_start_of_the_calm_that_lasts_not_of_a_lull() {
    let (_, seen) = experiment(|lab, fixture| {
        Box::pin(async move {
            let system = of(fixture);
            lab.load("write", 100.per_second(), |user| system.write(user.unique_id()));
            lab.baseline(secs(1)).await?;
            for pause in [1_500, 1_700] {
                let fault = lab.inject(system.take_down()).await?;
                fault.hold(secs(1)).await?;
                fault.heal().await?;
                tokio::time::sleep(millis(pause)).await;
            }
            lab.recovery(secs(5)).await
        })
    });
    let [recovery] = &seen.recoveries[..] else { panic!("{seen:?}") };
    assert_eq!(recovery.injected.as_millis(), 1_000);
    assert_eq!(seen.faults[1].healed, recovery.healed);
    let stable = recovery.stable.unwrap().as_millis();
    assert!((4_500..=4_525).contains(&stable), "the second fault was healed at 4.51 s: {stable}");
}

#[test]
fn bystanders_are_told_apart_and_fail_no_fault() {
    let (outcome, seen) = experiment(|lab, fixture| {
        Box::pin(async move {
            let system = of(fixture);
            lab.bystander("reports", 50.per_second(), |_| system.serve()).within(millis(200));
            lab.baseline(secs(1)).await?;
            let fault = lab.inject(system.take_down()).await?;
            fault.hold(secs(1)).await
        })
    });
    assert_eq!((&*seen.bystanders[0].name, seen.bystanders[0].within), ("reports", Some(millis(200))));
    assert!(!seen.faults[0].met() && seen.faults[0].detected.is_none(), "{:?}", seen.faults);
    let reports = Selection { scenario: Some("reports".into()), ..Selection::default() };
    assert!(outcome.measurements.tally(&reports).count() > 98);
    assert!((outcome.measurements.seconds(&reports) - 2.0).abs() < 0.1);
}

#[test]
fn attempts_and_operations_are_counted_by_phase() {
    let (_, seen) = experiment(|lab, fixture| {
        Box::pin(async move {
            let system = of(fixture);
            let attempts = lab.attempts();
            let retrying = move |_| {
                let attempts = attempts.clone();
                async move {
                    for _ in 0..3 {
                        attempts.count();
                        if system.serve().await.is_ok() {
                            return Ok(());
                        }
                    }
                    Err(Failed::new("down", "three times"))
                }
            };
            lab.load("call", 100.per_second(), retrying);
            lab.baseline(secs(1)).await?;
            let fault = lab.inject(system.take_down()).await?;
            fault.hold(secs(1)).await
        })
    });
    let of = |phase: &str| seen.attempts[&Some(phase.into())];
    let (calm, broken) = (of(phase::BASELINE), of(phase::FAULT));
    assert_eq!((calm.operations, calm.attempts), (100, 100));
    assert!((99..=101).contains(&broken.operations) && (290..=303).contains(&broken.attempts), "{broken:?}");
}

#[test]
fn a_fault_heals_whatever_ends_the_body() {
    let _alone = ALONE.lock().unwrap();
    fn panics<'a, 'lab>(lab: &'a Lab<'lab>, fixture: &'lab Fixture) -> Done<'a> {
        Box::pin(async move {
            let _fault = lab.inject(of(fixture).take_down()).await?;
            panic!("the body panics");
        })
    }
    fn hangs<'a, 'lab>(lab: &'a Lab<'lab>, fixture: &'lab Fixture) -> Done<'a> {
        Box::pin(async move {
            let system = of(fixture);
            lab.load("write", 10.users(), |user| system.write(user.unique_id()));
            let _fault = lab.inject(system.take_down()).await?;
            std::future::pending().await
        })
    }
    let stop = Stop::new();
    for (options, body, wanted) in [
        ("virtual_time", panics as crate::engine::spec::Experiment, Some("the body panics")),
        ("virtual_time, timeout = 3s", hangs, Some("not done within 3s")),
        ("virtual_time", hangs, None),
    ] {
        LEFT_DOWN.store(true, SeqCst);
        let ended = outcome(options, body, &stop);
        assert!(!LEFT_DOWN.load(SeqCst), "{options}: {wanted:?}");
        let seen = ended.measurements.experiment.unwrap();
        assert!(seen.faults[0].healed.is_some(), "{seen:?}");
        match (wanted, ended.experiment) {
            (Some(wanted), Some(failed)) => assert!(failed.message().contains(wanted), "{failed}"),
            (None, None) => assert_eq!(ended.halted.as_deref(), Some("hopeless")),
            (wanted, failed) => panic!("{wanted:?} {failed:?}"),
        }
    }
}

#[test]
fn an_experiment_without_a_load_is_one_iteration() {
    let (outcome, _) = experiment(|lab, fixture| {
        Box::pin(async move {
            lab.step("serve", of(fixture).serve()).await?;
            lab.check("fine", true)
        })
    });
    let measurements = &outcome.measurements;
    assert_eq!(measurements.tally(&Selection::default()).successes, 1);
    assert_eq!(measurements.names.steps, ["serve".into()]);
    let (failed, _) = experiment(|lab, _| Box::pin(async move { lab.check("fine", false) }));
    assert_eq!(failed.measurements.tally(&Selection::default()).count(), 0);
    assert_eq!(failed.experiment.unwrap().kind(), "check: fine");
}

#[test]
fn mistakes_of_the_body_are_told() {
    for (body, wanted) in [
        (
            (|lab, fixture| {
                Box::pin(async move {
                    let system = of(fixture);
                    lab.load("a", 1.users(), |_| system.serve());
                    lab.load("a", 1.users(), |_| system.serve());
                    Ok(())
                }) as Done<'_>
            }) as crate::engine::spec::Experiment,
            "two loads are named `a`",
        ),
        (
            |lab, fixture| {
                Box::pin(async move {
                    lab.load("a", 0.per_second(), |_| of(fixture).serve());
                    lab.baseline(secs(1)).await
                })
            },
            "0 arrivals a second",
        ),
        (
            |lab, fixture| {
                Box::pin(async move {
                    lab.load("a", 1.users(), |_| of(fixture).serve()).within(millis(1));
                    Ok(())
                })
            },
            "`within` is of bystanders",
        ),
        (|lab, _| Box::pin(async move { lab.recovery(secs(1)).await }), "nothing was broken"),
    ] {
        let failed = experiment(body).0.experiment.unwrap();
        assert!(failed.message().contains(wanted), "{failed}");
    }
}

#[test]
fn an_operation_of_its_own_user_can_be_measured_tagged_and_timed_out() {
    let (outcome, _) = experiment(|lab, fixture| {
        Box::pin(async move {
            let system = of(fixture);
            lab.load("call", 10.per_second().timeout(millis(50)), async move |user| -> crate::Result {
                user.tag("tenant", "acme");
                assert_eq!(user.scenario(), "call");
                user.step("serve", system.serve()).await?;
                if user.id() == 0 {
                    std::future::pending::<()>().await;
                }
                Ok(())
            });
            tokio::time::sleep(secs(1)).await;
            Ok(())
        })
    });
    let measurements = &outcome.measurements;
    let tagged = Selection { tag: Some(("tenant".into(), "acme".into())), ..Selection::default() };
    let tally = measurements.tally(&tagged);
    assert!(tally.count() >= 10 && tally.failures_of(|kind| kind == Failed::TIMEOUT) > 0, "{tally:?}");
    assert!(measurements.names.steps.contains(&"serve".into()));
}

#[test]
fn every_case_is_an_experiment_of_its_own() {
    fn body<'a, 'lab>(lab: &'a Lab<'lab>, fixture: &'lab Fixture) -> Done<'a> {
        Box::pin(async move {
            let system = of(fixture);
            lab.load("write", 100.per_second(), |user| system.write(user.unique_id()));
            lab.baseline(secs(1)).await?;
            let fault = lab.inject(system.take_down()).await?;
            fault.hold(secs(if lab.case() == "long" { 2 } else { 1 })).await?;
            fault.heal().await?;
            lab.recovery(secs(10)).await?;
            lab.stop().await?;
            let rows = system.rows.lock().unwrap().clone();
            lab.ledger(rows)
        })
    }
    let outcome = outcome("virtual_time, cases = [short: 1, long: 2]", body, &Stop::new());
    let seen = outcome.measurements.experiment.clone().unwrap();
    let [short, long] = &seen.faults[..] else { panic!("{seen:?}") };
    let lasted = |fault: &crate::record::experiment::Disruption| fault.healed.unwrap() - fault.injected;
    assert_eq!([lasted(short), lasted(long)].map(|time| time.as_millis()), [1_005, 2_005]);
    assert!(long.injected > short.healed.unwrap() && seen.recoveries.len() == 2);
    assert_eq!(seen.loads, ["write".into()]);
    let of_case =
        |case: &str| Selection { case: Some(case.into()), stage: Some(phase::FAULT.into()), ..Selection::default() };
    let failures = ["short", "long"].map(|case| outcome.measurements.tally(&of_case(case)).failures());
    assert!((99..=102).contains(&failures[0]) && (198..=202).contains(&failures[1]), "{failures:?}");
    assert!(seen.ledger.unwrap().acknowledged > 400);
}

#[test]
fn what_cannot_be_broken_is_no_fault() {
    let (outcome, seen) = experiment(|lab, fixture| {
        Box::pin(async move {
            let system = of(fixture);
            lab.load("write", 100.per_second(), |user| system.write(user.unique_id()));
            lab.baseline(secs(1)).await?;
            let broken = lab.inject(async { Err::<Down, _>(Failed::new("tool", "it slipped")) }).await;
            assert_eq!(broken.unwrap_err().kind(), "tool");
            tokio::time::sleep(secs(1)).await;
            let fault = lab.inject(system.take_down()).await?;
            fault.hold(secs(1)).await
        })
    });
    assert_eq!(seen.faults.len(), 1);
    assert_eq!(seen.faults[0].injected.as_millis(), 2_000);
    assert!((99..=102).contains(&tally(&outcome, phase::FAULT).count()), "what came in between was no fault");
}

#[test]
fn an_outage_shorter_than_a_grain_is_one() {
    let (outcome, seen) = experiment(|lab, fixture| {
        Box::pin(async move {
            let system = of(fixture);
            lab.load("write", 1_000.per_second(), |user| system.write(user.unique_id()));
            lab.baseline(millis(1_007)).await?;
            let fault = lab.inject(system.take_down()).await?;
            fault.hold(millis(10)).await?;
            fault.heal().await?;
            tokio::time::sleep(secs(2)).await;
            lab.recovery(secs(10)).await
        })
    });
    assert!(tally(&outcome, phase::FAULT).failures() >= 14);
    let stable = seen.recoveries[0].stable.unwrap().as_millis();
    assert!((1_020..=1_024).contains(&stable), "healed at 1.022 s: {stable}");
}

#[test]
fn what_the_body_ought_to_have_waited_for_is_undecided() {
    let (_, seen) = experiment(|lab, fixture| {
        Box::pin(async move {
            let system = of(fixture);
            lab.load("write", 100.per_second(), |user| system.write(user.unique_id()));
            lab.baseline(secs(1)).await?;
            system.forgetful.store(true, SeqCst);
            tokio::time::sleep(secs(3)).await;
            let rows = system.rows.lock().unwrap().clone();
            lab.ledger(rows)
        })
    });
    let ledger = seen.ledger.unwrap();
    assert!(ledger.lost <= 1 && (198..=202).contains(&ledger.undecided), "{ledger:?}");
}

#[test]
fn of_faults_that_overlap_each_is_detected_by_what_met_it() {
    let (_, seen) = experiment(|lab, fixture| {
        Box::pin(async move {
            let system = of(fixture);
            lab.load("write", 100.per_second(), |user| system.write(user.unique_id()));
            lab.baseline(secs(1)).await?;
            let harmless = lab.inject(async { Ok::<_, Failed>(Harmless) }).await?;
            harmless.hold(secs(1)).await?;
            let fault = lab.inject(system.take_down()).await?;
            fault.hold(secs(1)).await?;
            fault.heal().await?;
            system.down.store(true, SeqCst);
            harmless.hold(secs(1)).await
        })
    });
    let [harmless, fault] = &seen.faults[..] else { panic!("{seen:?}") };
    assert!(
        (2_000..2_012).contains(&harmless.detected.unwrap().as_millis()) && harmless.failures > 190,
        "{harmless:?}"
    );
    assert_eq!(harmless.beside, ["take the system down"], "nobody knows which of the two it was");
    assert!((2_000..2_012).contains(&fault.detected.unwrap().as_millis()) && fault.failures < 110, "{fault:?}");
    assert!(harmless.met() && harmless.shows_in_failures);
}

struct Harmless;

impl Heal for Harmless {
    fn what(&self) -> String {
        "nothing much".to_owned()
    }

    fn shows_in_failures(&self) -> bool {
        true
    }

    fn heal(self: Box<Self>) -> Healing {
        Box::pin(std::future::ready(Ok(())))
    }
}
