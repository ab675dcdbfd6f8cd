//! The state that the body of an experiment, its guards and the end of the experiment share: the loads, the phase, the
//! faults and the body's records.
//!
//! The file is above 500 lines because loads, faults and phases change together under one lock: a fault that heals ends
//! a phase, and both are published.

use super::amount::{Amount, LoadShape};
use super::operation::Closure;
use super::operation_log::OperationLog;
use super::phases;
use super::phases::Phases;
use super::processes::Processes;
use super::work::Work;
use crate::engine::drive;
use crate::engine::load::Load;
use crate::engine::load::roster::Roster;
use crate::engine::load::stream::Stream;
use crate::engine::rt::alarm;
use crate::engine::rt::made::Fixture;
use crate::engine::rt::runtime::Caught;
use crate::engine::schedule::{Budget, Choice, Rates, Segment, Shape as Part, StreamPlan, UserCounts};
use crate::engine::supervision::standing::Standing;
use crate::engine::users::executor::Executor;
use crate::engine::users::interrupted::INTERRUPT_NOTICE;
use crate::engine::users::pool::{Pool, Runs};
use crate::fault::{Heal, Proxy};
use crate::record::experiment::{Bystander, Disruption, Experiment, Ledger, Recovery, phase};
use crate::record::{Measurements, Selection, Tally};
use crate::sync::Lock;
use std::collections::BTreeMap;
use std::io;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, MutexGuard};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// Longer than any experiment: a hundred hours.
const LONGEST_EXPERIMENT: u64 = 360_000_000_000_000;

/// The note where attempts cannot be counted.
const UNCOUNTED_ATTEMPTS: &str = "attempts are not counted: a proxy refused connections, and nobody sees how many; count them \
                         with `lab.attempts()`";

/// The shared state of one experiment.
pub(crate) struct ExperimentState {
    pub(crate) load: Arc<Load>,
    pub(crate) fixture: Arc<Fixture>,
    pub(crate) place: Executor,
    pub(crate) standing: Arc<Standing>,
    pub(crate) handle: Handle,
    pub(crate) seed: u64,
    pub(crate) log: Arc<OperationLog>,
    /// The attempts that the body counts itself.
    pub(crate) attempts: Arc<AtomicU64>,
    pub(crate) rng_calls: AtomicU64,
    /// The record of the experiments of earlier cases.
    before: Experiment,
    state: Lock<ExperimentInner>,
}

#[derive(Default)]
pub(crate) struct ExperimentInner {
    pub(crate) running: Vec<BackgroundStream>,
    /// Loads that the body has ended.
    pub(crate) stopped: Vec<BackgroundStream>,
    conductors: Vec<JoinHandle<io::Result<()>>>,
    first_id: u64,
    loads: Vec<Arc<str>>,
    pub(crate) bystanders: Vec<Bystander>,
    pub(crate) phases: Phases,
    pub(crate) faults: Vec<FaultAtWork>,
    /// The number of faults that are being injected.
    pub(crate) injecting: usize,
    /// The phase to enter when no fault is at work any more.
    pub(crate) phase_when_healed: Option<&'static str>,
    pub(crate) healing: Vec<JoinHandle<()>>,
    pub(crate) recoveries: Vec<Recovery>,
    /// Whether the body waits for a recovery.
    pub(crate) waits: bool,
    /// When the last wait for a recovery that succeeded began: faults before that are no part of the next recovery.
    pub(crate) recovered: u64,
    /// The tallies of bystanders while something was broken, up to the last recovery.
    bystanders_so_far: BTreeMap<Arc<str>, Tally>,
    /// The ledgers by the load whose writes were read back; `None` stands for all loads.
    pub(crate) ledgers: BTreeMap<Option<String>, Ledger>,
    pub(crate) processes: Processes,
    pub(crate) proxies: Vec<Arc<Proxy>>,
    pub(crate) counts_attempts: bool,
    pub(crate) compensation: Option<(Duration, u64)>,
    pub(crate) orphans: Option<u64>,
    pub(crate) unsteady: Option<String>,
    /// A mistake of the body that could not be reported at once.
    pub(crate) mistake: Option<String>,
    /// When the body last awaited a `Lab` method. Writes acknowledged later may be missing from the ids that it reads
    /// back.
    pub(crate) synced_at: u64,
}

