//! The engine run whole, mostly in virtual time: counts, orders and exact offsets, never the wall clock.

mod closed;
mod ends;
mod health;
mod held;
mod hooks;
mod incidents;
mod open;
mod settle;
mod stages;
mod sweep;
mod throughput;
mod user;

use super::rt::made::{Fixture, LocalFuture, LocalState, Made, SendFuture, SendState};
use super::spec::{Spec, TestBody};
use super::supervision::outcome::RunOutcome;
use super::user::body::Body;
use super::{Job, Stop, User, run_job};
use crate::Failed;
use crate::record::{Measurements, Selection, Subject, Tally};
use brunt_plan::{Kind, Plan};
use std::time::Duration;

pub(super) type Done = Result<(), Failed>;
type LocalIterate = for<'a> fn(&'a User, &'a Fixture, &'a mut LocalState) -> LocalFuture<'a, Done>;
type SharedIterate = for<'a> fn(&'a User, &'a Fixture, &'a mut SendState) -> SendFuture<'a, Done>;
type BlockingIterate = fn(&User, &Fixture, &mut SendState) -> Done;

/// A test whose options and body are given; hooks are added by struct update.
pub(super) fn spec(body: Body) -> Spec {
    Spec {
        kind: Kind::Load,
        module: "brunt::tests",
        function: "test",
        package: "brunt",
        manifest_dir: "",
        target: super::spec::CargoTarget::default(),
        file: file!(),
        line: 0,
        options: "",
        targets: &[],
        ignore: None,
        body: TestBody::Users(body),
        batch: None,
        setup: None,
        teardown: None,
        verify: None,
        sample: None,
    }
}

pub(super) fn local(iterate: LocalIterate) -> Spec {
    spec(Body::Local { iterate, user_setup: None, user_teardown: None })
}

pub(super) fn shared(iterate: SharedIterate) -> Spec {
    spec(Body::Shared { iterate, user_setup: None, user_teardown: None })
}

pub(super) fn blocking(iterate: BlockingIterate) -> Spec {
    spec(Body::Blocking { iterate, user_setup: None, user_teardown: None })
}

pub(super) fn plan(options: &str) -> Plan {
    let (plan, mistakes) = brunt_plan::parse::plan(Kind::Load, options);
    assert!(mistakes.is_empty(), "{options}: {mistakes:?}");
    plan
}

/// Runs a test to its end.
pub(super) fn outcome(spec: Spec, options: &str) -> RunOutcome {
    planned(spec, &plan(options), None, &Stop::new())
}

/// The same with a limit on how much longer than planned it may take.
pub(super) fn limited(spec: Spec, options: &str, limit: Duration, stop: &Stop) -> RunOutcome {
    planned(spec, &plan(options), Some(limit), stop)
}

/// Runs a test of whatever kind to its end.
pub(super) fn planned(spec: Spec, plan: &Plan, limit: Option<Duration>, stop: &Stop) -> RunOutcome {
    run_job(Job {
        spec: Box::leak(Box::new(spec)),
        plan,
        targets: &[],
        stop,
        watch: &|_| None,
        undecided: &|_| Vec::new(),
        hypothesis: &(),
        limit,
    })
}

/// Runs a test that must not come to trouble.
pub(super) fn measured(spec: Spec, options: &str) -> Measurements {
    let outcome = outcome(spec, options);
    assert!(outcome.trouble.is_none(), "{:?}", outcome.trouble);
    assert_eq!(outcome.halted, None);
    outcome.measurements
}

/// The same in virtual time.
pub(super) fn simulated(iterate: LocalIterate, options: &str) -> Measurements {
    measured(local(iterate), &format!("virtual_time, {options}"))
}

pub(super) fn whole(measurements: &Measurements) -> Tally {
    measurements.tally(&Selection::default())
}

pub(super) fn of_stage(measurements: &Measurements, stage: &str) -> Tally {
    measurements.tally(&Selection { stage: Some(stage.into()), ..Selection::default() })
}

pub(super) fn of_scenario(measurements: &Measurements, scenario: &str) -> Tally {
    measurements.tally(&Selection { scenario: Some(scenario.into()), ..Selection::default() })
}

pub(super) fn of_step(measurements: &Measurements, step: &str) -> Tally {
    measurements.tally(&Selection { subject: Subject::Step(step.into()), ..Selection::default() })
}

pub(super) async fn nap(ms: u64) -> Done {
    tokio::time::sleep(Duration::from_millis(ms)).await;
    Ok(())
}
