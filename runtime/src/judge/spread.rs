//! The variation of a figure from one block of time to the next: its *design effect*, the factor by which its variance
//! is larger than if all samples were independent (Kish, *Survey Sampling*, 1965, §8.2). Slow episodes, drifts and
//! stalls make samples alike that are near in time; the effective number of samples is then their number ÷ the effect.
//!
//! The effect is that of batch means (Law & Kelton, *Simulation Modeling and Analysis*, §9.5.3), computed for finer and
//! coarser blocks; the worst counts. Blocks that resemble their neighbours show episodes longer than a block: the
//! effect is then enlarged by (1 + r) ÷ (1 − r) of their correlation r, as for a first-order autoregression. Where no
//! width of blocks shows more than chance often does, samples are taken as independent.
//!
//! For two figures in the same blocks the variance of independent samples is unknown: the variance of the finest blocks
//! that do not resemble their neighbours is taken.
//!
//! The change of the load from stage to stage is no noise: blocks are compared within their stratum.

/// One block of time: the denominator of a ratio (operations, seconds), its numerator (those that missed, nanoseconds)
/// and the stratum that it is compared within.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct BlockPart {
    pub(super) of: f64,
    pub(super) sum: f64,
    pub(super) stratum: u32,
}

/// The least number of blocks for a spread.
pub(super) const LEAST_BLOCKS: usize = 8;
/// The effect above which the correlation between blocks counts, and the one above which the effect is enlarged for the
/// small number of blocks.
const CORRELATED: f64 = 1.5;
const UNCERTAIN: f64 = 2.0;
/// The enlargement for few blocks: one plus this ÷ the number of blocks. With it a hard verdict is wrong in at most one
/// of a thousand runs where ten slow episodes or more fit into the load (`cargo bench -p brunt --bench verdicts`).
const ENLARGED: f64 = 6.0;
/// The greatest correlation that is used: without a bound the effect would have none either.
const MOST_CORRELATION: f64 = 0.85;

/// The number of standard errors by which an effect may be above one, and a correlation above zero, by chance.
const OFTEN: f64 = 1.645;

/// The most by which regular samples count as more certain than independent ones.
const MOST_REGULAR: f64 = 20.0;
/// The number of standard errors by which an effect must be below one to count as less: regular samples, such as every
/// tenth operation being slow, have less noise than independent ones.
const SURELY: f64 = 4.0;

/// The design effect of Σ sum ÷ Σ of, whose variance is `independent` if samples are. It is below one only where the
/// blocks are surely more alike than chance makes them; `None` where there are too few blocks for a spread.
pub(super) fn design_effect(parts: &[BlockPart], independent: f64) -> Option<f64> {
    if independent <= 0.0 || !independent.is_finite() {
        return None;
    }
    let scales: Vec<Scale> = at_scales(parts).collect();
    let worst = scales.iter().map(|scale| scale.enlarged(scale.variance / independent)).reduce(f64::max)?;
    if worst >= 1.0 {
        let is_chance = scales.iter().all(|scale| scale.may_be_chance(scale.variance / independent));
        return Some(if is_chance { 1.0 } else { worst });
    }
    // Fine blocks of a few operations look like chance however regular the operations are.
    let coarse = scales.last()?;
    let at_most = coarse.variance / independent * (1.0 + SURELY * (2.0 / coarse.blocks as f64).sqrt());
    Some(at_most.clamp(MOST_REGULAR.recip(), 1.0))
}

/// The design effect of a share among operations, `switches` of which differed from the one before in the order in
/// which they ended: (1 + r) ÷ (1 − r) of a two-state chain with the correlation r = 1 − switches ÷ expected switches
/// (Klotz, *The Annals of Statistics* 1, 1973). Only a sure regularity counts: every second operation failing is no
/// chance.
pub(super) fn effect_of_switches(share: f64, count: f64, switches: f64) -> f64 {
    const FEW: f64 = 20.0;
    let expected = 2.0 * share * (1.0 - share) * (count - 1.0);
    if expected <= 0.0 || count < FEW {
        return 1.0;
    }
    let seen = (1.0 - switches / expected).clamp(-0.999, 0.999);
    // Three standard errors up by Fisher's z, whose error vanishes at minus one, and at least two standard errors of an
    // uncorrelated chain.
    let by_fisher = (seen.atanh() + 3.0 / (count - 3.0).sqrt()).tanh();
    let correlation = by_fisher.max(seen + 2.0 / count.sqrt());
    if correlation >= 0.0 { 1.0 } else { ((1.0 + correlation) / (1.0 - correlation)).max(MOST_REGULAR.recip()) }
}