/// A fault, from its injection to its healing.
pub(crate) struct FaultAtWork {
    /// Its number in the operation log.
    pub(crate) number_in_log: usize,
    pub(crate) heal: Option<Box<dyn Heal>>,
    pub(crate) what: String,
    pub(crate) seed: Option<u64>,
    pub(crate) shows_in_failures: bool,
    pub(crate) injected: u64,
    /// When its healing began.
    pub(crate) heals: Option<u64>,
    pub(crate) healed: Option<u64>,
    pub(crate) heal_failed: Option<String>,
    /// The connections and pieces that it had met when it was healed.
    pub(crate) met: Option<crate::fault::Met>,
    /// The number of connections that it had refused when it was healed.
    pub(crate) refused: Option<u64>,
}

impl ExperimentState {
    pub(crate) fn new(
        load: &Arc<Load>,
        fixture: &Arc<Fixture>,
        place: &Executor,
        standing: &Arc<Standing>,
        seed: u64,
        before: Experiment,
    ) -> Arc<Self> {
        Arc::new(Self {
            load: Arc::clone(load),
            fixture: Arc::clone(fixture),
            place: place.clone(),
            standing: Arc::clone(standing),
            handle: Handle::current(),
            seed,
            log: Arc::default(),
            attempts: Arc::default(),
            rng_calls: AtomicU64::new(0),
            before,
            state: Lock::default(),
        })
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, ExperimentInner> {
        self.state.lock()
    }

    /// Starts a load; returns `None` where that is a mistake, which the body's next step reports.
    pub(crate) fn put_on(
        &self,
        name: &str,
        amount: Amount,
        is_bystander: bool,
        operation: Closure,
    ) -> Option<BackgroundStream> {
        let name: Arc<str> = name.into();
        let mistake = amount.mistake().map(|mistake| format!("the load `{name}`: {mistake}"));
        let loops = matches!(amount.shape, LoadShape::Users(_));
        let number = if mistake.is_none() { self.log.add_load(&name, is_bystander, loops) } else { None };
        let mut state = self.state();
        let Some(number) = number else {
            let twice = || format!("two loads are named `{name}`: rename one of them");
            state.mistake.get_or_insert(mistake.unwrap_or_else(twice));
            return None;
        };
        let scenario = self.load.shared.recorder.scenario(&name);
        self.load.open_scenario(scenario);
        let (log, timeout) = (Arc::clone(&self.log), amount.timeout);
        let work = Arc::new(Work::new(Arc::clone(&name), number, log, timeout, operation));
        let stream = self.stream(amount, scenario.0, state.first_id, (&name, number));
        state.first_id += stream.plan.users;
        let runs = Runs::Operation(Arc::<Work>::clone(&work));
        // The pool gets an empty fixture: the operation holds the real one.
        let pool = Pool::new(stream, runs, &(Arc::new(()) as Arc<Fixture>), &self.place, false);
        state.conductors.push(drive::spawn_conductor(&pool));
        let running = BackgroundStream { pool, work, name: Arc::clone(&name) };
        state.running.push(running.clone());
        self.standing.adds(&running.pool);
        state.loads.push(Arc::clone(&name));
        if is_bystander {
            state.bystanders.push(Bystander { name: Arc::clone(&name), within: None, broken: Tally::default() });
        }
        Some(running)
    }

    fn stream(&self, amount: Amount, scenario: u16, first_id: u64, (name, number): (&Arc<str>, usize)) -> Arc<Stream> {
        let pause = UserCounts::hold(0, Some(self.load.now()));
        let shape = match amount.shape {
            LoadShape::Rate(rate) => Part::Arrivals(Rates { from: rate, to: rate, length: LONGEST_EXPERIMENT }),
            LoadShape::Users(users) => Part::Users(UserCounts::hold(users, None)),
        };
        let segments = [Part::Users(pause), shape].map(|shape| Segment { stage: None, shape });
        let plan = StreamPlan {
            scenario: Choice::One(scenario),
            segments: segments.to_vec(),
            budget: Budget::Unlimited,
            end: None,
            users: amount.users(),
            follows: true,
        };
        Arc::new(Stream {
            load: Arc::clone(&self.load),
            plan,
            roster: Roster::default(),
            first_id,
            first_iteration: 0,
            scenario_name: Some(Arc::clone(name)),
            tickets: AtomicU64::new(0),
            users: Lock::default(),
            observer: Some(self.log.observe_load(number)),
        })
    }

    /// Ends every load and returns the loads; operations in flight continue.
    pub(crate) fn end_loads(&self) -> Vec<BackgroundStream> {
        let loads = std::mem::take(&mut self.state().running);
        for stream in loads.iter().map(|load| &load.pool.stream) {
            stream.roster.end();
            if let Choice::One(scenario) = stream.plan.scenario {
                self.load.close_scenario(crate::record::Label(scenario));
            }
        }
        loads
    }

    /// Waits for the operations in flight of ended loads, for at most `graceful_stop`; operations that still run then
    /// are interrupted.
    pub(crate) async fn drained(&self, loads: &[BackgroundStream]) {
        let empty = || async {
            for load in loads {
                load.pool.stream.roster.until_empty().await;
            }
        };
        let clock = &self.load.shared.clock;
        if alarm::within_limit(clock, self.load.shared.options.graceful_stop, empty()).await.is_none() {
            loads.iter().for_each(|load| load.pool.stream.roster.kill());
            // An operation that holds its thread is left to the end of the test.
            let _ = alarm::within_limit(clock, INTERRUPT_NOTICE, empty()).await;
        }
    }

    /// Waits for the conductors of the loads.
    pub(crate) async fn conducted(&self) -> io::Result<()> {
        let mut conductors = std::mem::take(&mut self.state().conductors);
        // A conductor whose threads are all held gives no result.
        let clock = &self.load.shared.clock;
        alarm::within_limit(clock, drive::LEAST_HELD_USERS_TIMEOUT, drive::until_conducted(&mut conductors))
            .await
            .unwrap_or(Ok(()))
    }

    /// Adds `time` to the planned duration of the test.
    pub(crate) fn plan(&self, time: Duration) {
        if !self.load.shared.clock.is_virtual() {
            self.standing.plan(time);
        }
    }

    /// Waits for `time` of the experiment.
    pub(crate) async fn wait(&self, time: Duration) {
        self.plan(time);
        alarm::sleep_by_clock(&self.load.shared.clock, time).await;
    }

    /// Enters a phase; `None` stands for the time outside of all phases.
    pub(crate) fn enter(&self, phase: Option<&'static str>) {
        let attempts = self.attempts_seen();
        let mut state = self.state();
        state.phases.enter(&self.load.timeline, phase, || self.load.now(), attempts, self.log.asked());
        drop(state);
        self.publish();
    }

    /// The attempts at the dependency so far: those that the body counted, or else the requests at the proxies and the
    /// connections that were turned away there.
    fn attempts_seen(&self) -> Option<u64> {
        let state = self.state();
        if state.counts_attempts {
            return Some(self.attempts.load(Relaxed));
        }
        let requests = state.proxies.iter().map(|proxy| proxy.counts()).map(|counts| counts.requests + counts.unheard);
        (!state.proxies.is_empty()).then(|| requests.sum())
    }

    /// Notes that the body has awaited a `Lab` method.
    pub(crate) fn sync(&self) {
        self.state().synced_at = self.load.now();
    }

    /// Records the times of stages and scenarios so far.
    pub(crate) fn note_times(&self) {
        self.load.note_times(&phases::experiment_schedule(), self.load.now());
    }

    /// The measurements so far.
    pub(crate) fn measured(&self) -> Measurements {
        self.load.shared.recorder.snapshot(self.load.elapsed(self.load.now()))
    }

    /// Notes that the system, broken at `injected`, has been stable again since `calm`; the wait began at `since`.
    pub(crate) fn recovered(&self, injected: u64, calm: u64, since: u64) {
        let tallies = self.log.bystanders(injected..calm, true);
        self.log.forget_old();
        let mut state = self.state();
        state.recovered = since;
        add_tallies(&mut state.bystanders_so_far, tallies);
    }

    /// The bystanders, with their tallies while something was broken so far.
    fn bystanders(&self) -> Vec<Bystander> {
        let state = self.state();
        let mut tallies = state.bystanders_so_far.clone();
        let broken = state.broken(self.load.now());
        let bystanders = state.bystanders.clone();
        drop(state);
        if let Some((stretch, is_over)) = broken {
            add_tallies(&mut tallies, self.log.bystanders(stretch, is_over));
        }
        let tally = |name: &Arc<str>| tallies.get(name).cloned().unwrap_or_default();
        bystanders.into_iter().map(|one| Bystander { broken: tally(&one.name), ..one }).collect()
    }

    /// The measurements so far, with hanging operations as interrupted: they have no end that could be measured, and
    /// after the injection they would look like an effect of the fault.
    pub(crate) fn snapshot_with_hanging(&self) -> Measurements {
        const LONG: u64 = 1_000_000_000;
        let now = self.load.now();
        let mut so_far = self.measured();
        let longest = so_far.tally(&Selection::default()).latency.max().map_or(0, |latency| latency as u64);
        let stage = self.state().phases.current().map(Arc::from);
        for (name, interrupted) in self.log.count_hanging(now, LONG.max(2 * longest)) {
            let selection = Selection { stage: stage.clone(), scenario: Some(name), ..Selection::default() };
            let second = self.load.elapsed(now).as_secs() as u32;
            so_far.add_operation(selection, second, Tally { interrupted, ..Tally::default() });
        }
        so_far
    }

    /// Publishes the state of the experiment so far to the recorder.
    pub(crate) fn publish(&self) {
        let attempts = self.attempts_seen();
        let asked = self.log.asked();
        let bystanders = self.bystanders();
        let mut state = self.state();
        state.phases.count(attempts, asked);
        let mut faults: Vec<&FaultAtWork> = state.faults.iter().collect();
        // Of faults that are injected at the same time, one begun later may be done first.
        faults.sort_by_key(|fault| fault.number_in_log);
        let faults = faults.iter().map(|fault| self.disruption(fault, &faults));
        let refused = !state.counts_attempts && state.proxies.iter().any(|proxy| proxy.counts().refused);
        let experiment = Experiment {
            faults: faults.collect(),
            loads: state.loads.clone(),
            bystanders,
            recoveries: state.recoveries.clone(),
            ledger: state.ledgers.values().cloned().reduce(|mut sum, ledger| {
                sum.add(ledger);
                sum
            }),
            attempts: if refused { BTreeMap::new() } else { state.phases.attempts() },
            compensation_time: state.compensation.map(|(longest, _)| longest),
            compensations: state.compensation.map_or(0, |(_, count)| count),
            orphans: state.orphans,
            processes: state.processes.records(),
            unsteady: state.unsteady.clone(),
        };
        drop(state);
        if refused {
            self.load.shared.recorder.note(UNCOUNTED_ATTEMPTS.to_owned());
        }
        self.load.shared.recorder.experiment(self.before.clone().and(experiment));
    }

    /// The record of a fault so far; `all` are all faults of the experiment.
    fn disruption(&self, fault: &FaultAtWork, all: &[&FaultAtWork]) -> Disruption {
        let offset = |at: u64| self.load.elapsed(at);
        let met = fault.met.clone().or_else(|| fault.heal.as_ref().and_then(|heal| heal.met()));
        let refused = fault.refused.or_else(|| fault.heal.as_ref().and_then(|heal| heal.refused()));
        let seen = self.log.effect_of(fault.number_in_log);
        let beside = seen.detected.iter().flat_map(|detected| &detected.beside);
        let what =
            |number: &usize| all.iter().find(|other| other.number_in_log == *number).map(|other| other.what.clone());
        Disruption {
            what: fault.what.clone(),
            seed: fault.seed,
            shows_in_failures: fault.shows_in_failures,
            injected: offset(fault.injected),
            healed: fault.healed.map(offset),
            heal_failed: fault.heal_failed.clone(),
            beside: beside.filter_map(what).collect(),
            detected: seen.detected.map(|detected| offset(detected.at)),
            operations: seen.operations,
            failures: seen.failures,
            connections: met.as_ref().map(|met| met.connections.clone()),
            refused,
            pieces: met.as_ref().map(|met| met.pieces),
        }
    }

    /// Begins to heal one fault, unless that has begun already, in a task of its own: the fault is healed even where
    /// the caller stops waiting. The returned receiver completes when the healing has ended.
    pub(crate) fn heal(self: &Arc<Self>, number: usize) -> oneshot::Receiver<()> {
        let (done, healed) = oneshot::channel();
        let mut state = self.state();
        if let Some(heal) = state.faults.get_mut(number).and_then(|fault| fault.heal.take()) {
            state.faults[number].heals = Some(self.load.now());
            let core = Arc::clone(self);
            state.healing.push(self.handle.spawn(async move {
                core.end_fault(number, heal).await;
                let _ = done.send(());
            }));
        }
        healed
    }

    async fn end_fault(&self, number: usize, heal: Box<dyn Heal>) {
        // All of this calls the fault's own code, which may panic.
        let ended = Box::pin(async move { Ok((heal.met(), heal.refused(), heal.heal().await)) });
        let (met, refused, healed) = match Caught::new(ended).await {
            Ok((met, refused, healed)) => (met, refused, healed.map_err(|error| error.to_string())),
            Err(panicked) => (None, None, Err(panicked.message().to_owned())),
        };
        let now = self.load.now();
        let mut state = self.state();
        let fault = &mut state.faults[number];
        self.log.end_fault(fault.number_in_log, now);
        (fault.met, fault.refused) = (met, refused);
        match healed {
            Ok(()) => fault.healed = Some(now),
            Err(why) => fault.heal_failed = Some(why),
        }
        state.phase_when_healed = Some(phase::RECOVERING);
        drop(state);
        self.calm_down();
    }

    /// Leaves the phase `fault` where no fault is at work.
    pub(crate) fn calm_down(&self) {
        let state = self.state();
        let calm =
            (!state.is_broken() && state.phases.current() == Some(phase::FAULT)).then_some(state.phase_when_healed);
        drop(state);
        match calm {
            Some(phase) => self.enter(phase),
            None => self.publish(),
        }
    }

    /// Heals the remaining faults without the experiment's thread, which does not return, for at most `within`.
    pub(crate) fn heal_apart(self: &Arc<Self>, within: Duration) {
        let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return };
        let broken = |fault: &mut FaultAtWork| Some((fault.what.clone(), fault.heal.take()?));
        let faults: Vec<_> = self.state().faults.iter_mut().filter_map(broken).collect();
        let healing = async {
            for (fault, heal) in faults {
                if let Err(failed) = Caught::new(Box::pin(async move { Ok(heal.heal().await) })).await {
                    self.load.shared.recorder.note(format!("`{fault}` was not healed: {failed}"));
                }
            }
        };
        let _ = runtime.block_on(async { tokio::time::timeout(within, healing).await });
    }

