//! Judges one level of a search by what was measured at it. Beside the targets stand two rules: a dropped arrival
//! breaks a level, and so does a backlog that grows while the rate stays the same.

use super::is_of_search;
use crate::judge::{Outcome, TargetVerdict, Verdict, judge, show};
use crate::record::{Measurements, Selection, Tally};
use brunt_plan::{Plan, Target};
use std::time::Duration;

/// Fewer latencies than this on either side say nothing of a trend.
const FEWEST: u64 = 20;
/// A median may grow over a level by this share of the level's length, or double, before it is a backlog.
const GROWTH: f64 = 0.01;
/// How wide a window may be that shows a recovery: wider ones only where narrower ones have too few samples.
const WIDTHS: [u32; 4] = [1, 2, 5, 10];

/// The verdict on a level: of the targets that are about levels, and of the rules.
pub(crate) fn level(plan: &Plan, targets: &[Target], measurements: &Measurements) -> Verdict {
    let indices: Vec<usize> = (0..targets.len()).filter(|index| !is_of_search(&targets[*index])).collect();
    let of_levels: Vec<Target> = indices.iter().map(|index| targets[*index].clone()).collect();
    let judged = judge(plan, &of_levels, measurements).targets.into_iter().map(|verdict| {
        let index = verdict.index.and_then(|index| indices.get(index).copied());
        strict(TargetVerdict { index, ..verdict })
    });
    Verdict::of(judged.chain(backlog(plan, measurements)).collect())
}

/// An arrival that no target speaks of and that found no user was not served: at this level the system, or what
/// `max_users` lets it have, is not enough.
fn strict(verdict: TargetVerdict) -> TargetVerdict {
    let dropped = verdict.index.is_none() && verdict.text == "dropped = 0";
    TargetVerdict { outcome: if dropped { Outcome::Fail } else { verdict.outcome }, ..verdict }
}

/// Of an open load whose rate is too high by a hundredth, the queue grows by a hundredth of the time that it lasts. The
/// median of its last third, against that of its first, shows it long before a percentile reaches its limit.
fn backlog(plan: &Plan, measurements: &Measurements) -> Option<TargetVerdict> {
    let length = plan.rate.and(plan.duration)?.duration()?.as_secs();
    let third = u32::try_from(length / 3).ok().filter(|third| *third > 0)?;
    let of = |from: u32| measurements.stretch(from, third).tally(&Selection::default()).latency;
    let (first, last) = (of(0), of(length as u32 - third));
    if first.count().min(last.count()) < FEWEST {
        return None;
    }
    let (before, after) = (first.percentile(50.0)?, last.percentile(50.0)?);
    let allowed = (GROWTH * length as f64 * 1e9).max(before);
    if after - before <= allowed {
        return None;
    }
    let (before, after) = (show::time(before), show::time(after));
    let grew = format!("the median latency grew from {before} to {after} while the rate stayed the same");
    // Arrivals that start late wait as those of a slow system do.
    let (outcome, reason) = match measurements.generator.saturated {
        true => (Outcome::Inconclusive, format!("{grew}, but the load generator was saturated")),
        false => (Outcome::Fail, format!("the system does not keep up: {grew}")),
    };
    Some(TargetVerdict { samples: last.count(), ..TargetVerdict::rule("no backlog", outcome, reason) })
}

/// When the first window began in which the targets hold, from the start of the load.
pub(crate) fn recovered(plan: &Plan, targets: &[Target], measurements: &Measurements) -> Option<Duration> {
    let seconds = measurements.elapsed.as_secs() as u32;
    let holds = |from: u32, width: u32| {
        let part = measurements.stretch(from, width);
        let empty = part.tally(&Selection::default()) == Tally::default();
        if empty { Outcome::Inconclusive } else { level(plan, targets, &part).outcome }
    };
    let begins = |from: &u32| {
        let told = WIDTHS.into_iter().take_while(|width| from + width <= seconds).map(|width| holds(*from, width));
        told.into_iter().find(|outcome| *outcome != Outcome::Inconclusive) == Some(Outcome::Pass)
    };
    (0..seconds).find(begins).map(|second| Duration::from_secs(second.into()))
}
