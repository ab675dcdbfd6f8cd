//! What the health of the load generator does to a verdict. A figure that was missed is a miss, but where taking out what
//! the generator itself added would meet the limit; a figure that the generator's own lateness, or what it left out, has
//! brought under its limit holds nothing. Where the load that was asked for was not put on, nothing was shown.
//!
//! Two kinds of lateness are known. Arrivals that started late: what they add is in the latency and not in the service
//! time, and so it is known exactly. Pauses, in which nothing ran that should have: a probe sees them, and how they fall
//! on operations follows from their lengths. An operation that would have taken `d` and overlaps a pause of length `l`
//! takes at most `l` more, and `(d + l) / T` of all operations in a time `T` overlap it.

use super::compare::{self, Compared};
use super::evidence::Evidence;
use super::metric::Reading;
use super::{Figure, Outcome, TargetVerdict, show};
use crate::record::{Distribution, Generator, Measurements, PROBE, SHORTFALL, Selection, Stuck, Subject};
use brunt_plan::target::{Metric, Stat};
use brunt_plan::{Dimension, Target};

/// A probe that wakes up less than this too late, in nanoseconds, was on time: timers are no more exact.
const ON_TIME: f64 = 1e6;
/// Async bodies block their threads where they hold them for this share of the time, and this share of the iterations.
const HELD: (f64, f64) = (0.1, 0.01);
/// A process that is paused for less than this share of the time has the machine; a larger share is worth a note.
const PAUSED: f64 = 0.1;
/// Arrivals that are this late, in nanoseconds, are worth a note.
const LATE: f64 = 10e6;

/// Why a figure that was missed may be the generator's own doing; `None` where it is a miss whatever the generator did.
pub(super) fn excuse(
    evidence: &Evidence<'_>,
    target: &Target,
    left: &Reading,
    right: Option<&Reading>,
    missed: &Compared,
) -> Option<String> {
    let generator = &evidence.measurements.generator;
    let is_above = missed.bound.high.is_some_and(|high| left.figure.value >= high);
    let causes = match what(evidence, target)? {
        // Whatever the generator did, it has made no time shorter and no rate higher.
        Moved::Time(_) | Moved::Wait if !is_above => return None,
        Moved::Rate(_) if is_above => return None,
        Moved::Time(time) => {
            let alone = alone(&evidence.measurements, left, &time);
            corrected(generator, left, &time, missed.bound.high?).into_iter().chain(alone).collect()
        }
        Moved::Wait => longest_wait(generator, left),
        Moved::Rate(selection) => sent_in_full(evidence, left, &selection),
    };
    let met = |cause: &Cause| is_met(target, &at(left, cause.value), right);
    let cause = causes.into_iter().find(met)?;
    let blocking = blocking(&evidence.measurements).filter(|by| !cause.why.contains(by));
    Some(blocking.map_or(cause.why.clone(), |by| format!("{}; {by}", cause.why)))
}

/// Why a figure that meets its limit does not show that the target holds.
pub(super) fn doubt_of_hold(
    evidence: &Evidence<'_>,
    target: &Target,
    left: &Reading,
    right: Option<&Reading>,
    held: &Compared,
) -> Option<String> {
    let measurements = &*evidence.measurements;
    let generator = &measurements.generator;
    let causes = match what(evidence, target)? {
        Moved::Time(time) => {
            let longest = held.bound.high.or(held.bound.low)?;
            let late = held.bound.low.map(|_| corrected(generator, left, &time, longest));
            let left_out = held.bound.high.and_then(|_| with_waits(measurements, left, &time));
            late.into_iter().flatten().chain(left_out).collect()
        }
        Moved::Rate(selection) => sent_in_full(evidence, left, &selection),
        Moved::Wait => Vec::new(),
    };
    let misses = |cause: &Cause| !is_met(target, &at(left, cause.value), right);
    let why = causes.into_iter().find(misses).map(|cause| cause.why);
    why.or_else(|| ratio_of_lateness(generator, target, left, right?))
}

/// That a ratio holds only as arrivals started late: on the other side that makes the limit larger.
fn ratio_of_lateness(generator: &Generator, target: &Target, left: &Reading, right: &Reading) -> Option<String> {
    let late = generator.lateness.percentile(99.0).filter(|late| *late > LATE)?;
    let started = |reading: &Reading| Some(at(reading, reading.on_time?));
    let (left, right) = (started(left)?, started(right)?);
    let [one, other] = [&left, &right].map(|side| show::figure(side.figure));
    let why = format!(
        "the load generator started its arrivals late ({} at p99): without that the two are {one} and {other}",
        show::time(late)
    );
    (!is_met(target, &left, Some(&right))).then_some(why)
}

