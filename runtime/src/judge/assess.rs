//! The verdict on one target: every group is read and compared with the limit, and the worst one decides.

use super::compare::{self, Compared};
use super::evidence::Evidence;
use super::group::{self, Group};
use super::metric;
use super::noise::{self, Noise, Side, Weighed};
use super::reading::Trouble;
use super::reading::{ReadResult, Reading};
use super::sampled::Basis;
use super::timeline::SamplePlace;
use super::{MeasuredReference, Outcome, TargetVerdict, bounds, certainty, generator, size_growth};
use crate::record::Distribution;
use crate::units::{self, Figure};
use brunt_plan::target::{Group as Quantifier, Measure, Metric, Stat};
use brunt_plan::{Dimension, Target};

/// The figures of a measure's groups.
struct Readings {
    list: Vec<Labelled>,
    /// Groups that should have a figure and have none.
    open: Vec<(Option<String>, Trouble)>,
    /// How many groups have no figure and need none.
    skipped: usize,
    /// How many windows were cut by the end of a load or stage, so that an amount cannot be read from them.
    cut: usize,
}

#[derive(Clone)]
struct Labelled {
    label: Option<String>,
    reading: Reading,
    noise: Noise,
    /// The number of groups that this one is the extreme of: any of them may have been the extreme by chance.
    one_of: usize,
}

/// A target whose figures have been read and compared, before noise is considered.
pub(super) struct Pending<'t> {
    target: &'t Target,
    left: Readings,
    pairs: Vec<Pair>,
}

/// One figure compared with its limit.
struct Pair {
    left: Labelled,
    right: Option<Labelled>,
    compared: Compared,
}

/// A comparison that has been decided.
struct JudgedPair {
    pair: Pair,
    outcome: Outcome,
    /// Why a miss or a hold does not count: noise, too few samples, the load generator.
    doubt: Option<String>,
}

impl Pending<'_> {
    /// The number of comparisons among which the error of the test is shared.
    pub(super) fn comparisons(&self) -> usize {
        self.pairs.iter().map(|pair| pair.left.one_of * pair.right.as_ref().map_or(1, |right| right.one_of)).sum()
    }
}

/// Judges a target as if the test had no other; `looks` is how often the verdict has been asked for.
pub(super) fn assess_target(evidence: &Evidence<'_>, target: &Target, looks: u32) -> TargetVerdict {
    match compare_groups(evidence, target) {
        Ok(pending) => {
            let error = certainty::error_of_one(pending.comparisons(), looks, false);
            decide_target(evidence, pending, error)
        }
        Err(verdict) => *verdict,
    }
}

/// Reads a target's figures and compares them with the limit. The error is a verdict that needs no comparison.
pub(super) fn compare_groups<'t>(
    evidence: &Evidence<'_>,
    target: &'t Target,
) -> Result<Pending<'t>, Box<TargetVerdict>> {
    if let Some(verdict) = size_growth::judge_growth(evidence, target) {
        return Err(Box::new(verdict.unwrap_or_else(|trouble| of_trouble(target, trouble, None))));
    }
    pair_up(evidence, target).map_err(|trouble| Box::new(of_trouble(target, trouble, None)))
}

fn pair_up<'t>(evidence: &Evidence<'_>, target: &'t Target) -> Result<Pending<'t>, Trouble> {
    let of = target.limit.measure();
    let right = of
        .map(|of| read_groups(evidence, of, None).map_err(|trouble| trouble_with_measure(of, trouble)))
        .transpose()?;
    if let (Some(of), Some((label, trouble))) = (of, right.as_ref().and_then(|right| right.open.first())) {
        return Err(trouble_with_measure(of, in_group(label.as_deref(), trouble.clone())));
    }
    let right = right.map(|right| right.list);
    let of_right = right.as_ref().and_then(|right| right.first()).map(|right| right.reading.figure.dimension);
    let wanted = of_right.or(bounds::dimension_of_limit(&target.limit));
    let left = read_groups(evidence, &target.measure, wanted)?;
    let mut pairs = Vec::new();
    for one in &left.list {
        for other in references_for(target, one, right.as_deref()) {
            pairs.push(make_pair(target, one, other)?);
        }
    }
    Ok(Pending { target, left, pairs })
}

