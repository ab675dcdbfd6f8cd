//! Whether noise explains what was seen of a comparison: how likely a system that just meets a limit would have looked
//! as bad, or one that just misses it as good; and, where that is not decided, within which ends the truth lies and how
//! many samples would decide.

use super::compare::{Compared, End};
use super::evidence::Evidence;
use super::interval::{self, Edge, Interval};
use super::metric::Reading;
use super::sampled::{Basis, Block, Sampled};
use super::timeline::{self, Place};
use super::{Figure, show, spread};
use brunt_plan::Dimension;
use brunt_plan::target::Metric;

/// Where the noise of a figure is seen.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Noise {
    /// Nowhere: the figure is a fact.
    None,
    /// In the samples of a place.
    Samples(Place),
    /// In figures of which it is a stat, each of one group.
    Figures(Vec<f64>),
    /// In the counts that it is the share of.
    Counts { hits: u64, trials: u64 },
}

/// One side of a comparison.
pub(super) struct Side<'s> {
    pub(super) metric: &'s Metric,
    pub(super) reading: &'s Reading,
    pub(super) noise: &'s Noise,
}

/// What noise makes of a comparison.
pub(super) struct Weighed {
    /// Whether noise explains it, at the error that was given.
    pub(super) is_explained: bool,
    /// With which ends, and how many samples would decide, in words.
    pub(super) text: String,
}

impl Side<'_> {
    fn sampled(&self, evidence: &Evidence<'_>) -> Sampled {
        let basis = self.reading.basis;
        match self.noise {
            Noise::None => Sampled::new(Basis::Fact, Vec::new()),
            Noise::Samples(place) => timeline::sampled(evidence, self.metric, basis, place),
            Noise::Figures(figures) => Sampled::new(basis, figures.iter().map(|figure| one_value(*figure)).collect()),
            Noise::Counts { hits, trials } => {
                let block = Block { hits: *hits, trials: *trials, seconds: 1.0, ..Block::default() };
                Sampled::new(Basis::Share, vec![block])
            }
        }
    }
}

fn one_value(value: f64) -> Block {
    let mut block = Block { seconds: 1.0, ..Block::default() };
    block.values.record(value);
    block
}

/// Asks whether noise explains that a figure missed a limit that is known.
pub(super) fn of_miss(evidence: &Evidence<'_>, side: &Side<'_>, compared: &Compared, error: f64) -> Weighed {
    let sampled = side.sampled(evidence);
    let Some(edge) = compared.missed_end.map(|(end, is_upper)| edge_of(end, is_upper)) else {
        return Weighed { is_explained: false, text: String::new() };
    };
    let chance = interval::chance_of_miss(&sampled, edge);
    if chance <= error {
        return Weighed { is_explained: false, text: String::new() };
    }
    Weighed { is_explained: true, text: within(side, &sampled, edge, error) }
}

/// Asks whether a hold is shown: whether noise does not explain that a figure met a limit that is known.
pub(super) fn of_hold(evidence: &Evidence<'_>, side: &Side<'_>, compared: &Compared, error: f64) -> Weighed {
    let sampled = side.sampled(evidence);
    let edges = compared.ends.iter().map(|(end, is_upper)| edge_of(*end, *is_upper));
    let unshown = edges.into_iter().find(|edge| interval::chance_of_hold(&sampled, *edge) > error);
    match unshown {
        None => Weighed { is_explained: false, text: String::new() },
        Some(edge) => Weighed { is_explained: true, text: within(side, &sampled, edge, error) },
    }
}

fn edge_of(end: End, is_upper: bool) -> Edge {
    Edge { limit: end.value, is_included: end.is_included, is_upper }
}

/// `p95 lies within 48 ms..57 ms with 95 % confidence (200 samples); about 900 samples (90 s) would decide`.
fn within(side: &Side<'_>, sampled: &Sampled, edge: Edge, error: f64) -> String {
    const OUTSIDE: f64 = 0.025;
    let figure = side.reading.figure;
    let samples = show::count(side.reading.samples);
    let plural = if side.reading.samples == 1 { "" } else { "s" };
    let times = times_wanted(sampled, figure.value, edge, error);
    let more = more_wanted(side.reading.samples, times);
    match interval::of_sampled(sampled, OUTSIDE) {
        Some(interval) if interval.low.is_finite() && interval.high.is_finite() => {
            let shown = |value: f64| show::figure(Figure { value: bounded(value, figure.dimension), ..figure });
            let (low, high) = (shown(interval.low), shown(interval.high));
            format!("it lies within {low}..{high} with 95 % confidence ({samples} sample{plural}); {more}")
        }
        _ => format!("{samples} sample{plural} say too little; {more}"),
    }
}

