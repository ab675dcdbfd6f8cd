//! How far a figure may be from the truth by chance: the ends that the true figure passes with a given error, and the
//! chance that a true figure at the limit would look as bad as the one measured.
//!
//! Percentiles and shares are tested by exact binomial tails, means by Student's t with the skewness taken out (Hall,
//! *Journal of the Royal Statistical Society B* 54, 1992), rates by the spread of their blocks. Where samples resemble
//! each other in time, their number is divided by their [design effect](super::spread).

use super::binomial::{self, Erring};
use super::sampled::{Basis, Sampled};
use super::{spread, student};
use crate::record::Distribution;
use brunt_plan::target::Stat;

/// The 97.5th percentile of the standard normal distribution.
pub(super) const Z: f64 = 1.959_964;

/// The ends between which the true figure lies; infinite where the samples allow none.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Interval {
    pub(super) low: f64,
    pub(super) high: f64,
}

/// The interval of a percentile of independent samples at 95 % confidence: the order statistics whose ranks are np ±
/// z·√(np(1−p)) (David & Nagaraja, *Order Statistics*, §7.1).
pub(super) fn percentile_interval(distribution: &Distribution, stat: Stat) -> Option<Interval> {
    let Stat::Percentile(percentile) = stat else { return None };
    let (count, share) = (distribution.count() as f64, percentile / 100.0);
    let half = 100.0 * Z * (share * (1.0 - share) / count).sqrt();
    let end = |percentile: f64| distribution.percentile(percentile.clamp(0.0, 100.0));
    Some(Interval { low: end(percentile - half)?, high: end(percentile + half)? })
}

/// The interval outside of which the true figure lies with the chance `error` at each end. `None` for a fact, and where
/// the samples show no noise.
pub(super) fn of_sampled(sampled: &Sampled, error: f64, erring: Erring) -> Option<Interval> {
    match sampled.basis {
        Basis::Fact => None,
        Basis::Mean => of_mean(sampled, error),
        Basis::Percentile(percentile) => Some(of_percentile(sampled, percentile, error, erring)),
        Basis::Share => {
            let effective = sampled.effective_for_share(&sampled.parts());
            let share = sampled.whole().hits as f64 / sampled.count();
            let erring = erring_of(sampled, effective, erring);
            let (low, high) = binomial::chance_bounds(share * effective, effective, error, erring);
            Some(Interval { low, high })
        }
        Basis::Rate => {
            let (rate, deviation, freedom) = rate_with_error(sampled)?;
            Some(interval_around(rate, student::t_quantile(error, freedom) * deviation))
        }
        Basis::Deviation | Basis::Variation => {
            let (figure, deviation, groups) = sampled.jackknife()?;
            Some(interval_around(figure, student::t_quantile(error, groups as f64 - 1.0) * deviation))
        }
    }
}

fn interval_around(figure: f64, half: f64) -> Interval {
    Interval { low: figure - half, high: figure + half }
}

/// The interval of a percentile: from the greatest value that it is shown to lie above to the least that it is shown to
/// lie below, by the tails that also decide targets. There is no upper end where n < ln error ÷ ln p. Each end allows
/// for the correlation of the values beyond it.
fn of_percentile(sampled: &Sampled, percentile: f64, error: f64, erring: Erring) -> Interval {
    let share = percentile / 100.0;
    let value = |share: f64| sampled.whole().values.percentile(100.0 * share).unwrap_or(0.0);
    let tails = |share: f64, is_included: bool, erring: Erring| {
        let edge = Edge { limit: value(share), is_included, is_upper: true };
        let (hits, of, allowed) = values_beyond(sampled, percentile, edge);
        binomial::both_tails(hits, of, allowed, erring_of(sampled, of, erring))
    };
    let is_below = |share: f64, erring: Erring| tails(share, false, erring).0 <= error;
    let is_above = |share: f64, erring: Erring| tails(share, true, erring).1 <= error;
    let low = || value(share - bound_at(share, |less| !is_below(share - less, erring)));
    let high = || value(share + bound_at(1.0 - share, |more| !is_above(share + more, erring)));
    Interval {
        low: if is_below(0.0, Erring::AtMost) { low() } else { f64::NEG_INFINITY },
        high: if is_above(1.0, Erring::AtMost) { high() } else { f64::INFINITY },
    }
}

