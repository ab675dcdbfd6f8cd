//! Whether noise explains the result of a comparison: how likely a system that just meets a limit would have looked as
//! bad, or one that just misses it as good. Where that is not decided, the text has the ends between which the true
//! figure lies and how many samples would decide.

use super::binomial::Erring;
use super::bounds::LimitEnd;
use super::compare::Compared;
use super::evidence::Evidence;
use super::interval::{self, Edge, Interval};
use super::reading::Reading;
use super::sampled::{Basis, Block, Sampled};
use super::timeline::{self, SamplePlace};
use super::{spread, student};
use crate::units::{self, Figure};
use brunt_plan::Dimension;
use brunt_plan::target::Metric;

/// The source of a figure's noise.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Noise {
    /// None: the figure is a fact.
    None,
    /// The samples of a place.
    Samples(SamplePlace),
    /// The figures of groups, of which the figure is a stat.
    Figures(Vec<f64>),
    /// The counts that the figure is a share of.
    Counts { hits: u64, trials: u64 },
}

/// One side of a comparison.
pub(super) struct Side<'s> {
    pub(super) evidence: &'s Evidence<'s>,
    pub(super) metric: &'s Metric,
    pub(super) reading: &'s Reading,
    pub(super) noise: &'s Noise,
}

/// The noise of a comparison as weighed.
pub(super) struct Weighed {
    /// Whether noise explains the result, at the given error.
    pub(super) is_explained: bool,
    /// The ends of the interval and the number of samples that would decide, in words.
    pub(super) text: String,
}

