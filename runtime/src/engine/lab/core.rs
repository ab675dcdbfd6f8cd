//! What an experiment shares between the body that leads it, its guards, and who ends it: the loads, the phase, the
//! faults and what was noted. It decides nothing.

use super::amount::{Amount, Shape};
use super::board::Board;
use super::operation::Operation;
use super::phases;
use super::phases::Phases;
use super::processes::Processes;
use super::run::Trial;
use super::work::Work;
use crate::engine::interrupted::NOTICE;
use crate::engine::load::Load;
use crate::engine::made::Fixture;
use crate::engine::place::Place;
use crate::engine::relay::Relay;
use crate::engine::roster::Roster;
use crate::engine::schedule::{Budget, Choice, Levels, Rates, Segment, Shape as Part, StreamPlan};
use crate::engine::standing::Standing;
use crate::engine::stream::Stream;
use crate::engine::{alarm, drive};
use crate::fault::{Heal, Proxy};
use crate::record::experiment::{Bystander, Disruption, Experiment, Ledger, Recovery, phase};
use crate::record::{Measurements, Selection, Tally};
use std::collections::BTreeMap;
use std::io;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::task::JoinHandle;

/// Longer than any experiment: a hundred hours.
const FOREVER: u64 = 360_000_000_000_000;

/// What is said of attempts that nobody can count.
const UNCOUNTED: &str = "attempts are not counted: a proxy refused connections, and nobody sees how many; count them \
                         with `lab.attempts()`";

/// One experiment.
pub(super) struct Core {
    pub(super) load: Arc<Load>,
    pub(super) fixture: Arc<Fixture>,
    pub(super) place: Place,
    pub(super) standing: Arc<Standing>,
    pub(super) handle: Handle,
    pub(super) seed: u64,
    pub(super) board: Arc<Board>,
    /// Attempts that the body counts itself.
    pub(super) attempts: Arc<AtomicU64>,
    pub(super) draws: AtomicU64,
    /// What the experiments of the cases before came to.
    before: Experiment,
    state: Mutex<State>,
}

#[derive(Default)]
pub(super) struct State {
    pub(super) streams: Vec<Arc<Stream>>,
    /// Streams that the body has ended.
    pub(super) stopped: Vec<Arc<Stream>>,
    conductors: Vec<JoinHandle<io::Result<()>>>,
    first_id: u64,
    loads: Vec<Arc<str>>,
    pub(super) bystanders: Vec<Bystander>,
    pub(super) phases: Phases,
    pub(super) faults: Vec<Broken>,
    /// Faults that are being injected.
    pub(super) injecting: usize,
    /// The phase that comes when no fault is at work any more.
    pub(super) calm: Option<&'static str>,
    pub(super) healing: Vec<JoinHandle<()>>,
    pub(super) recoveries: Vec<Recovery>,
    /// A recovery is waited for.
    pub(super) waits: bool,
    /// When a recovery was last waited for: what was broken before is no part of the next.
    pub(super) recovered: u64,
    /// What became of bystanders while something was broken, up to the last recovery.
    bystanders_so_far: BTreeMap<Arc<str>, Tally>,
    /// By the load whose writes were read back; `None`: those of all.
    pub(super) ledgers: BTreeMap<Option<String>, Ledger>,
    pub(super) processes: Processes,
    pub(super) proxies: Vec<Arc<Proxy>>,
    pub(super) counts_attempts: bool,
    pub(super) compensation: Option<(Duration, u64)>,
    pub(super) orphans: Option<u64>,
    pub(super) unsteady: Option<String>,
    /// What the body got wrong where it could not be told at once.
    pub(super) mistake: Option<String>,
    /// When the body last heard of the experiment: all that was acknowledged until then is what it may read back.
    pub(super) heard: u64,
}

/// A fault and how it ends.
pub(super) struct Broken {
    /// Its number on the board.
    pub(super) on_board: usize,
    pub(super) heal: Option<Box<dyn Heal>>,
    pub(super) what: String,
    pub(super) seed: Option<u64>,
    pub(super) shows_in_failures: bool,
    pub(super) injected: u64,
    /// When it began to heal.
    pub(super) heals: Option<u64>,
    pub(super) healed: Option<u64>,
    pub(super) heal_failed: Option<String>,
    /// What it had met when it was healed.
    pub(super) met: Option<crate::fault::Met>,
    /// How many connections it had refused then.
    pub(super) refused: Option<u64>,
}

