//! A test under way: its fixture's life, its runtime, its recorder and what came of it until now. What is done on the
//! fixture is not known here.

use super::counted::Counted;
use super::drive::over::Over;
use super::drive::probe;
use super::drive::watch::Watch;
use super::fixture::{self, Caller};
use super::job::Task;
use super::lab::phases::schedule;
use super::load::{Load, Names, Options, Shared, setup_timeout};
use super::rounds::Rounds;
use super::rt::clock::Clock;
use super::rt::home::Home;
use super::rt::made::Fixture;
use super::rt::panic;
use super::rt::stop::Halting;
use super::schedule::{Schedule, resolve_schedule};
use super::spec::Shared as SharedFixture;
use super::spec::TestBody;
use super::supervision::outcome::Outcome;
use super::user::step::Live;
use super::users::place::Quarters;
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

/// A test on its way.
pub(crate) struct Test {
    pub(crate) job: Task,
    pub(crate) schedule: Schedule,
    pub(crate) home: Home,
    pub(crate) shared: Arc<Shared>,
    pub(crate) outcome: Outcome,
    /// Where the next case's load lies in the measurements: after those before, without the pauses between them.
    pub(crate) base: u64,
    /// How the load goes on after its planned end.
    pub(crate) rounds: Rounds,
    /// What the users that wait for another round live on.
    pub(crate) stay: Stay,
    /// The number of users' first iterations in the round that is on, and one above all of them until now.
    pub(crate) iterations: (u64, u64),
    /// Another round was begun.
    pub(crate) again: bool,
    /// Kept to the end, so that what a body spawned and outlives the load is counted.
    pub(crate) live: Vec<Live>,
    /// The ends of processes that came before.
    #[cfg(unix)]
    processes: unasked::Mark,
    /// Of loads whose measurements were handed on.
    pub(crate) closed: Vec<Arc<Recorder>>,
}

/// What `setup` is told of every input: its size, or the number of its case.
pub(crate) fn inputs_of(plan: &Plan) -> Vec<usize> {
    match &plan.sizes {
        Some(sizes) => sizes.values().into_iter().map(|size| size as usize).collect(),
        None => (0..plan.cases.len().max(1)).collect(),
    }
}

/// What the users of a load that may go on keep between two rounds: a task ends with what drives it.
#[derive(Default)]
pub(crate) struct Stay {
    /// Those that they wait in.
    pub(crate) pools: Vec<Arc<Pool>>,
    pub(crate) quarters: Option<Quarters>,
    /// Of virtual time.
    pub(crate) tasks: RefCell<Option<LocalSet>>,
}

/// What one load shares, and the recorder that it writes to.
pub(crate) fn shared(job: &Task, plan: &Plan, schedule: &Schedule, home: &Home) -> Arc<Shared> {
    let names =
        Names { stages: schedule.stages.clone(), scenarios: schedule.scenarios.clone(), cases: job.plan.case_names() };
    let recorder = Recorder::new(Labels {
        stages: names.stages.clone(),
        scenarios: names.scenarios.clone(),
        cases: names.cases.clone(),
        each_user: tells_users_apart(&job.targets),
    });
    let clock = match home {
        Home::Virtual(runtime, _) => runtime.block_on(async { Clock::paused() }),
        Home::Own(..) | Home::Process(..) => Clock::real(),
    };
    let mut options = Options::of(plan);
    if let TestBody::Experiment(_) = job.spec.body {
        // It bounds the body, which leads the experiment, and none of the operations.
        options.timeout = None;
    }
    Arc::new(Shared { recorder, clock, options, names })
}

