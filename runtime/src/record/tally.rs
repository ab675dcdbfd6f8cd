//! Tallies of operations and of recorded values. They merge exactly, in any order.

use super::Distribution;
use super::operation::{EndedOperation, OperationSample, Outcome};
use crate::Failed;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// Counts and latencies of a set of operations: iterations, or one step's runs.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Tally {
    /// Operations that succeeded.
    pub(crate) successes: u64,
    /// Operations that succeeded and ended in this stretch of time while load was on, whenever they were due:
    /// throughput counts these.
    pub(crate) completed: u64,
    /// How often success changed to failure or back between successive operations on a thread.
    pub(crate) switches: u64,
    /// Operations still running when `graceful_stop` was over.
    pub(crate) interrupted: u64,
    /// Steps whose future was dropped before it ended; they do not count as operations.
    pub(crate) cancelled: u64,
    /// Arrivals for which no user was free; they do not count as operations.
    pub(crate) dropped: u64,
    /// Failures by kind.
    pub(crate) failures: BTreeMap<Arc<str>, FailureTally>,
    /// Nanoseconds of successes, timeouts and interrupted operations, from the intended start.
    pub(crate) latency: Distribution,
    /// The same from the actual start. Empty where both are equal (closed model).
    pub(crate) service: Distribution,
}

/// Failures of one kind.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct FailureTally {
    /// How many.
    pub(crate) count: u64,
    /// Their latency in nanoseconds.
    pub(crate) latency: Distribution,
    /// When the first was seen, from the start of the load.
    pub(crate) first: Duration,
    /// When the last was seen.
    pub(crate) last: Duration,
    /// The first one's message.
    pub(crate) example: Arc<str>,
}

/// The unit of a recorded value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ValueUnit {
    /// A number without a unit.
    #[default]
    Number,
    /// `true` is 1 and `false` 0.
    Flag,
    /// Nanoseconds.
    Time,
    /// Bytes.
    Size,
}

/// Recorded values of one name.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct ValueTally {
    /// Their unit, which is that of the first one (another unit under the same name is refused when recorded).
    pub(crate) unit: ValueUnit,
    /// The values.
    pub(crate) distribution: Distribution,
    /// The latest value and when it was recorded.
    pub(crate) last: Option<(Duration, f64)>,
}

impl fmt::Display for ValueUnit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Number => "a number",
            Self::Flag => "a bool",
            Self::Time => "a duration",
            Self::Size => "a size",
        })
    }
}

impl Tally {
    /// All ended operations: successes, failures and interrupted ones.
    pub(crate) fn count(&self) -> u64 {
        self.successes + self.failures() + self.interrupted
    }

    /// Failures of every kind.
    pub(crate) fn failures(&self) -> u64 {
        self.failures_of(|_| true)
    }

    /// Failures of the kinds that `wanted` accepts.
    pub(crate) fn failures_of(&self, wanted: impl Fn(&str) -> bool) -> u64 {
        self.failures.iter().filter(|(kind, _)| wanted(kind)).map(|(_, failures)| failures.count).sum()
    }

    /// The latency of failures of the kinds that `wanted` accepts, in nanoseconds from the intended start.
    pub(crate) fn failure_latency(&self, wanted: impl Fn(&str) -> bool) -> Distribution {
        let mut latency = Distribution::default();
        for (_, failures) in self.failures.iter().filter(|(kind, _)| wanted(kind)) {
            latency.merge(&failures.latency);
        }
        latency
    }

    /// Successes ÷ operations; `None` without operations.
    pub(crate) fn success_rate(&self) -> Option<f64> {
        let count = self.count();
        (count > 0).then(|| self.successes as f64 / count as f64)
    }

    /// Whether it is empty, without even a dropped arrival.
    pub(crate) fn is_empty(&self) -> bool {
        self.count() + self.cancelled + self.dropped + self.completed == 0
    }

