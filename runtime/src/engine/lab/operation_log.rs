//! The operation log of an experiment: an observer of the recorder that keeps each operation of its loads, the number
//! of those that met a fault, the first failure, and their writes. Pure: times are nanoseconds of the load, the same
//! that the recorder counts.

use super::ledger::WriteFate;
use crate::engine::user::writes::Writes;
use crate::failure::Failed;
use crate::record::course::{Change, Course, CourseLoad, Fate, Operation};
use crate::record::observer::{OperationObserver, OperationTimes};
use crate::record::{OperationSample, Outcome, Tally};
use crate::sync::Lock;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::ops::Range;
use std::sync::{Arc, MutexGuard, OnceLock};
use std::time::Duration;

/// The time within which a body reads back: where it last awaited the lab longer ago, it did something else in between.
const READ_BACK_TIME: u64 = 1_000_000_000;
/// How long operations are kept while no fault is at work.
const KEPT_IN_CALM: u64 = 20_000_000_000;
/// How long operations are kept after the injection of a fault: ten minutes.
const KEPT_WHEN_BROKEN: u64 = 600_000_000_000;
/// The longest time after which a due arrival is in the log: a timer wakes to the millisecond.
const ARRIVAL_DELAY: u64 = 5_000_000;
/// The greatest age of the newest decided operations; older ones give no evidence about the present.
const OLDEST_COURSE: u64 = 10_000_000_000;

/// The operations of one experiment.
#[derive(Debug, Default)]
pub(crate) struct OperationLog(Lock<Log>);

#[derive(Debug, Default)]
struct Log {
    loads: Vec<LoggedLoad>,
    kinds: Vec<Arc<str>>,
    faults: Vec<LoggedFault>,
    /// The operations that have not ended, by their number.
    open: BTreeMap<u64, OpenOperation>,
    /// The numbers of the open operations of loads, by their user.
    by_user: HashMap<u64, u64>,
    /// The operations of loads, in the order in which they started.
    operations: VecDeque<Operation>,
    /// The number of operations that were removed before the first of them.
    removed: u64,
    next: u64,
    /// The number of operations of loads and steps that were started.
    asked: u64,
    writes: Vec<(usize, String, WriteFate, u64)>,
    /// Whether a fault was injected and recovery from it is not shown yet: old operations will be needed.
    keeps_old: bool,
}

#[derive(Debug)]
struct LoggedLoad {
    name: Arc<str>,
    is_bystander: bool,
    /// Whether each of its users starts an operation when its last one has ended, as in the closed model.
    loops: bool,
    /// Whether the body has ended the load.
    is_over: bool,
}

#[derive(Debug, Default)]
struct LoggedFault {
    injected: u64,
    ended: Option<u64>,
    operations: u64,
    failures: u64,
    detected: Option<Detection>,
}

#[derive(Debug)]
struct OpenOperation {
    /// `None` for a step of the experiment's body.
    load: Option<usize>,
    /// The number of operations of loads that had started before it, where it is of a load.
    position: u64,
    due: u64,
    start: u64,
    writes: Arc<Writes>,
}

/// The first failure of an operation that met a fault.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Detection {
    pub(crate) at: u64,
    /// The numbers of the other faults that the operation met.
    pub(crate) beside: Vec<usize>,
}

/// The effect of a fault so far: the operations that met it, their failures and the first of these.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct FaultEffect {
    pub(crate) operations: u64,
    pub(crate) failures: u64,
    pub(crate) detected: Option<Detection>,
}

