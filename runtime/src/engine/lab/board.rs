//! What an experiment's operations came to, as they come: how many a fault met, when the first failed, what was due
//! when. Pure: times are told in nanoseconds from the start of the load.

mod hanging;

use super::writes::{Fate, Writes};
use crate::failure::Failed;
use crate::record::{Measurements, Outcome, Sample, Selection, Span, Tally};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// What is due within so many nanoseconds is looked at together.
pub(super) const GRAIN: u64 = 50_000_000;
/// Nanoseconds in a millisecond, of which a grain has fewer than a word has bits.
const MILLISECOND: u64 = 1_000_000;
/// Reading back takes no longer than this; who has not heard for longer has done something else in between.
const READING: u64 = 1_000_000_000;
/// In a calm system what is older than so many grains is not needed any more.
const KEPT: u64 = 400;
/// And in one that is broken: ten minutes.
const KEPT_BROKEN: u64 = 12_000;

/// How an operation ended.
#[derive(Debug)]
pub(super) enum Ended {
    /// It did not: it was interrupted.
    Open,
    Succeeded,
    Failed(Failed),
}

/// What is known of the operations of one experiment.
#[derive(Debug, Default)]
pub(super) struct Board(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    loads: Vec<Load>,
    faults: Vec<Fault>,
    running: BTreeMap<u64, Running>,
    next: u64,
    /// Operations of loads and steps that were started, all in all.
    asked: u64,
    writes: Vec<(usize, String, Fate, u64)>,
    /// Old grains are kept: somebody will look back.
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
    grains: BTreeMap<u64, Grain>,
}

/// What was due within one grain of time.
#[derive(Debug, Default)]
struct Grain {
    started: u64,
    ended: u64,
    tally: Tally,
    /// When the first of those that succeeded had been answered.
    answered: Option<u64>,
    /// In which of its milliseconds something was due that succeeded, or did not: a bit for each.
    succeeded: u64,
    failed: u64,
}

#[derive(Debug, Default)]
struct Fault {
    injected: u64,
    ended: Option<u64>,
    operations: u64,
    failures: u64,
    detected: Option<u64>,
}

#[derive(Debug)]
struct Running {
    /// `None` for a step of the experiment itself.
    load: Option<usize>,
    due: u64,
    start: u64,
    writes: Arc<Writes>,
}

/// What a fault met so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Met {
    pub(super) operations: u64,
    pub(super) failures: u64,
    pub(super) detected: Option<u64>,
}

/// What was due in a stretch of time.
#[derive(Debug)]
pub(super) struct Stretch {
    pub(super) measurements: Measurements,
    /// Loads of which nothing was due, although they were not ended.
    pub(super) idle: Vec<Arc<str>>,
    /// How long the longest of its operations took.
    pub(super) longest: u64,
}

impl Board {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A load; its number. `None` where there is one of that name.
    pub(super) fn load(&self, name: &Arc<str>, is_bystander: bool, loops: bool) -> Option<usize> {
        let mut inner = self.lock();
        if inner.loads.iter().any(|load| load.name == *name) {
            return None;
        }
        let (name, is_over, grains) = (Arc::clone(name), false, BTreeMap::new());
        inner.loads.push(Load { name, is_bystander, loops, is_over, grains });
        Some(inner.loads.len() - 1)
    }

    /// The body has ended a load: nothing more is due of it.
    pub(super) fn end_load(&self, load: usize) {
        self.lock().loads[load].is_over = true;
    }

    /// An arrival found no free user.
    pub(super) fn dropped(&self, load: usize, due: u64) {
        let mut inner = self.lock();
        let grain = inner.grain(load, due);
        grain.tally.dropped += 1;
        grain.failed |= millisecond(due);
    }

    /// An operation of a load begins; its number.
    pub(super) fn begin(&self, load: usize, due: u64, start: u64, writes: Arc<Writes>) -> u64 {
        self.started(Running { load: Some(load), due, start, writes })
    }

    /// A step of the experiment itself begins; its number.
    pub(super) fn begin_step(&self, now: u64) -> u64 {
        self.started(Running { load: None, due: now, start: now, writes: Arc::default() })
    }

