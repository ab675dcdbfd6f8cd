//! Judges one level of a search by its measurements. Two rules apply beside the targets: a backlog that grows while the
//! rate stays the same breaks a level, and a load that the generator could not send proves nothing about the system.

use super::search_target::is_of_search;
use super::searched::Seen;
use crate::judge::judge::judge_at;
use crate::judge::rule::Rule;
use crate::judge::{Outcome, TargetVerdict, Verdict};
use crate::record::{Measurements, Selection, Tally};
use crate::units;
use brunt_plan::target::Metric;
use brunt_plan::{Plan, Quantity, Target};
use std::time::Duration;

/// The fewest latencies on either side that show a trend.
const FEWEST: u64 = 20;
/// A median latency that grows over a level by more than this share of the level's length, and more than doubles, is a
/// backlog.
const GROWTH: f64 = 0.01;
/// A backlog that grows by more than this share, or a greater share of failures, is beyond chance.
const FAR: f64 = 0.1;
/// A level was not sent where half of its arrivals started late by more than this share of its length: an arrival that
/// is late by a hundredth at the end is late by half of that in the middle.
const SENT: f64 = 0.005;
/// A level that lasts at least this many seconds is judged by its second half as well: a late break is a small part of
/// the whole.
const HALVED: u32 = 15;
/// The widths in seconds of the windows that may show a recovery: wider ones only where narrower ones have too few
/// samples.
const WIDTHS: [u32; 5] = [1, 2, 5, 10, 20];

/// The judgement of a level.
#[derive(Clone, Debug)]
pub(crate) struct JudgedStep {
    pub(crate) verdict: Verdict,
    pub(crate) seen: Seen,
    /// The share of the load that the system kept up with.
    pub(crate) carried: f64,
    /// Why the level did not hold.
    pub(crate) reason: Option<String>,
}

/// Judges a level: by the targets that are about levels, and by the rules.
pub(crate) fn judge_level(plan: &Plan, targets: &[Target], measurements: &Measurements) -> JudgedStep {
    let (verdict, growth) = by_targets(plan, targets, measurements);
    let late = late_half(plan, targets, measurements).filter(|_| verdict.outcome != Outcome::Fail);
    let verdict = late.unwrap_or(verdict);
    let unsent = why_not_offered(plan, targets, measurements, verdict.outcome);
    let carried = 1.0 - growth.max(failed_share(measurements)).clamp(0.0, 1.0);
    let seen = match (verdict.outcome, &unsent) {
        (Outcome::Fail, _) => Seen::Broke { far: carried < 1.0 - FAR },
        (_, Some(_)) => Seen::Unsent,
        (Outcome::Pass, None) => Seen::Held,
        (Outcome::Inconclusive, None) => Seen::Unclear,
    };
    let reason = if seen == Seen::Unsent { unsent } else { first_missed(&verdict) };
    JudgedStep { verdict, seen, carried, reason }
}

/// Judges the targets and the backlog; the number is the growth of the median latency as a share of the time.
fn by_targets(plan: &Plan, targets: &[Target], measurements: &Measurements) -> (Verdict, f64) {
    let of_levels: Vec<Target> = targets.iter().filter(|target| !is_of_search(target)).cloned().collect();
    let judged = judge_at(plan, &of_levels, measurements, true).targets.into_iter();
    let trend = LatencyTrend::of(plan, measurements);
    let backlog = trend.as_ref().and_then(|trend| trend.backlog(measurements.generator.saturated));
    (Verdict::of(judged.chain(backlog).collect()), trend.map_or(0.0, |trend| trend.share()))
}

/// Judges the second half of a long level; `None` unless it is a miss.
fn late_half(plan: &Plan, targets: &[Target], measurements: &Measurements) -> Option<Verdict> {
    let seconds = plan.duration.and_then(Quantity::duration)?.as_secs() as u32;
    let half = Some(seconds / 2).filter(|_| seconds >= HALVED)?;
    let mut part = measurements.slice_seconds(seconds - half, half);
    // The load was on to the end of the level, and the drain after it is no part of this half.
    part.elapsed = part.elapsed.min(Duration::from_secs(seconds.into()));
    let plan = Plan { duration: Some(Quantity::seconds(half.into())), rate: None, ..plan.clone() };
    let verdict = by_targets(&plan, targets, &part).0;
    (verdict.outcome == Outcome::Fail).then_some(verdict)
}

/// The course of the median latency while the rate stayed the same. Where the rate of an open load is too high by a
/// hundredth, the queue grows by a hundredth of the load's time. The median of the last third against that of the first
/// shows it long before a percentile reaches its limit.
struct LatencyTrend {
    before: f64,
    after: f64,
    /// In nanoseconds.
    length: f64,
    samples: u64,
}

