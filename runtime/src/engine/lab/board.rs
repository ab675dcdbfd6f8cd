//! What an experiment's operations came to, as they come: how many a fault met, when the first failed, what was due
//! when and how it ended. Pure: times are told in nanoseconds from the start of the load.

mod course;

use super::ledger::Fate as Written;
use crate::engine::user::writes::Writes;
use crate::failure::Failed;
use crate::record::course::{Fate, Operation};
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Reading back takes no longer than this; who has not heard for longer has done something else in between.
const READING: u64 = 1_000_000_000;
/// In a calm system what was due longer ago than this is not needed any more.
const KEPT: u64 = 20_000_000_000;
/// And in one that is broken: ten minutes.
const KEPT_BROKEN: u64 = 600_000_000_000;

/// How an operation ended.
#[derive(Debug)]
pub(crate) enum Ended {
    /// It did not: it was interrupted.
    Open,
    Succeeded,
    Failed(Failed),
}

/// What is known of the operations of one experiment.
#[derive(Debug, Default)]
pub(crate) struct Board(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    loads: Vec<Load>,
    kinds: Vec<Arc<str>>,
    faults: Vec<Fault>,
    running: BTreeMap<u64, Running>,
    /// Operations of loads, in the order in which they started, and the number of the first.
    log: VecDeque<Operation>,
    logged: u64,
    next: u64,
    /// Operations of loads and steps that were started, all in all.
    asked: u64,
    writes: Vec<(usize, String, Written, u64)>,
    /// Old operations are kept: somebody will look back.
    keeps: bool,
}

#[derive(Debug)]
struct Load {
    name: Arc<str>,
    is_bystander: bool,
    /// Its users loop: one that waits for an operation starts no other.
    loops: bool,
    /// The body has ended it.
    is_over: bool,
}

#[derive(Debug, Default)]
struct Fault {
    injected: u64,
    ended: Option<u64>,
    operations: u64,
    failures: u64,
    detected: Option<Detected>,
}

#[derive(Debug)]
struct Running {
    /// `None` for a step of the experiment itself.
    load: Option<usize>,
    /// Its number in the log, where it is of a load.
    logged: u64,
    due: u64,
    start: u64,
    writes: Arc<Writes>,
}

/// The first failure of an operation that met a fault.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Detected {
    pub(crate) at: u64,
    /// The numbers of the other faults that it met.
    pub(crate) beside: Vec<usize>,
}

/// What a fault met so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Met {
    pub(crate) operations: u64,
    pub(crate) failures: u64,
    pub(crate) detected: Option<Detected>,
}

impl Board {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A load; its number. `None` where there is one of that name.
    pub(crate) fn load(&self, name: &Arc<str>, is_bystander: bool, loops: bool) -> Option<usize> {
        let mut inner = self.lock();
        if inner.loads.iter().any(|load| load.name == *name) {
            return None;
        }
        inner.loads.push(Load { name: Arc::clone(name), is_bystander, loops, is_over: false });
        Some(inner.loads.len() - 1)
    }

    /// The body has ended a load: nothing more is due of it.
    pub(crate) fn end_load(&self, load: usize) {
        self.lock().loads[load].is_over = true;
    }

    /// An arrival found no free user.
    pub(crate) fn dropped(&self, load: usize, due: u64) {
        self.lock().log(Operation { load: load as u16, due, start: due, end: due, fate: Fate::Dropped });
    }

    /// An operation of a load begins; its number.
    pub(crate) fn begin(&self, load: usize, due: u64, start: u64, writes: Arc<Writes>) -> u64 {
        self.started(Running { load: Some(load), logged: 0, due, start, writes })
    }

    /// A step of the experiment itself begins; its number.
    pub(crate) fn begin_step(&self, now: u64) -> u64 {
        self.started(Running { load: None, logged: 0, due: now, start: now, writes: Arc::default() })
    }

    fn started(&self, mut running: Running) -> u64 {
        let mut inner = self.lock();
        // Where there are loads, what the body does itself is no operation that a fault would have to meet.
        let counts = if inner.loads.is_empty() { running.load.is_none() } else { running.load.is_some() };
        if counts && !inner.is_bystander(running.load) {
            inner.asked += 1;
            inner.faults.iter_mut().filter(|fault| fault.ended.is_none()).for_each(|fault| fault.operations += 1);
        }
        let Running { load, due, start, .. } = running;
        if let Some(load) = load {
            running.logged = inner.log(Operation { load: load as u16, due, start, end: start, fate: Fate::Open });
        }
        inner.next += 1;
        let number = inner.next;
        inner.running.insert(number, running);
        number
    }

    /// An operation has ended, or was interrupted.
    pub(crate) fn end(&self, number: u64, now: u64, ended: Ended) {
        let mut guard = self.lock();
        let inner = &mut *guard;
        let Some(Running { load, logged, due, writes, .. }) = inner.running.remove(&number) else { return };
        if matches!(ended, Ended::Failed(_)) && !inner.is_bystander(load) {
            inner.failed(due, now);
        }
        let Some(load) = load else { return };
        let written = if matches!(ended, Ended::Succeeded) { Written::Acknowledged } else { Written::Unacknowledged };
        inner.writes.extend(writes.ids().into_iter().map(|id| (load, id, written, now)));
        let fate = match &ended {
            Ended::Open => Fate::Interrupted,
            Ended::Succeeded => Fate::Succeeded,
            Ended::Failed(failed) => Fate::Failed(inner.kind(failed.kind())),
        };
        if let Some(operation) = logged.checked_sub(inner.logged).and_then(|at| inner.log.get_mut(at as usize)) {
            (operation.end, operation.fate) = (now, fate);
        }
    }