/// The erring of an interval: at most for correlated samples, since their effective number is itself only roughly
/// known.
fn erring_of(sampled: &Sampled, effective: f64, erring: Erring) -> Erring {
    if effective < sampled.count() { Erring::AtMost } else { erring }
}

/// The number up to which `holds` is true, by halving.
fn bound_at(most: f64, holds: impl Fn(f64) -> bool) -> f64 {
    const HALVINGS: usize = 40;
    let (mut low, mut high) = (0.0, most);
    for _ in 0..HALVINGS {
        let middle = f64::midpoint(low, high);
        if holds(middle) { low = middle } else { high = middle }
    }
    high
}

/// A mean with its standard error, the skewness and the number of effective samples.
struct Mean {
    mean: f64,
    error: f64,
    skewness: f64,
    effective: f64,
}

impl Mean {
    /// The mean of the samples; `None` where their spread is unknown.
    fn of(sampled: &Sampled) -> Option<Self> {
        let values = &sampled.whole().values;
        let (mean, deviation) = (values.mean()?, values.stddev()?);
        let effective = sampled.effective_for_mean();
        if effective < 2.0 || (deviation == 0.0 && values.count() < 3) {
            return None;
        }
        // The deviation of a sample is slightly too small.
        let deviation = deviation * (effective / (effective - 1.0)).sqrt();
        let cubes = values.buckets().map(|bucket| {
            let from_mean = (f64::midpoint(bucket.low, bucket.high) - mean) / deviation;
            bucket.count as f64 * from_mean.powi(3)
        });
        let skewness = if deviation > 0.0 { cubes.sum::<f64>() / values.count() as f64 } else { 0.0 };
        Some(Self { mean, error: deviation / effective.sqrt(), skewness, effective })
    }

    /// Hall's transformation of t, which has Student's distribution although the values are skewed. The value nearer to
    /// zero is taken: the transformation may only make a verdict more careful.
    fn transformed(&self, t: f64) -> f64 {
        if t.is_infinite() {
            return t;
        }
        let root = self.effective.sqrt();
        let bent = self.skewness;
        let whole =
            t + bent * t * t / (3.0 * root) + bent * bent * t.powi(3) / (27.0 * root * root) + bent / (6.0 * root);
        if t >= 0.0 { whole.clamp(0.0, t) } else { whole.clamp(t, 0.0) }
    }

    /// The chance of a mean at least as high as this one where the true one is `limit`.
    fn chance_above(&self, limit: f64) -> f64 {
        self.t(limit).map_or(0.0, |t| student::t_tail(self.transformed(t), self.effective - 1.0))
    }

    fn chance_below(&self, limit: f64) -> f64 {
        self.t(limit).map_or(0.0, |t| student::t_tail(-self.transformed(t), self.effective - 1.0))
    }

    /// The distance from the limit in standard errors; `None` where all values are the limit itself.
    fn t(&self, limit: f64) -> Option<f64> {
        Some((self.mean - limit) / self.error).filter(|t| !t.is_nan())
    }
}

fn of_mean(sampled: &Sampled, error: f64) -> Option<Interval> {
    let mean = Mean::of(sampled)?;
    if mean.error == 0.0 {
        return Some(interval_around(mean.mean, 0.0));
    }
    let wide = student::t_quantile(error, mean.effective - 1.0) * mean.error * 20.0;
    // The chance falls with the distance: the end is where it equals the error.
    let low = distance_at(wide, |distance| mean.chance_above(mean.mean - distance) > error);
    let high = distance_at(wide, |distance| mean.chance_below(mean.mean + distance) > error);
    Some(Interval { low: mean.mean - low, high: mean.mean + high })
}