    fn started(&self, running: Running) -> u64 {
        let mut inner = self.lock();
        // Where there are loads, what the body does itself is no operation that a fault would have to meet.
        let counts = if inner.loads.is_empty() { running.load.is_none() } else { running.load.is_some() };
        if counts && !inner.is_bystander(running.load) {
            inner.asked += 1;
            inner.faults.iter_mut().filter(|fault| fault.ended.is_none()).for_each(|fault| fault.operations += 1);
        }
        if let Some(load) = running.load {
            inner.grain(load, running.due).started += 1;
        }
        inner.next += 1;
        let number = inner.next;
        inner.running.insert(number, running);
        number
    }

    /// An operation has ended, or was interrupted.
    pub(super) fn end(&self, number: u64, now: u64, ended: Ended) {
        let mut guard = self.lock();
        let inner = &mut *guard;
        let Some(Running { load, due, start, writes }) = inner.running.remove(&number) else { return };
        if matches!(ended, Ended::Failed(_)) && !inner.is_bystander(load) {
            // What was due when a fault had been healed is not its. Of several, nobody knows which it was: the newest is
            // what was noticed.
            let at_work = |fault: &Fault| fault.injected <= now && fault.ended.is_none_or(|ended| due < ended);
            if let Some(newest) = inner.faults.last_mut().filter(|fault| at_work(fault)) {
                newest.detected.get_or_insert(now);
            }
            inner.faults.iter_mut().filter(|fault| at_work(fault)).for_each(|fault| fault.failures += 1);
        }
        let Some(load) = load else { return };
        let fate = if matches!(ended, Ended::Succeeded) { Fate::Acknowledged } else { Fate::Unacknowledged };
        inner.writes.extend(writes.ids().into_iter().map(|id| (load, id, fate, now)));
        let outcome = match &ended {
            Ended::Open => Outcome::Interrupted,
            Ended::Succeeded => Outcome::Success,
            Ended::Failed(failed) => Outcome::Failed(failed),
        };
        let latency = now.saturating_sub(due);
        let service = Some(now.saturating_sub(start));
        let grain = inner.grain(load, due);
        grain.ended += 1;
        grain.tally.count_one(Sample { at: due, latency, service }, outcome);
        match ended {
            Ended::Succeeded => {
                grain.succeeded |= millisecond(due);
                grain.answered = Some(grain.answered.map_or(now, |first| first.min(now)));
            }
            _ => grain.failed |= millisecond(due),
        }
    }

    /// A fault begins; its number. It meets what is in flight.
    pub(super) fn inject(&self, now: u64) -> usize {
        let mut inner = self.lock();
        let in_flight = inner.running.values().filter(|running| !inner.is_bystander(running.load)).count() as u64;
        inner.keeps = true;
        inner.faults.push(Fault { injected: now, operations: in_flight, ..Fault::default() });
        inner.faults.len() - 1
    }

    /// A fault is over.
    pub(super) fn heal(&self, fault: usize, now: u64) {
        if let Some(fault) = self.lock().faults.get_mut(fault) {
            fault.ended.get_or_insert(now);
        }
    }

    /// What a fault met so far.
    pub(super) fn met(&self, fault: usize) -> Met {
        let inner = self.lock();
        inner.faults.get(fault).map_or_else(Met::default, |fault| Met {
            operations: fault.operations,
            failures: fault.failures,
            detected: fault.detected,
        })
    }

    /// Nobody looks back behind now.
    pub(super) fn forget(&self) {
        self.lock().keeps = false;
    }

    /// How many operations were asked for until now, bystanders' left out.
    pub(super) fn asked(&self) -> u64 {
        self.lock().asked
    }

    /// What was written until `until`, by one load or all of them; it is `now`. What was in flight then may or may not be
    /// there.
    pub(super) fn writes(&self, load: Option<&str>, until: u64, now: u64) -> Vec<(String, Fate)> {
        let inner = self.lock();
        let is_of = |index: usize| load.is_none_or(|load| *inner.loads[index].name == *load);
        let ended = inner.writes.iter().filter(|(load, ..)| is_of(*load)).map(|(_, id, fate, end)| {
            let fate = match fate {
                Fate::Acknowledged if *end > until && end + READING < now => Fate::Undecided,
                Fate::Acknowledged if *end > until => Fate::Open,
                fate => *fate,
            };
            (id.clone(), fate)
        });
        let running = inner.running.values().filter(|running| running.load.is_some_and(is_of));
        let open = running.flat_map(|running| running.writes.ids()).map(|id| (id, Fate::Open));
        ended.chain(open).collect()
    }

    /// Whether there is a load of that name.
    pub(super) fn knows(&self, load: &str) -> bool {
        self.lock().loads.iter().any(|known| *known.name == *load)
    }

