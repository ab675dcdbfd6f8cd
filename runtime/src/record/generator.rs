//! The health of the load generator itself: how late it was, what it did not send, what held it up. It is only measured
//! here.

use super::selection::Selection;
use super::{Distribution, Resources};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// How long a probe for lag intends to sleep between two readings.
pub(crate) const PROBE_INTERVAL: Duration = Duration::from_millis(20);
/// A generator cannot keep its schedule if its p99 of lateness is above this many nanoseconds.
const LATE: f64 = 10e6;
/// A generator cannot keep its schedule if it leaves out more than this share of the arrivals.
pub(crate) const SHORTFALL: f64 = 0.01;

/// The health of the generator itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Generator {
    /// CPU time of this process ÷ (elapsed × cores): 0…1.
    pub(crate) cpu_share: f64,
    /// Cores that the process may use, each with one thread for async bodies.
    pub(crate) cores: u64,
    /// How late arrivals started though a user was free, in nanoseconds (open model).
    pub(crate) lateness: Distribution,
    /// How late a task that sleeps beside the users woke up, in nanoseconds. Users that await were as late.
    pub(crate) scheduling_lag: Distribution,
    /// How late a sleeping thread woke up, in nanoseconds: how long the whole process was stopped, throttled or starved
    /// of CPU.
    pub(crate) pauses: Distribution,
    /// Arrivals that were due and never started because the generator was too late, by stage, scenario and case. They
    /// do not count as operations.
    pub(crate) unsent: BTreeMap<Selection, u64>,
    /// How long calls of async bodies held their thread without giving it back, in nanoseconds: those of a millisecond
    /// and more.
    pub(crate) holds: Distribution,
    /// How long users waited for a thread between two iterations, in nanoseconds: waits of a millisecond and more,
    /// which no latency includes.
    pub(crate) waits: Distribution,
    /// Whether a body ever gave its thread back while it waited.
    pub(crate) awaits: bool,
    /// For how long the control group had used up its quota of CPU, where the system reports it.
    pub(crate) throttled: Option<Duration>,
    /// Why the load was ended, if nothing in it moved any more.
    pub(crate) stuck: Option<Stuck>,
    /// Whether it could not keep its own schedule: the p99 of `lateness` is above 10 ms, or more than 1 % of the arrivals
    /// were never started.
    pub(crate) saturated: bool,
}

/// The state of a load in which nothing moved any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stuck {
    /// Users that were in an iteration; 0 where only the body of an experiment waits.
    pub(crate) users: u64,
    /// Whether the load had not begun, because users hang in `user_setup`.
    pub(crate) in_setup: bool,
    /// When the last operation ended, from the start of the load.
    pub(crate) since: Duration,
    /// For how long nothing has ended.
    pub(crate) waited: Duration,
    /// Whether that time is virtual.
    pub(crate) is_virtual: bool,
    /// The users that hang and the steps that they are in, in words; empty where there are none.
    pub(crate) last_seen: String,
}

impl Generator {
    /// How many arrivals of a selection were never started. Steps and tags are ignored, as these arrivals are not
    /// counted by them.
    pub(crate) fn unsent_of(&self, selection: &Selection) -> u64 {
        self.unsent.iter().filter(|(of, _)| is_part_of(of, selection)).map(|(_, count)| count).sum()
    }

    /// How many arrivals were never started and are in none of the selections.
    pub(crate) fn unsent_beside(&self, selections: &[Selection]) -> u64 {
        let is_beside = |of: &Selection| !selections.iter().any(|selection| is_part_of(of, selection));
        self.unsent.iter().filter(|(of, _)| is_beside(of)).map(|(_, count)| count).sum()
    }

    /// Adds the measurements of another.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.lateness.merge(&other.lateness);
        self.scheduling_lag.merge(&other.scheduling_lag);
        self.pauses.merge(&other.pauses);
        self.holds.merge(&other.holds);
        self.waits.merge(&other.waits);
        for (of, count) in &other.unsent {
            *self.unsent.entry(of.clone()).or_default() += count;
        }
        self.awaits |= other.awaits;
        self.throttled = self.throttled.into_iter().chain(other.throttled).reduce(|one, other| one + other);
        self.stuck = self.stuck.take().or_else(|| other.stuck.clone());
    }

    /// Sums up its health from the resources that the process used.
    pub(super) fn sum_up(&mut self, resources: &Resources, elapsed: Duration) {
        let mut last = Duration::ZERO;
        let mut busy = 0.0;
        for (at, sample) in &resources.samples {
            busy += sample.cpu * at.saturating_sub(last).as_secs_f64();
            last = *at;
        }
        self.cores = std::thread::available_parallelism().map_or(1, |cores| cores.get() as u64);
        let could = elapsed.as_secs_f64() * self.cores as f64;
        self.cpu_share = if could > 0.0 { (busy / could).min(1.0) } else { 0.0 };
        let unsent = self.unsent_of(&Selection::default()) as f64;
        self.saturated = self.lateness.percentile(99.0).is_some_and(|lateness| lateness > LATE)
            || unsent > SHORTFALL * (unsent + self.lateness.count() as f64);
    }
}

/// Whether arrivals that were counted under `there` are part of the selection, by stage, scenario and case.
fn is_part_of(there: &Selection, selection: &Selection) -> bool {
    let fits = |wanted: &Option<Arc<str>>, there: &Option<Arc<str>>| wanted.is_none() || wanted == there;
    fits(&selection.stage, &there.stage)
        && fits(&selection.scenario, &there.scenario)
        && fits(&selection.case, &there.case)
}