impl OperationLog {
    fn lock(&self) -> MutexGuard<'_, Log> {
        self.0.lock()
    }

    /// Adds a load and returns its number, or `None` where a load has that name already.
    pub(crate) fn add_load(&self, name: &Arc<str>, is_bystander: bool, loops: bool) -> Option<usize> {
        let mut log = self.lock();
        if log.loads.iter().any(|load| load.name == *name) {
            return None;
        }
        log.loads.push(LoggedLoad { name: Arc::clone(name), is_bystander, loops, is_over: false });
        Some(log.loads.len() - 1)
    }

    /// Notes that the body has ended a load: none of its operations is due any more.
    pub(crate) fn end_load(&self, load: usize) {
        self.lock().loads[load].is_over = true;
    }

    /// An observer of the operations of a load.
    pub(crate) fn observe_load(self: &Arc<Self>, load: usize) -> Arc<dyn OperationObserver> {
        Arc::new(LoadObserver { log: Arc::clone(self), load })
    }

    /// An observer of one step of the experiment's body.
    pub(crate) fn observe_step(self: &Arc<Self>) -> Arc<dyn OperationObserver> {
        Arc::new(StepObserver { log: Arc::clone(self), number: OnceLock::new() })
    }

    /// The list of writes of a user's open operation.
    pub(crate) fn writes_of(&self, user: u64) -> Arc<Writes> {
        let log = self.lock();
        let open = log.by_user.get(&user).and_then(|number| log.open.get(number));
        open.map(|open| Arc::clone(&open.writes)).unwrap_or_default()
    }

    /// Adds a fault, which meets the operations in flight, and returns its number.
    pub(crate) fn add_fault(&self, now: u64) -> usize {
        let mut log = self.lock();
        let in_flight = log.open.values().filter(|open| !log.is_bystander(open.load)).count() as u64;
        log.keeps_old = true;
        log.faults.push(LoggedFault { injected: now, operations: in_flight, ..LoggedFault::default() });
        log.faults.len() - 1
    }

    /// Ends a fault.
    pub(crate) fn end_fault(&self, fault: usize, now: u64) {
        if let Some(fault) = self.lock().faults.get_mut(fault) {
            fault.ended.get_or_insert(now);
        }
    }

    /// The effect of a fault so far.
    pub(crate) fn effect_of(&self, fault: usize) -> FaultEffect {
        let log = self.lock();
        log.faults.get(fault).map_or_else(FaultEffect::default, |fault| FaultEffect {
            operations: fault.operations,
            failures: fault.failures,
            detected: fault.detected.clone(),
        })
    }

    /// Allows old operations to be removed, because recovery was shown.
    pub(crate) fn forget_old(&self) {
        self.lock().keeps_old = false;
    }

    /// The number of operations started so far, without those of bystanders.
    pub(crate) fn asked(&self) -> u64 {
        self.lock().asked
    }

    /// The writes of one load or all loads, with their fates, for a body that reads back at `now` and last awaited the
    /// lab at `until`. Writes that were in flight at `until` may or may not be there.
    pub(crate) fn writes(&self, load: Option<&str>, until: u64, now: u64) -> Vec<(String, WriteFate)> {
        let log = self.lock();
        let is_of = |index: usize| load.is_none_or(|load| *log.loads[index].name == *load);
        let ended = log.writes.iter().filter(|(load, ..)| is_of(*load)).map(|(_, id, fate, end)| {
            let fate = match fate {
                WriteFate::Acknowledged if *end > until && end + READ_BACK_TIME < now => WriteFate::Undecided,
                WriteFate::Acknowledged if *end > until => WriteFate::Open,
                fate => *fate,
            };
            (id.clone(), fate)
        });
        let open = log.open.values().filter(|open| open.load.is_some_and(is_of));
        let open = open.flat_map(|open| open.writes.ids()).map(|id| (id, WriteFate::Open));
        ended.chain(open).collect()
    }

    /// Whether there is a load of that name.
    pub(crate) fn has_load(&self, load: &str) -> bool {
        self.lock().loads.iter().any(|known| *known.name == *load)
    }

    /// Finds a load with an operation that has been under way for longer than `patience`, and returns that time: an
    /// operation that was due since `start`, or that keeps a looping user from all others.
    pub(crate) fn find_hanging(&self, now: u64, start: u64, patience: u64) -> Option<(Arc<str>, Duration)> {
        let log = self.lock();
        log.open_for(now, patience).find_map(|open| {
            let load = &log.loads[open.load?];
            let hangs = !load.is_bystander && (load.loops || open.due >= start);
            hangs.then(|| (Arc::clone(&load.name), Duration::from_nanos(now - open.start)))
        })
    }

    /// Counts the operations of each load that have been under way for longer than `patience`.
    pub(crate) fn count_hanging(&self, now: u64, patience: u64) -> BTreeMap<Arc<str>, u64> {
        let log = self.lock();
        let mut hanging = BTreeMap::new();
        for load in log.open_for(now, patience).filter_map(|open| open.load) {
            *hanging.entry(Arc::clone(&log.loads[load].name)).or_default() += 1;
        }
        hanging
    }

    /// The course of the operations since `from`; `None` where no recent window since then has passed in which every
    /// operation has ended.
    pub(crate) fn course(&self, now: u64, window: u64, from: u64, changes: Vec<Change>) -> Option<Course> {
        let log = self.lock();
        let until = log.decided_until(now.saturating_sub(ARRIVAL_DELAY), window, from)?;
        let mut operations: Vec<Operation> =
            log.operations.iter().filter(|operation| operation.due >= from).copied().collect();
        for operation in operations.iter_mut().filter(|operation| operation.fate == Fate::Open) {
            operation.end = now;
        }
        let loads = log.loads.iter().map(|load| CourseLoad {
            name: Arc::clone(&load.name),
            is_bystander: load.is_bystander,
            is_over: load.is_over,
        });
        let (loads, kinds) = (loads.collect(), log.kinds.clone());
        drop(log);
        operations.sort_by_key(|operation| operation.due);
        Some(Course { loads, kinds, operations, changes, from, until, window })
    }

    /// The tallies of bystanders' operations that were in flight at the start of a stretch, or due in it. Operations
    /// that have not ended are left out, except where the stretch is over: then they hang.
    pub(crate) fn bystanders(&self, stretch: Range<u64>, is_over: bool) -> BTreeMap<Arc<str>, Tally> {
        let log = self.lock();
        let mut tallies: BTreeMap<Arc<str>, Tally> = BTreeMap::new();
        for operation in &log.operations {
            let Operation { load, due, end, fate, .. } = *operation;
            let is_open = fate == Fate::Open;
            let load = &log.loads[usize::from(load)];
            let is_in = due < stretch.end && (is_open || end >= stretch.start || due >= stretch.start);
            if !load.is_bystander || !is_in || is_open && !is_over {
                continue;
            }
            let tally = tallies.entry(Arc::clone(&load.name)).or_default();
            let (latency, service) = (operation.latency(), Some(operation.service_time()));
            let sample = OperationSample { at: due, latency, service };
            match fate {
                Fate::Dropped => tally.dropped += 1,
                Fate::Open | Fate::Interrupted => tally.count_one(sample, Outcome::Interrupted),
                Fate::Succeeded => tally.count_one(sample, Outcome::Success),
                Fate::Failed(kind) => {
                    let failed = Failed::new(&*log.kinds[usize::from(kind)], "");
                    tally.count_one(sample, Outcome::Failed(&failed));
                }
            }
        }
        tallies
    }
}