fn distance_at(most: f64, holds: impl Fn(f64) -> bool) -> f64 {
    if holds(most) { f64::INFINITY } else { bound_at(most, holds) }
}

/// A rate, its standard error and the degrees of freedom of the error.
fn rate_with_error(sampled: &Sampled) -> Option<(f64, f64, f64)> {
    let whole = sampled.whole();
    let (variance, freedom) = sampled.variance_of_rate()?;
    Some((whole.hits as f64 / whole.seconds, variance.sqrt(), freedom))
}

/// One end of a limit and its side.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Edge {
    pub(super) limit: f64,
    /// Whether the limit itself holds.
    pub(super) is_included: bool,
    /// Whether figures above the limit miss it.
    pub(super) is_upper: bool,
}

/// The chance that a true figure which just meets the limit would have looked at least as bad as the samples. Zero for
/// a fact, one where the samples show no noise.
pub(super) fn chance_of_miss(sampled: &Sampled, edge: Edge) -> f64 {
    match sampled.basis {
        Basis::Fact => 0.0,
        Basis::Percentile(percentile) => {
            let (hits, of, allowed) = values_beyond(sampled, percentile, edge);
            binomial::tail_of_effective(hits, of, allowed)
        }
        Basis::Share => {
            let (hits, of, allowed) = unwanted_trials(sampled, edge);
            binomial::tail_of_effective(hits, of, allowed)
        }
        _ => chance_by_spread(sampled, edge.limit, edge.is_upper),
    }
}

/// The chance that a true figure which just misses the limit would have looked at least as good as the samples: a hold
/// is shown where it is small.
pub(super) fn chance_of_hold(sampled: &Sampled, edge: Edge) -> f64 {
    match sampled.basis {
        Basis::Fact => 0.0,
        Basis::Percentile(percentile) => {
            let (hits, of, allowed) = values_beyond(sampled, percentile, edge);
            1.0 - binomial::tail_of_effective(hits + 1.0, of, allowed)
        }
        Basis::Share => {
            let (hits, of, allowed) = unwanted_trials(sampled, edge);
            // A limit that allows no unwanted trial is met by the samples or not at all.
            if allowed <= 0.0 { 0.0 } else { 1.0 - binomial::tail_of_effective(hits + 1.0, of, allowed) }
        }
        // A few samples may lack rare values of great weight: they show no mean.
        Basis::Mean if sampled.effective_for_mean() < LEAST_FOR_A_MEAN => 1.0,
        _ => chance_by_spread(sampled, edge.limit, !edge.is_upper),
    }
}

/// The number of effective samples below which no mean is shown to hold: where a fifth of the operations takes five
/// times as long, 20 samples contain none of them in one of eighty runs.
const LEAST_FOR_A_MEAN: f64 = 100.0;

fn chance_by_spread(sampled: &Sampled, limit: f64, is_above: bool) -> f64 {
    let of = |figure: f64, deviation: f64, freedom: f64| {
        let t = if is_above { (figure - limit) / deviation } else { (limit - figure) / deviation };
        // Without noise and at the limit itself, chance has no part.
        if t.is_nan() { 0.0 } else { student::t_tail(t, freedom) }
    };
    match sampled.basis {
        Basis::Mean => match Mean::of(sampled) {
            Some(mean) if is_above => mean.chance_above(limit),
            Some(mean) => mean.chance_below(limit),
            None => 1.0,
        },
        Basis::Rate => rate_with_error(sampled)
            .map_or(rate_of_nothing(sampled, limit), |(rate, error, freedom)| of(rate, error, freedom)),
        _ => sampled.jackknife().map_or(1.0, |(figure, error, groups)| of(figure, error, groups as f64 - 1.0)),
    }
}

/// The chance that nothing is completed if completions come at random at the limit's rate.
fn rate_of_nothing(sampled: &Sampled, limit: f64) -> f64 {
    (-limit * sampled.whole().seconds).exp()
}

