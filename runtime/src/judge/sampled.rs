//! The samples that a figure was read from, block by block of time; the noise of the figure is measured by them.

use super::spread::{self, BlockPart};
use crate::record::Distribution;
use std::time::Duration;

/// The kind of a figure, which determines its noise.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Basis {
    /// A fact without noise: a count, a sum, a greatest or least value, a time that passed once.
    Fact,
    /// A mean of values.
    Mean,
    /// A percentile of values, 0…100.
    Percentile(f64),
    /// Hits ÷ trials.
    Share,
    /// Hits ÷ seconds.
    Rate,
    /// The standard deviation of values.
    Deviation,
    /// The standard deviation of values ÷ their mean.
    Variation,
}

/// The samples of one block of time.
#[derive(Clone, Debug, Default)]
pub(super) struct Block {
    pub(super) start: Duration,
    pub(super) seconds: f64,
    /// The stratum of the block, such as a stage: blocks of one stratum differ only by noise.
    pub(super) stratum: u32,
    pub(super) trials: u64,
    pub(super) hits: u64,
    /// How often a hit followed a miss or a miss a hit, where that is known.
    pub(super) switches: Option<u64>,
    pub(super) values: Distribution,
}

/// The samples of one figure.
#[derive(Clone, Debug)]
pub(super) struct Sampled {
    pub(super) basis: Basis,
    blocks: Vec<Block>,
    whole: Block,
    is_window: bool,
    /// Seconds at the start of a load that are left out, since nothing could be completed yet.
    pub(super) fill: f64,
}

impl Sampled {
    pub(super) fn new(basis: Basis, blocks: Vec<Block>) -> Self {
        let mut whole = Block { switches: Some(0), ..Block::default() };
        for block in &blocks {
            whole.seconds += block.seconds;
            whole.trials += block.trials;
            whole.hits += block.hits;
            whole.switches = whole.switches.zip(block.switches).map(|(one, other)| one + other);
            whole.values.merge(&block.values);
        }
        Self { basis, blocks, whole, is_window: false, fill: 0.0 }
    }

    /// The samples of one window that a target judges by itself: an episode in it is no noise, but what the target is
    /// on.
    pub(super) fn of_window(basis: Basis, blocks: Vec<Block>) -> Self {
        Self { is_window: true, ..Self::new(basis, blocks) }
    }

    /// The same samples, with `fill` seconds at the start left out.
    pub(super) fn after(self, fill: f64) -> Self {
        Self { fill, ..self }
    }

    pub(super) fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    /// All blocks together.
    pub(super) fn whole(&self) -> &Block {
        &self.whole
    }

    /// The number of samples: values, trials or, for a rate, hits.
    pub(super) fn count(&self) -> f64 {
        match self.basis {
            Basis::Share => self.whole.trials as f64,
            Basis::Rate => self.whole.hits as f64,
            _ => self.whole.values.count() as f64,
        }
    }

    /// The effective number of independent samples of the mean.
    pub(super) fn effective_for_mean(&self) -> f64 {
        let (count, deviation) = (self.count(), self.whole.values.stddev().unwrap_or(0.0));
        count / self.design_effect(&self.parts(), deviation * deviation / count)
    }

    /// The effective number of independent samples of the share Σ sum ÷ Σ of.
    pub(super) fn effective_for_share(&self, parts: &[BlockPart]) -> f64 {
        let (of, sum) = parts.iter().fold((0.0, 0.0), |(of, sum), part| (of + part.of, sum + part.sum));
        let share = sum / of;
        of / self.design_effect(parts, share * (1.0 - share) / of)
    }

    /// The design effect of blocks in time or, where there are too few, of the order of failures and successes.
    fn design_effect(&self, parts: &[BlockPart], independent: f64) -> f64 {
        if self.is_window {
            return 1.0;
        }
        let by_order = || match self.whole.switches {
            Some(switches) if self.basis == Basis::Share => {
                let share = self.whole.hits as f64 / self.whole.trials as f64;
                spread::effect_of_switches(share, self.count(), switches as f64)
            }
            _ => 1.0,
        };
        spread::design_effect(parts, independent).unwrap_or_else(by_order)
    }