impl Log {
    /// Logs the start of an operation, and returns its number.
    fn start(&mut self, mut open: OpenOperation) -> u64 {
        // Where there are loads, the body's own steps are no operations that a fault has to meet.
        let counts = if self.loads.is_empty() { open.load.is_none() } else { open.load.is_some() };
        if counts && !self.is_bystander(open.load) {
            self.asked += 1;
            self.faults.iter_mut().filter(|fault| fault.ended.is_none()).for_each(|fault| fault.operations += 1);
        }
        let OpenOperation { load, due, start, .. } = open;
        if let Some(load) = load {
            let load = load as u16;
            open.position = self.push(Operation { load, due, start, end: start, thought: 0, fate: Fate::Open });
        }
        self.next += 1;
        self.open.insert(self.next, open);
        self.next
    }

    /// Logs how an operation ended.
    fn end(&mut self, number: u64, times: OperationTimes, outcome: Outcome<'_>) {
        let Some(OpenOperation { load, position, due, writes, .. }) = self.open.remove(&number) else { return };
        if matches!(outcome, Outcome::Failed(_)) && !self.is_bystander(load) {
            self.fail(due, times.end);
        }
        let Some(load) = load else { return };
        let (fate, write) = match outcome {
            Outcome::Success => (Fate::Succeeded, WriteFate::Acknowledged),
            Outcome::Interrupted | Outcome::Cancelled => (Fate::Interrupted, WriteFate::Unacknowledged),
            Outcome::Failed(failed) => (Fate::Failed(self.number_of_kind(failed.kind())), WriteFate::Unacknowledged),
        };
        self.writes.extend(writes.ids().into_iter().map(|id| (load, id, write, times.end)));
        if let Some(operation) = position.checked_sub(self.removed).and_then(|at| self.operations.get_mut(at as usize))
        {
            (operation.end, operation.thought, operation.fate) = (times.end, times.thought, fate);
        }
    }

    /// The operations that have been under way for longer than `patience`.
    fn open_for(&self, now: u64, patience: u64) -> impl Iterator<Item = &OpenOperation> {
        self.open.values().take_while(move |open| open.start.saturating_add(patience) < now)
    }

    fn is_bystander(&self, load: Option<usize>) -> bool {
        load.is_some_and(|load| self.loads[load].is_bystander)
    }

    /// Counts the failure of an operation for every fault that was at work in its time, because its cause among several
    /// faults is unknown; an operation that was due after a fault had been healed is no effect of that fault.
    fn fail(&mut self, due: u64, now: u64) {
        let at_work = |fault: &LoggedFault| fault.injected <= now && fault.ended.is_none_or(|ended| due < ended);
        let met: Vec<usize> = (0..self.faults.len()).filter(|index| at_work(&self.faults[*index])).collect();
        for index in &met {
            let fault = &mut self.faults[*index];
            fault.failures += 1;
            fault.detected.get_or_insert_with(|| Detection {
                at: now,
                beside: met.iter().copied().filter(|other| other != index).collect(),
            });
        }
    }