    /// Adds all operations of another tally.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.successes += other.successes;
        self.completed += other.completed;
        self.switches += other.switches;
        self.interrupted += other.interrupted;
        self.cancelled += other.cancelled;
        self.dropped += other.dropped;
        for (kind, failures) in &other.failures {
            match self.failures.get_mut(kind) {
                Some(mine) => mine.merge(failures),
                None => {
                    self.failures.insert(Arc::clone(kind), failures.clone());
                }
            }
        }
        self.latency.merge(&other.latency);
        self.service.merge(&other.service);
    }

    /// Counts an operation that ended, without its latency. Returns whether its latency is part of `latency`.
    pub(super) fn count_ended(&mut self, operation: &EndedOperation<'_>) -> bool {
        match (operation.outcome, operation.kind) {
            (Outcome::Success, _) => self.successes += 1,
            (Outcome::Interrupted, _) => self.interrupted += 1,
            (Outcome::Failed(failed), Some(kind)) => {
                self.fail(kind, operation.sample.seen(), operation.sample.latency, failed.message());
                return &**kind == Failed::TIMEOUT;
            }
            (Outcome::Cancelled | Outcome::Failed(_), _) => {
                self.cancelled += 1;
                return false;
            }
        }
        true
    }

    /// Counts an operation that ended.
    pub(crate) fn count_one(&mut self, sample: OperationSample, outcome: Outcome<'_>) {
        let kind: Option<Arc<str>> = match outcome {
            Outcome::Failed(failed) => Some(failed.kind().into()),
            _ => None,
        };
        if self.count_ended(&EndedOperation { sample, outcome, kind: kind.as_ref() }) {
            self.latency.record(sample.latency as f64);
            if let Some(service) = sample.service {
                self.service.record(service as f64);
            }
        }
        self.completed += u64::from(matches!(outcome, Outcome::Success));
    }

    fn fail(&mut self, kind: &Arc<str>, seen: Duration, latency: u64, message: &str) {
        if !self.failures.contains_key(kind) {
            self.failures.insert(Arc::clone(kind), FailureTally::of(seen, Arc::from(&*shorten_example(message))));
        }
        if let Some(failures) = self.failures.get_mut(kind) {
            failures.record(seen, latency, &shorten_example(message));
        }
    }

    /// Packs the distributions once nothing more is written to them.
    pub(super) fn pack(&mut self) {
        let failures = self.failures.values_mut().map(|failures| &mut failures.latency);
        failures.chain([&mut self.latency, &mut self.service]).for_each(Distribution::pack);
    }
}

impl FailureTally {
    /// A tally without counts yet, for failures of which the first was seen at the offset `seen`.
    pub(super) fn of(seen: Duration, example: Arc<str>) -> Self {
        Self { count: 0, latency: Distribution::default(), first: seen, last: seen, example }
    }

    /// Counts a failure.
    pub(super) fn record(&mut self, seen: Duration, latency: u64, message: &str) {
        if (seen, message) < (self.first, &*self.example) {
            self.example = message.into();
        }
        self.first = self.first.min(seen);
        self.last = self.last.max(seen);
        self.count += 1;
        self.latency.record(latency as f64);
    }

    /// Adds the failures of another tally. If both were first seen at the same time, the lesser message is kept, so
    /// that the order does not matter.
    pub(crate) fn merge(&mut self, other: &Self) {
        if (other.first, &other.example) < (self.first, &self.example) {
            self.example = Arc::clone(&other.example);
        }
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
        self.count += other.count;
        self.latency.merge(&other.latency);
    }
}

impl ValueTally {
    /// Counts a value recorded at this offset.
    pub(crate) fn record(&mut self, at: Duration, value: f64) {
        self.distribution.record(value);
        self.latest(Some((at, value)));
    }

    /// Adds the values of another tally. If the latest values of both were recorded at the same time, the other's is
    /// kept.
    pub(crate) fn merge(&mut self, other: &Self) {
        if self.distribution.is_empty() {
            self.unit = other.unit;
        }
        self.distribution.merge(&other.distribution);
        self.latest(other.last);
    }

    fn latest(&mut self, last: Option<(Duration, f64)>) {
        if self.last.map(|(at, _)| at) <= last.map(|(at, _)| at) {
            self.last = last;
        }
    }
}

/// Tallies that merge exactly, in any order.
pub(super) trait Mergeable: Clone + Default {
    fn merge(&mut self, other: &Self);
    /// Packs the tally once nothing more is written to it.
    fn pack(&mut self);
}

impl Mergeable for Tally {
    fn merge(&mut self, other: &Self) {
        Self::merge(self, other);
    }

    fn pack(&mut self) {
        Self::pack(self);
    }
}

impl Mergeable for ValueTally {
    fn merge(&mut self, other: &Self) {
        Self::merge(self, other);
    }

    fn pack(&mut self) {
        self.distribution.pack();
    }
}

/// Shortens a message to a length that a report can hold: every second with failures of its kind keeps one.
pub(super) fn shorten_example(message: &str) -> Cow<'_, str> {
    const LONG: usize = 64 * 1024;
    match message.char_indices().nth(LONG) {
        None => message.into(),
        Some((end, _)) => format!("{}… and {} more bytes", &message[..end], message.len() - end).into(),
    }
}