/// The figures that a figure is compared with: none where the limit is fixed; the figure of its own group where both
/// sides go over the same groups; else every figure of the other side.
fn references_for<'r>(target: &Target, one: &Labelled, right: Option<&'r [Labelled]>) -> Vec<Option<&'r Labelled>> {
    let Some(right) = right else { return vec![None] };
    let of = target.limit.measure();
    let paired = of.is_some_and(|of| {
        of.each.is_some() && of.each == target.measure.each && of.over.is_none() && target.measure.over.is_none()
    });
    right.iter().filter(|other| !paired || other.label == one.label).map(Some).collect()
}

fn make_pair(target: &Target, left: &Labelled, right: Option<&Labelled>) -> Result<Pair, Trouble> {
    let reading = right.map(|right| &right.reading);
    if let Some(why) = reading.and_then(|right| right.at_least.as_ref()) {
        return Err(Trouble::open(format!("the other side is not known: {why}")));
    }
    if let (Some(why), Some(of)) = (reading.and_then(|right| right.too_few.as_ref()), target.limit.measure()) {
        return Err(trouble_with_measure(of, Trouble::open(why.clone())));
    }
    let compared = compare::compare_with_limit(target, &left.reading, reading)?;
    Ok(Pair { left: left.clone(), right: right.cloned(), compared })
}

/// Decides every comparison of a target with the chance `error` of a wrong decision; the worst is the verdict.
pub(super) fn decide_target(evidence: &Evidence<'_>, pending: Pending<'_>, error: f64) -> TargetVerdict {
    let Pending { target, left, pairs } = pending;
    let judged = pairs.into_iter().map(|pair| judge_pair(evidence, target, pair, error)).collect();
    worst_verdict(evidence, target, &left, judged)
}

fn judge_pair(evidence: &Evidence<'_>, target: &Target, pair: Pair, error: f64) -> JudgedPair {
    let of_some = pair.left.one_of * pair.right.as_ref().map_or(1, |right| right.one_of);
    let doubt = match pair.compared.holds {
        true => doubt_of_hold(evidence, target, &pair, error / of_some as f64),
        false => doubt_of_miss(evidence, target, &pair, error / of_some as f64),
    };
    let outcome = match (pair.compared.holds, &doubt) {
        _ if pair.left.reading.at_least.is_some() => at_least(&pair.compared, pair.left.reading.figure.value),
        (_, Some(_)) => Outcome::Inconclusive,
        (true, None) => Outcome::Pass,
        (false, None) => Outcome::Fail,
    };
    JudgedPair { pair, outcome, doubt }
}

/// Decides a target whose true figure is only known to be greater than `value`: missed where an upper limit is reached,
/// met where there is no upper limit and the lower one holds, else open.
fn at_least(compared: &Compared, value: f64) -> Outcome {
    match compared.bound.high {
        Some(high) if value >= high => Outcome::Fail,
        None if compared.holds => Outcome::Pass,
        _ => Outcome::Inconclusive,
    }
}

/// Why a hold is no pass: there were too few samples, the load generator caused it, or it had to be shown and is not.
fn doubt_of_hold(evidence: &Evidence<'_>, target: &Target, pair: &Pair, error: f64) -> Option<String> {
    let (reading, right) = (&pair.left.reading, pair.right.as_ref().map(|right| &right.reading));
    if let Some(too_few) = reading.too_few.clone().or_else(|| too_few_for_share(&pair.compared, reading)) {
        return Some(too_few);
    }
    if let Some(doubt) = generator::doubt_of_hold(evidence, target, reading, right, &pair.compared) {
        return Some(format!(
            "{} meets {}, but {doubt}",
            units::describe_figure(reading.figure),
            pair.compared.bound.text
        ));
    }
    if !target.proven {
        return None;
    }
    let weighed = noise_of(evidence, target, pair, error);
    weighed.is_explained.then(|| format!("it holds in what was seen, but is not shown: {}", weighed.text))
}