impl Side<'_> {
    fn sampled(&self) -> Sampled {
        let basis = self.reading.basis;
        match self.noise {
            Noise::None => Sampled::new(Basis::Fact, Vec::new()),
            Noise::Samples(place) => timeline::samples_of(self.evidence, self.metric, basis, place),
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

/// Weighs whether noise explains that a figure missed a fixed limit.
pub(super) fn of_miss(side: &Side<'_>, compared: &Compared, error: f64) -> Weighed {
    let sampled = side.sampled();
    let Some(edge) = compared.missed_end.map(|(end, is_upper)| edge_of(end, is_upper)) else {
        return Weighed { is_explained: false, text: String::new() };
    };
    let chance = interval::chance_of_miss(&sampled, edge);
    if chance <= error {
        return Weighed { is_explained: false, text: String::new() };
    }
    Weighed { is_explained: true, text: describe_interval(side, &sampled, edge, error) }
}

/// Weighs whether noise explains that a figure met a fixed limit: if not, the hold is shown.
pub(super) fn of_hold(side: &Side<'_>, compared: &Compared, error: f64) -> Weighed {
    let sampled = side.sampled();
    let edges = compared.ends.iter().map(|(end, is_upper)| edge_of(*end, *is_upper));
    let unshown = edges.into_iter().find(|edge| interval::chance_of_hold(&sampled, *edge) > error);
    match unshown {
        None => Weighed { is_explained: false, text: String::new() },
        Some(edge) => Weighed { is_explained: true, text: describe_interval(side, &sampled, edge, error) },
    }
}

fn edge_of(end: LimitEnd, is_upper: bool) -> Edge {
    Edge { limit: end.value, is_included: end.is_included, is_upper }
}

/// Describes the interval at the confidence of the verdict: `it lies within 48 ms..57 ms with 99.8 % confidence; about
/// 900 samples would decide it`.
fn describe_interval(side: &Side<'_>, sampled: &Sampled, edge: Edge, error: f64) -> String {
    let figure = side.reading.figure;
    let times = times_wanted(sampled, figure.value, edge, error);
    let more = more_wanted(side.reading.samples, times);
    let shown =
        |value: f64| units::describe_figure(Figure { value: not_below_zero(value, figure.dimension), ..figure });
    if sampled.fill > 0.0 {
        let (fill, whole) = (units::describe_time(sampled.fill * 1e9), sampled.whole());
        let rate = shown(whole.hits as f64 / whole.seconds);
        return format!(
            "in the first {fill} nothing can be completed, as an operation takes as long; in the rest it is {rate}: a \
             longer load would decide it"
        );
    }
    let sure = describe_confidence(error);
    match interval::of_sampled(sampled, error, Erring::AtMost) {
        Some(Interval { low, high }) if low.is_finite() && high.is_finite() => {
            format!("it lies within {}..{} with {sure} confidence; {more}", shown(low), shown(high))
        }
        Some(Interval { low, .. }) if low.is_finite() => {
            format!(
                "it is at least {}, with {sure} confidence, and the samples are too few for an upper end; {more}",
                shown(low)
            )
        }
        _ => format!("the samples are too few to tell; {more}"),
    }
}

/// The confidence of an interval with the given error at each end, with enough digits to differ from certainty: `99.998
/// %`.
fn describe_confidence(error: f64) -> String {
    let outside = 2.0 * error;
    let digits = (-outside.log10()).ceil().max(2.0) as usize - 2;
    format!("{:.digits$} %", 100.0 * (1.0 - outside))
}

/// Bounds an end by zero, and that of a share by one as well.
fn not_below_zero(value: f64, dimension: Dimension) -> f64 {
    if dimension == Dimension::Share { value.clamp(0.0, 1.0) } else { value.max(0.0) }
}

/// The factor by which more samples would decide, if the figure stays.
fn times_wanted(sampled: &Sampled, figure: f64, edge: Edge, error: f64) -> f64 {
    if let Basis::Percentile(_) | Basis::Share = sampled.basis
        && let Some(times) = interval::times_for_share(sampled, edge, error)
    {
        return times;
    }
    interval::of_sampled(sampled, error, Erring::AtMost)
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
    let wanted = units::describe_count(((wanted / scale).ceil() * scale) as u64);
    format!("about {wanted} samples would decide it: give it a longer load, or `settle`")
}

/// Two sides and their correlation over time.
struct Ratio {
    left: Sampled,
    right: Sampled,
    figures: (f64, f64),
    correlation: f64,
}

impl Ratio {
    /// The ratio of two sides; `None` where one is a fact, since then its noise cannot be told.
    fn of(left: &Side<'_>, right: &Side<'_>) -> Option<Self> {
        let (a, b) = (left.sampled(), right.sampled());
        if a.basis == Basis::Fact || b.basis == Basis::Fact {
            return None;
        }
        let correlation =
            if are_of_one_time(&a, &b) { spread::correlation_over_blocks(&a.parts(), &b.parts()) } else { None };
        let figures = (left.reading.figure.value, right.reading.figure.value);
        Some(Self { left: a, right: b, figures, correlation: correlation.unwrap_or(0.0) })
    }

    fn interval(&self, error: f64) -> Option<Interval> {
        if let Some(interval) = self.interval_of_pairs(error) {
            return Some(interval);
        }
        let of = |side: &Sampled| interval::of_sampled(side, error, Erring::AtMost);
        let (a, b) = (of(&self.left)?, of(&self.right)?);
        interval::of_ratio((self.figures.0, a), (self.figures.1, b), self.correlation)
    }
}

impl Ratio {
    /// The interval for means, shares and rates that were measured at the same times: a disturbance of both cancels in
    /// their ratio. `None` for few samples: the intervals of each side allow for their skewness.
    fn interval_of_pairs(&self, error: f64) -> Option<Interval> {
        const LEAST_SAMPLES: f64 = 100.0;
        let is_linear = |side: &Sampled| matches!(side.basis, Basis::Mean | Basis::Share | Basis::Rate);
        let are_enough = self.left.count().min(self.right.count()) >= LEAST_SAMPLES;
        if !is_linear(&self.left) || !is_linear(&self.right) || !are_enough || !are_of_one_time(&self.left, &self.right)
        {
            return None;
        }
        let (variance, blocks) = spread::variance_of_ratio(&self.left.parts(), &self.right.parts())?;
        let half = student::t_quantile(error, blocks as f64 - 1.0) * variance.sqrt();
        let ratio = self.figures.0 / self.figures.1;
        Some(Interval { low: ratio * (-half).exp(), high: ratio * half.exp() })
    }
}

/// The chance that the true figure lies outside of a reported interval, at each end.
const OUTSIDE: f64 = 0.025;

/// The ends between which the true figure lies with 95 % confidence.
pub(super) fn likely_ends(side: &Side<'_>) -> Option<(f64, f64)> {
    let dimension = side.reading.figure.dimension;
    let interval = interval::of_sampled(&side.sampled(), OUTSIDE, Erring::About)?;
    Some((not_below_zero(interval.low, dimension), not_below_zero(interval.high, dimension)))
}

/// The ends between which the true ratio lies with 95 % confidence.
pub(super) fn likely_ratio(left: &Side<'_>, right: &Side<'_>) -> Option<(f64, f64)> {
    Ratio::of(left, right)?.interval(OUTSIDE).map(|interval| (interval.low, interval.high))
}

/// Weighs whether noise explains that a ratio missed its factor or, for a hold, met it.
pub(super) fn of_ratio(left: &Side<'_>, right: &Side<'_>, factor: f64, error: f64) -> Weighed {
    let Some(ratio) = Ratio::of(left, right) else {
        return Weighed { is_explained: false, text: String::new() };
    };
    let Some(sure) = ratio.interval(error) else {
        let text = "the samples are too few to tell the ratio".to_owned();
        return Weighed { is_explained: true, text };
    };
    if !(sure.low..=sure.high).contains(&factor) {
        return Weighed { is_explained: false, text: String::new() };
    }
    let seen = ratio.figures.0 / ratio.figures.1;
    Weighed { is_explained: true, text: ratio_within(seen, factor, sure, error, left) }
}

fn ratio_within(ratio: f64, factor: f64, sure: Interval, error: f64, left: &Side<'_>) -> String {
    let shown = |value: f64| units::describe_figure(Figure { value, dimension: Dimension::Factor });
    let end = if factor < ratio { sure.low } else { sure.high };
    let times = ((ratio / end).ln() / (ratio / factor).ln()).powi(2);
    let more = more_wanted(left.reading.samples, times);
    match sure {
        Interval { low, high } if high.is_finite() => {
            let (ratio, low, high, sure) = (shown(ratio), shown(low), shown(high), describe_confidence(error));
            format!("the ratio is {ratio}, and lies within {low}..{high} with {sure} confidence; {more}")
        }
        _ => format!("the ratio is {}, of too few samples; {more}", shown(ratio)),
    }
}

/// Whether two sides were measured at the same times, so that both are disturbed together: in the same blocks, most of
/// which have samples of both. Steps that run one after the other share no time.
fn are_of_one_time(a: &Sampled, b: &Sampled) -> bool {
    let starts = |sampled: &Sampled| sampled.blocks().iter().map(|block| block.start).collect::<Vec<_>>();
    if starts(a) != starts(b) {
        return false;
    }
    let has = |sampled: &Sampled| sampled.parts().iter().map(|part| part.of > 0.0).collect::<Vec<_>>();
    let each: Vec<(bool, bool)> = has(a).into_iter().zip(has(b)).collect();
    let of_both = each.iter().filter(|(a, b)| *a && *b).count();
    let of_any = each.iter().filter(|(a, b)| *a || *b).count();
    2 * of_both > of_any
}