    /// A fault begins; its number. It meets what is in flight.
    pub(crate) fn inject(&self, now: u64) -> usize {
        let mut inner = self.lock();
        let in_flight = inner.running.values().filter(|running| !inner.is_bystander(running.load)).count() as u64;
        inner.keeps = true;
        inner.faults.push(Fault { injected: now, operations: in_flight, ..Fault::default() });
        inner.faults.len() - 1
    }

    /// A fault is over.
    pub(crate) fn heal(&self, fault: usize, now: u64) {
        if let Some(fault) = self.lock().faults.get_mut(fault) {
            fault.ended.get_or_insert(now);
        }
    }

    /// What a fault met so far.
    pub(crate) fn met(&self, fault: usize) -> Met {
        let inner = self.lock();
        inner.faults.get(fault).map_or_else(Met::default, |fault| Met {
            operations: fault.operations,
            failures: fault.failures,
            detected: fault.detected.clone(),
        })
    }

    /// Nobody looks back behind now.
    pub(crate) fn forget(&self) {
        self.lock().keeps = false;
    }

    /// How many operations were asked for until now, bystanders' left out.
    pub(crate) fn asked(&self) -> u64 {
        self.lock().asked
    }

    /// What was written until `until`, by one load or all of them; it is `now`. What was in flight then may or may not be
    /// there.
    pub(crate) fn writes(&self, load: Option<&str>, until: u64, now: u64) -> Vec<(String, Written)> {
        let inner = self.lock();
        let is_of = |index: usize| load.is_none_or(|load| *inner.loads[index].name == *load);
        let ended = inner.writes.iter().filter(|(load, ..)| is_of(*load)).map(|(_, id, fate, end)| {
            let fate = match fate {
                Written::Acknowledged if *end > until && end + READING < now => Written::Undecided,
                Written::Acknowledged if *end > until => Written::Open,
                fate => *fate,
            };
            (id.clone(), fate)
        });
        let running = inner.running.values().filter(|running| running.load.is_some_and(is_of));
        let open = running.flat_map(|running| running.writes.ids()).map(|id| (id, Written::Open));
        ended.chain(open).collect()
    }

    /// Whether there is a load of that name.
    pub(crate) fn knows(&self, load: &str) -> bool {
        self.lock().loads.iter().any(|known| *known.name == *load)
    }

    /// A load of which an operation has been under way for longer than `patience`: one that was due since `start`, or
    /// that keeps a user from all others.
    pub(crate) fn hangs(&self, now: u64, start: u64, patience: u64) -> Option<(Arc<str>, Duration)> {
        let inner = self.lock();
        let mut old = inner.running.values().take_while(|running| running.start.saturating_add(patience) < now);
        old.find_map(|running| {
            let load = &inner.loads[running.load?];
            let hangs = !load.is_bystander && (load.loops || running.due >= start);
            hangs.then(|| (Arc::clone(&load.name), Duration::from_nanos(now - running.start)))
        })
    }

    /// How many operations of each load have been under way for longer than `patience`.
    pub(crate) fn overdue(&self, now: u64, patience: u64) -> BTreeMap<Arc<str>, u64> {
        let inner = self.lock();
        let mut overdue = BTreeMap::new();
        for running in inner.running.values().take_while(|running| running.start.saturating_add(patience) < now) {
            if let Some(load) = running.load {
                *overdue.entry(Arc::clone(&inner.loads[load].name)).or_default() += 1;
            }
        }
        overdue
    }
}

impl Inner {
    fn is_bystander(&self, load: Option<usize>) -> bool {
        load.is_some_and(|load| self.loads[load].is_bystander)
    }

    /// An operation that was due at `due` has failed. It met every fault that was at work in its time, and nobody knows
    /// which of several it failed by; what was due when a fault had been healed is not its.
    fn failed(&mut self, due: u64, now: u64) {
        let at_work = |fault: &Fault| fault.injected <= now && fault.ended.is_none_or(|ended| due < ended);
        let met: Vec<usize> = (0..self.faults.len()).filter(|index| at_work(&self.faults[*index])).collect();
        for index in &met {
            let fault = &mut self.faults[*index];
            fault.failures += 1;
            fault.detected.get_or_insert_with(|| Detected {
                at: now,
                beside: met.iter().copied().filter(|other| other != index).collect(),
            });
        }
    }

    /// Writes an operation down; its number.
    fn log(&mut self, operation: Operation) -> u64 {
        let kept = if self.keeps { KEPT_BROKEN } else { KEPT };
        while self.log.front().is_some_and(|first| first.due.saturating_add(kept) < operation.due) {
            self.log.pop_front();
            self.logged += 1;
        }
        self.log.push_back(operation);
        self.logged + self.log.len() as u64 - 1
    }

    fn kind(&mut self, kind: &str) -> u16 {
        let known = self.kinds.iter().position(|known| **known == *kind);
        known.unwrap_or_else(|| {
            self.kinds.push(kind.into());
            self.kinds.len() - 1
        }) as u16
    }
}