    /// Adds an operation of a load, and removes old ones; returns the number of operations before it.
    fn push(&mut self, operation: Operation) -> u64 {
        let kept = if self.keeps_old { KEPT_WHEN_BROKEN } else { KEPT_IN_CALM };
        while self.operations.front().is_some_and(|first| first.due.saturating_add(kept) < operation.due) {
            self.operations.pop_front();
            self.removed += 1;
        }
        self.operations.push_back(operation);
        self.removed + self.operations.len() as u64 - 1
    }

    fn number_of_kind(&mut self, kind: &str) -> u16 {
        let known = self.kinds.iter().position(|known| **known == *kind);
        known.unwrap_or_else(|| {
            self.kinds.push(kind.into());
            self.kinds.len() - 1
        }) as u16
    }

    /// The newest time such that every operation due within one window before it has ended.
    fn decided_until(&self, now: u64, window: u64, from: u64) -> Option<u64> {
        let mut open: Vec<u64> = self.open.values().filter(|one| one.load.is_some()).map(|one| one.due).collect();
        open.sort_unstable();
        let mut until = now;
        while let Some(due) = open.pop() {
            if due >= until {
                continue;
            }
            if due < until.saturating_sub(window) {
                break;
            }
            until = due;
        }
        (until >= from.saturating_add(window) && until.saturating_add(OLDEST_COURSE) > now).then_some(until)
    }
}

/// The observer that logs the operations of one load.
struct LoadObserver {
    log: Arc<OperationLog>,
    load: usize,
}

impl OperationObserver for LoadObserver {
    fn started(&self, user: u64, due: u64, start: u64) {
        let mut log = self.log.lock();
        let open = OpenOperation { load: Some(self.load), position: 0, due, start, writes: Arc::default() };
        let number = log.start(open);
        log.by_user.insert(user, number);
    }

    fn ended(&self, user: u64, times: OperationTimes, outcome: Outcome<'_>) {
        let mut log = self.log.lock();
        if let Some(number) = log.by_user.remove(&user) {
            log.end(number, times, outcome);
        }
    }

    fn dropped(&self, due: u64) {
        let (load, fate) = (self.load as u16, Fate::Dropped);
        self.log.lock().push(Operation { load, due, start: due, end: due, thought: 0, fate });
    }
}

/// The observer that logs one step of the experiment's body.
struct StepObserver {
    log: Arc<OperationLog>,
    number: OnceLock<u64>,
}

impl OperationObserver for StepObserver {
    fn started(&self, _: u64, due: u64, start: u64) {
        let open = OpenOperation { load: None, position: 0, due, start, writes: Arc::default() };
        self.number.get_or_init(|| self.log.lock().start(open));
    }

    fn ended(&self, _: u64, times: OperationTimes, outcome: Outcome<'_>) {
        if let Some(number) = self.number.get() {
            self.log.lock().end(*number, times, outcome);
        }
    }

    fn dropped(&self, _: u64) {}
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::record::{Context, Label, Labels, Recorder, Selection, TagList};

    const SECOND: u64 = 1_000_000_000;

    #[test]
    fn the_log_has_the_times_and_outcomes_that_the_recorder_counts() {
        let recorder = Recorder::new(Labels::default());
        let log = Arc::new(OperationLog::default());
        let load = log.add_load(&"order".into(), true, false).unwrap();
        let observer = log.observe_load(load);
        let failed = Failed::new("down", "it is down");
        let outcomes = [Outcome::Success, Outcome::Failed(&failed), Outcome::Interrupted];
        for (user, outcome) in outcomes.into_iter().enumerate() {
            let user = user as u64;
            let (stage, scenario, case) = (Label::NONE, Label::NONE, Label::NONE);
            let context = Context { stage, scenario, case, user, tags: TagList::default() };
            let due = user * SECOND;
            observer.started(user, due, due + 2);
            log.writes_of(user).named(format!("row {user}"));
            let times = OperationTimes { due, start: due + 2, end: due + 100 + 7_000, thought: 7_000 };
            recorder.load_iteration(&context, (times, due, true), outcome, None, Some(&*observer));
        }
        let counted = recorder.snapshot(Duration::from_secs(3)).tally(&Selection::default());
        let logged = &log.bystanders(0..4 * SECOND, true)["order"];
        assert_eq!(
            (logged.successes, logged.failures(), logged.interrupted),
            (counted.successes, counted.failures(), counted.interrupted)
        );
        assert_eq!((logged.latency.max(), logged.service.max()), (counted.latency.max(), counted.service.max()));
        let course = log.course(4 * SECOND, SECOND, 0, Vec::new()).unwrap();
        assert!(course.operations.iter().all(|one| one.latency() == 100 && one.service_time() == 98), "{course:?}");
        let fates: BTreeMap<String, WriteFate> = log.writes(None, 4 * SECOND, 4 * SECOND).into_iter().collect();
        assert_eq!((fates["row 0"], fates["row 1"]), (WriteFate::Acknowledged, WriteFate::Unacknowledged));
    }
}
