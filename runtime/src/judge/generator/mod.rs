//! The effect of the load generator's health on verdicts. A miss is excused where the figure would meet its limit
//! without what the generator added. A hold is doubted where only the generator's own lateness, or what it left out,
//! brought the figure within its limit. Where the requested load was not put on, nothing was shown.
//!
//! There are two kinds of lateness. Arrivals that start late add to the latency and not to the service time, so that
//! their share is known exactly. Pauses, in which nothing ran that should have, are seen by a probe, and their effect
//! on operations follows from their lengths: an operation that would have taken `d` and overlaps a pause of length `l`
//! takes at most `l` more, and `(d + l) / T` of all operations in a time `T` overlap it.

mod causes;
mod findings;
mod pauses;

use super::compare::{self, Compared};
use super::evidence::Evidence;
use super::reading::Reading;
use super::selector::speaks_of;
use super::{Outcome, TargetVerdict};
use crate::failure::Failed;
use crate::judge::rule::Rule;
use crate::record::{Generator, Selection, Subject};
use crate::units::{self, Figure};
use brunt_plan::Target;
use brunt_plan::target::{Metric, Stat};
use causes::{
    Cause, Time, corrected_figures, figure_without_waiting, longest_wait, sent_in_full, timeouts_by_pauses, with_waits,
    without_timeouts,
};
use findings::describe_blocking;
pub(crate) use findings::generator_findings;
pub(crate) use findings::generator_health;
use pauses::LATE;
pub(crate) use pauses::paused_share;

/// Why the generator may have caused a miss; `None` where it is a miss whatever the generator did.
pub(crate) fn excuse_by_generator(
    evidence: &Evidence<'_>,
    target: &Target,
    left: &Reading,
    right: Option<&Reading>,
    missed: &Compared,
) -> Option<String> {
    let generator = &evidence.measurements.generator;
    let is_above = missed.bound.high.is_some_and(|high| left.figure.value >= high);
    let causes = match how_moved(evidence, target)? {
        // The generator makes no time shorter and no rate higher.
        Moved::Time(_) | Moved::Wait if !is_above => return None,
        Moved::Rate(_) if is_above => return None,
        Moved::Time(time) => {
            let alone = figure_without_waiting(&evidence.measurements, left, &time);
            corrected_figures(generator, left, &time, missed.bound.high?).into_iter().chain(alone).collect()
        }
        Moved::Wait => longest_wait(generator, left),
        Moved::Rate(selection) => sent_in_full(evidence, left, &selection),
        Moved::Timeouts(selection) => without_timeouts(evidence, left, &selection),
    };
    let met = |cause: &Cause| is_met(target, &reading_at(left, cause.value), right);
    let cause = causes.into_iter().find(met)?;
    let blocking = describe_blocking(&evidence.measurements).filter(|by| !cause.why.contains(by));
    Some(blocking.map_or(cause.why.clone(), |by| format!("{}; {by}", cause.why)))
}

/// Why a figure that meets its limit does not show that the target holds.
pub(crate) fn doubt_of_hold(
    evidence: &Evidence<'_>,
    target: &Target,
    left: &Reading,
    right: Option<&Reading>,
    held: &Compared,
) -> Option<String> {
    let measurements = &*evidence.measurements;
    let generator = &measurements.generator;
    let causes = match how_moved(evidence, target)? {
        Moved::Time(time) => {
            let longest = held.bound.high.or(held.bound.low)?;
            let late = held.bound.low.map(|_| corrected_figures(generator, left, &time, longest));
            let left_out = held.bound.high.and_then(|_| with_waits(measurements, left, &time));
            late.into_iter().flatten().chain(left_out).collect()
        }
        Moved::Rate(selection) => sent_in_full(evidence, left, &selection),
        Moved::Wait | Moved::Timeouts(_) => Vec::new(),
    };
    let misses = |cause: &Cause| !is_met(target, &reading_at(left, cause.value), right);
    let why = causes.into_iter().find(misses).map(|cause| cause.why);
    why.or_else(|| ratio_of_lateness(generator, target, left, right?))
}

