//! A running test: the life of its fixture, its runtime, its recorder and its outcome so far. This module does not
//! depend on the work that is done on the fixture.

use super::counted::Counted;
use super::drive::over::Over;
use super::drive::probe;
use super::drive::watch::LoadWatch;
use super::fixture::{self, Caller};
use super::job::TestTask;
use super::lab::phases::experiment_schedule;
use super::load::{Load, LoadNames, LoadOptions, TestShared, setup_timeout};
use super::rounds::Rounds;
use super::rt::clock::Clock;
use super::rt::made::Fixture;
use super::rt::panic;
use super::rt::runtime::TestRuntime;
use super::rt::stop::Halting;
use super::schedule::{Schedule, resolve_schedule};
use super::spec::Shared as SharedFixture;
use super::spec::TestBody;
use super::supervision::outcome::RunOutcome;
use super::user::step::Live;
use super::users::executor::UserExecutors;
use super::users::pool::Pool;
use crate::error::Error;
#[cfg(unix)]
use crate::fault::unasked;
use crate::record::{Label, Labels, Recorder, Repeated};
use brunt_plan::Plan;
use brunt_plan::target::{Group, Target};
use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;
use tokio::task::LocalSet;

/// A running test.
pub(crate) struct Test {
    pub(crate) job: TestTask,
    pub(crate) schedule: Schedule,
    pub(crate) home: TestRuntime,
    pub(crate) shared: Arc<TestShared>,
    pub(crate) outcome: RunOutcome,
    /// The time in the measurements, in nanoseconds, at which the next case's load starts: after all earlier loads,
    /// without the pauses between them.
    pub(crate) base: u64,
    /// The rounds of the load after its planned end.
    pub(crate) rounds: Rounds,
    /// The state that users waiting for another round need.
    pub(crate) stay: KeptUsers,
    /// The number of each user's first iteration in the current round, and the number above the highest one so far.
    pub(crate) iterations: (u64, u64),
    /// Whether another round was begun.
    pub(crate) again: bool,
    /// Kept to the end, so that steps in tasks that a body spawned and that outlive the load are counted.
    pub(crate) live: Vec<Live>,
    /// The mark after the ends of processes before this test.
    #[cfg(unix)]
    processes: unasked::Mark,
    /// The recorders of loads whose measurements were handed on.
    pub(crate) closed: Vec<Arc<Recorder>>,
}

/// The inputs that `setup` gets: every size, or the number of every case.
pub(crate) fn inputs_of(plan: &Plan) -> Vec<usize> {
    match &plan.sizes {
        Some(sizes) => sizes.values().into_iter().map(|size| size as usize).collect(),
        None => (0..plan.cases.len().max(1)).collect(),
    }
}

/// The state that the users of a load with several rounds keep between two rounds: a task ends with the executor that
/// drives it.
#[derive(Default)]
pub(crate) struct KeptUsers {
    /// The pools in which the users wait.
    pub(crate) pools: Vec<Arc<Pool>>,
    pub(crate) quarters: Option<UserExecutors>,
    /// The users' tasks in virtual time.
    pub(crate) tasks: RefCell<Option<LocalSet>>,
}

/// Creates the state that all parts of a load share, and the recorder that it writes to.
pub(crate) fn shared_state(job: &TestTask, plan: &Plan, schedule: &Schedule, home: &TestRuntime) -> Arc<TestShared> {
    let names = LoadNames {
        stages: schedule.stages.clone(),
        scenarios: schedule.scenarios.clone(),
        cases: job.plan.case_names(),
    };
    let recorder = Recorder::new(Labels {
        stages: names.stages.clone(),
        scenarios: names.scenarios.clone(),
        cases: names.cases.clone(),
        each_user: tells_users_apart(&job.targets),
    });
    let clock = match home {
        TestRuntime::Virtual(runtime, _) => runtime.block_on(async { Clock::paused() }),
        TestRuntime::Own(..) | TestRuntime::Process(..) => Clock::real(),
    };
    let mut options = LoadOptions::of(plan);
    if let TestBody::Experiment(_) = job.spec.body {
        // The timeout bounds the body, which leads the experiment, and none of the operations.
        options.timeout = None;
    }
    Arc::new(TestShared { recorder, clock, options, names })
}