    /// Heals all faults at work, and waits for every healing under way, for at most `within`.
    pub(crate) async fn heal_all(self: &Arc<Self>, within: Duration) {
        let all = async {
            let faults = self.state().faults.len();
            for number in (0..faults).rev() {
                let _ = self.heal(number).await;
            }
            loop {
                let Some(healing) = self.state().healing.pop() else { return };
                let _ = healing.await;
            }
        };
        if alarm::within_limit(&self.load.shared.clock, within, all).await.is_none() {
            for fault in self.state().faults.iter_mut().filter(|fault| fault.is_at_work()) {
                fault.heal_failed = Some(format!("it took longer than {within:?}"));
            }
        }
    }
}

fn add_tallies(tallies: &mut BTreeMap<Arc<str>, Tally>, more: BTreeMap<Arc<str>, Tally>) {
    for (name, tally) in more {
        tallies.entry(name).or_default().merge(&tally);
    }
}

/// A background load that was started.
#[derive(Clone)]
pub(crate) struct BackgroundStream {
    pub(crate) pool: Arc<Pool>,
    pub(crate) work: Arc<Work>,
    pub(crate) name: Arc<str>,
}

impl ExperimentInner {
    /// The time in which something is or was broken without a shown recovery, and whether that time is over: where the
    /// body does not wait for the recovery, it ends with the last healing.
    fn broken(&self, now: u64) -> Option<(Range<u64>, bool)> {
        let faults = self.faults.iter().filter(|fault| fault.injected >= self.recovered);
        let injected = faults.clone().map(|fault| fault.injected).min()?;
        let healed = faults.map(|fault| fault.healed).try_fold(0, |last, healed| Some(healed?.max(last)));
        let is_awaited = self.phases.current() == Some(phase::RECOVERING) && self.waits;
        match healed {
            Some(healed) if !is_awaited => Some((injected..healed, true)),
            _ => Some((injected..now, false)),
        }
    }

    /// Whether a fault is at work or being injected.
    pub(crate) fn is_broken(&self) -> bool {
        self.injecting > 0 || self.faults.iter().any(FaultAtWork::is_at_work)
    }
}

impl FaultAtWork {
    /// Whether the fault has not been healed and its healing has not failed.
    pub(crate) fn is_at_work(&self) -> bool {
        self.healed.is_none() && self.heal_failed.is_none()
    }
}
