//! The samples of one thread since its buffer was last gathered.

use super::dense::Dense;
use super::key::Key;
use super::operation::{EndedOperation, Outcome};
use super::slots::{self, TICKS_PER_SECOND};
use super::tally::shorten_example;
use super::{Distribution, Messages, Tally, ValueTally};
use std::collections::{BTreeMap, HashMap};
use std::mem::take;
use std::sync::Arc;
use std::time::Duration;

/// The tick of the timeline under which an offset is counted. Samples of a single user have no timeline. Those of a tag
/// have a timeline of seconds, as there may be many tags.
fn tick_of(key: Key, at: u64) -> u32 {
    match (key.user(), key.tag()) {
        (Some(_), _) => 0,
        (None, Some(_)) => slots::tick_of(at) / TICKS_PER_SECOND * TICKS_PER_SECOND,
        (None, None) => slots::tick_of(at),
    }
}

/// One series on this thread, in its current tick.
struct OpenSeries {
    key: Key,
    tick: u32,
    /// The tally without its two distributions, which are dense while they are written.
    tally: Tally,
    latency: Dense,
    service: Dense,
    completed: CompletedByTick,
    /// Whether the operation that ended last succeeded; `None` before the first.
    succeeded: Option<bool>,
}

/// Successes by the tick of their end.
#[derive(Default)]
struct CompletedByTick {
    tick: u32,
    count: u64,
    before: Vec<(u32, u64)>,
}

impl CompletedByTick {
    #[inline]
    fn add(&mut self, tick: u32) {
        if tick != self.tick {
            self.turn(tick);
        }
        self.count += 1;
    }

    fn turn(&mut self, tick: u32) {
        if self.count > 0 {
            self.before.push((self.tick, take(&mut self.count)));
        }
        self.tick = tick;
    }

    fn is_empty(&self) -> bool {
        self.count == 0 && self.before.is_empty()
    }
}

impl OpenSeries {
    /// Notes the outcome, and returns whether the previous operation had the opposite one.
    #[inline]
    fn switches(&mut self, outcome: Outcome<'_>) -> bool {
        let succeeds = match outcome {
            Outcome::Success => true,
            Outcome::Failed(_) | Outcome::Interrupted => false,
            Outcome::Cancelled => return false,
        };
        self.succeeded.replace(succeeds).is_some_and(|before| before != succeeds)
    }

    fn take(&mut self) -> Option<Tally> {
        if self.tally.is_empty() {
            self.latency.release();
            self.service.release();
            return None;
        }
        let mut tally = take(&mut self.tally);
        tally.latency = self.latency.take();
        tally.service = self.service.take();
        Some(tally)
    }
}

struct RecentSeries([u32; Key::SLOTS]);

impl Default for RecentSeries {
    fn default() -> Self {
        Self([0; Key::SLOTS])
    }
}

/// The number of series on a thread from which the buffer is gathered at once: each takes a kilobyte.
const FULL_SERIES: usize = 16_384;
/// The most series whose lines are kept after a gathering.
const KEPT_SERIES: usize = 4_096;

/// One thread's measurements.
#[derive(Default)]
pub(super) struct ThreadBuffer {
    lines: Vec<OpenSeries>,
    index: HashMap<Key, u32>,
    /// The line that was last used for each slot of keys.
    recent: RecentSeries,
    done: Vec<(Key, u32, Tally)>,
    late: HashMap<(Key, u32), Tally>,
    values: BTreeMap<(Key, u32), ValueTally>,
    lateness: Dense,
    scheduling_lag: Dense,
    messages: BTreeMap<Arc<str>, Messages>,
}

/// The contents that were taken from a buffer.
#[derive(Default)]
pub(super) struct DrainedBuffer {
    pub(super) operations: Vec<(Key, u32, Tally)>,
    pub(super) completed: Vec<(Key, u32, u64)>,
    pub(super) values: BTreeMap<(Key, u32), ValueTally>,
    pub(super) lateness: Distribution,
    pub(super) scheduling_lag: Distribution,
    pub(super) messages: BTreeMap<Arc<str>, Messages>,
}

impl DrainedBuffer {
    /// The number of samples; repetitions of a sample under a tag or a user are not counted again.
    pub(super) fn samples(&self) -> u64 {
        let operations = self.operations.iter().filter(|(key, ..)| key.is_plain());
        let values = self.values.iter().filter(|((key, _), _)| key.is_plain());
        let ended = operations.map(|(.., tally)| tally.count() + tally.cancelled + tally.dropped);
        ended.chain(values.map(|(_, tally)| tally.distribution.count())).sum()
    }
}