/// The variance of Σ sum ÷ Σ of from the blocks alone, and the number of these blocks, for figures whose variance of
/// independent samples is unknown. `None` where there are too few blocks.
pub(super) fn variance_of_blocks(parts: &[BlockPart]) -> Option<(f64, usize)> {
    let coarse = at_scales(parts).filter(|scale| scale.blocks < 4 * LEAST_BLOCKS);
    coarse.map(|scale| (scale.variance * scale.enlargement(), scale.blocks)).max_by(|a, b| a.0.total_cmp(&b.0))
}

/// The variance of the logarithm of the ratio of two figures that were measured in the same blocks, and the number of
/// blocks: the effect of a block on both cancels (the linearised ratio: Wolter, *Introduction to Variance Estimation*,
/// §6.5). `None` where there are too few blocks, or a figure is not positive.
pub(super) fn variance_of_ratio(left: &[BlockPart], right: &[BlockPart]) -> Option<(f64, usize)> {
    let total = |parts: &[BlockPart], of: fn(&BlockPart) -> f64| parts.iter().map(of).sum::<f64>();
    let sums = (total(left, |part| part.sum), total(right, |part| part.sum));
    let weights = (total(left, |part| part.of), total(right, |part| part.of));
    if left.len() != right.len() || sums.0 <= 0.0 || sums.1 <= 0.0 {
        return None;
    }
    let both = block_residuals(left).into_iter().zip(block_residuals(right)).zip(left.iter().zip(right));
    let parts: Vec<BlockPart> = both
        .map(|((a, b), (left, right))| BlockPart {
            of: (left.of / weights.0 + right.of / weights.1) / 2.0,
            sum: a / sums.0 - b / sums.1,
            stratum: left.stratum,
        })
        .collect();
    let scales: Vec<Scale> = at_scales(&parts).collect();
    let (fine, coarse) = told_by(&scales)?;
    let of = |scale: &Scale, enlargement: f64| (scale.variance * enlargement, scale.blocks);
    let all = std::iter::once(of(fine, 1.0)).chain(coarse.map(|scale| of(scale, scale.enlargement())));
    all.max_by(|a, b| a.0.total_cmp(&b.0))
}

/// The correlation of two figures over the blocks that both have, in the order of time; `None` where there are too few.
/// A positive one is moved towards zero by its own standard error (Fisher's z), so that a chance likeness narrows
/// nothing.
pub(super) fn correlation_over_blocks(left: &[BlockPart], right: &[BlockPart]) -> Option<f64> {
    let both: Vec<(BlockPart, BlockPart)> =
        left.iter().copied().zip(right.iter().copied()).filter(|(a, b)| a.of > 0.0 && b.of > 0.0).collect();
    if both.len() < LEAST_BLOCKS {
        return None;
    }
    let (left, right): (Vec<BlockPart>, Vec<BlockPart>) = both.into_iter().unzip();
    let (a, b) = (block_residuals(&left), block_residuals(&right));
    let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let whole = (product(&a, &a) * product(&b, &b)).sqrt();
    if whole <= 0.0 {
        return None;
    }
    let seen = (product(&a, &b) / whole).clamp(-0.999_9, 0.999_9);
    let error = (left.len() as f64 - 3.0).sqrt().recip();
    Some(if seen > 0.0 { (seen.atanh() - error).max(0.0).tanh() } else { seen })
}

/// The scales that a variance is read at: the finest whose blocks do not resemble their neighbours, and the coarser
/// ones that vary by more than chance would add.
fn told_by(scales: &[Scale]) -> Option<(&Scale, impl Iterator<Item = &Scale>)> {
    let is_independent = |scale: &&Scale| scale.correlation <= (scale.blocks as f64).sqrt().recip();
    let fine = scales.iter().find(is_independent).or(scales.last())?;
    let exceeds = |scale: &&Scale| scale.blocks < fine.blocks && !scale.may_vary_so(scale.variance / fine.variance);
    Some((fine, scales.iter().filter(exceeds)))
}

/// The spread of blocks of one width.
struct Scale {
    blocks: usize,
    /// The variance of the ratio, from the spread of the blocks.
    variance: f64,
    /// The correlation between neighbouring blocks.
    correlation: f64,
}

