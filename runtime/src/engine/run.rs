//! The way of one test through the engine: for each case a fixture, a load on it, its check and its end.

use super::body::{Body, has_user_setup};
use super::clock::Clock;
use super::counted::Counted;
use super::drive::Drive;
use super::fixture::{self, Caller};
use super::guard;
use super::home::Home;
use super::job::{Job, Task};
use super::lab;
use super::load::{Load, Names, Options, Shared, setup_timeout};
use super::made::Fixture;
use super::outcome::Outcome;
use super::over::Over;
use super::panic;
use super::place::Quarters;
use super::probe;
use super::relay::Relay;
use super::roster::Roster;
use super::rounds::Rounds;
use super::schedule::{Budget, Schedule};
use super::spec::Shared as SharedFixture;
use super::standing::{Doing, OnLoad};
use super::step::Live;
use super::stop::Halting;
use super::stream::{Stream, next_iteration};
use super::sweep;
use super::watch::Watch;
use crate::error::Error;
#[cfg(unix)]
use crate::fault::unasked;
use crate::record::{Label, Labels, Measurements, Recorder, Repeated};
use brunt_plan::target::{Group, Limit, Target};
use brunt_plan::{Kind, Plan};
use std::cell::RefCell;
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::task::LocalSet;

/// Runs a test. Nothing that the test's functions do makes it panic, or keeps it from ending.
pub(crate) fn run(job: Job<'_>) -> Outcome {
    guard::run(&job, &mut |_| None, whole)
}

fn whole(task: Task) -> Outcome {
    let (plan, batch) = (task.plan.clone(), task.spec.batch);
    let swept = (plan.kind == Kind::Stress).then(|| sweep::load(&plan));
    match Test::of(task, swept.as_ref().unwrap_or(&plan)) {
        Ok(mut test) => {
            match sweep::batches(&plan, batch) {
                Some(body) => {
                    if let Err(error) = sweep::run(&mut test, body) {
                        test.outcome.trouble.get_or_insert(error);
                    }
                }
                None => test.cases(),
            }
            test.finish()
        }
        Err(outcome) => *outcome,
    }
}

/// A test on its way.
pub(super) struct Test {
    pub(super) job: Task,
    pub(super) schedule: Schedule,
    pub(super) home: Home,
    pub(super) shared: Arc<Shared>,
    pub(super) outcome: Outcome,
    /// Where the next case's load lies in the measurements: after those before, without the pauses between them.
    pub(super) base: u64,
    /// How the load goes on after its planned end.
    pub(super) rounds: Rounds,
    /// What the users that wait for another round live on.
    stay: Stay,
    /// The number of users' first iterations in the round that is on, and one above all of them until now.
    iterations: (u64, u64),
    /// Another round was begun.
    again: bool,
    /// Kept to the end, so that what a body spawned and outlives the load is counted.
    pub(super) live: Vec<Live>,
    /// The ends of processes that came before.
    #[cfg(unix)]
    processes: unasked::Mark,
    /// Of loads whose measurements were handed on.
    closed: Vec<Arc<Recorder>>,
}

/// What `setup` is told of every input: its size, or the number of its case.
pub(super) fn inputs_of(plan: &Plan) -> Vec<usize> {
    match &plan.sizes {
        Some(sizes) => sizes.values().into_iter().map(|size| size as usize).collect(),
        None => (0..plan.cases.len().max(1)).collect(),
    }
}

/// What the users of a load that may go on keep between two rounds: a task ends with what drives it.
#[derive(Default)]
struct Stay {
    /// The streams that they wait in.
    streams: Vec<Arc<Stream>>,
    quarters: Option<Quarters>,
    /// Of virtual time.
    tasks: RefCell<Option<LocalSet>>,
}

/// What one load shares, and the recorder that it writes to.
fn shared(job: &Task, plan: &Plan, schedule: &Schedule, home: &Home) -> Arc<Shared> {
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
    let (body, mut options) = (job.spec.body, Options::of(plan));
    let body = match body {
        Body::Experiment(_) => {
            // It bounds the body, which leads the experiment, and none of the operations.
            options.timeout = None;
            lab::BODY
        }
        body => body,
    };
    Arc::new(Shared { recorder, clock, body, options, names })
}