impl Test {
    /// A test whose load, or whose first load, is this plan's.
    pub(crate) fn of(job: Task, plan: &Plan) -> Result<Self, Box<Outcome>> {
        panic::install_hook();
        let mut outcome = Outcome::default();
        let is_of_process = |setup: super::spec::Setup| matches!(setup.shared, Some(SharedFixture::ByProcess(_)));
        let home = match Home::build(&job.plan, job.spec.setup.is_some_and(is_of_process)) {
            Ok(home) => home,
            Err(error) => {
                outcome.trouble = Some(error);
                return Err(Box::new(outcome));
            }
        };
        let schedule = match job.spec.body {
            TestBody::Experiment(_) => schedule(),
            TestBody::Users(_) => resolve_schedule(plan),
        };
        let shared = shared(&job, plan, &schedule, &home);
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
            stay: Stay::default(),
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

    /// The life of a fixture: setup, what is done on it, check, teardown; the last two whatever came before.
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

    /// Its beginning, for what makes several of them, or one anew. A setup that a signal cut short is no failure of its
    /// own.
    pub(crate) fn set_up(&self, input: usize) -> Result<Arc<Fixture>, Error> {
        self.unless_stopped()?;
        match fixture::make(&self.caller(), input) {
            Err(Error::Hook { .. }) if self.job.stop.requested() => Err(Error::Stopped),
            made => made,
        }
    }

    /// Its end, after what was `done` on it: a check, where that went well, and the teardown.
    pub(crate) fn end(
        &mut self,
        fixture: Arc<Fixture>,
        done: Result<(), Error>,
        counted: impl FnOnce(&Recorder) -> Counted,
    ) -> Result<(), Error> {
        if done.is_ok() && !self.job.stop.requested() {
            let recorder = &self.shared.recorder;
            if let Err(failed) = fixture::verify(&self.caller(), &*fixture, || counted(recorder)) {
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

    /// The round that was on is over.
    pub(crate) fn end_round(&mut self) {
        self.rounds.end();
        self.note_rounds();
    }

    fn note_rounds(&self) {
        self.rounds.settled().into_iter().for_each(|settled| self.shared.recorder.settled(settled));
    }

    /// Whether one more round begins, where it `fits` into the time left.
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
                let targets = undecided.join("`, `");
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

    /// Whether users stay at the end of a load, as it may go on with the same fixture.
    pub(crate) fn keeps_users(&self) -> bool {
        self.rounds.are_wanted() && inputs_of(&self.job.plan).len() == 1
    }

    /// Calls the test's hooks.
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
    ) -> Watch<'w> {
        Watch {
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
    pub(crate) fn watched<T>(&self, load: &Arc<Load>, watch: &Watch<'_>, drive: impl Future<Output = T>) -> Option<T> {
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
        let probe = runtime.spawn(probe::probe(Arc::clone(load)));
        let ended = std::thread::scope(|scope| {
            scope.spawn(|| watch.on_thread(runtime.handle(), &over));
            let _said = over.at_end();
            runtime.block_on(drive)
        });
        probe.abort();
        Some(ended)
    }

    /// Ends a test, with all that was measured.
    pub(crate) fn finish(mut self) -> Outcome {
        let elapsed = Duration::from_nanos(self.base);
        // First the end of what a body spawned and nobody awaited: the measurements tell of it.
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

    /// The test's processes that ended by themselves while it ran; where tests share a fixture, also those that have been
    /// dead since an earlier one.
    fn ended_processes(&self) -> Repeated {
        #[cfg(unix)]
        let told = unasked::told_since(self.processes, self.home.owner().number());
        #[cfg(not(unix))]
        let told: [String; 0] = [];
        let mut ended = Repeated::default();
        told.iter().for_each(|told| ended.add(1, told));
        ended
    }

    /// Ends a test whose loads have all been handed on; what came too late for theirs is noted.
    pub(crate) fn close(mut self) -> Outcome {
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

/// Whether a target speaks of `each(user)`.
fn tells_users_apart(targets: &[Target]) -> bool {
    let mut measures = targets.iter().flat_map(|target| [Some(&target.measure), target.limit.measure()]).flatten();
    measures.any(|measure| measure.each == Some(Group::User))
}