/// The same reading of another figure.
fn at(reading: &Reading, value: f64) -> Reading {
    Reading { figure: Figure { value, ..reading.figure }, ..reading.clone() }
}

/// What was found of the generator that decides the test, whatever its targets say.
pub(super) fn findings(evidence: &Evidence<'_>, targets: &[Target]) -> Vec<TargetVerdict> {
    let measurements = &*evidence.measurements;
    let hung = measurements.generator.stuck.as_ref().map(hung);
    let is_named = targets.iter().any(|target| target.measure.metric == Metric::Unsent);
    let unsent = Unsent::of(measurements).filter(|unsent| !is_named && unsent.share() > SHORTFALL);
    hung.into_iter().chain(unsent.map(|unsent| unsent.finding(evidence))).collect()
}

/// What a reader must know of the generator's health, whether or not it moved a verdict.
pub(crate) fn health(measurements: &Measurements) -> Vec<String> {
    let generator = &measurements.generator;
    let mut health = Vec::new();
    let late = generator.lateness.percentile(99.0).filter(|late| *late > LATE);
    health.extend(late.map(|late| {
        let late = show::time(late);
        format!(
            "the load generator was late: 1 % of the arrivals started {late} late or later, which their latency counts"
        )
    }));
    health.extend(Unsent::of(measurements).map(|unsent| {
        let (some, all) = (show::count(unsent.unsent), show::count(unsent.all));
        format!("the load generator was too late for {some} of {all} arrivals: they were never started, and nothing counts them")
    }));
    let paused = paused_share(generator);
    if paused > PAUSED {
        health.push(pauses(generator));
    }
    health.extend(blocking(measurements));
    health
}

/// The share of the time in which the whole process was paused.
pub(crate) fn paused_share(generator: &Generator) -> f64 {
    let lost = lost(&generator.pauses);
    let slept = generator.pauses.count() as f64 * PROBE.as_nanos() as f64;
    if slept > 0.0 { lost / (slept + lost) } else { 0.0 }
}

/// How the generator may move a figure.
enum Moved {
    /// It makes a time longer.
    Time(Time),
    /// It makes an end that is waited for come later.
    Wait,
    /// It makes what is done in a time less, of this selection.
    Rate(Selection),
}

/// A stat of times.
struct Time {
    stat: Stat,
    /// The times count from when an arrival was due.
    from_due: bool,
    /// Users wait before what is timed, and the wait is in no figure.
    follows_wait: bool,
}

/// How the generator may move what a target measures; `None` where it cannot.
fn what(evidence: &Evidence<'_>, target: &Target) -> Option<Moved> {
    let measure = &target.measure;
    let selection = evidence.select(&measure.selector).ok()?;
    // A spread of groups, or a number of them, is no time.
    let is_figure = !matches!(measure.over, Some(Stat::Cv | Stat::Stddev | Stat::Count | Stat::Share | Stat::Sum));
    let is_step = matches!(selection.subject, Subject::Step(_));
    let is_value = matches!(selection.subject, Subject::Value(_));
    let time = |stat: Stat, from_due: bool| {
        let is_time = !matches!(stat, Stat::Count | Stat::Sum | Stat::Share | Stat::Last | Stat::Cv);
        (is_time && is_figure && !is_value).then_some(Moved::Time(Time { stat, from_due, follows_wait: true }))
    };
    match measure.metric {
        Metric::Stat(stat) => time(stat, !is_step),
        Metric::ErrorLatency(_, stat) => time(stat, !is_step),
        Metric::Service(stat) => time(stat, false),
        Metric::Elapsed | Metric::RecoveryTime | Metric::DetectionTime => Some(Moved::Wait),
        Metric::Throughput if is_figure => Some(Moved::Rate(selection)),
        _ => None,
    }
}

/// A figure as it may have been, and what would have made the difference.
struct Cause {
    value: f64,
    why: String,
}

fn is_met(target: &Target, reading: &Reading, right: Option<&Reading>) -> bool {
    compare::compare(target, reading, right).is_ok_and(|compared| compared.holds)
}

