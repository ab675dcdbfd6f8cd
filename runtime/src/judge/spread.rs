//! How far a figure varies from one block of time to the next: its *design effect*, the number of times that its variance
//! is larger than if all samples were independent (Kish, *Survey Sampling*, 1965, §8.2). Slow episodes, drifts and stalls
//! make samples alike that are near in time; so many samples are then worth only as many as their number ÷ the effect.
//!
//! The effect is that of batch means (Law & Kelton, *Simulation Modeling and Analysis*, §9.5.3), looked at in finer and
//! coarser blocks, of which the worst counts. Blocks that resemble their neighbours show episodes longer than a block:
//! the effect is then enlarged by (1 + r) ÷ (1 − r) of their correlation r, as that of a first-order autoregression.
//!
//! What the load itself changes from stage to stage is no noise: blocks are compared within their stratum.

/// One block of time: the denominator of a ratio (operations, seconds), its numerator (those that missed, nanoseconds)
/// and the stratum that it is compared within.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Part {
    pub(super) of: f64,
    pub(super) sum: f64,
    pub(super) stratum: u32,
}

/// Fewer blocks than this tell no spread.
pub(super) const LEAST_BLOCKS: usize = 8;
/// Effects above this are looked at for correlation between blocks, and above the second enlarged for the small number
/// of blocks that they are known by.
const CORRELATED: f64 = 1.5;
const UNCERTAIN: f64 = 2.0;
/// By how much: one plus this ÷ the number of blocks. With it a hard verdict is wrong in at most one of a thousand runs
/// where ten slow episodes or more fit into the load (`cargo bench -p brunt --bench verdicts`).
const ENLARGED: f64 = 6.0;
/// More correlation than this is taken as this much: the effect would be without bound.
const MOST_CORRELATION: f64 = 0.85;

/// The design effect of Σ sum ÷ Σ of, whose variance is `independent` if samples are; at least one. One, too, where there
/// are too few blocks to see a spread.
pub(super) fn design_effect(parts: &[Part], independent: f64) -> f64 {
    if independent <= 0.0 || !independent.is_finite() {
        return 1.0;
    }
    at_scales(parts).map(|scale| scale.enlarged(scale.variance / independent)).fold(1.0, f64::max)
}

/// The variance of Σ sum ÷ Σ of as the blocks alone show it, and the number of blocks that show it, for figures of which
/// no variance of independent samples is known. `None` where there are too few blocks.
pub(super) fn variance(parts: &[Part]) -> Option<(f64, usize)> {
    let coarse = at_scales(parts).filter(|scale| scale.blocks < 4 * LEAST_BLOCKS);
    coarse.map(|scale| (scale.variance * scale.enlargement(), scale.blocks)).max_by(|a, b| a.0.total_cmp(&b.0))
}

/// The correlation of two figures over the blocks that both have, in the order of time; `None` where these are too few.
/// It is taken towards zero by its own standard error (Fisher's z), so that a chance likeness narrows nothing.
pub(super) fn correlation(left: &[Part], right: &[Part]) -> Option<f64> {
    let both: Vec<(Part, Part)> =
        left.iter().copied().zip(right.iter().copied()).filter(|(a, b)| a.of > 0.0 && b.of > 0.0).collect();
    if both.len() < LEAST_BLOCKS {
        return None;
    }
    let (left, right): (Vec<Part>, Vec<Part>) = both.into_iter().unzip();
    let (a, b) = (residuals(&left), residuals(&right));
    let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let whole = (product(&a, &a) * product(&b, &b)).sqrt();
    if whole <= 0.0 {
        return None;
    }
    let seen = (product(&a, &b) / whole).clamp(-0.999_9, 0.999_9);
    let error = (left.len() as f64 - 3.0).sqrt().recip();
    Some(if seen > 0.0 { (seen.atanh() - error).max(0.0).tanh() } else { seen })
}

/// Blocks of one width.
struct Scale {
    blocks: usize,
    /// Of the ratio, from the spread of the blocks.
    variance: f64,
    /// Between neighbours.
    correlation: f64,
}

impl Scale {
    fn enlargement(&self) -> f64 {
        let r = self.correlation.clamp(0.0, MOST_CORRELATION);
        (1.0 + r) / (1.0 - r) * (1.0 + ENLARGED / self.blocks as f64)
    }

