//! Judges the capacity that a search found, and the recovery that it saw.

use super::search_target::is_of_search;
use super::searched::{Ceiling, Searched, StepRecovery};
use crate::judge::compare::{self, Compared};
use crate::judge::reading::Reading;
use crate::judge::reading::Trouble;
use crate::judge::rule::Rule;
use crate::judge::target_verdict::VerdictOn;
use crate::judge::{Outcome, TargetVerdict, Verdict};
use crate::units::{self, Figure};
use brunt_plan::target::{Comparison, Metric};
use brunt_plan::{Dimension, Target};

/// Judges a search: the targets on capacity and recovery by its findings, the others by `level`, which is the verdict
/// on the last level that held, or on the first where none did.
pub(crate) fn judge_search(targets: &[Target], searched: &Searched, level: Verdict, samples: u64) -> Verdict {
    let mut rows: Vec<TargetVerdict> = level.targets;
    for target in targets.iter().filter(|target| is_of_search(target)) {
        let row = match target.measure.metric {
            Metric::Capacity => judge_capacity(target, searched, samples),
            _ => judge_recovery(target, searched.found.recovery),
        };
        rows.push(row);
    }
    let by_capacity = targets.iter().any(|target| target.measure.metric == Metric::Capacity);
    if searched.found.capacity.is_none() && !by_capacity {
        rows.push(none_held(searched, VerdictOn::Rule(Rule::CapacityFound)));
    }
    // Targets in the order declared, then the rules.
    let place = |row: &TargetVerdict| targets.iter().position(|target| Some(target) == row.target());
    rows.sort_by_key(|row| place(row).unwrap_or(usize::MAX));
    Verdict::of(rows)
}

fn judge_capacity(target: &Target, searched: &Searched, samples: u64) -> TargetVerdict {
    let Some(capacity) = searched.found.capacity else { return judge_unconfirmed(target, searched) };
    let reading = Reading::new(capacity, searched.figure(capacity).dimension, samples);
    let compared = match compare_reading(target, &reading) {
        Ok(compared) => compared,
        Err(verdict) => return *verdict,
    };
    let (outcome, reason) = outcome_of_search(searched, &compared, capacity);
    TargetVerdict {
        outcome,
        observed: Some(reading.figure),
        margin: compared.margin,
        limit: Some(compared.bound),
        samples,
        reason,
        ..TargetVerdict::of_target(target, outcome, None)
    }
}

fn compare_reading(target: &Target, reading: &Reading) -> Result<Compared, Box<TargetVerdict>> {
    // A level that held counts as met: `> 500/s` is met where 500/s held.
    let at_least = match target.comparison {
        Comparison::Greater => Target { comparison: Comparison::AtLeast, ..target.clone() },
        _ => target.clone(),
    };
    compare::compare_with_limit(&at_least, reading, None).map_err(|trouble| {
        Box::new(match trouble {
            Trouble::Mistake(mistake) => TargetVerdict::of_target(target, Outcome::Fail, Some(mistake)),
            Trouble::Open { reason, .. } => TargetVerdict::of_target(target, Outcome::Inconclusive, Some(reason)),
        })
    })
}

/// Decides a target on a capacity that was found. Where nothing surely broke above it, the true capacity is at least
/// the level that held: enough for a lower limit, not for an upper one.
fn outcome_of_search(searched: &Searched, compared: &Compared, capacity: f64) -> (Outcome, Option<String>) {
    let found = &searched.found;
    let missed = |why: String| Some(format!("{}; {why}", compared.miss));
    let above = match found.ceiling {
        Ceiling::Broke(level) if found.broke == Some(level) => {
            return match compared.holds {
                true => (Outcome::Pass, None),
                false => (Outcome::Fail, missed(searched.broke(level))),
            };
        }
        Ceiling::Broke(level) => {
            format!("{} did not hold after an overload{}", searched.shown(level), searched.why(level))
        }
        Ceiling::Unclear(level) => format!("{} could not be told{}", searched.shown(level), searched.why(level)),
        Ceiling::Unsent(level) => format!(
            "{} could not be sent{}: that is the limit of the load generator, not of the system",
            searched.shown(level),
            searched.why(level)
        ),
        Ceiling::End => "the highest level of the search held: raise its end to learn more".to_owned(),
    };
    match (compared.holds, compared.bound.high) {
        (false, Some(high)) if capacity >= high => return (Outcome::Fail, Some(compared.miss.clone())),
        // A level that surely broke decides, whatever is unknown about the levels below it.
        (true, Some(high)) if found.broke.is_some_and(|broke| broke <= high) => return (Outcome::Pass, None),
        (false, _) => {
            let low = compared.bound.low.unwrap_or(f64::INFINITY);
            if let Some(broke) = found.broke.filter(|broke| *broke <= low) {
                return (Outcome::Fail, missed(searched.broke(broke)));
            }
        }
        (true, _) => {}
    }
    let outcome = if compared.holds && compared.bound.high.is_none() { Outcome::Pass } else { Outcome::Inconclusive };
    let miss = if compared.holds { String::new() } else { format!("{}, but ", compared.miss) };
    (outcome, Some(format!("{miss}it is at least {}: {above}", searched.shown(capacity))))
}