impl Test {
    /// Creates a test whose only or first load follows this plan.
    pub(crate) fn of(job: TestTask, plan: &Plan) -> Result<Self, Box<RunOutcome>> {
        panic::install_hook();
        let mut outcome = RunOutcome::default();
        let is_of_process = |setup: super::spec::Setup| matches!(setup.shared, Some(SharedFixture::ByProcess(_)));
        let home = match TestRuntime::build(&job.plan, job.spec.setup.is_some_and(is_of_process)) {
            Ok(home) => home,
            Err(error) => {
                outcome.trouble = Some(error);
                return Err(Box::new(outcome));
            }
        };
        let schedule = match job.spec.body {
            TestBody::Experiment(_) => experiment_schedule(),
            TestBody::Users(_) => resolve_schedule(plan),
        };
        let shared = shared_state(&job, plan, &schedule, &home);
        job.standing.records_to(&shared.recorder);
        let inputs = inputs_of(&job.plan).len();
        let rounds = Rounds::of(plan, inputs);
        Ok(Self {
            job,
            schedule,
            home,
            shared,
            outcome,
            base: 0,
            rounds,
            stay: KeptUsers::default(),
            iterations: (0, 0),
            again: false,
            live: Vec::new(),
            #[cfg(unix)]
            processes: unasked::current_mark(),
            closed: Vec::new(),
        })
    }

    /// The label of an input.
    pub(crate) fn label(&self, index: usize) -> Label {
        if self.shared.names.cases.is_empty() { Label::NONE } else { Label(index as u16) }
    }

    /// Runs a fixture's life: setup, the work `done` on it, check, teardown; teardown runs whatever came before.
    pub(crate) fn on_fixture(
        &mut self,
        input: usize,
        label: Label,
        done: impl FnOnce(&mut Self, &Arc<Fixture>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let fixture = self.set_up(input)?;
        let done = done(self, &fixture);
        self.end(fixture, done, |recorder| Counted::of(recorder, label))
    }

    /// Makes a fixture, for callers that make several, or one anew. A setup that a signal cut short is no failure of
    /// its own.
    pub(crate) fn set_up(&self, input: usize) -> Result<Arc<Fixture>, Error> {
        self.unless_stopped()?;
        match fixture::make_fixture(&self.caller(), input) {
            Err(Error::Hook { .. }) if self.job.stop.requested() => Err(Error::Stopped),
            made => made,
        }
    }

    /// Ends a fixture after the work `done` on it: checks it where that went well, and tears it down.
    pub(crate) fn end(
        &mut self,
        fixture: Arc<Fixture>,
        done: Result<(), Error>,
        counted: impl FnOnce(&Recorder) -> Counted,
    ) -> Result<(), Error> {
        if done.is_ok() && !self.job.stop.requested() {
            let recorder = &self.shared.recorder;
            if let Err(failed) = fixture::verify_fixture(&self.caller(), &*fixture, || counted(recorder)) {
                self.outcome.verify.get_or_insert(failed);
            }
        }
        let torn_down = fixture::tear_down(&self.caller(), fixture);
        done.and(torn_down).and_then(|()| self.unless_stopped())
    }

    /// # Errors
    /// A signal has come.
    pub(crate) fn unless_stopped(&self) -> Result<(), Error> {
        if self.job.stop.requested() { Err(Error::Stopped) } else { Ok(()) }
    }

    /// Ends the current round.
    pub(crate) fn end_round(&mut self) {
        self.rounds.end();
        self.note_rounds();
    }

    fn note_rounds(&self) {
        self.rounds.settled().into_iter().for_each(|settled| self.shared.recorder.settled(settled));
    }

    /// Begins one more round where one is needed and it `fits` into the time left; returns whether it did.
    pub(crate) fn goes_on(&mut self, fits: bool) -> bool {
        if self.outcome.halted.is_some() || self.job.stop.requested() {
            return false;
        }
        if fits && !self.rounds.are_to_be_looked_at() {
            self.rounds.begin(Vec::new());
            self.note_rounds();
            return true;
        }
        self.shared.recorder.look();
        let measured = self.shared.recorder.snapshot(Duration::from_nanos(self.base));
        self.rounds.look(&measured);
        let undecided = self.job.asks.undecided(measured);
        if undecided.is_empty() {
            return false;
        }
        if !fits {
            if self.rounds.number() == 0 {
                let targets: Vec<String> = undecided.iter().map(Target::to_string).collect();
                let targets = targets.join("`, `");
                let note =
                    format!("`{targets}` is undecided, but the time of `settle` is too short for one more round");
                self.shared.recorder.note(note);
            }
            return false;
        }
        self.rounds.begin(undecided);
        self.note_rounds();
        true
    }

    /// Whether users stay at the end of a load, because it may continue with the same fixture.
    pub(crate) fn keeps_users(&self) -> bool {
        self.rounds.are_wanted() && inputs_of(&self.job.plan).len() == 1
    }

    /// The caller of the test's hooks.
    pub(crate) fn caller(&self) -> Caller<'_> {
        let bound = setup_timeout(&self.job.plan);
        Caller { spec: self.job.spec, home: &self.home, stop: &self.job.stop, standing: &self.job.standing, bound }
    }