impl Core {
    pub(super) fn new(load: &Arc<Load>, fixture: &Arc<Fixture>, trial: &Trial<'_>, before: Experiment) -> Arc<Self> {
        Arc::new(Self {
            load: Arc::clone(load),
            fixture: Arc::clone(fixture),
            place: trial.place.clone(),
            standing: Arc::clone(trial.standing),
            handle: Handle::current(),
            seed: trial.seed,
            board: Arc::default(),
            attempts: Arc::default(),
            draws: AtomicU64::new(0),
            before,
            state: Mutex::default(),
        })
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts on a load; `None` where it is none, which the body is told at its next step.
    pub(super) fn put_on(
        &self,
        name: &str,
        amount: Amount,
        is_bystander: bool,
        operation: Operation,
    ) -> Option<Running> {
        let name: Arc<str> = name.into();
        let mistake = amount.mistake().map(|mistake| format!("the load `{name}`: {mistake}"));
        let loops = matches!(amount.shape, Shape::Users(_));
        let number = if mistake.is_none() { self.board.load(&name, is_bystander, loops) } else { None };
        let mut state = self.state();
        let Some(number) = number else {
            let twice = || format!("two loads are named `{name}`: rename one of them");
            state.mistake.get_or_insert(mistake.unwrap_or_else(twice));
            return None;
        };
        let scenario = self.load.shared.recorder.scenario(&name);
        self.load.open_scenario(scenario);
        let (board, timeout) = (Arc::clone(&self.board), amount.timeout);
        let work = Work::new(Arc::clone(&name), number, board, timeout, operation);
        let stream = self.stream(amount, scenario.0, state.first_id, work);
        state.first_id += stream.plan.users;
        state.conductors.push(drive::spawn(&stream));
        state.streams.push(Arc::clone(&stream));
        self.standing.adds(&stream);
        state.loads.push(Arc::clone(&name));
        if is_bystander {
            state.bystanders.push(Bystander { name: Arc::clone(&name), within: None, broken: Tally::default() });
        }
        Some(Running { stream, name })
    }

    fn stream(&self, amount: Amount, scenario: u16, first_id: u64, work: Work) -> Arc<Stream> {
        let pause = Levels::hold(0, Some(self.load.now()));
        let shape = match amount.shape {
            Shape::Rate(rate) => Part::Arrivals(Rates { from: rate, to: rate, length: FOREVER }),
            Shape::Users(users) => Part::Users(Levels::hold(users, None)),
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
            // The operation has it, as long as there is one.
            fixture: Arc::new(()),
            plan,
            roster: Roster::default(),
            first_id,
            first_iteration: 0,
            relay: Relay::default(),
            work: Some(work),
            tickets: AtomicU64::new(0),
            place: self.place.clone(),
            tasks: Mutex::default(),
            users: Mutex::default(),
        })
    }

    /// Ends every load; operations in flight go on. Gives back the streams.
    pub(super) fn end_loads(&self) -> Vec<Arc<Stream>> {
        let streams = std::mem::take(&mut self.state().streams);
        for stream in &streams {
            stream.roster.end();
            if let Choice::One(scenario) = stream.plan.scenario {
                self.load.close_scenario(crate::record::Label(scenario));
            }
        }
        streams
    }

    /// Waits for the operations in flight of loads that have ended, as long as `graceful_stop`; what still runs then is
    /// interrupted.
    pub(super) async fn drained(&self, streams: &[Arc<Stream>]) {
        let empty = || async {
            for stream in streams {
                stream.roster.until_empty().await;
            }
        };
        let clock = &self.load.shared.clock;
        if alarm::within(clock, self.load.shared.options.graceful_stop, empty()).await.is_none() {
            streams.iter().for_each(|stream| stream.roster.kill());
            // One that holds its thread is left to the end of the test.
            let _ = alarm::within(clock, NOTICE, empty()).await;
        }
    }

    /// Waits for those who led the loads.
    pub(super) async fn conducted(&self) -> io::Result<()> {
        let mut conductors = std::mem::take(&mut self.state().conductors);
        // One whose every thread is held has no more to tell.
        let clock = &self.load.shared.clock;
        alarm::within(clock, drive::LEAST_WORDS, drive::led(&mut conductors)).await.unwrap_or(Ok(()))
    }

    /// So much time of the experiment is meant to pass.
    pub(super) fn plan(&self, time: Duration) {
        if !self.load.shared.clock.is_virtual() {
            self.standing.plan(time);
        }
    }

    /// Lets so much time of the experiment pass.
    pub(super) async fn wait(&self, time: Duration) {
        self.plan(time);
        alarm::sleep(&self.load.shared.clock, time).await;
    }

    /// Another phase begins, `None`: none of them.
    pub(super) fn enter(&self, phase: Option<&'static str>) {
        let attempts = self.attempts_seen();
        let mut state = self.state();
        state.phases.enter(&self.load.timeline, phase, || self.load.now(), attempts, self.board.asked());
        drop(state);
        self.publish();
    }

