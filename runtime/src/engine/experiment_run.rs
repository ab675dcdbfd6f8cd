//! Runs an experiment from the first line of its body until its last fault is healed, whatever happens in between.

use super::drive::Drive;
use super::lab::phases::experiment_schedule;
use super::lab::state::{BackgroundStream, ExperimentState};
use super::lab::{Lab, processes};
use super::load::Load;
use super::rt::made::{Fixture, LocalFuture};
use super::rt::stop::{Halting, Stop};
use super::rt::{alarm, panic};
use super::spec::Experiment;
use super::supervision::questions::Questions;
use super::supervision::standing::{Doing, OnLoad, Standing};
use super::test::Test;
use super::user::step::Live;
use super::users::executor::{Executor, UserExecutors};
use super::users::interrupted::INTERRUPT_NOTICE;
use super::users::pool::Pool;
use crate::error::Error;
use crate::failure::Failed;
use crate::record::{self, Label, OperationSample, Outcome, TagList};
use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll};
use std::time::Duration;

/// How long faults have to heal when the body has ended.
const HEALING_TIMEOUT: Duration = Duration::from_secs(60);

/// Runs the experiment that the body of a resilience test leads, and adds its outcome to the test.
pub(crate) fn run_experiment(
    test: &mut Test,
    body: Experiment,
    fixture: &Arc<Fixture>,
    case: Label,
) -> Result<(), Error> {
    let quarters = UserExecutors::of(&test.job.plan, None, &test.home)?;
    let load = Arc::new(Load::new(&test.shared, case, &test.schedule, test.base));
    test.live.push(Live::enter(&load));
    let halting = Arc::new(Halting::default());
    let trial = ExperimentRun {
        body,
        load: &load,
        fixture,
        place: quarters.place.clone(),
        seed: test.job.plan.seed.unwrap_or(0),
        timeout: test.job.plan.timeout.and_then(brunt_plan::Quantity::duration),
        asks: &test.job.asks,
        standing: &test.job.standing,
        halting: &halting,
        stop: &test.job.stop,
    };
    let watch = test.watch(&load, fixture, &[], &halting);
    let ended = test.watched(&load, &watch, run_trial(&trial));
    if let Some((end, ..)) = &ended {
        load.timeline.close(*end);
        load.note_times(&test.schedule, *end);
    }
    test.job.standing.takes_off();
    drop(trial);
    quarters.close();
    let Some((end, result, conducted)) = ended else { return Ok(()) };
    test.base = load.elapsed(end).as_nanos() as u64;
    test.outcome.halted = halting.ordered().map(|halt| halt.reason);
    if let Err(failed) = result {
        test.outcome.experiment.get_or_insert(failed);
    }
    conducted
}

/// An experiment to be run.
struct ExperimentRun<'a> {
    body: Experiment,
    load: &'a Arc<Load>,
    fixture: &'a Arc<Fixture>,
    place: Executor,
    seed: u64,
    /// How long the body may take.
    timeout: Option<Duration>,
    asks: &'a Questions,
    standing: &'a Arc<Standing>,
    halting: &'a Arc<Halting>,
    stop: &'a Stop,
}

/// How the body of an experiment ended: `None` where it was ended from outside.
type BodyEnd = Option<Result<(), Failed>>;

/// Runs the experiment; returns when the load ended, the result of the body, and any error of the engine.
async fn run_trial(trial: &ExperimentRun<'_>) -> (u64, Result<(), Failed>, Result<(), Error>) {
    let ExperimentRun { load, fixture, .. } = *trial;
    load.start();
    load.timeline.open(Label::NONE.0, 0, None);
    let before = load.shared.recorder.experiment_so_far();
    let core = ExperimentState::new(load, fixture, &trial.place, trial.standing, trial.seed, before);
    core.publish();
    trial.standing.puts_on(on_load(trial, &core));
    let reader = (!load.shared.clock.is_virtual()).then(|| tokio::spawn(read_processes(Arc::downgrade(&core))));
    let bound = trial.timeout.filter(|_| !load.shared.clock.is_virtual());
    trial.standing.plan(bound.unwrap_or_default());
    let busy = trial.standing.does(Doing::Body, bound);
    let ended = run_body(trial, &core, fixture).await;
    drop(busy);
    let loads = core.end_loads();
    // Faults are healed first: operations in flight may wait for nothing else.
    core.heal_all(HEALING_TIMEOUT).await;
    let loads: Vec<BackgroundStream> = core.state().stopped.drain(..).chain(loads).collect();
    let pools: Vec<Arc<Pool>> = loads.iter().map(|load| Arc::clone(&load.pool)).collect();
    let drive = Drive {
        load,
        pools: &pools,
        before: &[],
        end: None,
        user_setup: false,
        halting: trial.halting,
        stop: trial.stop,
    };
    let last_end = drive.drain().await;
    let conducted = core.conducted().await;
    drive.see_off().await;
    loads.iter().for_each(|load| load.work.release());
    if let Some(reader) = reader {
        reader.abort();
        // Otherwise its earlier reading could be published after the final one.
        let _ = alarm::within_limit(&load.shared.clock, INTERRUPT_NOTICE, reader).await;
    }
    let end = last_end.max(load.now());
    core.publish();
    let result = ended.unwrap_or(Ok(()));
    if pools.is_empty() {
        record_body_as_iteration(load, end, &result);
    }
    (end, result, conducted.map_err(|cause| Error::Engine { doing: "time arrivals", cause }))
}