/// A figure of times without what the generator added: without the late starts, then also without its pauses. None is
/// less than the least time there was.
fn corrected(generator: &Generator, left: &Reading, time: &Time, longest: f64) -> Vec<Cause> {
    let cause =
        |value: f64, why: String| Cause { value: value.max(left.least.unwrap_or(0.0)).min(left.figure.value), why };
    let mut causes = Vec::new();
    let mut on_time = left.figure.value;
    if time.from_due && !generator.lateness.is_empty() {
        let late = quantile(&generator.lateness, time.stat);
        on_time = left.on_time.unwrap_or(on_time - late);
        let told = show::time(on_time.max(0.0));
        causes.push(cause(
            on_time,
            format!(
                "the load generator started its arrivals late ({} at {}): without that it is {told}",
                show::time(late),
                time.stat
            ),
        ));
    }
    // A body that never awaits is delayed by what stops its thread, and not by the others on its runtime.
    let lags = if generator.awaits { [&generator.scheduling_lag, &generator.pauses] } else { [&generator.pauses; 2] };
    let delay = lags.map(|lags| delay(lags, time.stat, longest)).into_iter().fold(0.0, f64::max);
    if delay > 0.0 {
        let told = show::time(delay);
        let why = format!(
            "the load generator was held up itself: who sleeps in it woke up to {} late, which accounts for {told} of it{}",
            show::time(lags.iter().filter_map(|lags| lags.max()).fold(0.0, f64::max)),
            throttled(generator)
        );
        causes.push(cause(on_time - delay, why));
    }
    let paused = paused_share(generator);
    if paused > PAUSED {
        causes.push(cause(on_time * (1.0 - paused), pauses(generator)));
    }
    causes
}

/// A figure of times as it might be where the body did not have to wait for its thread: no less than it holds one, and than
/// the least time there was.
fn alone(measurements: &Measurements, left: &Reading, time: &Time) -> Option<Cause> {
    let blocking = blocking(measurements)?;
    let held = quantile(&measurements.generator.holds, time.stat);
    Some(Cause { value: held.max(left.least?), why: format!("users waited in it for a thread: {blocking}") })
}

/// A figure of times with the waits of users between their iterations, where bodies block their threads.
fn with_waits(measurements: &Measurements, left: &Reading, time: &Time) -> Option<Cause> {
    let blocking = blocking(measurements).filter(|_| time.follows_wait)?;
    let waits = &measurements.generator.waits;
    let iterations = measurements.tally(&Selection::default()).count().max(waits.count());
    let waited = match time.stat {
        Stat::Mean => waits.sum() / iterations as f64,
        Stat::Min => return None,
        Stat::Percentile(percentile) => {
            let beyond = (1.0 - percentile / 100.0) * iterations as f64;
            let rank = 100.0 * (1.0 - beyond / waits.count() as f64);
            waits.percentile(rank).filter(|_| rank > 0.0)?
        }
        _ => waits.max()?,
    };
    let why = format!(
        "users waited {} more for a thread between their iterations, which it leaves out: {blocking}",
        show::time(waited)
    );
    Some(Cause { value: left.figure.value + waited, why })
}

/// An end as it would have come without the longest delay of each kind, or without pauses.
fn longest_wait(generator: &Generator, left: &Reading) -> Vec<Cause> {
    let longest = [&generator.lateness, &generator.scheduling_lag, &generator.pauses].map(|lags| lags.max());
    let longest = longest.into_iter().flatten().filter(|longest| *longest >= ON_TIME).fold(0.0, f64::max);
    let of = |value: f64, why: String| Cause { value: value.max(0.0), why };
    let late = || format!("the load generator itself was up to {} late{}", show::time(longest), throttled(generator));
    let mut causes = Vec::new();
    if longest > 0.0 {
        causes.push(of(left.figure.value - longest, late()));
    }
    let paused = paused_share(generator);
    if paused > PAUSED {
        causes.push(of(left.figure.value * (1.0 - paused), pauses(generator)));
    }
    causes
}

/// A throughput as it would have been with the arrivals that were not sent, or without pauses.
fn sent_in_full(evidence: &Evidence<'_>, left: &Reading, selection: &Selection) -> Vec<Cause> {
    let generator = &evidence.measurements.generator;
    let of = |value: f64, why: String| Cause { value, why };
    let mut causes = Vec::new();
    let (unsent, seconds) = (generator.unsent_of(selection), evidence.measurements.seconds(selection));
    if unsent > 0 && seconds > 0.0 {
        let unsent = show::count(unsent);
        let why = format!("the load generator was too late for {unsent} arrivals, which were never started");
        causes.push(of(left.figure.value + generator.unsent_of(selection) as f64 / seconds, why));
    }
    let paused = paused_share(generator);
    if paused > PAUSED {
        causes.push(of(left.figure.value / (1.0 - paused), pauses(generator)));
    }
    causes
}

/// A stat of lateness, at the same place as that of the figure.
fn quantile(late: &Distribution, stat: Stat) -> f64 {
    let value = match stat {
        Stat::Min => late.min(),
        Stat::Mean => late.mean(),
        Stat::Percentile(percentile) => late.percentile(percentile),
        Stat::Stddev => late.stddev(),
        _ => late.max(),
    };
    value.unwrap_or(0.0)
}