impl Scale {
    fn enlargement(&self) -> f64 {
        let r = self.correlation.clamp(0.0, MOST_CORRELATION);
        (1.0 + r) / (1.0 - r) * (1.0 + ENLARGED / self.blocks as f64)
    }

    /// Whether blocks of independent samples would often look like these.
    fn may_be_chance(&self, effect: f64) -> bool {
        self.may_vary_so(effect) && self.correlation <= OFTEN / (self.blocks as f64).sqrt()
    }

    fn may_vary_so(&self, effect: f64) -> bool {
        effect <= 1.0 + OFTEN * (2.0 / (self.blocks as f64 - 1.0)).sqrt()
    }

    /// The effect, enlarged for the part that the blocks cannot show.
    fn enlarged(&self, effect: f64) -> f64 {
        let r = self.correlation.clamp(0.0, MOST_CORRELATION);
        let is_last = self.blocks < 2 * LEAST_BLOCKS;
        let shows = effect > CORRELATED || is_last && r > (self.blocks as f64).sqrt().recip();
        let effect = if shows { effect * (1.0 + r) / (1.0 - r) } else { effect };
        if effect > UNCERTAIN { effect * (1.0 + ENLARGED / self.blocks as f64) } else { effect }
    }
}

/// The scales of the blocks as they are, then of two, four, eight … together, while there are enough.
fn at_scales(parts: &[BlockPart]) -> impl Iterator<Item = Scale> {
    let mut parts: Vec<BlockPart> = parts.iter().copied().filter(|part| part.of > 0.0).collect();
    std::iter::from_fn(move || {
        if parts.len() < LEAST_BLOCKS {
            return None;
        }
        let scale = scale_of(&parts);
        parts = in_pairs(&parts);
        Some(scale)
    })
}