/// The load as the waiting thread reads it, which may have to go on without the body.
fn on_load(trial: &ExperimentRun<'_>, core: &Arc<ExperimentState>) -> OnLoad {
    let broken = Arc::downgrade(core);
    let heal = move || {
        if let Some(core) = broken.upgrade() {
            core.heal_apart(HEALING_TIMEOUT);
        }
    };
    OnLoad {
        load: Arc::clone(trial.load),
        schedule: experiment_schedule(),
        pools: Vec::new(),
        halting: Arc::clone(trial.halting),
        heal: Some(Arc::new(heal)),
    }
}

/// Runs the body. When this returns, the body is dropped, and its guards with it.
async fn run_body(trial: &ExperimentRun<'_>, core: &Arc<ExperimentState>, fixture: &Arc<Fixture>) -> BodyEnd {
    let lab = Lab::new(core, trial.asks);
    let body = CaughtBody(Some((trial.body)(&lab, &**fixture)));
    let limited = async {
        match trial.timeout {
            None => body.await,
            Some(limit) => {
                alarm::within_limit(&trial.load.shared.clock, limit, body).await.unwrap_or_else(|| Err(too_long(limit)))
            }
        }
    };
    let drive = Drive {
        before: &[],
        load: trial.load,
        pools: &[],
        end: None,
        user_setup: false,
        halting: trial.halting,
        stop: trial.stop,
    };
    tokio::select! {
        biased;
        result = limited => Some(result.and_then(|()| lab.sound())),
        () = drive.halted() => None,
    }
}

fn too_long(limit: Duration) -> Failed {
    Failed::new(Failed::TIMEOUT, format_args!("the experiment was not done within {limit:?}"))
}

/// The body of an experiment, whose panic becomes a failure; a panic in a drop when the body is ended from outside is
/// counted separately.
struct CaughtBody<'a>(Option<LocalFuture<'a, Result<(), Failed>>>);

impl Future for CaughtBody<'_> {
    type Output = Result<(), Failed>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(body) = &mut self.0 else { return Poll::Pending };
        panic::catch_panic(|| body.as_mut().poll(context)).unwrap_or_else(|panicked| Poll::Ready(Err(panicked)))
    }
}

impl Drop for CaughtBody<'_> {
    fn drop(&mut self) {
        let body = self.0.take();
        panic::drop_contained(|| drop(body));
    }
}

/// Records the body of an experiment without any load as one iteration.
fn record_body_as_iteration(load: &Load, end: u64, result: &Result<(), Failed>) {
    let context = record::Context {
        stage: Label::NONE,
        scenario: Label::NONE,
        case: load.case,
        user: record::Context::NOBODY,
        tags: TagList::default(),
    };
    let at = load.offset(0).unwrap_or(0);
    let sample = OperationSample { at, latency: end, service: None };
    if result.is_ok() {
        load.shared.recorder.iteration(&context, sample, Outcome::Success, load.completion(end, None));
    }
}

async fn read_processes(core: Weak<ExperimentState>) {
    loop {
        match core.upgrade() {
            None => return,
            Some(core) => {
                let at = core.load.elapsed(core.load.now());
                core.state().processes.read(at);
                core.publish();
            }
        }
        tokio::time::sleep(processes::EVERY).await;
    }
}