/// By how much pauses may have moved a stat of operations that would have taken at most `longest`.
fn delay(lags: &Distribution, stat: Stat, longest: f64) -> f64 {
    let total = lags.count() as f64 * PROBE.as_nanos() as f64 + lags.sum();
    let pauses = || lags.buckets().filter(|bucket| bucket.low >= ON_TIME);
    let mean_of = |power: i32| -> f64 {
        pauses().map(|of| of.count as f64 * of.low.powi(power) * (longest + of.low)).sum::<f64>() / total
    };
    let greatest = lags.max().filter(|max| *max >= ON_TIME).unwrap_or(0.0);
    let beyond = match stat {
        _ if greatest == 0.0 => return 0.0,
        Stat::Max => return greatest,
        Stat::Mean => return mean_of(1).min(greatest),
        Stat::Stddev => return mean_of(2).sqrt().min(greatest),
        Stat::Percentile(percentile) => 1.0 - percentile / 100.0,
        _ => 1.0,
    };
    // From the longest pause down, until so many operations overlap one.
    let mut all: Vec<_> = pauses().collect();
    all.reverse();
    let mut overlapping = 0.0;
    let reached = all.iter().find(|of| {
        overlapping += of.count as f64 * (longest + of.low) / total;
        overlapping >= beyond
    });
    reached.map_or(0.0, |of| of.low)
}

/// The time that a probe slept too long.
fn lost(lags: &Distribution) -> f64 {
    lags.buckets().filter(|bucket| bucket.low >= ON_TIME).map(|bucket| bucket.count as f64 * bucket.low).sum()
}

fn pauses(generator: &Generator) -> String {
    format!(
        "this process was stopped or starved of CPU for {} of the time, up to {} at once{}: run it where it has the machine",
        show::share(paused_share(generator)),
        show::time(generator.pauses.max().unwrap_or(0.0)),
        throttled(generator)
    )
}

fn throttled(generator: &Generator) -> String {
    match generator.throttled.filter(|time| !time.is_zero()) {
        Some(time) => {
            format!(" (its control group had used up its quota of CPU for {})", show::time(time.as_nanos() as f64))
        }
        None => String::new(),
    }
}

/// That async bodies hold their threads, so that users wait for one another; `None` where they do not, or where every
/// user has a thread.
fn blocking(measurements: &Measurements) -> Option<String> {
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
        show::time(holds.percentile(50.0).unwrap_or(0.0)),
        show::count(generator.cores)
    ))
}

/// Arrivals that were due and never started.
struct Unsent {
    unsent: u64,
    all: u64,
    seconds: f64,
}

impl Unsent {
    fn of(measurements: &Measurements) -> Option<Self> {
        let whole = Selection::default();
        let unsent = measurements.generator.unsent_of(&whole);
        let tally = measurements.tally(&whole);
        let all = tally.count() + tally.dropped + unsent;
        (unsent > 0).then(|| Self { unsent, all, seconds: measurements.seconds(&whole) })
    }

    fn share(&self) -> f64 {
        self.unsent as f64 / self.all as f64
    }

    fn finding(self, evidence: &Evidence<'_>) -> TargetVerdict {
        let planned = evidence.plan.rate.map(|rate| rate.base());
        let asked = planned.unwrap_or(self.all as f64 / self.seconds.max(1e-9));
        let sent = asked * (1.0 - self.share());
        let blocking = blocking(&evidence.measurements);
        let remedy = blocking.unwrap_or_else(|| {
            "ask for less, build with `--release`, or give a target on `unsent` where that is enough".to_owned()
        });
        let reason = format!(
            "{} of {} were sent: the load generator was too late for {} of {} arrivals and left them out, so that the load \
             asked for was not put on; {remedy}",
            show::rate(sent),
            show::rate(asked),
            show::count(self.unsent),
            show::count(self.all)
        );
        let observed = Some(Figure { value: self.unsent as f64, dimension: Dimension::Count });
        let finding = TargetVerdict::rule("unsent <= 1%", Outcome::Inconclusive, reason);
        TargetVerdict { observed, samples: self.all, ..finding }
    }
}

fn hung(stuck: &Stuck) -> TargetVerdict {
    let time = |time: std::time::Duration| show::time(time.as_nanos() as f64);
    let waited = format!("{}{}", time(stuck.waited), if stuck.is_virtual { " of virtual time" } else { "" });
    let reason = match stuck.users {
        0 => format!("`user_setup` had not ended after {waited}, and the load was ended before it began"),
        users => format!(
            "{} user{} hang{}: nothing has ended since {} of the load, for {waited}, and it was ended; `timeout` bounds an \
             iteration",
            show::count(users),
            if users == 1 { "" } else { "s" },
            if users == 1 { "s" } else { "" },
            time(stuck.since)
        ),
    };
    TargetVerdict::rule("the load ends", Outcome::Fail, reason)
}
