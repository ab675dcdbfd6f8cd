//! Judges one target: reads its groups, compares each with the limit, and lets the worst speak.

use super::compare::{self, Compared};
use super::evidence::Evidence;
use super::group::{self, Group};
use super::interval;
use super::metric::{self, Read, Reading};
use super::{Outcome, Reference, TargetVerdict, Trouble, generator, show, sweep};
use crate::record::Distribution;
use brunt_plan::target::{Group as Quantifier, Measure, Metric, Stat};
use brunt_plan::{Dimension, Target};

/// The figures of a measure's groups.
struct Readings {
    list: Vec<Labelled>,
    /// Groups that have no figure though they should.
    open: Vec<(Option<String>, Trouble)>,
    /// Groups that need not have one.
    skipped: usize,
}

#[derive(Clone)]
struct Labelled {
    label: Option<String>,
    reading: Reading,
}

/// One figure compared with its limit.
struct Judged {
    left: Labelled,
    right: Option<Reading>,
    compared: Compared,
    outcome: Outcome,
    /// Why a miss, or a hold, does not count as one.
    doubt: Option<String>,
}

/// The verdict on a target.
pub(super) fn assess(evidence: &Evidence<'_>, index: usize, target: &Target) -> TargetVerdict {
    let verdict = judge(evidence, target).unwrap_or_else(|trouble| of_trouble(trouble, None));
    TargetVerdict { text: target.to_string(), index: Some(index), level: target.level, ..verdict }
}

fn judge(evidence: &Evidence<'_>, target: &Target) -> Result<TargetVerdict, Trouble> {
    if let Some(verdict) = sweep::judge(evidence, target) {
        return verdict;
    }
    let of = super::reference(target);
    let right = of.map(|of| readings(evidence, of, None).map_err(|trouble| about(of, trouble))).transpose()?;
    if let (Some(of), Some((label, trouble))) = (of, right.as_ref().and_then(|right| right.open.first())) {
        return Err(about(of, in_group(label.as_deref(), trouble.clone())));
    }
    let right = right.map(|right| right.list);
    let of_right = right.as_ref().and_then(|right| right.first()).map(|right| right.reading.figure.dimension);
    let wanted = of_right.or(compare::dimension(&target.limit));
    let left = readings(evidence, &target.measure, wanted)?;
    let mut judged = Vec::new();
    for one in &left.list {
        for other in against(target, one, right.as_deref()) {
            judged.push(weigh(evidence, target, one, other)?);
        }
    }
    Ok(speak(target, &left, judged))
}

/// What a figure is compared with: nothing measured; its own group's figure where both sides go over the same groups;
/// else every figure of the other side.
fn against<'r>(target: &Target, one: &Labelled, right: Option<&'r [Labelled]>) -> Vec<Option<&'r Reading>> {
    let Some(right) = right else { return vec![None] };
    let of = super::reference(target);
    let paired = of.is_some_and(|of| {
        of.each.is_some() && of.each == target.measure.each && of.over.is_none() && target.measure.over.is_none()
    });
    right.iter().filter(|other| !paired || other.label == one.label).map(|other| Some(&other.reading)).collect()
}

fn weigh(
    evidence: &Evidence<'_>,
    target: &Target,
    left: &Labelled,
    right: Option<&Reading>,
) -> Result<Judged, Trouble> {
    if let Some(why) = right.and_then(|right| right.at_least.as_ref()) {
        return Err(Trouble::open(format!("the other side is not known: {why}")));
    }
    let compared = compare::compare(target, &left.reading, right)?;
    let doubt = match compared.holds {
        true => generator::doubt_of_hold(evidence, target, &left.reading, right, &compared),
        false => generator::excuse(evidence, target, &left.reading, right, &compared)
            .or_else(|| noise(target, &left.reading, right)),
    };
    let outcome = match (compared.holds, &doubt) {
        _ if left.reading.at_least.is_some() => at_least(&compared, left.reading.figure.value),
        (true, None) => Outcome::Pass,
        (false, None) => Outcome::Fail,
        (_, Some(_)) => Outcome::Inconclusive,
    };
    Ok(Judged { left: left.clone(), right: right.cloned(), compared, outcome, doubt })
}

/// Where the true figure is greater than the one there is, that decides where the limit is not in between.
fn at_least(compared: &Compared, value: f64) -> Outcome {
    match compared.bound.high {
        Some(high) if value >= high => Outcome::Fail,
        None if compared.holds => Outcome::Pass,
        _ => Outcome::Inconclusive,
    }
}