impl Test {
    /// A test whose load, or whose first load, is this plan's.
    pub(super) fn of(job: Task, plan: &Plan) -> Result<Self, Box<Outcome>> {
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
            Body::Experiment(_) => lab::schedule(),
            _ => Schedule::resolve(plan),
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
            processes: unasked::mark(),
            closed: Vec::new(),
        })
    }

    /// Puts one more load on the fixture, apart from all before, and says what was measured of it.
    pub(super) fn level(&mut self, plan: &Plan, fixture: &Arc<Fixture>) -> Result<Measurements, Error> {
        self.schedule = Schedule::resolve(plan);
        self.shared = shared(&self.job, plan, &self.schedule, &self.home);
        self.job.standing.records_to(&self.shared.recorder);
        (self.base, self.iterations.0) = (0, self.iterations.1);
        self.closed.push(Arc::clone(&self.shared.recorder));
        self.load(fixture, Label::NONE)?;
        // What it left behind must not count for the next.
        self.outcome.halted = None;
        Ok(self.shared.recorder.freeze(Duration::from_nanos(self.base)))
    }

    /// The label of an input.
    pub(super) fn label(&self, index: usize) -> Label {
        if self.shared.names.cases.is_empty() { Label::NONE } else { Label(index as u16) }
    }

    /// Measures every case, and all of them again in every further round: a round with some of them would be no round.
    fn cases(&mut self) {
        let inputs = inputs_of(&self.job.plan);
        loop {
            self.again = false;
            for (index, input) in inputs.iter().enumerate() {
                let last = index + 1 == inputs.len();
                if let Err(error) = self.case(*input, self.label(index), last, inputs.len() == 1) {
                    self.outcome.trouble.get_or_insert(error);
                }
                if self.outcome.trouble.is_some() || self.outcome.halted.is_some() {
                    return;
                }
            }
            if !self.again {
                return;
            }
        }
    }

    /// Setup, load, check, teardown; the last two whatever came before. A fixture that is `alone` bears all rounds; the
    /// fixtures of several cases are made anew for each, as two of them at once would not be what was planned.
    fn case(&mut self, input: usize, label: Label, last: bool, alone: bool) -> Result<(), Error> {
        if self.job.stop.requested() {
            return Err(Error::Stopped);
        }
        let fixture = match fixture::make(&self.caller(), input) {
            Err(Error::Hook { .. }) if self.job.stop.requested() => return Err(Error::Stopped),
            made => made?,
        };
        let mut loaded = self.load(&fixture, label);
        // Of one fixture the users stay; those of several go with theirs.
        self.again = last && loaded.is_ok() && self.next_round();
        while alone && self.again {
            loaded = self.load(&fixture, label);
            self.again = loaded.is_ok() && self.next_round();
        }
        loaded = loaded.and(self.release());
        if (last && !self.again) || loaded.is_err() || self.outcome.halted.is_some() {
            self.shared.recorder.freeze(Duration::from_nanos(self.base));
        }
        if loaded.is_ok() && !self.job.stop.requested() {
            let recorder = &self.shared.recorder;
            let counted = || Counted::of(recorder, label);
            let verified = fixture::verify(&self.caller(), &*fixture, counted);
            if let Err(failed) = verified {
                self.outcome.verify.get_or_insert(failed);
            }
        }
        let torn_down = fixture::tear_down(&self.caller(), fixture);
        loaded.and(torn_down).and(if self.job.stop.requested() { Err(Error::Stopped) } else { Ok(()) })
    }

    /// Ends the round that was on. Where a target is undecided and time is left, it gets the next one ready.
    fn next_round(&mut self) -> bool {
        if !self.rounds.are_wanted() {
            return false;
        }
        self.end_round();
        let next = self.rounds.next();
        if !self.goes_on(next.is_some()) {
            return false;
        }
        if let Some(plan) = next {
            self.iterations.0 = self.iterations.1;
            self.schedule = Schedule::resolve(&plan);
            self.shared = self.shared.of_round(&plan, self.rounds.number());
        }
        true
    }

    /// The round that was on is over.
    pub(super) fn end_round(&mut self) {
        self.rounds.end();
        self.note_rounds();
    }

    fn note_rounds(&self) {
        self.rounds.settled().into_iter().for_each(|settled| self.shared.recorder.settled(settled));
    }

    /// Whether one more round begins, where it `fits` into the time left.
    pub(super) fn goes_on(&mut self, fits: bool) -> bool {
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

    fn load(&mut self, fixture: &Arc<Fixture>, case: Label) -> Result<(), Error> {
        if let Body::Experiment(body) = self.job.spec.body {
            return lab::experiment(self, body, fixture, case);
        }
        let quarters = match self.stay.quarters.take() {
            Some(quarters) => quarters,
            None => Quarters::of(&self.job.plan, &self.job.spec.body, &self.home)?,
        };
        let load = Arc::new(Load::new(&self.shared, case, &self.schedule, self.base));
        self.live.push(Live::enter(&load));
        let streams = self.streams(&load, fixture, &quarters);
        let halting = Arc::new(Halting::default());
        let before = std::mem::take(&mut self.stay.streams);
        let drive = Drive {
            load: &load,
            streams: &streams,
            before: &before,
            end: self.schedule.end,
            user_setup: has_user_setup(&self.job.spec.body),
            halting: &halting,
            stop: &self.job.stop,
        };
        self.job.standing.plan(self.planned());
        self.job.standing.puts_on(OnLoad {
            load: Arc::clone(&load),
            schedule: self.schedule.clone(),
            streams: streams.clone(),
            halting: Arc::clone(&halting),
            heal: None,
        });
        let watch = self.watch(&load, fixture, &streams, &halting);
        let busy = self.job.standing.does(Doing::Load, None);
        let (end, ended) = self.watched(&load, &watch, drive.run()).unwrap_or((0, Ok(())));
        drop(busy);
        if load.has_started() {
            load.timeline.close(end);
            load.note_times(&self.schedule, end);
            self.base = load.elapsed(end).as_nanos() as u64;
            let on = self.schedule.end.map_or(end, |planned| planned.min(end));
            self.rounds.lasted(Duration::from_nanos(on));
        }
        self.job.standing.takes_off();
        self.iterations.1 = streams.iter().map(|stream| next_iteration(stream)).fold(self.iterations.1, u64::max);
        self.outcome.halted = halting.ordered().map(|halt| halt.reason);
        if self.keeps_users() {
            self.stay.streams = streams;
            self.stay.quarters = Some(quarters);
        } else {
            // The cores' threads end when nobody is left who could give them an order.
            drop(streams);
            quarters.close();
        }
        ended
    }

    /// Calls the test's hooks.
    pub(super) fn caller(&self) -> Caller<'_> {
        let bound = setup_timeout(&self.job.plan);
        Caller { spec: self.job.spec, home: &self.home, stop: &self.job.stop, standing: &self.job.standing, bound }
    }

    /// How long the load is meant to last, until its last iteration has been waited for.
    fn planned(&self) -> Duration {
        let end = self.schedule.end.filter(|_| !self.home.is_virtual());
        end.map_or(Duration::ZERO, |end| Duration::from_nanos(end) + self.shared.options.graceful_stop)
    }

    /// Whether users stay at the end of a load, as it may go on with the same fixture.
    fn keeps_users(&self) -> bool {
        self.rounds.are_wanted() && inputs_of(&self.job.plan).len() == 1
    }

    /// Lets the users go that stayed for another round, and ends what they lived on.
    fn release(&mut self) -> Result<(), Error> {
        let Stay { streams, quarters, tasks } = std::mem::take(&mut self.stay);
        let Some(load) = streams.first().map(|stream| Arc::clone(&stream.load)) else { return Ok(()) };
        let drive = Drive {
            load: &load,
            streams: &streams,
            before: &[],
            end: None,
            user_setup: false,
            halting: &Halting::default(),
            stop: &self.job.stop,
        };
        let released = match tasks.into_inner() {
            Some(tasks) => tasks.block_on(self.home.runtime(), drive.release()),
            None => self.home.runtime().block_on(drive.release()),
        };
        drop(streams);
        quarters.into_iter().for_each(Quarters::close);
        released
    }

    pub(super) fn watch<'w>(
        &'w self,
        load: &'w Arc<Load>,
        fixture: &'w Arc<Fixture>,
        streams: &'w [Arc<Stream>],
        halting: &'w Halting,
    ) -> Watch<'w> {
        Watch {
            spec: self.job.spec,
            load,
            schedule: &self.schedule,
            fixture,
            streams,
            halting,
            asks: &self.job.asks,
            sampled: AtomicBool::new(false),
        }
    }

    /// Drives a load to its end while it is watched.
    pub(super) fn watched<T>(&self, load: &Arc<Load>, watch: &Watch<'_>, drive: impl Future<Output = T>) -> Option<T> {
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

    fn streams(&self, load: &Arc<Load>, fixture: &Arc<Fixture>, quarters: &Quarters) -> Vec<Arc<Stream>> {
        let mut first_id = 0;
        let streams = self.schedule.streams.iter().map(|plan| {
            let stream = Stream {
                load: Arc::clone(load),
                fixture: Arc::clone(fixture),
                plan: plan.clone(),
                roster: Roster::default(),
                relay: Relay::new(self.keeps_users()),
                first_id,
                first_iteration: self.iterations.0,
                work: None,
                tickets: AtomicU64::new(if let Budget::Shared(all) = plan.budget { all } else { 0 }),
                place: quarters.place.clone(),
                tasks: Mutex::default(),
                users: Mutex::default(),
            };
            first_id += plan.users;
            Arc::new(stream)
        });
        streams.collect()
    }

    fn finish(mut self) -> Outcome {
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
    pub(super) fn close(mut self) -> Outcome {
        let ended = self.ended_processes();
        let owner = self.home.owner();
        self.home.close();
        self.outcome.measurements.incidents.ended_processes = ended;
        self.outcome.measurements.incidents.stray_panics = owner.take_strays();
        self.outcome.measurements.incidents.backtraces = owner.take_traces();
        self.outcome.measurements.note_strays(self.closed.iter().map(|recorder| recorder.strays()).sum());
        drop(self.live);
        self.outcome
    }
}

/// Whether a target speaks of `each(user)`.
fn tells_users_apart(targets: &[Target]) -> bool {
    let related = |limit: &Limit| match limit {
        Limit::Relative { of, .. } | Limit::RelativeRange { of, .. } => of.each == Some(Group::User),
        Limit::Quantity(_) | Limit::Range(..) | Limit::Growth(_) => false,
    };
    targets.iter().any(|target| target.measure.each == Some(Group::User) || related(&target.limit))
}