impl LatencyTrend {
    fn of(plan: &Plan, measurements: &Measurements) -> Option<Self> {
        let length = plan.rate.and(plan.duration)?.duration()?.as_secs();
        let third = u32::try_from(length / 3).ok().filter(|third| *third > 0)?;
        let of = |from: u32| measurements.slice_seconds(from, third).tally(&Selection::default()).latency;
        let (first, last) = (of(0), of(length as u32 - third));
        if first.count().min(last.count()) < FEWEST {
            return None;
        }
        let (before, after) = (first.percentile(50.0)?, last.percentile(50.0)?);
        Some(Self { before, after, length: length as f64 * 1e9, samples: last.count() })
    }

    /// The growth as a share of the time in which it grew, which is two thirds of the level.
    fn share(&self) -> f64 {
        (self.after - self.before) * 1.5 / self.length
    }

    fn backlog(&self, saturated: bool) -> Option<TargetVerdict> {
        if self.after - self.before <= (GROWTH * self.length).max(self.before) {
            return None;
        }
        let (before, after) = (units::describe_time(self.before), units::describe_time(self.after));
        let grew = format!("the median latency grew from {before} to {after} while the rate stayed the same");
        // A late start looks like the queue of a slow system.
        let (outcome, reason) = match saturated {
            true => (Outcome::Inconclusive, format!("{grew}, but the load generator was saturated")),
            false => (Outcome::Fail, format!("the system does not keep up: {grew}")),
        };
        Some(TargetVerdict { samples: self.samples, ..TargetVerdict::of_rule(Rule::NoBacklog, outcome, reason) })
    }
}

fn failed_share(measurements: &Measurements) -> f64 {
    let all = measurements.tally(&Selection::default());
    let due = all.count() + all.dropped;
    let not_done = due - all.successes.min(due);
    if due == 0 { 0.0 } else { not_done as f64 / due as f64 }
}

/// Why the level was not put on as it should have been; `None` where it was.
fn why_not_offered(plan: &Plan, targets: &[Target], measurements: &Measurements, outcome: Outcome) -> Option<String> {
    let all = measurements.tally(&Selection::default());
    let names_dropped = targets.iter().any(|target| target.measure.metric == Metric::Dropped);
    if all.dropped > 0 && !names_dropped {
        let (dropped, due) = (units::describe_count(all.dropped), units::describe_count(all.count() + all.dropped));
        let users = plan.max_users.map(|users| format!(" (`max_users = {users}`)")).unwrap_or_default();
        return Some(format!("{dropped} of {due} arrivals found no free user{users}: raise `max_users`"));
    }
    let lateness = &measurements.generator.lateness;
    let length = plan.rate.and(plan.duration)?.duration()?.as_nanos() as f64;
    let half = lateness.percentile(50.0).unwrap_or(0.0);
    // In virtual time few arrivals have a lateness, and none is late.
    if half > SENT * length && lateness.count() * 2 > all.count() {
        return Some(format!(
            "the load generator could not send it: half of the arrivals started {} late or later",
            units::describe_time(half)
        ));
    }
    let late = lateness.percentile(99.0).unwrap_or(0.0);
    (outcome == Outcome::Inconclusive && measurements.generator.saturated).then(|| {
        format!(
            "the load generator was saturated: 1 % of the arrivals started {} late or later",
            units::describe_time(late)
        )
    })
}

/// The first target or rule that did not hold: `p95 < 200ms: 412 ms is …`.
fn first_missed(verdict: &Verdict) -> Option<String> {
    let is_it = |row: &&TargetVerdict| row.outcome == verdict.outcome;
    let row = verdict.targets.iter().find(is_it).filter(|_| verdict.outcome != Outcome::Pass)?;
    Some(format!("`{}`: {}", row.text(), row.reason.as_deref().unwrap_or_default()))
}

/// Finds the start of the first window in which the targets hold, counted from the start of the load. The error is
/// `Broke` where a window missed them, else `Unclear`.
pub(crate) fn first_window_that_held(
    plan: &Plan,
    targets: &[Target],
    measurements: &Measurements,
) -> Result<Duration, Seen> {
    let seconds = measurements.elapsed.as_secs() as u32;
    let holds = |from: u32, width: u32| {
        let part = measurements.slice_seconds(from, width);
        let empty = part.tally(&Selection::default()) == Tally::default();
        if empty { Outcome::Inconclusive } else { by_targets(plan, targets, &part).0.outcome }
    };
    let mut missed = false;
    for from in 0..seconds {
        let windows = WIDTHS.into_iter().take_while(|width| from + width <= seconds);
        match windows.map(|width| holds(from, width)).find(|outcome| *outcome != Outcome::Inconclusive) {
            Some(Outcome::Pass) => return Ok(Duration::from_secs(from.into())),
            Some(_) => missed = true,
            None => {}
        }
    }
    Err(if missed { Seen::Broke { far: false } } else { Seen::Unclear })
}