    /// The variance of a rate and its degrees of freedom. Completions are taken as independent where there are too few
    /// blocks to see their variation; in a window the variance is at most that of independent ones.
    pub(super) fn variance_of_rate(&self) -> Option<(f64, f64)> {
        let Block { hits, seconds, .. } = self.whole;
        let independent = (hits > 0).then(|| (hits as f64 / (seconds * seconds), hits as f64));
        let seen = spread::variance_of_blocks(&self.parts()).map(|(variance, blocks)| (variance, blocks as f64 - 1.0));
        match (seen, independent) {
            (Some(seen), Some(independent)) if self.is_window && independent.0 < seen.0 => Some(independent),
            (Some(seen), _) => Some(seen),
            (None, independent) => independent,
        }
    }

    /// The figure as a ratio, block by block; for a percentile, values above it ÷ values.
    pub(super) fn parts(&self) -> Vec<BlockPart> {
        match self.basis {
            Basis::Share => self.parts_by(|block| (block.trials as f64, block.hits as f64)),
            Basis::Rate => self.parts_by(|block| (block.seconds, block.hits as f64)),
            Basis::Percentile(percentile) => {
                let figure = self.whole.values.percentile(percentile).unwrap_or(0.0);
                self.parts_of_values(|low, _| low > figure)
            }
            _ => self.parts_by(|block| (block.values.count() as f64, block.values.sum())),
        }
    }

    /// Values in buckets that `is_hit` accepts ÷ values, block by block.
    pub(super) fn parts_of_values(&self, is_hit: impl Fn(f64, f64) -> bool) -> Vec<BlockPart> {
        self.parts_by(|block| {
            let hits = block.values.buckets().filter(|bucket| is_hit(bucket.low, bucket.high));
            (block.values.count() as f64, hits.map(|bucket| bucket.count).sum::<u64>() as f64)
        })
    }

    fn parts_by(&self, of: impl Fn(&Block) -> (f64, f64)) -> Vec<BlockPart> {
        let part = |block: &Block| {
            let (of, sum) = of(block);
            BlockPart { of, sum, stratum: block.stratum }
        };
        self.blocks.iter().map(part).collect()
    }

    /// The deviation or variation of the values, its standard error by the jackknife over blocks (Efron & Tibshirani,
    /// *An Introduction to the Bootstrap*, §11), and the number of groups. `None` with too few blocks.
    pub(super) fn jackknife(&self) -> Option<(f64, f64, usize)> {
        const GROUPS: usize = 20;
        let filled: Vec<&Block> = self.blocks.iter().filter(|block| !block.values.is_empty()).collect();
        let groups: Vec<Distribution> = filled.chunks(filled.len().div_ceil(GROUPS).max(1)).map(merge_blocks).collect();
        if groups.len() < 3 {
            return None;
        }
        let figure = |of: &Distribution| match self.basis {
            Basis::Deviation => of.stddev(),
            _ => of.cv(),
        };
        let all_but = |left_out: usize| {
            let mut rest = Distribution::default();
            groups.iter().enumerate().filter(|(at, _)| *at != left_out).for_each(|(_, group)| rest.merge(group));
            figure(&rest)
        };
        let figures: Vec<f64> = (0..groups.len()).filter_map(all_but).collect();
        let count = figures.len() as f64;
        let mean = figures.iter().sum::<f64>() / count;
        let squares: f64 = figures.iter().map(|figure| (figure - mean).powi(2)).sum();
        Some((figure(&self.whole.values)?, ((count - 1.0) / count * squares).sqrt(), figures.len()))
    }
}

fn merge_blocks(blocks: &[&Block]) -> Distribution {
    let mut all = Distribution::default();
    blocks.iter().for_each(|block| all.merge(&block.values));
    all
}