/// Neither times nor rates are below zero.
fn bounded(value: f64, dimension: Dimension) -> f64 {
    if dimension == Dimension::Share { value.clamp(0.0, 1.0) } else { value.max(0.0) }
}

/// How many times the samples would decide, if the figure stays.
fn times_wanted(sampled: &Sampled, figure: f64, edge: Edge, error: f64) -> f64 {
    if let Basis::Percentile(_) | Basis::Share = sampled.basis
        && let Some(times) = interval::times_for_share(sampled, edge, error)
    {
        return times;
    }
    interval::of_sampled(sampled, error)
        .map_or(f64::INFINITY, |interval| interval::times_wanted(figure, edge.limit, interval))
}

fn more_wanted(samples: u64, times: f64) -> String {
    const SENSIBLE: f64 = 1_000.0;
    if !times.is_finite() || times > SENSIBLE {
        return "no sensible number of samples would decide it".to_owned();
    }
    let times = times.max(1.1);
    let wanted = times * samples.max(1) as f64;
    // Rounded up to two digits: it is an estimate.
    let scale = 10_f64.powi((wanted.log10().floor() as i32 - 1).max(0));
    let wanted = show::count(((wanted / scale).ceil() * scale) as u64);
    format!("about {wanted} samples would decide it: give it a longer load, or `settle`")
}

/// Asks whether noise explains a ratio that missed (or, of a hold, met) its factor.
pub(super) fn of_ratio(
    evidence: (&Evidence<'_>, &Evidence<'_>),
    left: &Side<'_>,
    right: &Side<'_>,
    factor: f64,
    error: f64,
) -> Weighed {
    let (a, b) = (left.sampled(evidence.0), right.sampled(evidence.1));
    if a.basis == Basis::Fact || b.basis == Basis::Fact {
        // Of a fact there is no noise; against a fact the other side has the noise of a limit that is known.
        return Weighed { is_explained: false, text: String::new() };
    }
    let figures = (left.reading.figure.value, right.reading.figure.value);
    let correlation = if are_of_one_time(&a, &b) { spread::correlation(&a.parts(), &b.parts()) } else { None };
    let correlation = correlation.unwrap_or(0.0);
    let ends = |error: f64| {
        let (x, y) = (interval::of_sampled(&a, error)?, interval::of_sampled(&b, error)?);
        interval::of_ratio((figures.0, x), (figures.1, y), correlation)
    };
    let Some(sure) = ends(error) else {
        let text = "the samples say too little of the ratio".to_owned();
        return Weighed { is_explained: true, text };
    };
    if !(sure.low..=sure.high).contains(&factor) {
        return Weighed { is_explained: false, text: String::new() };
    }
    Weighed { is_explained: true, text: ratio_within(figures.0 / figures.1, factor, ends(0.025), sure, left) }
}

fn ratio_within(ratio: f64, factor: f64, likely: Option<Interval>, sure: Interval, left: &Side<'_>) -> String {
    let shown = |value: f64| show::figure(Figure { value, dimension: Dimension::Factor });
    let end = if factor < ratio { sure.low } else { sure.high };
    let times = ((ratio / end).ln() / (ratio / factor).ln()).powi(2);
    let more = more_wanted(left.reading.samples, times);
    match likely {
        Some(Interval { low, high }) if high.is_finite() => {
            let (ratio, low, high) = (shown(ratio), shown(low), shown(high));
            format!("the ratio is {ratio}, and lies within {low}..{high} with 95 % confidence; {more}")
        }
        _ => format!("the ratio is {}, of too few samples; {more}", shown(ratio)),
    }
}

/// Whether two sides were measured at the same times, so that what disturbs the one disturbs the other.
fn are_of_one_time(a: &Sampled, b: &Sampled) -> bool {
    let starts = |sampled: &Sampled| sampled.blocks().iter().map(|block| block.start).collect::<Vec<_>>();
    starts(a) == starts(b)
}