/// Judges a capacity target where no level that held could be confirmed: only a level that surely broke decides.
fn judge_unconfirmed(target: &Target, searched: &Searched) -> TargetVerdict {
    let found = &searched.found;
    let Some(once) = found.once else { return none_held(searched, VerdictOn::Target(Box::new(target.clone()))) };
    let held = format!("{} held once and was not confirmed", searched.shown(once));
    let cut = found.cut.map(|cut| format!(": {}", searched.why_cut(cut))).unwrap_or_default();
    let bound = found.broke.and_then(|broke| {
        let reading = Reading::new(broke, searched.figure(broke).dimension, 0);
        // The capacity is below the level that broke.
        let below = Reading { figure: Figure { value: broke * (1.0 - 1e-9), ..reading.figure }, ..reading };
        compare_reading(target, &below).ok().map(|compared| (broke, compared))
    });
    match bound {
        Some((broke, compared)) if !compared.holds && compared.bound.high.is_none() => {
            let reason = format!("the capacity is below {}: {}; {held}", searched.shown(broke), searched.broke(broke));
            TargetVerdict {
                limit: Some(compared.bound),
                ..TargetVerdict::of_target(target, Outcome::Fail, Some(reason))
            }
        }
        Some((broke, compared)) if compared.holds && compared.bound.low.is_none() => {
            let reason = format!("the capacity is below {}; {held}", searched.shown(broke));
            TargetVerdict {
                limit: Some(compared.bound),
                ..TargetVerdict::of_target(target, Outcome::Pass, Some(reason))
            }
        }
        _ => TargetVerdict::of_target(target, Outcome::Inconclusive, Some(format!("{held}{cut}"))),
    }
}

fn none_held(searched: &Searched, on: VerdictOn) -> TargetVerdict {
    let first = searched.trials.first().map_or(0.0, |trial| trial.level);
    let shown = searched.shown(first);
    match (searched.found.once, searched.found.ceiling) {
        (Some(once), _) => {
            let cut = searched.found.cut.map(|cut| format!(": {}", searched.why_cut(cut))).unwrap_or_default();
            let reason = format!("{} held once and was not confirmed{cut}", searched.shown(once));
            TargetVerdict::on(on, Outcome::Inconclusive, reason)
        }
        (None, Ceiling::Broke(level)) if level == first => {
            let reason = format!("the first level, {shown}, already fails{}; start lower", searched.why(first));
            TargetVerdict::on(on, Outcome::Fail, reason)
        }
        (None, Ceiling::Broke(level)) => {
            let broke = searched.broke(level);
            let reason = format!("no level held: below it none could be told{}; {broke}", searched.why(first));
            TargetVerdict::on(on, Outcome::Fail, reason)
        }
        (None, Ceiling::Unsent(level)) => {
            let reason = format!("{} could not be sent{}; start lower", searched.shown(level), searched.why(level));
            TargetVerdict::on(on, Outcome::Inconclusive, reason)
        }
        (None, Ceiling::Unclear(_) | Ceiling::End) => {
            let reason = format!("no level could be told: {shown}{}; give a longer `duration`", searched.why(first));
            TargetVerdict::on(on, Outcome::Inconclusive, reason)
        }
    }
}

fn judge_recovery(target: &Target, recovery: Option<StepRecovery>) -> TargetVerdict {
    let open = |reason: &str| TargetVerdict::of_target(target, Outcome::Inconclusive, Some(reason.to_owned()));
    let Some(StepRecovery { after, looked }) = recovery else {
        return open("no level broke after one that had held: there was nothing to recover from");
    };
    let time = after.unwrap_or(looked).as_nanos() as f64;
    let compared = match compare::compare_with_limit(target, &Reading::new(time, Dimension::Time, 1), None) {
        Ok(compared) => compared,
        Err(Trouble::Mistake(reason) | Trouble::Open { reason, .. }) => return open(&reason),
    };
    let (outcome, reason) = match (after, compared.holds) {
        (Some(_), true) => (Outcome::Pass, None),
        (Some(_), false) => (Outcome::Fail, Some(compared.miss)),
        (None, holds) => (
            if holds { Outcome::Inconclusive } else { Outcome::Fail },
            Some(format!("not recovered within the {} that were looked at", units::describe_time(time))),
        ),
    };
    TargetVerdict {
        observed: Some(Figure { value: time, dimension: Dimension::Time }),
        margin: compared.margin,
        limit: Some(compared.bound),
        samples: 1,
        reason,
        ..TargetVerdict::of_target(target, outcome, None)
    }
}