    /// Attempts at the dependency until now: those that were counted, else the requests at the proxies and the connections
    /// that were turned away there.
    fn attempts_seen(&self) -> Option<u64> {
        let state = self.state();
        if state.counts_attempts {
            return Some(self.attempts.load(Relaxed));
        }
        let requests = state.proxies.iter().map(|proxy| proxy.counts()).map(|counts| counts.requests + counts.unheard);
        (!state.proxies.is_empty()).then(|| requests.sum())
    }

    /// The body hears of the experiment.
    pub(super) fn hear(&self) {
        self.state().heard = self.load.now();
    }

    /// Records when stages and scenarios were until now.
    pub(super) fn note_times(&self) {
        self.load.note_times(&phases::schedule(), self.load.now());
    }

    /// What was measured until now.
    pub(super) fn measured(&self) -> Measurements {
        self.load.shared.recorder.snapshot(self.load.elapsed(self.load.now()))
    }

    /// What was broken at `injected` has been well again since `calm`; it was waited for from `since` on.
    pub(super) fn recovered(&self, injected: u64, calm: u64, since: u64) {
        let tallies = self.board.bystanders(injected..calm, true);
        self.board.forget();
        let mut state = self.state();
        state.recovered = since;
        add_tallies(&mut state.bystanders_so_far, tallies);
    }

    /// The bystanders, with what became of them while something was broken until now.
    fn bystanders(&self) -> Vec<Bystander> {
        let state = self.state();
        let mut tallies = state.bystanders_so_far.clone();
        let broken = state.broken(self.load.now());
        let bystanders = state.bystanders.clone();
        drop(state);
        if let Some((stretch, is_over)) = broken {
            add_tallies(&mut tallies, self.board.bystanders(stretch, is_over));
        }
        let tally = |name: &Arc<str>| tallies.get(name).cloned().unwrap_or_default();
        bystanders.into_iter().map(|one| Bystander { broken: tally(&one.name), ..one }).collect()
    }

    /// What was measured until now, with what hangs: it has no end that could be measured, and when the fault has come
    /// it will look as if it were the fault's.
    pub(super) fn so_far(&self) -> Measurements {
        const LONG: u64 = 1_000_000_000;
        let now = self.load.now();
        let mut so_far = self.measured();
        let longest = so_far.tally(&Selection::default()).latency.max().map_or(0, |latency| latency as u64);
        let stage = self.state().phases.current().map(Arc::from);
        for (name, interrupted) in self.board.overdue(now, LONG.max(2 * longest)) {
            let selection = Selection { stage: stage.clone(), scenario: Some(name), ..Selection::default() };
            let second = self.load.elapsed(now).as_secs() as u32;
            so_far.add_operation(selection, second, Tally { interrupted, ..Tally::default() });
        }
        so_far
    }

    /// Lets the measurements have what is known until now.
    pub(super) fn publish(&self) {
        let attempts = self.attempts_seen();
        let asked = self.board.asked();
        let bystanders = self.bystanders();
        let mut state = self.state();
        state.phases.count(attempts, asked);
        let mut faults: Vec<&Broken> = state.faults.iter().collect();
        // Of faults that are injected at once one begun later may be done first.
        faults.sort_by_key(|fault| fault.on_board);
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
            self.load.shared.recorder.note(UNCOUNTED.to_owned());
        }
        self.load.shared.recorder.experiment(self.before.clone().and(experiment));
    }

    /// What is known of a fault until now; `all` are the faults there were.
    fn disruption(&self, fault: &Broken, all: &[&Broken]) -> Disruption {
        let offset = |at: u64| self.load.elapsed(at);
        let met = fault.met.clone().or_else(|| fault.heal.as_ref().and_then(|heal| heal.met()));
        let refused = fault.refused.or_else(|| fault.heal.as_ref().and_then(|heal| heal.refused()));
        let seen = self.board.met(fault.on_board);
        let beside = seen.detected.iter().flat_map(|detected| &detected.beside);
        let what = |number: &usize| all.iter().find(|other| other.on_board == *number).map(|other| other.what.clone());
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
}

fn add_tallies(tallies: &mut BTreeMap<Arc<str>, Tally>, more: BTreeMap<Arc<str>, Tally>) {
    for (name, tally) in more {
        tallies.entry(name).or_default().merge(&tally);
    }
}

/// A load that was put on.
pub(super) struct Running {
    pub(super) stream: Arc<Stream>,
    pub(super) name: Arc<str>,
}

impl State {
    /// The time in which something is or was broken and has not been seen to recover, and whether it is over: where
    /// nobody waits for the recovery, it ends with the last healing.
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

    /// Whether a fault is at work, or about to be.
    pub(super) fn is_broken(&self) -> bool {
        self.injecting > 0 || self.faults.iter().any(Broken::is_at_work)
    }
}

impl Broken {
    /// Whether nobody has healed it, or tried to.
    pub(super) fn is_at_work(&self) -> bool {
        self.healed.is_none() && self.heal_failed.is_none()
    }
}