impl ThreadBuffer {
    /// Counts an operation, and the time of its end if it succeeded while load was on.
    #[inline]
    pub(super) fn operation(&mut self, key: Key, operation: &EndedOperation<'_>, completed_at: Option<u64>) {
        let tick = tick_of(key, operation.sample.at);
        let at = self.line(key, tick);
        let line = &mut self.lines[at];
        if let Some(end) = completed_at {
            line.completed.add(tick_of(key, end));
        }
        let switches = line.switches(operation.outcome);
        if line.tick == tick {
            line.tally.switches += u64::from(switches);
            if line.tally.count_ended(operation) {
                line.latency.record(operation.sample.latency);
                if let Some(service) = operation.sample.service {
                    line.service.record(service);
                }
            }
            return;
        }
        let tally = self.other_tick(key, tick);
        tally.switches += u64::from(switches);
        if tally.count_ended(operation) {
            tally.latency.record(operation.sample.latency as f64);
            if let Some(service) = operation.sample.service {
                tally.service.record(service as f64);
            }
        }
    }

    /// Counts the end of an operation that succeeded in another stage than it was due in.
    pub(super) fn completed(&mut self, key: Key, end: u64) {
        let at = self.line(key, 0);
        self.lines[at].completed.add(tick_of(key, end));
    }

    /// Counts the message of a failed iteration.
    pub(super) fn failure_message(&mut self, kind: &Arc<str>, message: &str) {
        self.messages.entry(Arc::clone(kind)).or_default().add(&shorten_example(message));
    }

    pub(super) fn dropped(&mut self, key: Key, at: u64) {
        self.other_tick(key, tick_of(key, at)).dropped += 1;
    }

    pub(super) fn value(&mut self, key: Key, at: u64, value: f64, unit: super::ValueUnit) {
        let tally = self.values.entry((key, tick_of(key, at))).or_default();
        tally.unit = unit;
        tally.record(Duration::from_nanos(at), value);
    }

    pub(super) fn lateness(&mut self, ns: u64) {
        self.lateness.record(ns);
    }

    pub(super) fn scheduling_lag(&mut self, ns: u64) {
        self.scheduling_lag.record(ns);
    }

    /// Finds the line of a key, and advances it to this tick if that is later than its own.
    #[inline]
    fn line(&mut self, key: Key, tick: u32) -> usize {
        let slot = key.slot();
        let mut at = self.recent.0[slot] as usize;
        if self.lines.get(at).is_none_or(|line| line.key != key) {
            at = self.find(key, tick);
            self.recent.0[slot] = at as u32;
        }
        if self.lines[at].tick < tick {
            self.turn(at, tick);
        }
        at
    }

    #[cold]
    fn find(&mut self, key: Key, tick: u32) -> usize {
        let next = self.lines.len();
        let at = *self.index.entry(key).or_insert(next as u32) as usize;
        if at == next {
            let (latency, service) = (Dense::default(), Dense::default());
            let completed = CompletedByTick::default();
            let succeeded = None;
            self.lines.push(OpenSeries { key, tick, tally: Tally::default(), latency, service, completed, succeeded });
        }
        at
    }

    #[cold]
    fn turn(&mut self, at: usize, tick: u32) {
        let line = &mut self.lines[at];
        if let Some(tally) = line.take() {
            self.done.push((line.key, line.tick, tally));
        }
        line.tick = tick;
    }

    /// The tally for a sample whose tick is over for its line.
    fn other_tick(&mut self, key: Key, tick: u32) -> &mut Tally {
        self.late.entry((key, tick)).or_default()
    }

    /// Whether the buffer is empty.
    pub(super) fn is_empty(&self) -> bool {
        let idle = self.lines.iter().all(|line| line.tally.is_empty() && line.completed.is_empty());
        idle && self.done.is_empty() && self.late.is_empty() && self.values.is_empty()
    }

    /// Whether the buffer has so many series that it is to be gathered now, and not only once a second.
    #[inline]
    pub(super) fn is_full(&self) -> bool {
        self.lines.len() >= FULL_SERIES
            || self.values.len() >= FULL_SERIES
            || self.late.len() + self.done.len() >= 4 * FULL_SERIES
    }

    /// Takes the contents of the buffer.
    pub(super) fn take(&mut self) -> DrainedBuffer {
        let mut operations = take(&mut self.done);
        let mut completed = Vec::new();
        for line in &mut self.lines {
            if let Some(tally) = line.take() {
                operations.push((line.key, line.tick, tally));
            }
            let CompletedByTick { tick, count, before } = &mut line.completed;
            let now = (*tick, take(count));
            completed.extend(before.drain(..).chain([now]).map(|(tick, count)| (line.key, tick, count)));
        }
        operations.extend(self.late.drain().map(|((key, tick), tally)| (key, tick, tally)));
        completed.retain(|(.., count)| *count > 0);
        if self.lines.len() > KEPT_SERIES {
            (self.lines, self.index, self.recent) = (Vec::new(), HashMap::new(), RecentSeries::default());
        }
        DrainedBuffer {
            operations,
            completed,
            values: take(&mut self.values),
            lateness: self.lateness.take(),
            scheduling_lag: self.scheduling_lag.take(),
            messages: take(&mut self.messages),
        }
    }
}
