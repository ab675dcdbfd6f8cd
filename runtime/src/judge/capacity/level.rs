//! Judges one level of a search by what was measured at it. Beside the targets stand two rules: a backlog that grows while
//! the rate stays the same breaks a level, and what the load generator could not send says nothing of the system.

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

/// Fewer latencies than this on either side say nothing of a trend.
const FEWEST: u64 = 20;
/// A median may grow over a level by this share of the level's length, or double, before it is a backlog.
const GROWTH: f64 = 0.01;
/// A backlog that grows by this share, or this share of failures, is more than chance would do.
const FAR: f64 = 0.1;
/// A level was sent where half of its arrivals started late by less than this share of its length: an arrival that is
/// late by a hundredth at the end is so by half of that in the middle.
const SENT: f64 = 0.005;
/// A level so many seconds long is judged by its second half as well: what broke late is little of the whole.
const HALVED: u32 = 15;
/// How wide a window may be that shows a recovery: wider ones only where narrower ones have too few samples.
const WIDTHS: [u32; 5] = [1, 2, 5, 10, 20];

/// A level as judged.
#[derive(Clone, Debug)]
pub(crate) struct Judged {
    pub(crate) verdict: Verdict,
    pub(crate) seen: Seen,
    /// Which share of the load the system kept up with.
    pub(crate) carried: f64,
    /// Why it did not hold.
    pub(crate) reason: Option<String>,
}

/// Judges a level: by the targets that are about levels, and by the rules.
pub(crate) fn level(plan: &Plan, targets: &[Target], measurements: &Measurements) -> Judged {
    let (verdict, growth) = by_targets(plan, targets, measurements);
    let late = late_half(plan, targets, measurements).filter(|_| verdict.outcome != Outcome::Fail);
    let verdict = late.unwrap_or(verdict);
    let unsent = unsent(plan, targets, measurements, verdict.outcome);
    let carried = 1.0 - growth.max(failed_share(measurements)).clamp(0.0, 1.0);
    let seen = match (verdict.outcome, &unsent) {
        (Outcome::Fail, _) => Seen::Broke { far: carried < 1.0 - FAR },
        (_, Some(_)) => Seen::Unsent,
        (Outcome::Pass, None) => Seen::Held,
        (Outcome::Inconclusive, None) => Seen::Unclear,
    };
    let reason = if seen == Seen::Unsent { unsent } else { first_missed(&verdict) };
    Judged { verdict, seen, carried, reason }
}

/// The verdict of the targets and of the backlog, and by which share of the time the median latency grew.
fn by_targets(plan: &Plan, targets: &[Target], measurements: &Measurements) -> (Verdict, f64) {
    let of_levels: Vec<Target> = targets.iter().filter(|target| !is_of_search(target)).cloned().collect();
    let judged = judge_at(plan, &of_levels, measurements, true).targets.into_iter();
    let trend = Trend::of(plan, measurements);
    let backlog = trend.as_ref().and_then(|trend| trend.backlog(measurements.generator.saturated));
    (Verdict::of(judged.chain(backlog).collect()), trend.map_or(0.0, |trend| trend.share()))
}

/// The verdict on the second half of a long level, where it is a miss.
fn late_half(plan: &Plan, targets: &[Target], measurements: &Measurements) -> Option<Verdict> {
    let seconds = plan.duration.and_then(Quantity::duration)?.as_secs() as u32;
    let half = Some(seconds / 2).filter(|_| seconds >= HALVED)?;
    let mut part = measurements.slice_seconds(seconds - half, half);
    // The load was on to the end of the level, and what drains after it is no part of this half.
    part.elapsed = part.elapsed.min(Duration::from_secs(seconds.into()));
    let plan = Plan { duration: Some(Quantity::seconds(half.into())), rate: None, ..plan.clone() };
    let verdict = by_targets(&plan, targets, &part).0;
    (verdict.outcome == Outcome::Fail).then_some(verdict)
}

/// How the median latency went while the rate stayed the same: of an open load whose rate is too high by a hundredth, the
/// queue grows by a hundredth of the time that it lasts. The median of its last third, against that of its first, shows it
/// long before a percentile reaches its limit.
struct Trend {
    before: f64,
    after: f64,
    /// In nanoseconds.
    length: f64,
    samples: u64,
}

impl Trend {
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
        let (before, after) = (units::time(self.before), units::time(self.after));
        let grew = format!("the median latency grew from {before} to {after} while the rate stayed the same");
        // Arrivals that start late wait as those of a slow system do.
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

/// Why the level was not put on as it should have been, where it was not.
fn unsent(plan: &Plan, targets: &[Target], measurements: &Measurements, outcome: Outcome) -> Option<String> {
    let all = measurements.tally(&Selection::default());
    let names_dropped = targets.iter().any(|target| target.measure.metric == Metric::Dropped);
    if all.dropped > 0 && !names_dropped {
        let (dropped, due) = (units::count(all.dropped), units::count(all.count() + all.dropped));
        let users = plan.max_users.map(|users| format!(" (`max_users = {users}`)")).unwrap_or_default();
        return Some(format!("{dropped} of {due} arrivals found no free user{users}: raise `max_users`"));
    }
    let lateness = &measurements.generator.lateness;
    let length = plan.rate.and(plan.duration)?.duration()?.as_nanos() as f64;
    let half = lateness.percentile(50.0).unwrap_or(0.0);
    // Few arrivals have a lateness in virtual time, and none is late in it.
    if half > SENT * length && lateness.count() * 2 > all.count() {
        return Some(format!(
            "the load generator could not send it: half of the arrivals started {} late or later",
            units::time(half)
        ));
    }
    let late = lateness.percentile(99.0).unwrap_or(0.0);
    (outcome == Outcome::Inconclusive && measurements.generator.saturated).then(|| {
        format!("the load generator was saturated: 1 % of the arrivals started {} late or later", units::time(late))
    })
}

/// The first thing that did not hold: `p95 < 200ms: 412 ms is …`.
fn first_missed(verdict: &Verdict) -> Option<String> {
    let is_it = |row: &&TargetVerdict| row.outcome == verdict.outcome;
    let row = verdict.targets.iter().find(is_it).filter(|_| verdict.outcome != Outcome::Pass)?;
    Some(format!("`{}`: {}", row.text(), row.reason.as_deref().unwrap_or_default()))
}

/// When the first window began in which the targets hold, from the start of the load; or whether they were missed in the
/// windows that there were, or could not be told.
pub(crate) fn recovered(plan: &Plan, targets: &[Target], measurements: &Measurements) -> Result<Duration, Seen> {
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