/// Why a miss does not count: the load generator was late itself, or noise explains it.
fn doubt_of_miss(evidence: &Evidence<'_>, target: &Target, pair: &Pair, error: f64) -> Option<String> {
    let (reading, right) = (&pair.left.reading, pair.right.as_ref().map(|right| &right.reading));
    generator::excuse_by_generator(evidence, target, reading, right, &pair.compared).or_else(|| {
        let weighed = noise_of(evidence, target, pair, error);
        weighed.is_explained.then(|| format!("noise may explain it: {}", weighed.text))
    })
}

/// The two sides of a pair, each with the place of its samples.
fn sides_of<'p>(evidence: &'p Evidence<'_>, target: &'p Target, pair: &'p Pair) -> (Side<'p>, Option<Side<'p>>) {
    let side = |measure: &'p Measure, one: &'p Labelled| Side {
        evidence: evidence.of(measure),
        metric: &measure.metric,
        reading: &one.reading,
        noise: &one.noise,
    };
    let right = target.limit.measure().zip(pair.right.as_ref());
    (side(&target.measure, &pair.left), right.map(|(of, right)| side(of, right)))
}

/// The ends between which the true figure lies with 95 % confidence.
fn likely_range(evidence: &Evidence<'_>, target: &Target, pair: &Pair) -> Option<(f64, f64)> {
    let (left, right) = sides_of(evidence, target, pair);
    let ends = match &right {
        None => noise::likely_ends(&left),
        Some(right) => noise::likely_ratio(&left, right).map(|(low, high)| {
            let unit = right.reading.figure.value;
            (low * unit, high * unit)
        }),
    };
    ends.filter(|(low, high)| low.is_finite() && high.is_finite())
}

/// Weighs the noise of one comparison, in the direction in which the comparison came out.
fn noise_of(evidence: &Evidence<'_>, target: &Target, pair: &Pair, error: f64) -> Weighed {
    let (left, right) = sides_of(evidence, target, pair);
    let Some(right) = right else {
        return match pair.compared.holds {
            true => noise::of_hold(&left, &pair.compared, error),
            false => noise::of_miss(&left, &pair.compared, error),
        };
    };
    let ratio = left.reading.figure.value / right.reading.figure.value;
    let (low, high) = compare::limit_factors(&target.limit).unwrap_or((1.0, 1.0));
    let nearest = if ratio < low || (ratio - low).abs() < (ratio - high).abs() { low } else { high };
    noise::of_ratio(&left, &right, nearest, error)
}

/// Why there are too few operations for a share. With enough of them, a system whose share is twice the allowed one
/// shows it in two of three runs: 50 for a share of 1 %, as 1 − (1 − 2 %)^50 is 64 %.
fn too_few_for_share(compared: &Compared, reading: &Reading) -> Option<String> {
    if reading.basis != Basis::Share {
        return None;
    }
    let allowed = compared.ends.iter().map(|(end, is_upper)| if *is_upper { end.value } else { 1.0 - end.value });
    let least = allowed.filter(|allowed| *allowed > 0.0).fold(f64::INFINITY, f64::min);
    // In binary fractions 0.5 / 0.01 may be a little more than 50.
    let wanted = if least.is_finite() { (0.5 / least * (1.0 - 1e-9)).ceil().max(1.0) as u64 } else { 1 };
    (reading.samples < wanted).then(|| {
        let (wanted, share) = (units::describe_count(wanted), units::describe_share(least));
        format!("too few operations: {wanted} at least are wanted where a share of {share} decides")
    })
}

