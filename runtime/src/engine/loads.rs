//! Runs loads on a test's fixtures: every case, round by round while a target is undecided, or one load apart from all
//! earlier ones. This module does not depend on the purpose of the loads.

use super::drive::Drive;
use super::experiment_run;
use super::load::Load;
use super::load::roster::Roster;
use super::load::stream::{Stream, next_iteration};
use super::rt::made::Fixture;
use super::rt::stop::Halting;
use super::schedule::{Budget, resolve_schedule};
use super::spec::TestBody;
use super::supervision::standing::{Doing, OnLoad};
use super::test::{KeptUsers, Test, inputs_of, shared_state};
use super::user::body::{Body, has_user_setup};
use super::user::step::Live;
use super::users::executor::UserExecutors;
use super::users::pool::{Pool, Runs};
use crate::error::Error;
use crate::record::{Label, Measurements};
use crate::sync::Lock;
use brunt_plan::Plan;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

/// Runs one more load on the fixture, apart from all earlier ones, and returns its measurements.
pub(crate) fn measure_load(test: &mut Test, plan: &Plan, fixture: &Arc<Fixture>) -> Result<Measurements, Error> {
    test.schedule = resolve_schedule(plan);
    test.shared = shared_state(&test.job, plan, &test.schedule, &test.home);
    test.job.standing.records_to(&test.shared.recorder);
    (test.base, test.iterations.0) = (0, test.iterations.1);
    test.closed.push(Arc::clone(&test.shared.recorder));
    put_on_load(test, fixture, Label::NONE)?;
    // The reason why this load was ended must not end the next.
    test.outcome.halted = None;
    Ok(test.shared.recorder.freeze(Duration::from_nanos(test.base)))
}

/// Measures every case, and all of them again in every further round: a round with only some of them would be no round.
pub(crate) fn run_cases(test: &mut Test) {
    let inputs = inputs_of(&test.job.plan);
    loop {
        test.again = false;
        for (index, input) in inputs.iter().enumerate() {
            let last = index + 1 == inputs.len();
            if let Err(error) = run_case(test, *input, test.label(index), last, inputs.len() == 1) {
                test.outcome.trouble.get_or_insert(error);
            }
            if test.outcome.trouble.is_some() || test.outcome.halted.is_some() {
                return;
            }
        }
        if !test.again {
            return;
        }
    }
}

/// Runs one case in the current round. A fixture that is `alone` is kept for all rounds; the fixtures of several cases
/// are made anew for each round, because the plan does not have two of them at once.
fn run_case(test: &mut Test, input: usize, label: Label, last: bool, alone: bool) -> Result<(), Error> {
    test.on_fixture(input, label, |test, fixture| {
        let mut loaded = put_on_load(test, fixture, label);
        // The users of a single fixture stay for the next round; the users of several fixtures end with theirs.
        test.again = last && loaded.is_ok() && next_round(test);
        while alone && test.again {
            loaded = put_on_load(test, fixture, label);
            test.again = loaded.is_ok() && next_round(test);
        }
        loaded = loaded.and(release_users(test));
        if (last && !test.again) || loaded.is_err() || test.outcome.halted.is_some() {
            test.shared.recorder.freeze(Duration::from_nanos(test.base));
        }
        loaded
    })
}

/// Ends the current round. Where a target is undecided and time is left, prepares the next one and returns `true`.
fn next_round(test: &mut Test) -> bool {
    if !test.rounds.are_wanted() {
        return false;
    }
    test.end_round();
    let next = test.rounds.next();
    if !test.goes_on(next.is_some()) {
        return false;
    }
    if let Some(plan) = next {
        test.iterations.0 = test.iterations.1;
        test.schedule = resolve_schedule(&plan);
        test.shared = test.shared.of_round(&plan, test.rounds.number());
    }
    true
}

