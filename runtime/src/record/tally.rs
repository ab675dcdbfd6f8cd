//! What is counted of operations and of recorded values. Tallies merge exactly, in any order.

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
    /// Operations that succeeded and ended in this stretch of time while load was on, whenever they were due: what
    /// throughput counts.
    pub(crate) completed: u64,
    /// How often an operation that succeeded and one that did not followed one another on a thread.
    pub(crate) switches: u64,
    /// Operations still running when `graceful_stop` was over.
    pub(crate) interrupted: u64,
    /// Steps whose future was dropped before it ended; no operation that counts.
    pub(crate) cancelled: u64,
    /// Arrivals for which no user was free; no operation that counts.
    pub(crate) dropped: u64,
    /// Failures by kind.
    pub(crate) failures: BTreeMap<Arc<str>, FailureTally>,
    /// Nanoseconds of successes, timeouts and interrupted operations, from the intended start.
    pub(crate) latency: Distribution,
    /// The same from the actual start. Empty where the two are one (closed model).
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

/// What a recorded value is measured in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ValueUnit {
    /// A bare number.
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
    /// What they are measured in; the first one's unit (another unit under the same name is refused when recorded).
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
    /// Operations that ended one way or another: successes, failures and interrupted ones.
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

    /// How long the failures of the kinds that `wanted` accepts took, in nanoseconds from the intended start.
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

    /// Whether nothing at all was seen, not even a dropped arrival.
    pub(crate) fn is_empty(&self) -> bool {
        self.count() + self.cancelled + self.dropped + self.completed == 0
    }

    /// Adds all of another's operations.
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

    /// Makes it small, as it is not written to any more.
    pub(super) fn pack(&mut self) {
        let failures = self.failures.values_mut().map(|failures| &mut failures.latency);
        failures.chain([&mut self.latency, &mut self.service]).for_each(Distribution::pack);
    }
}

impl FailureTally {
    /// One failure that was seen at this offset.
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

    /// Adds another's failures. Of two first ones seen at the same time the lesser message stays, whatever the order.
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

    /// Adds another's values. Of two recorded at the same time the other's is the latest.
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
    /// Makes it small, as it is not written to any more.
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

/// A message as long as a report can bear: every second that has failures of its kind keeps one.
pub(super) fn shorten_example(message: &str) -> Cow<'_, str> {
    const LONG: usize = 64 * 1024;
    match message.char_indices().nth(LONG) {
        None => message.into(),
        Some((end, _)) => format!("{}… and {} more bytes", &message[..end], message.len() - end).into(),
    }
}