fn scale_of(parts: &[BlockPart]) -> Scale {
    let blocks = parts.len();
    let residuals = block_residuals(parts);
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

/// The difference of each block's sum from the sum at the ratio of its stratum. A stratum of one block shows no spread.
fn block_residuals(parts: &[BlockPart]) -> Vec<f64> {
    let mut residuals = Vec::with_capacity(parts.len());
    for stratum in parts.chunk_by(|a, b| a.stratum == b.stratum) {
        let of: f64 = stratum.iter().map(|part| part.of).sum();
        let ratio = if of > 0.0 { stratum.iter().map(|part| part.sum).sum::<f64>() / of } else { 0.0 };
        residuals.extend(stratum.iter().map(|part| part.sum - ratio * part.of));
    }
    residuals
}

/// Merges neighbouring blocks of a stratum in pairs.
fn in_pairs(parts: &[BlockPart]) -> Vec<BlockPart> {
    let strata = parts.chunk_by(|a, b| a.stratum == b.stratum);
    let pair = |pair: &[BlockPart]| BlockPart {
        of: pair.iter().map(|part| part.of).sum(),
        sum: pair.iter().map(|part| part.sum).sum(),
        stratum: pair[0].stratum,
    };
    strata.flat_map(|stratum| stratum.chunks(2).map(pair)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blocks(sums: impl IntoIterator<Item = f64>) -> Vec<BlockPart> {
        sums.into_iter().map(|sum| BlockPart { of: 10.0, sum, stratum: 0 }).collect()
    }

    #[test]
    fn even_blocks_have_no_effect_and_episodes_a_large_one() {
        let even = blocks([1.0; 64]);
        // A tenth of 640 missed: the variance of the share is 0.1 × 0.9 ÷ 640 for independent operations.
        let independent = 0.09 / 640.0;
        assert!(design_effect(&even, independent).is_some_and(|effect| effect < 0.1), "what is even has no noise");
        let episode = blocks((0..64).map(|block| if (20..26).contains(&block) { 10.0 } else { 0.0 }));
        assert!(design_effect(&episode, independent).is_some_and(|effect| effect > 50.0));
        assert_eq!(design_effect(&episode[..7], independent), None, "too few blocks tell no spread");
    }

    /// Sums that spread like those of independent samples: uniform ones with a variance of ten for each block.
    fn by_chance(seed: u64) -> Vec<BlockPart> {
        let mut state = seed;
        let mut uniform = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 11) as f64 / (1_u64 << 53) as f64
        };
        blocks((0..64).map(|_| 100.0 + 120_f64.sqrt() * (uniform() - 0.5)))
    }

    #[test]
    fn what_chance_often_makes_is_taken_as_independent() {
        let independent = 10.0 * 64.0 / 640_f64.powi(2);
        let effects: Vec<f64> = (1..=200).filter_map(|seed| design_effect(&by_chance(seed), independent)).collect();
        let independent_ones = effects.iter().filter(|effect| **effect == 1.0).count();
        assert!(effects.len() == 200 && independent_ones > 140, "{independent_ones}");
        let doubled: Vec<f64> =
            (1..=200).filter_map(|seed| design_effect(&by_chance(seed), independent / 2.5)).collect();
        assert!(doubled.iter().all(|effect| *effect > 1.3), "{doubled:?}");
    }

    #[test]
    fn a_ratio_is_read_at_the_finest_blocks_that_do_not_hang_together() {
        let (a, b) = (by_chance(1), by_chance(2));
        let variance = variance_of_ratio(&a, &b).map_or(0.0, |(variance, _)| variance);
        // The relative variance of each sum is 10 ÷ 100² a block; that of their ratio is twice as much.
        let expected = 2.0 * 10.0 / 100_f64.powi(2) / 64.0;
        assert!((0.5..2.0).contains(&(variance / expected)), "{variance} {expected}");
        let episode = |i: usize| if (20..30).contains(&i) { 50.0 } else { 0.0 };
        let slow: Vec<BlockPart> =
            a.iter().enumerate().map(|(i, part)| BlockPart { sum: part.sum + episode(i), ..*part }).collect();
        let of_episode = variance_of_ratio(&slow, &b);
        assert!(
            of_episode.is_some_and(|(variance, blocks)| variance > 20.0 * expected && blocks < 64),
            "{of_episode:?}"
        );
    }

    #[test]
    fn what_a_stage_changes_is_no_spread() {
        let staged: Vec<BlockPart> =
            (0..64).map(|i| BlockPart { of: 10.0, sum: f64::from(i / 32), stratum: i / 32 }).collect();
        assert!(design_effect(&staged, 1e-5).is_some_and(|effect| effect <= 1.0));
        let plain: Vec<BlockPart> = staged.iter().map(|part| BlockPart { stratum: 0, ..*part }).collect();
        assert!(design_effect(&plain, 1e-5).is_some_and(|effect| effect > 10.0));
    }

    #[test]
    fn what_both_share_falls_out_of_their_ratio() {
        let shared = |factor: f64| blocks((0..64).map(|i| factor * (1.0 + f64::from(i % 7))));
        let (variance, blocks_seen) = variance_of_ratio(&shared(2.0), &shared(1.0)).unwrap_or((1.0, 0));
        assert!(variance < 1e-12 && blocks_seen >= LEAST_BLOCKS, "{variance}");
        let other = blocks((0..64).map(|i| 1.0 + f64::from((i * 5) % 7)));
        assert!(variance_of_ratio(&shared(1.0), &other).is_some_and(|(variance, _)| variance > 1e-4));
        assert_eq!(variance_of_ratio(&shared(1.0)[..5], &shared(1.0)[..5]), None);
    }

    #[test]
    fn what_alternates_is_no_chance() {
        assert!(effect_of_switches(0.5, 100.0, 97.0) < 0.4);
        assert_eq!(effect_of_switches(0.5, 100.0, 50.0), 1.0);
        assert_eq!(effect_of_switches(0.5, 100.0, 60.0), 1.0, "within chance");
        assert_eq!(effect_of_switches(0.5, 9.0, 8.0), 1.0, "of so few it could be chance");
        assert_eq!(effect_of_switches(0.0, 100.0, 0.0), 1.0);
    }

    #[test]
    fn figures_that_go_together_are_told_from_those_that_do_not() {
        let wave = |phase: usize| blocks((0..32).map(|i| ((i + phase) % 4) as f64));
        assert!(correlation_over_blocks(&wave(0), &wave(0)).is_some_and(|r| r > 0.95));
        assert!(correlation_over_blocks(&wave(0), &wave(2)).is_some_and(|r| r < 0.0));
        assert_eq!(correlation_over_blocks(&wave(0)[..5], &wave(0)[..5]), None);
        assert_eq!(correlation_over_blocks(&blocks([1.0; 20]), &wave(0)), None, "what is even goes with nothing");
    }
}