/// What makes a miss less than one: a ratio that chance alone may have moved.
fn noise(target: &Target, left: &Reading, right: Option<&Reading>) -> Option<String> {
    let (right, (low, high)) = (right?, compare::factors(&target.limit)?);
    let (a, b) = (left.figure.value, right.figure.value);
    let interval = interval::of_ratio((a, left.interval?), (b, right.interval?))?;
    let ratio = a / b;
    let limit = if ratio < low { low } else { high };
    if !(interval.low..=interval.high).contains(&limit) {
        return None;
    }
    let shown = |value: f64| show::figure(super::Figure { value, dimension: Dimension::Factor });
    let times = interval::samples_wanted(ratio, limit, interval);
    let more = if times.is_finite() && times < 1_000.0 {
        format!("about {} times the samples would settle it", times.ceil().max(2.0))
    } else {
        "no sensible number of samples would settle it".to_owned()
    };
    let (ratio, from, to) = (shown(ratio), shown(interval.low), shown(interval.high));
    Some(format!("noise decides: the ratio is {ratio}, and lies within {from}..{to} with 95 % confidence; {more}"))
}

fn speak(target: &Target, left: &Readings, judged: Vec<Judged>) -> TargetVerdict {
    let of_all = judged.len() + left.open.len();
    let missed = judged.iter().filter(|one| one.outcome == Outcome::Fail).count();
    // Of groups that are equally bad, the first.
    let worst = judged
        .into_iter()
        .rev()
        .max_by(|a, b| a.outcome.cmp(&b.outcome).then_with(|| b.compared.slack.total_cmp(&a.compared.slack)));
    let worst = match (worst, left.open.first()) {
        (Some(worst), _) if worst.outcome == Outcome::Fail => worst,
        (_, Some((label, trouble))) => {
            let verdict = of_trouble(trouble.clone(), label.clone());
            return with_tally(verdict, left.open.len(), of_all, "inconclusive in");
        }
        (Some(worst), None) => worst,
        (None, None) => return of_trouble(Trouble::no_samples(), None),
    };
    let Judged { left: Labelled { label, reading }, right, compared, outcome, doubt } = worst;
    let reason = match (outcome, &reading.at_least, doubt) {
        (Outcome::Pass, ..) => left_out(left.skipped),
        (_, Some(why), _) => Some(why.clone()),
        (_, None, Some(doubt)) if compared.holds => {
            Some(format!("{} meets {}, but {doubt}", show::figure(reading.figure), compared.bound.text))
        }
        (_, None, Some(doubt)) => Some(format!("{}, but {doubt}", compared.miss)),
        (_, None, None) => Some(compared.miss),
    };
    let reason = joined(reason, reading.note.clone());
    let shown = reading.at_least.as_ref().map(|_| format!("> {}", show::figure(reading.figure)));
    let verdict = TargetVerdict {
        outcome,
        observed: Some(reading.figure),
        limit: Some(compared.bound),
        // What is left of a limit that may have been passed is not known.
        margin: compared.margin.filter(|_| shown.is_none() || outcome != Outcome::Inconclusive),
        shown,
        samples: reading.samples,
        worst: label,
        reference: right.and_then(|right| reference(target, &right)),
        reason,
        ..TargetVerdict::rule("", outcome, String::new())
    };
    if outcome == Outcome::Fail { with_tally(verdict, missed, of_all, "missed in") } else { verdict }
}

fn joined(one: Option<String>, other: Option<String>) -> Option<String> {
    match (one, other) {
        (Some(one), Some(other)) => Some(format!("{one}; {other}")),
        (one, other) => one.or(other),
    }
}

fn reference(target: &Target, right: &Reading) -> Option<Reference> {
    let text = super::reference(target)?.to_string();
    Some(Reference { text, figure: right.figure, samples: right.samples })
}

/// Says in how many groups, where there are several.
fn with_tally(mut verdict: TargetVerdict, some: usize, all: usize, words: &str) -> TargetVerdict {
    if all > 1 {
        let reason = verdict.reason.unwrap_or_default();
        verdict.reason = Some(format!("{reason}; {words} {some} of {all}"));
    }
    verdict
}

/// What should be known although the target held.
fn left_out(groups: usize) -> Option<String> {
    let plural = if groups == 1 { "" } else { "s" };
    (groups > 0).then(|| format!("{groups} group{plural} without samples left out"))
}