/// Why a ratio holds only because arrivals started late: on the other side lateness makes the limit larger.
fn ratio_of_lateness(generator: &Generator, target: &Target, left: &Reading, right: &Reading) -> Option<String> {
    let late = generator.lateness.percentile(99.0).filter(|late| *late > LATE)?;
    let started = |reading: &Reading| Some(reading_at(reading, reading.on_time?));
    let (left, right) = (started(left)?, started(right)?);
    let [one, other] = [&left, &right].map(|side| units::describe_figure(side.figure));
    let why = format!(
        "the load generator started its arrivals late ({} at p99): without that the two are {one} and {other}",
        units::describe_time(late)
    );
    (!is_met(target, &left, Some(&right))).then_some(why)
}

/// The reading with another figure.
fn reading_at(reading: &Reading, value: f64) -> Reading {
    Reading { figure: Figure { value, ..reading.figure }, ..reading.clone() }
}

/// Makes the finding inconclusive where pauses alone made operations time out: they prove nothing about the system.
pub(crate) fn excuse_timeouts(evidence: &Evidence<'_>, row: TargetVerdict) -> TargetVerdict {
    if row.rule() != Some(&Rule::NoErrors) || row.outcome != Outcome::Fail {
        return row;
    }
    let steady = evidence.steady();
    let tally = steady.measurements.tally(&Selection::default());
    let why = timeouts_by_pauses(steady, &tally)
        .filter(|_| tally.failures() == tally.failures_of(|kind| kind == Failed::TIMEOUT));
    match why {
        Some(why) => {
            let reason = format!("{}, but {why}", row.reason.unwrap_or_default());
            TargetVerdict { outcome: Outcome::Inconclusive, reason: Some(reason), ..row }
        }
        None => row,
    }
}

/// How the generator may move a figure.
enum Moved {
    /// It makes a time longer.
    Time(Time),
    /// It delays an end that is waited for.
    Wait,
    /// It lowers a rate of this selection.
    Rate(Selection),
    /// It makes operations of this selection time out.
    Timeouts(Selection),
}

/// How the generator may move what a target measures; `None` where it cannot.
fn how_moved(evidence: &Evidence<'_>, target: &Target) -> Option<Moved> {
    let measure = &target.measure;
    let selection = evidence.select(&measure.selector).ok()?;
    // The spread of groups is no time, nor is their number.
    let is_figure = !matches!(measure.over, Some(Stat::Cv | Stat::Stddev | Stat::Count | Stat::Share | Stat::Sum));
    let is_step = matches!(selection.subject, Subject::Step(_));
    let is_value = matches!(selection.subject, Subject::Value(_));
    let time = |stat: Stat, from_due: bool| {
        (stat.is_time() && is_figure && !is_value).then_some(Moved::Time(Time { stat, from_due }))
    };
    match measure.metric {
        Metric::Stat(stat) => time(stat, !is_step),
        Metric::ErrorLatency(_, stat) => time(stat, !is_step),
        Metric::Service(stat) => time(stat, false),
        Metric::Elapsed => Some(Moved::Wait),
        ref metric if metric.is_waited_for() => Some(Moved::Wait),
        Metric::Throughput if is_figure => Some(Moved::Rate(selection)),
        Metric::Errors(ref kinds) if speaks_of(kinds, Failed::TIMEOUT) => Some(Moved::Timeouts(selection)),
        Metric::SuccessRate => Some(Moved::Timeouts(selection)),
        _ => None,
    }
}

fn is_met(target: &Target, reading: &Reading, right: Option<&Reading>) -> bool {
    compare::compare_with_limit(target, reading, right).is_ok_and(|compared| compared.holds)
}
