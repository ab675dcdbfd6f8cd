//! Findings on the load generator that decide a test, or belong in its report, whatever its targets are on.

use super::pauses::{LATE, PAUSED, describe_pauses, paused_share};
use crate::judge::evidence::Evidence;
use crate::judge::rule::Rule;
use crate::judge::{Outcome, TargetVerdict};
use crate::record::{Measurements, SHORTFALL, Selection, Stuck};
use crate::units::{self, Figure};
use brunt_plan::target::Metric;
use brunt_plan::{Dimension, Target};

/// Async bodies block their threads where they hold them for more than these shares of the time and of the iterations.
const HELD: (f64, f64) = (0.1, 0.01);

/// Finds the conditions of the generator that decide the test, whatever its targets are.
pub(crate) fn generator_findings(evidence: &Evidence<'_>, targets: &[Target]) -> Vec<TargetVerdict> {
    let measurements = &*evidence.measurements;
    let hung = measurements.generator.stuck.as_ref().map(hung_users);
    let named = targets.iter().filter(|target| target.measure.metric == Metric::Unsent);
    let named: Vec<Selection> = named.filter_map(|target| evidence.select(&target.measure.selector).ok()).collect();
    let unsent = Unsent::of(measurements, &named).filter(|unsent| unsent.share() > SHORTFALL);
    hung.into_iter().chain(unsent.map(|unsent| unsent.finding(evidence))).collect()
}

/// Lists notes on the generator's health, whether or not it moved a verdict.
pub(crate) fn generator_health(measurements: &Measurements) -> Vec<String> {
    let generator = &measurements.generator;
    let mut health = Vec::new();
    let late = generator.lateness.percentile(99.0).filter(|late| *late > LATE);
    health.extend(late.map(|late| {
        let late = units::describe_time(late);
        format!(
            "the load generator was late: 1 % of the arrivals started {late} late or later, which their latency counts"
        )
    }));
    health.extend(Unsent::of(measurements, &[]).map(|unsent| {
        let (some, all) = (units::describe_count(unsent.unsent), units::describe_count(unsent.all));
        format!("the load generator was too late for {some} of {all} arrivals: they were never started, and nothing counts them")
    }));
    let paused = paused_share(generator);
    if paused > PAUSED {
        health.push(describe_pauses(generator));
    }
    health.extend(describe_blocking(measurements));
    health
}

/// Describes that async bodies hold their threads, so that virtual users wait for one another; `None` where they do
/// not, or where every virtual user has a thread.
pub(super) fn describe_blocking(measurements: &Measurements) -> Option<String> {
    let generator = &measurements.generator;
    let holds = &generator.holds;
    let iterations = measurements.tally(&Selection::default()).count() as f64;
    let time = measurements.elapsed.as_nanos() as f64 * generator.cores as f64;
    let is_much = holds.sum() > HELD.0 * time && holds.count() as f64 > HELD.1 * iterations;
    let is_late = generator.lateness.percentile(99.0).is_some_and(|late| late > LATE);
    if !is_much || (measurements.peak_users <= generator.cores && !is_late) {
        return None;
    }
    Some(format!(
        "the async body holds its thread ({} in the median) without awaiting, so that no more than {} iterations run at a time, \
         whatever the load: make the body a plain `fn`, put what blocks into `spawn_blocking`, and sleep with \
         `tokio::time::sleep`",
        units::describe_time(holds.percentile(50.0).unwrap_or(0.0)),
        units::describe_count(generator.cores)
    ))
}

/// Arrivals that were due and never started, and that no target covers.
struct Unsent {
    unsent: u64,
    all: u64,
    seconds: f64,
}

impl Unsent {
    fn of(measurements: &Measurements, named: &[Selection]) -> Option<Self> {
        let whole = Selection::default();
        let unsent = measurements.generator.unsent_beside(named);
        let tally = measurements.tally(&whole);
        let all = tally.count() + tally.dropped + measurements.generator.unsent_of(&whole);
        (unsent > 0).then(|| Self { unsent, all, seconds: measurements.seconds(&whole) })
    }

    fn share(&self) -> f64 {
        self.unsent as f64 / self.all as f64
    }

    fn finding(self, evidence: &Evidence<'_>) -> TargetVerdict {
        let planned = evidence.plan.rate.map(|rate| rate.base());
        let asked = planned.unwrap_or(self.all as f64 / self.seconds.max(1e-9));
        let sent = asked * (1.0 - self.share());
        let blocking = describe_blocking(&evidence.measurements);
        let remedy = blocking.unwrap_or_else(|| {
            "ask for less, build with `--release`, or give a target on `unsent` where that is enough".to_owned()
        });
        let reason = format!(
            "{} of {} were sent: the load generator was too late for {} of {} arrivals and left them out, so that the load \
             asked for was not put on; {remedy}",
            units::describe_rate(sent),
            units::describe_rate(asked),
            units::describe_count(self.unsent),
            units::describe_count(self.all)
        );
        let observed = Some(Figure { value: self.unsent as f64, dimension: Dimension::Count });
        let finding = TargetVerdict::of_rule(Rule::ArrivalsSent, Outcome::Inconclusive, reason);
        TargetVerdict { observed, samples: self.all, ..finding }
    }
}

fn hung_users(stuck: &Stuck) -> TargetVerdict {
    let time = |time: std::time::Duration| units::describe_time(time.as_nanos() as f64);
    let waited = format!("{}{}", time(stuck.waited), if stuck.is_virtual { " of virtual time" } else { "" });
    let last_seen = if stuck.last_seen.is_empty() { String::new() } else { format!(": {}", stuck.last_seen) };
    let reason = match stuck.users {
        _ if stuck.in_setup => {
            format!("`user_setup` had not ended after {waited}, and the load was ended before it began")
        }
        0 => format!(
            "nothing has ended since {} of the load, for {waited}, and it was ended: the body waits for what does not come; \
             `timeout` bounds it",
            time(stuck.since)
        ),
        users => format!(
            "{} user{} hang{}: nothing has ended since {} of the load, for {waited}, and it was ended; `timeout` bounds an \
             iteration{last_seen}",
            units::describe_count(users),
            if users == 1 { "" } else { "s" },
            if users == 1 { "s" } else { "" },
            time(stuck.since)
        ),
    };
    TargetVerdict::of_rule(Rule::LoadEnds, Outcome::Fail, reason)
}