    pub(crate) fn watch<'w>(
        &'w self,
        load: &'w Arc<Load>,
        fixture: &'w Arc<Fixture>,
        pools: &'w [Arc<Pool>],
        halting: &'w Halting,
    ) -> LoadWatch<'w> {
        LoadWatch {
            sample: self.job.spec.sample,
            is_experiment: matches!(self.job.spec.body, TestBody::Experiment(_)),
            load,
            schedule: &self.schedule,
            fixture,
            pools,
            halting,
            asks: &self.job.asks,
            sampled: AtomicBool::new(false),
        }
    }

    /// Drives a load to its end while it is watched.
    pub(crate) fn watched<T>(
        &self,
        load: &Arc<Load>,
        watch: &LoadWatch<'_>,
        drive: impl Future<Output = T>,
    ) -> Option<T> {
        let runtime = self.home.runtime();
        if self.home.is_virtual() {
            let tasks = self.stay.tasks.take().unwrap_or_default();
            let ended = tasks.block_on(runtime, async {
                let ended = tokio::select! {
                    biased;
                    ended = drive => Some(ended),
                    () = watch.in_virtual_time() => None,
                };
                if ended.is_some() {
                    watch.last_in_virtual_time().await;
                }
                ended
            });
            *self.stay.tasks.borrow_mut() = self.keeps_users().then_some(tasks);
            return ended;
        }
        let over = Over::default();
        let probe = runtime.spawn(probe::probe_scheduling(Arc::clone(load)));
        let ended = std::thread::scope(|scope| {
            scope.spawn(|| watch.on_thread(runtime.handle(), &over));
            let _said = over.at_end();
            runtime.block_on(drive)
        });
        probe.abort();
        Some(ended)
    }

    /// Ends the test, and returns its outcome with all measurements.
    pub(crate) fn finish(mut self) -> RunOutcome {
        let elapsed = Duration::from_nanos(self.base);
        // First end the tasks that a body spawned and nobody awaited: the measurements include them.
        let ended = self.ended_processes();
        let owner = self.home.owner();
        self.home.close();
        self.outcome.measurements = self.shared.recorder.snapshot(elapsed);
        self.outcome.measurements.incidents.stray_panics = owner.take_strays();
        self.outcome.measurements.incidents.ended_processes = ended;
        self.outcome.measurements.incidents.backtraces = owner.take_traces();
        drop(self.live);
        self.outcome
    }

    /// The test's processes that ended by themselves while it ran; where tests share a fixture, also those that have
    /// been dead since an earlier test.
    fn ended_processes(&self) -> Repeated {
        #[cfg(unix)]
        let told = unasked::told_since(self.processes, self.home.owner().number());
        #[cfg(not(unix))]
        let told: [String; 0] = [];
        let mut ended = Repeated::default();
        told.iter().for_each(|told| ended.add(1, told));
        ended
    }

    /// Ends a test whose loads have all been handed on, and notes what came too late for their measurements.
    pub(crate) fn close(mut self) -> RunOutcome {
        let ended = self.ended_processes();
        let owner = self.home.owner();
        self.home.close();
        self.outcome.measurements.incidents.ended_processes = ended;
        self.outcome.measurements.incidents.stray_panics = owner.take_strays();
        self.outcome.measurements.incidents.backtraces = owner.take_traces();
        self.outcome.measurements.note_late_samples(self.closed.iter().map(|recorder| recorder.late_samples()).sum());
        drop(self.live);
        self.outcome
    }
}

/// Whether a target measures `each(user)`.
fn tells_users_apart(targets: &[Target]) -> bool {
    let mut measures = targets.iter().flat_map(|target| [Some(&target.measure), target.limit.measure()]).flatten();
    measures.any(|measure| measure.each == Some(Group::User))
}