fn put_on_load(test: &mut Test, fixture: &Arc<Fixture>, case: Label) -> Result<(), Error> {
    let body = match test.job.spec.body {
        TestBody::Experiment(body) => return experiment_run::run_experiment(test, body, fixture, case),
        TestBody::Users(body) => body,
    };
    let quarters = match test.stay.quarters.take() {
        Some(quarters) => quarters,
        None => UserExecutors::of(&test.job.plan, Some(&body), &test.home)?,
    };
    let load = Arc::new(Load::new(&test.shared, case, &test.schedule, test.base));
    test.live.push(Live::enter(&load));
    let pools = make_pools(test, &load, body, fixture, &quarters);
    let halting = Arc::new(Halting::default());
    let before = std::mem::take(&mut test.stay.pools);
    let drive = Drive {
        load: &load,
        pools: &pools,
        before: &before,
        end: test.schedule.end,
        user_setup: has_user_setup(&body),
        halting: &halting,
        stop: &test.job.stop,
    };
    test.job.standing.plan(planned_duration(test));
    test.job.standing.puts_on(OnLoad {
        load: Arc::clone(&load),
        schedule: test.schedule.clone(),
        pools: pools.clone(),
        halting: Arc::clone(&halting),
        heal: None,
    });
    let watch = test.watch(&load, fixture, &pools, &halting);
    let busy = test.job.standing.does(Doing::Load, None);
    let (end, ended) = test.watched(&load, &watch, drive.run()).unwrap_or((0, Ok(())));
    drop(busy);
    if load.has_started() {
        load.timeline.close(end);
        load.note_times(&test.schedule, end);
        test.base = load.elapsed(end).as_nanos() as u64;
        let on = test.schedule.end.map_or(end, |planned| planned.min(end));
        test.rounds.lasted(Duration::from_nanos(on));
    }
    test.job.standing.takes_off();
    test.iterations.1 = pools.iter().map(|pool| next_iteration(&pool.stream)).fold(test.iterations.1, u64::max);
    test.outcome.halted = halting.ordered().map(|halt| halt.reason);
    if test.keeps_users() {
        test.stay.pools = pools;
        test.stay.quarters = Some(quarters);
    } else {
        // The threads of the cores end when no sender of jobs to them is left.
        drop(pools);
        quarters.close();
    }
    ended
}

/// How long the load is planned to last, including the wait for its last iterations.
fn planned_duration(test: &Test) -> Duration {
    let end = test.schedule.end.filter(|_| !test.home.is_virtual());
    end.map_or(Duration::ZERO, |end| Duration::from_nanos(end) + test.shared.options.graceful_stop)
}

/// Ends the users that stayed for another round, and closes their executors.
fn release_users(test: &mut Test) -> Result<(), Error> {
    let KeptUsers { pools, quarters, tasks } = std::mem::take(&mut test.stay);
    let Some(load) = pools.first().map(|pool| Arc::clone(&pool.stream.load)) else { return Ok(()) };
    let drive = Drive {
        load: &load,
        pools: &pools,
        before: &[],
        end: None,
        user_setup: false,
        halting: &Halting::default(),
        stop: &test.job.stop,
    };
    let released = match tasks.into_inner() {
        Some(tasks) => tasks.block_on(test.home.runtime(), drive.release()),
        None => test.home.runtime().block_on(drive.release()),
    };
    drop(pools);
    quarters.into_iter().for_each(UserExecutors::close);
    released
}

fn make_pools(
    test: &Test,
    load: &Arc<Load>,
    body: Body,
    fixture: &Arc<Fixture>,
    quarters: &UserExecutors,
) -> Vec<Arc<Pool>> {
    let mut first_id = 0;
    let pools = test.schedule.streams.iter().map(|plan| {
        let stream = Arc::new(Stream {
            load: Arc::clone(load),
            plan: plan.clone(),
            roster: Roster::default(),
            first_id,
            first_iteration: test.iterations.0,
            scenario_name: None,
            tickets: AtomicU64::new(if let Budget::Shared(all) = plan.budget { all } else { 0 }),
            users: Lock::default(),
            observer: None,
        });
        first_id += plan.users;
        Pool::new(stream, Runs::Body(body), fixture, &quarters.place, test.keeps_users())
    });
    pools.collect()
}