fn worst_verdict(evidence: &Evidence<'_>, target: &Target, left: &Readings, judged: Vec<JudgedPair>) -> TargetVerdict {
    let of_all = judged.len() + left.open.len();
    let with = |outcome: Outcome| judged.iter().filter(|one| one.outcome == outcome).count();
    let (missed, undecided) = (with(Outcome::Fail), with(Outcome::Inconclusive));
    // The first of the groups that are equally bad.
    let worst = judged.into_iter().rev().max_by(|a, b| {
        let by_slack = || b.pair.compared.slack.total_cmp(&a.pair.compared.slack);
        a.outcome.cmp(&b.outcome).then_with(by_slack)
    });
    let worst = match (worst, left.open.first()) {
        (Some(worst), _) if worst.outcome == Outcome::Fail => worst,
        (_, Some((label, trouble))) => {
            let verdict = of_trouble(target, trouble.clone(), label.clone());
            return with_tally(verdict, left.open.len(), of_all, "inconclusive in");
        }
        (Some(worst), None) => worst,
        (None, None) => return of_trouble(target, Trouble::no_samples(), None),
    };
    let interval = likely_range(evidence, target, &worst.pair);
    let JudgedPair { pair: Pair { left: Labelled { label, reading, .. }, right, compared }, outcome, doubt } = worst;
    let reason = match (outcome, &reading.at_least, doubt) {
        (Outcome::Pass, ..) => join_reasons(left_out(left.skipped, "without samples"), left_out(left.cut, "cut short")),
        (_, Some(why), _) => Some(why.clone()),
        (_, None, Some(doubt)) if compared.holds => Some(doubt),
        (_, None, Some(doubt)) => Some(format!("{}, but {doubt}", compared.miss)),
        (_, None, None) => Some(compared.miss.clone()),
    };
    let reason = join_reasons(reason, reading.note.clone());
    let shown = reading.at_least.as_ref().map(|_| format!("> {}", units::describe_figure(reading.figure)));
    // A figure that cannot be told from the limit is shown as the limit.
    let value = compared.equal_to.unwrap_or(reading.figure.value);
    let verdict = TargetVerdict {
        outcome,
        observed: Some(Figure { value, ..reading.figure }),
        limit: Some(compared.bound),
        // The margin is unknown where the limit may have been passed.
        margin: compared.margin.filter(|_| shown.is_none() || outcome != Outcome::Inconclusive),
        shown,
        interval,
        samples: reading.samples,
        worst: label,
        reference: right.and_then(|right| reference_of(target, &right.reading)),
        reason,
        ..TargetVerdict::of_target(target, outcome, None)
    };
    match outcome {
        Outcome::Fail => with_tally(verdict, missed, of_all, "missed in"),
        Outcome::Inconclusive => with_tally(verdict, undecided, of_all, "inconclusive in"),
        Outcome::Pass => verdict,
    }
}

fn join_reasons(one: Option<String>, other: Option<String>) -> Option<String> {
    match (one, other) {
        (Some(one), Some(other)) => Some(format!("{one}; {other}")),
        (one, other) => one.or(other),
    }
}

fn reference_of(target: &Target, right: &Reading) -> Option<MeasuredReference> {
    let text = target.limit.measure()?.to_string();
    Some(MeasuredReference { text, figure: right.figure, samples: right.samples })
}

/// Adds to the reason in how many groups it happened, where there are several.
fn with_tally(mut verdict: TargetVerdict, some: usize, all: usize, words: &str) -> TargetVerdict {
    if all > 1 {
        let reason = verdict.reason.unwrap_or_default();
        verdict.reason = Some(format!("{reason}; {words} {some} of {all}"));
    }
    verdict
}

/// A note on the groups that were left out of a target that held.
fn left_out(groups: usize, how: &str) -> Option<String> {
    let plural = if groups == 1 { "" } else { "s" };
    (groups > 0).then(|| format!("{groups} group{plural} {how} left out"))
}

/// Reads every group of a measure; a stat over the groups reduces them to one figure.
fn read_groups(evidence: &Evidence<'_>, measure: &Measure, wanted: Option<Dimension>) -> Result<Readings, Trouble> {
    let evidence = evidence.of(measure);
    let within = match measure.over {
        Some(Stat::Cv | Stat::Count | Stat::Share) => None,
        _ => wanted,
    };
    let mut readings = Readings { list: Vec::new(), open: Vec::new(), skipped: 0, cut: 0 };
    for group in group::groups_of(evidence, measure)? {
        let read = metric::read_metric(evidence, &measure.metric, &group, within);
        file_reading(&mut readings, &measure.metric, group, read)?;
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
        Some(stat) => stat_over_groups(readings, stat, wanted),
        None => Ok(readings),
    }
}

