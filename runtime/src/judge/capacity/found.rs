//! Judges the capacity that a search found, and the recovery that it saw.

use super::{Ceiling, Recovery, Searched, Trial, is_of_search};
use crate::judge::compare::{self, Compared};
use crate::judge::metric::Reading;
use crate::judge::{Figure, Outcome, TargetVerdict, Trouble, Verdict, show};
use brunt_plan::target::{Comparison, Metric};
use brunt_plan::{Dimension, Target};

/// The verdict on a search: the targets on capacity and recovery by what it found, the others as `level` has them, which
/// is the verdict on the last level that held, or on the first where none did.
pub(crate) fn verdict(targets: &[Target], searched: &Searched, level: Verdict, samples: u64) -> Verdict {
    let mut rows: Vec<TargetVerdict> = level.targets;
    for (index, target) in targets.iter().enumerate().filter(|(_, target)| is_of_search(target)) {
        let row = match target.measure.metric {
            Metric::Capacity => capacity(target, searched, samples),
            _ => recovery(target, searched.recovery),
        };
        rows.push(TargetVerdict { text: target.to_string(), index: Some(index), level: target.level, ..row });
    }
    let by_capacity = targets.iter().any(|target| target.measure.metric == Metric::Capacity);
    if searched.found.capacity.is_none() && !by_capacity {
        rows.push(none_held(searched, "search = capacity"));
    }
    // As declared, and behind them the rules.
    rows.sort_by_key(|row| row.index.unwrap_or(usize::MAX));
    Verdict::of(rows)
}

impl Searched {
    /// A level with its unit.
    pub(crate) fn figure(&self, level: f64) -> Figure {
        Figure { value: level, dimension: if self.is_rate { Dimension::Rate } else { Dimension::Count } }
    }

    /// A level for people: `500/s`, `120 users`.
    pub(crate) fn shown(&self, level: f64) -> String {
        let users = if self.is_rate { "" } else { " users" };
        format!("{}{users}", show::observed(self.figure(level), None))
    }

    fn why(&self, level: f64) -> String {
        let of_level = |trial: &&Trial| trial.level == level && trial.reason.is_some() && !trial.is_recovery;
        let reason = self.trials.iter().rfind(of_level).and_then(|trial| trial.reason.clone());
        reason.map(|reason| format!(": {reason}")).unwrap_or_default()
    }
}

fn capacity(target: &Target, searched: &Searched, samples: u64) -> TargetVerdict {
    let Some(capacity) = searched.found.capacity else { return none_held(searched, "") };
    // A level that held is one up to which it holds: `> 500/s` is met where 500/s held.
    let reading = Reading::new(capacity, searched.figure(capacity).dimension, samples);
    let at_least = match target.comparison {
        Comparison::Greater => Target { comparison: Comparison::AtLeast, ..target.clone() },
        _ => target.clone(),
    };
    let compared = match compare::compare(&at_least, &reading, None) {
        Ok(compared) => compared,
        Err(Trouble::Mistake(mistake)) => return TargetVerdict::rule("", Outcome::Fail, mistake),
        Err(Trouble::Open { reason, .. }) => return TargetVerdict::rule("", Outcome::Inconclusive, reason),
    };
    let (outcome, reason) = weighed(searched, &compared, capacity);
    TargetVerdict {
        outcome,
        observed: Some(reading.figure),
        margin: compared.margin,
        limit: Some(compared.bound),
        samples,
        reason,
        ..TargetVerdict::rule("", outcome, String::new())
    }
}

/// Where nothing broke, the capacity is at least what held: that is enough for a lower limit, and for no upper one.
fn weighed(searched: &Searched, compared: &Compared, capacity: f64) -> (Outcome, Option<String>) {
    let above = match searched.found.ceiling {
        Ceiling::Broke(level) => {
            let broke = format!("{} broke{}", searched.shown(level), searched.why(level));
            return match compared.holds {
                true => (Outcome::Pass, None),
                false => (Outcome::Fail, Some(format!("{}; {broke}", compared.miss))),
            };
        }
        Ceiling::End => "the highest level of the search held: raise its end to learn more".to_owned(),
        Ceiling::Unclear(level) => format!("{} could not be told{}", searched.shown(level), searched.why(level)),
    };
    let outcome = match (compared.holds, compared.bound.high) {
        (true, None) => Outcome::Pass,
        (false, Some(high)) if capacity >= high => Outcome::Fail,
        _ => Outcome::Inconclusive,
    };
    let miss = if compared.holds { String::new() } else { format!("{}, but ", compared.miss) };
    (outcome, Some(format!("{miss}it is at least {}: {above}", searched.shown(capacity))))
}

fn none_held(searched: &Searched, text: &str) -> TargetVerdict {
    let first = searched.trials.first().map_or(0.0, |trial| trial.level);
    let shown = searched.shown(first);
    match searched.found.ceiling {
        Ceiling::Broke(level) if level == first => {
            let reason = format!("the first level, {shown}, already fails{}; start lower", searched.why(first));
            TargetVerdict::rule(text, Outcome::Fail, reason)
        }
        Ceiling::Broke(level) => {
            let broke = format!("{} broke{}", searched.shown(level), searched.why(level));
            let reason = format!("no level held: below it none could be told{}; {broke}", searched.why(first));
            TargetVerdict::rule(text, Outcome::Fail, reason)
        }
        Ceiling::Unclear(_) | Ceiling::End => {
            let reason = format!("no level could be told: {shown}{}; give a longer `duration`", searched.why(first));
            TargetVerdict::rule(text, Outcome::Inconclusive, reason)
        }
    }
}

fn recovery(target: &Target, recovery: Option<Recovery>) -> TargetVerdict {
    let open = |reason: &str| TargetVerdict::rule("", Outcome::Inconclusive, reason.to_owned());
    let Some(Recovery { after, looked }) = recovery else {
        return open("no level broke after one that had held: there was nothing to recover from");
    };
    let time = after.unwrap_or(looked).as_nanos() as f64;
    let compared = match compare::compare(target, &Reading::new(time, Dimension::Time, 1), None) {
        Ok(compared) => compared,
        Err(Trouble::Mistake(reason) | Trouble::Open { reason, .. }) => return open(&reason),
    };
    let (outcome, reason) = match (after, compared.holds) {
        (Some(_), true) => (Outcome::Pass, None),
        (Some(_), false) => (Outcome::Fail, Some(compared.miss)),
        (None, holds) => (
            if holds { Outcome::Inconclusive } else { Outcome::Fail },
            Some(format!("not recovered within the {} that were looked at", show::time(time))),
        ),
    };
    TargetVerdict {
        observed: Some(Figure { value: time, dimension: Dimension::Time }),
        margin: compared.margin,
        limit: Some(compared.bound),
        samples: 1,
        reason,
        ..TargetVerdict::rule("", outcome, String::new())
    }
}