    /// The effect, made larger by what the blocks cannot show.
    fn enlarged(&self, effect: f64) -> f64 {
        let r = self.correlation.clamp(0.0, MOST_CORRELATION);
        let is_last = self.blocks < 2 * LEAST_BLOCKS;
        let shows = effect > CORRELATED || is_last && r > (self.blocks as f64).sqrt().recip();
        let effect = if shows { effect * (1.0 + r) / (1.0 - r) } else { effect };
        if effect > UNCERTAIN { effect * (1.0 + ENLARGED / self.blocks as f64) } else { effect }
    }
}

/// The blocks as they are, then two, four, eight … of them together, while there are enough.
fn at_scales(parts: &[Part]) -> impl Iterator<Item = Scale> {
    let mut parts: Vec<Part> = parts.iter().copied().filter(|part| part.of > 0.0).collect();
    std::iter::from_fn(move || {
        if parts.len() < LEAST_BLOCKS {
            return None;
        }
        let scale = scale(&parts);
        parts = in_pairs(&parts);
        Some(scale)
    })
}

fn scale(parts: &[Part]) -> Scale {
    let blocks = parts.len();
    let residuals = residuals(parts);
    let squares: f64 = residuals.iter().map(|residual| residual * residual).sum();
    let products: f64 = residuals.windows(2).map(|pair| pair[0] * pair[1]).sum();
    let whole: f64 = parts.iter().map(|part| part.of).sum();
    let strata = parts.chunk_by(|a, b| a.stratum == b.stratum).count();
    let freedom = blocks.saturating_sub(strata).max(1) as f64;
    Scale {
        blocks,
        variance: squares * (blocks as f64 / freedom) / (whole * whole),
        correlation: if squares > 0.0 { products / squares } else { 0.0 },
    }
}

/// What each block's sum is above what it would be at the ratio of its stratum. A stratum of one block tells no spread.
fn residuals(parts: &[Part]) -> Vec<f64> {
    let mut residuals = Vec::with_capacity(parts.len());
    for stratum in parts.chunk_by(|a, b| a.stratum == b.stratum) {
        let of: f64 = stratum.iter().map(|part| part.of).sum();
        let ratio = stratum.iter().map(|part| part.sum).sum::<f64>() / of;
        residuals.extend(stratum.iter().map(|part| part.sum - ratio * part.of));
    }
    residuals
}

/// Neighbours of one stratum together.
fn in_pairs(parts: &[Part]) -> Vec<Part> {
    let strata = parts.chunk_by(|a, b| a.stratum == b.stratum);
    let pair = |pair: &[Part]| Part {
        of: pair.iter().map(|part| part.of).sum(),
        sum: pair.iter().map(|part| part.sum).sum(),
        stratum: pair[0].stratum,
    };
    strata.flat_map(|stratum| stratum.chunks(2).map(pair)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blocks(sums: impl IntoIterator<Item = f64>) -> Vec<Part> {
        sums.into_iter().map(|sum| Part { of: 10.0, sum, stratum: 0 }).collect()
    }

    #[test]
    fn even_blocks_have_no_effect_and_episodes_a_large_one() {
        let even = blocks([1.0; 64]);
        // A tenth of 640 missed: the variance of the share is 0.1 × 0.9 ÷ 640 where they are independent.
        let independent = 0.09 / 640.0;
        assert_eq!(design_effect(&even, independent), 1.0);
        let episode = blocks((0..64).map(|block| if (20..26).contains(&block) { 10.0 } else { 0.0 }));
        assert!(design_effect(&episode, independent) > 50.0, "{}", design_effect(&episode, independent));
        assert_eq!(design_effect(&episode[..7], independent), 1.0, "too few blocks tell no spread");
    }

    #[test]
    fn what_a_stage_changes_is_no_spread() {
        let staged: Vec<Part> = (0..64).map(|i| Part { of: 10.0, sum: f64::from(i / 32), stratum: i / 32 }).collect();
        assert_eq!(design_effect(&staged, 1e-5), 1.0);
        let plain: Vec<Part> = staged.iter().map(|part| Part { stratum: 0, ..*part }).collect();
        assert!(design_effect(&plain, 1e-5) > 10.0);
    }

    #[test]
    fn figures_that_go_together_are_told_from_those_that_do_not() {
        let wave = |phase: usize| blocks((0..32).map(|i| ((i + phase) % 4) as f64));
        assert!(correlation(&wave(0), &wave(0)).is_some_and(|r| r > 0.95));
        assert!(correlation(&wave(0), &wave(2)).is_some_and(|r| r < 0.0));
        assert_eq!(correlation(&wave(0)[..5], &wave(0)[..5]), None);
        assert_eq!(correlation(&blocks([1.0; 20]), &wave(0)), None, "what is even goes with nothing");
    }
}