/// Files a group's figure among the readings. A window that an edge cuts in half has no amount to compare, and may have
/// too few samples.
fn file_reading(readings: &mut Readings, metric: &Metric, group: Group, read: ReadResult) -> Result<(), Trouble> {
    let is_amount = matches!(metric, Metric::Throughput | Metric::Stat(Stat::Count | Stat::Sum));
    match read {
        Err(Trouble::Mistake(mistake)) => return Err(Trouble::Mistake(mistake)),
        Ok(_) if is_amount && (group.is_cut || !group.is_full && *metric != Metric::Throughput) => {
            readings.cut += 1;
        }
        Ok(reading) if group.is_cut && reading.too_few.is_some() => readings.cut += 1,
        Err(_) if group.is_cut => readings.cut += 1,
        Err(trouble) if group.may_be_empty && trouble == Trouble::no_samples() => readings.skipped += 1,
        Err(trouble) => readings.open.push((group.label, trouble)),
        Ok(reading) => {
            let noise = match (reading.basis, reading.counts) {
                (_, Some((hits, trials))) => Noise::Counts { hits, trials },
                (Basis::Fact, None) => Noise::None,
                _ => Noise::Samples(SamplePlace { selection: group.selection, window: group.window }),
            };
            readings.list.push(Labelled { label: group.label, reading, noise, one_of: 1 });
        }
    }
    Ok(())
}

/// Reduces the figures of the groups to one by a stat.
fn stat_over_groups(readings: Readings, stat: Stat, wanted: Option<Dimension>) -> Result<Readings, Trouble> {
    if let Some((label, trouble)) = readings.open.first() {
        return Err(in_group(label.as_deref(), trouble.clone()));
    }
    let mut figures = Distribution::default();
    readings.list.iter().for_each(|one| figures.record(one.reading.figure.value));
    let samples = readings.list.iter().map(|one| one.reading.samples).sum();
    let dimension = readings.list.first().map_or(Dimension::Count, |one| one.reading.figure.dimension);
    let reading = match (stat, readings.list.last()) {
        (Stat::Last, Some(last)) => last.reading.clone(),
        _ => metric::read_stat(&figures, stat, dimension, wanted).map_err(of_groups)?,
    };
    let is_it = |one: &&Labelled| one.reading.figure.value == reading.figure.value;
    let extreme = if matches!(stat, Stat::Min | Stat::Max) { readings.list.iter().find(is_it) } else { None };
    let one_of = readings.list.len();
    let one = match extreme {
        // The extreme group keeps its own noise, and any of the others may have been the extreme.
        Some(group) => {
            let reading = Reading { samples, ..group.reading.clone() };
            Labelled { reading, one_of, ..group.clone() }
        }
        None => {
            let figures = readings.list.iter().map(|one| one.reading.figure.value).collect();
            let noise = if reading.basis == Basis::Fact { Noise::None } else { Noise::Figures(figures) };
            Labelled { label: None, reading: Reading { samples, ..reading }, noise, one_of: 1 }
        }
    };
    Ok(Readings { list: vec![one], ..readings })
}

/// Adds to the reason that each group counts as one sample of a stat over groups.
fn of_groups(trouble: Trouble) -> Trouble {
    match trouble {
        Trouble::Open { reason, seen, samples } => {
            Trouble::Open { reason: format!("{reason}, and each group is one"), seen, samples }
        }
        mistake => mistake,
    }
}

fn trouble_with_measure(measure: &Measure, trouble: Trouble) -> Trouble {
    reword_trouble(trouble, |text| format!("`{measure}`: {text}"))
}

fn in_group(label: Option<&str>, trouble: Trouble) -> Trouble {
    reword_trouble(trouble, |text| label.map_or_else(|| text.clone(), |label| format!("{label}: {text}")))
}

fn reword_trouble(trouble: Trouble, word: impl Fn(String) -> String) -> Trouble {
    match trouble {
        Trouble::Mistake(mistake) => Trouble::Mistake(word(mistake)),
        Trouble::Open { reason, seen, samples } => Trouble::Open { reason: word(reason), seen, samples },
    }
}

fn of_trouble(target: &Target, trouble: Trouble, worst: Option<String>) -> TargetVerdict {
    match trouble {
        Trouble::Mistake(mistake) => TargetVerdict::of_target(target, Outcome::Fail, Some(mistake)),
        Trouble::Open { reason, seen, samples } => TargetVerdict {
            observed: seen,
            samples,
            worst,
            ..TargetVerdict::of_target(target, Outcome::Inconclusive, Some(reason))
        },
    }
}