/// Reads every group of a measure; a stat over the groups makes one figure of them.
fn readings(evidence: &Evidence<'_>, measure: &Measure, wanted: Option<Dimension>) -> Result<Readings, Trouble> {
    let evidence = evidence.of(measure);
    let within = match measure.over {
        Some(Stat::Cv | Stat::Count | Stat::Share) => None,
        _ => wanted,
    };
    let mut readings = Readings { list: Vec::new(), open: Vec::new(), skipped: 0 };
    for group in group::groups(evidence, measure)? {
        let read = metric::read(evidence, &measure.metric, &group, within);
        sort(&mut readings, &measure.metric, group, read)?;
    }
    if readings.list.is_empty() && readings.open.is_empty() {
        return Err(match &measure.each {
            Some(Quantifier::Window(width)) => {
                Trouble::open(format!("there was no full window of {} s with samples", width.as_secs()))
            }
            _ => Trouble::no_samples(),
        });
    }
    match measure.over {
        Some(stat) => over(readings, stat, wanted),
        None => Ok(readings),
    }
}

/// Puts a group's figure where it belongs. Half a window at an edge is no window for an amount, and may have too few
/// samples.
fn sort(readings: &mut Readings, metric: &Metric, group: Group, read: Read) -> Result<(), Trouble> {
    let is_amount = matches!(metric, Metric::Throughput | Metric::Stat(Stat::Count | Stat::Sum));
    match read {
        Err(Trouble::Mistake(mistake)) => return Err(Trouble::Mistake(mistake)),
        Ok(_) if group.is_cut && is_amount => readings.skipped += 1,
        Err(_) if group.is_cut => readings.skipped += 1,
        Err(trouble) if group.may_be_empty && trouble == Trouble::no_samples() => readings.skipped += 1,
        Err(trouble) => readings.open.push((group.label, trouble)),
        Ok(reading) => readings.list.push(Labelled { label: group.label, reading }),
    }
    Ok(())
}

/// One figure of the groups' figures.
fn over(readings: Readings, stat: Stat, wanted: Option<Dimension>) -> Result<Readings, Trouble> {
    if let Some((label, trouble)) = readings.open.first() {
        return Err(in_group(label.as_deref(), trouble.clone()));
    }
    let mut figures = Distribution::default();
    readings.list.iter().for_each(|one| figures.record(one.reading.figure.value));
    let samples = readings.list.iter().map(|one| one.reading.samples).sum();
    let dimension = readings.list.first().map_or(Dimension::Count, |one| one.reading.figure.dimension);
    let reading = match (stat, readings.list.last()) {
        (Stat::Last, Some(last)) => last.reading.clone(),
        _ => metric::stat(&figures, stat, dimension, wanted).map_err(of_groups)?,
    };
    let is_it = |one: &&Labelled| one.reading.figure.value == reading.figure.value;
    let extreme = if matches!(stat, Stat::Min | Stat::Max) { readings.list.iter().find(is_it) } else { None };
    let label = extreme.and_then(|one| one.label.clone());
    let reading = Reading { samples, interval: None, ..reading };
    Ok(Readings { list: vec![Labelled { label, reading }], ..readings })
}

/// The samples of a stat over groups are groups.
fn of_groups(trouble: Trouble) -> Trouble {
    match trouble {
        Trouble::Open { reason, seen, samples } => {
            Trouble::Open { reason: format!("{reason}, and each group is one"), seen, samples }
        }
        mistake => mistake,
    }
}

fn about(measure: &Measure, trouble: Trouble) -> Trouble {
    worded(trouble, |text| format!("`{measure}`: {text}"))
}

fn in_group(label: Option<&str>, trouble: Trouble) -> Trouble {
    worded(trouble, |text| label.map_or_else(|| text.clone(), |label| format!("{label}: {text}")))
}

fn worded(trouble: Trouble, word: impl Fn(String) -> String) -> Trouble {
    match trouble {
        Trouble::Mistake(mistake) => Trouble::Mistake(word(mistake)),
        Trouble::Open { reason, seen, samples } => Trouble::Open { reason: word(reason), seen, samples },
    }
}

fn of_trouble(trouble: Trouble, worst: Option<String>) -> TargetVerdict {
    match trouble {
        Trouble::Mistake(mistake) => TargetVerdict::rule("", Outcome::Fail, mistake),
        Trouble::Open { reason, seen, samples } => {
            TargetVerdict { observed: seen, samples, worst, ..TargetVerdict::rule("", Outcome::Inconclusive, reason) }
        }
    }
}