/// The number of values beyond the limit, the number of all values (both effective), and the share beyond it that a
/// percentile at the limit has.
fn values_beyond(sampled: &Sampled, percentile: f64, edge: Edge) -> (f64, f64, f64) {
    let Edge { limit, is_included, is_upper } = edge;
    // The limit's own bucket holds the values that cannot be told from it.
    let parts = sampled.parts_of_values(|low, high| match (is_upper, is_included) {
        (true, true) => low > limit,
        (true, false) => low >= limit || high > limit,
        (false, true) => high <= limit,
        (false, false) => low <= limit,
    });
    let allowed = if is_upper { 1.0 - percentile / 100.0 } else { percentile / 100.0 };
    let (hits, of) = effective_trials(sampled, &parts);
    (hits, of, allowed)
}

/// The number of trials that the limit does not want, the number of all trials (both effective), and the share of
/// unwanted ones that it allows.
fn unwanted_trials(sampled: &Sampled, edge: Edge) -> (f64, f64, f64) {
    let parts: Vec<spread::BlockPart> = sampled
        .parts()
        .into_iter()
        .map(|part| spread::BlockPart { sum: if edge.is_upper { part.sum } else { part.of - part.sum }, ..part })
        .collect();
    let allowed = if edge.is_upper { edge.limit } else { 1.0 - edge.limit };
    let (hits, of) = effective_trials(sampled, &parts);
    (hits, of, allowed)
}

fn effective_trials(sampled: &Sampled, parts: &[spread::BlockPart]) -> (f64, f64) {
    let (of, hits) = parts.iter().fold((0.0, 0.0), |(of, hits), part| (of + part.of, hits + part.sum));
    if of == 0.0 {
        return (0.0, 0.0);
    }
    let effective = sampled.effective_for_share(parts);
    (hits / of * effective, effective)
}

/// The factor by which more samples would show the share that misses, if it stays: by the normal distribution, in whose
/// units the distance from the allowed share must reach the error's quantile.
pub(super) fn times_for_share(sampled: &Sampled, edge: Edge, error: f64) -> Option<f64> {
    let (hits, of, allowed) = match sampled.basis {
        Basis::Percentile(percentile) => values_beyond(sampled, percentile, edge),
        Basis::Share => unwanted_trials(sampled, edge),
        _ => return None,
    };
    let distance = (hits / of - allowed).abs();
    let z = student::t_quantile(error, 1e6);
    let wanted = z * z * allowed * (1.0 - allowed) / (distance * distance);
    (of > 0.0 && distance > 0.0).then(|| wanted / of)
}

/// The interval of the ratio of two figures, from the interval of each and their correlation over time: on the
/// logarithms, by the method of variance estimates recovery for correlated estimates (Zou, *Psychological Methods* 12,
/// 2007). `None` where a figure is not positive.
pub(super) fn of_ratio(left: (f64, Interval), right: (f64, Interval), correlation: f64) -> Option<Interval> {
    if left.0 <= 0.0 || right.0 <= 0.0 {
        return None;
    }
    // The distance of an end from its figure on the logarithmic scale; an end below zero is infinitely far.
    let down = |(figure, interval): (f64, Interval)| (figure / interval.low.max(0.0)).ln();
    let up = |(figure, interval): (f64, Interval)| (interval.high / figure).ln();
    let both = |a: f64, b: f64| {
        if a.is_infinite() || b.is_infinite() {
            return f64::INFINITY;
        }
        (a * a + b * b - 2.0 * correlation * a * b).max(0.0).sqrt()
    };
    let ratio = left.0 / right.0;
    Some(Interval {
        low: ratio * (-both(down(left), up(right))).exp(),
        high: ratio * both(up(left), down(right)).exp(),
    })
}

/// The factor by which more samples would tell the figure from the limit, if it stays: an interval's half width shrinks
/// with the square root of the samples, and must become less than the distance from the limit.
pub(super) fn times_wanted(figure: f64, limit: f64, interval: Interval) -> f64 {
    let end = if limit < figure { interval.low } else { interval.high };
    ((figure - end) / (figure - limit)).powi(2)
}