    /// The newest stretch of this length, not before `from`, of which every operation has ended: where it starts. Old
    /// ones do not count: they would say nothing of now.
    pub(super) fn newest(&self, now: u64, length: u64, from: u64) -> Option<u64> {
        const OLDEST: u64 = 10_000_000_000;
        let inner = self.lock();
        let mut end = now / GRAIN * GRAIN;
        while end >= from + length && end + OLDEST > now {
            match inner.open_since(end - length, end) {
                None => return Some(end - length),
                // No stretch that reaches beyond it is decided.
                Some(open) => end = open.min(end - GRAIN),
            }
        }
        None
    }

    /// What was due in a stretch; nothing where some of it has not ended.
    pub(super) fn stretch(&self, start: u64, end: u64) -> Option<Stretch> {
        let inner = self.lock();
        if inner.open_since(start, end).is_some() {
            return None;
        }
        let (from, to) = (Duration::from_nanos(start), Duration::from_nanos(end));
        let span = Span { name: "".into(), start: from, end: to };
        let mut measurements = Measurements::default();
        (measurements.elapsed, measurements.spans) = (to, vec![span]);
        let (mut idle, mut longest) = (Vec::new(), 0);
        for load in &inner.loads {
            measurements.names.scenarios.push(Arc::clone(&load.name));
            let mut count = 0;
            for (at, grain) in load.grains.range(start / GRAIN..end / GRAIN) {
                count += grain.tally.count() + grain.tally.dropped;
                longest = longest.max(grain.tally.latency.max().map_or(0, |latency| latency as u64));
                let selection = Selection { scenario: Some(Arc::clone(&load.name)), ..Selection::default() };
                let second = (at * GRAIN / 1_000_000_000) as u32;
                measurements.add_operation(selection, second, grain.tally.clone());
            }
            if count == 0 && !load.is_over && !load.is_bystander {
                idle.push(Arc::clone(&load.name));
            }
        }
        Some(Stretch { measurements, idle, longest })
    }

    /// A stable stretch starts at `start`, the one a grain before is not: in which millisecond things were good again,
    /// which is the first in which something was due that succeeded, after the last in which something failed.
    pub(super) fn since(&self, start: u64) -> u64 {
        let inner = self.lock();
        let before = start.saturating_sub(GRAIN) / GRAIN;
        let grains = inner.loads.iter().filter_map(|load| load.grains.get(&before));
        let (succeeded, failed) =
            grains.fold((0, 0), |(good, bad), grain| (good | grain.succeeded, bad | grain.failed));
        let calm = u64::MAX.unbounded_shl(u64::BITS - failed.leading_zeros());
        match succeeded & calm {
            good if failed == 0 || good == 0 => start,
            good => before * GRAIN + u64::from(good.trailing_zeros()) * MILLISECOND,
        }
    }

    /// When the first operation was answered that was due from `start` on: before that nobody could know that things
    /// were good again.
    pub(super) fn answered(&self, start: u64) -> u64 {
        let inner = self.lock();
        let first = |load: &Load| load.grains.range(start / GRAIN..).find_map(|(_, grain)| grain.answered);
        inner.loads.iter().filter(|load| !load.is_bystander).filter_map(first).min().map_or(start, |at| at.max(start))
    }
}

/// The bit of the millisecond of its grain in which something was due.
fn millisecond(due: u64) -> u64 {
    1 << (due % GRAIN / MILLISECOND)
}

impl Inner {
    fn is_bystander(&self, load: Option<usize>) -> bool {
        load.is_some_and(|load| self.loads[load].is_bystander)
    }

    fn grain(&mut self, load: usize, due: u64) -> &mut Grain {
        let (at, kept) = (due / GRAIN, if self.keeps { KEPT_BROKEN } else { KEPT });
        let grains = &mut self.loads[load].grains;
        if !grains.contains_key(&at) && grains.first_key_value().is_some_and(|(first, _)| first + kept < at) {
            *grains = grains.split_off(&at.saturating_sub(kept));
        }
        grains.entry(at).or_default()
    }

    /// Where the first operation is due, in a stretch, that has not ended.
    fn open_since(&self, start: u64, end: u64) -> Option<u64> {
        let open = |load: &Load| {
            let mut grains = load.grains.range(start / GRAIN..end.div_ceil(GRAIN));
            grains.find(|(_, grain)| grain.ended < grain.started).map(|(at, _)| at * GRAIN)
        };
        self.loads.iter().filter_map(open).min()
    }
}
