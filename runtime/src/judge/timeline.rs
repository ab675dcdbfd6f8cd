//! Cuts the samples of a group into blocks of time, counted as its metric counts them.

use super::evidence::Evidence;
use super::sampled::{Basis, Block, Sampled};
use super::selector::speaks_of;
use crate::record::{Distribution, Selection, Subject, Tally, ValueTally, ValueUnit, Window};
use brunt_plan::load::Shape;
use brunt_plan::target::{Metric, Stat};
use std::time::Duration;

/// The approximate number of blocks.
const BLOCKS: usize = 64;
/// The number of strata of a ramp, which changes the load all along.
const PIECES_OF_A_RAMP: u32 = 8;

/// The place of a figure's samples.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct SamplePlace {
    pub(super) selection: Selection,
    pub(super) window: Option<(Duration, Duration)>,
}

/// The samples of a place, block by block.
pub(super) fn samples_of(evidence: &Evidence<'_>, metric: &Metric, basis: Basis, place: &SamplePlace) -> Sampled {
    let strata = Strata::of(evidence);
    let (from, selection) = (&*evidence.measurements, &place.selection);
    let mut blocks: Vec<Block> = match (&selection.subject, place.window) {
        (Subject::Value(_), window) => {
            let blocks = window.map(|time| from.value_blocks_within(selection, time));
            let blocks = blocks.unwrap_or_else(|| from.value_blocks(selection, BLOCKS));
            blocks.into_iter().map(|block| of_values(block, &strata)).collect()
        }
        (Subject::Iteration | Subject::Step(_), window) => {
            let blocks = window.map(|time| from.blocks_within(selection, time));
            let blocks = blocks.unwrap_or_else(|| from.blocks(selection, BLOCKS));
            blocks.into_iter().map(|block| of_operations(block, metric, &strata)).collect()
        }
    };
    if blocks.len() > 2 * BLOCKS {
        blocks = blocks.chunks(blocks.len().div_ceil(BLOCKS)).map(merge_block).collect();
    }
    strata.even_out(&mut blocks);
    let fill = match basis {
        Basis::Rate => leave_out_the_fill(&mut blocks, &from.tally(&place.selection).latency),
        _ => 0.0,
    };
    let sampled = if place.window.is_some() { Sampled::of_window(basis, blocks) } else { Sampled::new(basis, blocks) };
    sampled.after(fill)
}

fn of_values(window: Window<ValueTally>, strata: &Strata) -> Block {
    let values = &window.tally.distribution;
    // Flags are one or zero.
    let hits = if window.tally.unit == ValueUnit::Flag { values.sum() as u64 } else { 0 };
    Block {
        trials: values.count(),
        hits,
        switches: None,
        start: window.start,
        seconds: window.width.as_secs_f64(),
        stratum: strata.at(window.start + window.width / 2),
        values: window.tally.distribution,
    }
}

fn of_operations(window: Window<Tally>, metric: &Metric, strata: &Strata) -> Block {
    let Window { start, width, tally } = window;
    let (hits, trials) = count_hits(metric, &tally);
    let (count, tally_failed, switches) = (tally.count(), tally.count() - tally.successes, tally.switches);
    let values = match metric {
        Metric::Service(_) if !tally.service.is_empty() => tally.service,
        Metric::ErrorLatency(kinds, _) => tally.failure_latency(|kind| speaks_of(kinds, kind)),
        Metric::Stat(_) | Metric::Service(_) => tally.latency,
        _ => Distribution::default(),
    };
    // Only the switches between failures and successes are counted.
    let is_known = trials == count && (hits == tally_failed || hits == count - tally_failed);
    let switches = is_known.then_some(switches);
    Block { start, seconds: width.as_secs_f64(), stratum: strata.at(start + width / 2), trials, hits, switches, values }
}

/// The hits and the trials of a share or a rate.
fn count_hits(metric: &Metric, tally: &Tally) -> (u64, u64) {
    let count = tally.count();
    match metric {
        Metric::Errors(kinds) => (tally.failures_of(|kind| speaks_of(kinds, kind)), count),
        Metric::SuccessRate => (tally.successes, count),
        Metric::Interrupted => (tally.interrupted, count),
        Metric::Dropped => (tally.dropped, count + tally.dropped),
        Metric::Cancelled => (tally.cancelled, count + tally.cancelled),
        Metric::Throughput => (tally.completed, count),
        _ => (0, 0),
    }
}

fn merge_block(blocks: &[Block]) -> Block {
    let (start, stratum) = (blocks[0].start, blocks[0].stratum);
    let mut whole = Block { start, stratum, switches: Some(0), ..Block::default() };
    for block in blocks {
        whole.seconds += block.seconds;
        whole.trials += block.trials;
        whole.hits += block.hits;
        whole.switches = whole.switches.zip(block.switches).map(|(one, other)| one + other);
        whole.values.merge(&block.values);
    }
    whole
}

/// Leaves out the start of a load, in which nothing can be completed since no operation can have ended yet, and returns
/// its seconds. It is at most as long as an operation usually takes, so that a system that stalls at its start is not
/// excused.
fn leave_out_the_fill(blocks: &mut [Block], latency: &Distribution) -> f64 {
    let usual = latency.percentile(50.0).unwrap_or(0.0) / 1e9;
    let mut left = usual;
    for block in blocks {
        if block.hits > 0 || left <= 0.0 {
            break;
        }
        let out = block.seconds.min(left);
        (block.seconds, left) = (block.seconds - out, left - out);
    }
    usual - left
}

/// The times at which the plan changes the load, so that a change in the figures is not the system's.
struct Strata {
    bounds: Vec<Duration>,
}

impl Strata {
    fn of(evidence: &Evidence<'_>) -> Self {
        let from = &*evidence.measurements;
        let spans = from.spans.iter().chain(&from.case_spans).chain(&from.scenario_spans);
        let mut bounds: Vec<Duration> = spans.flat_map(|span| [span.start, span.end]).collect();
        for stage in &evidence.plan.stages.list {
            let label = stage.label();
            let is_it = |span: &&crate::record::Span| *span.name == *label;
            if let Shape::Ramp { .. } = stage.shape {
                for span in from.spans.iter().filter(is_it) {
                    let piece = (span.end - span.start) / PIECES_OF_A_RAMP;
                    bounds.extend((1..PIECES_OF_A_RAMP).map(|number| span.start + piece * number));
                }
            }
        }
        bounds.sort_unstable();
        bounds.dedup();
        Self { bounds }
    }

    fn at(&self, time: Duration) -> u32 {
        self.bounds.partition_point(|bound| *bound <= time) as u32
    }

    /// Puts all blocks into one stratum where strata have too few blocks for a comparison: they would show no spread at
    /// all.
    fn even_out(&self, blocks: &mut [Block]) {
        const LEAST_IN_EACH: usize = 3;
        let strata = blocks.chunk_by(|a, b| a.stratum == b.stratum).count();
        if strata * LEAST_IN_EACH > blocks.len() {
            blocks.iter_mut().for_each(|block| block.stratum = 0);
        }
    }
}

/// The basis, and so the kind of noise, of a stat of values.
pub(super) fn of_stat(stat: Stat) -> Basis {
    match stat {
        Stat::Mean | Stat::Share => Basis::Mean,
        Stat::Percentile(percentile) if percentile > 0.0 && percentile < 100.0 => Basis::Percentile(percentile),
        Stat::Stddev => Basis::Deviation,
        Stat::Cv => Basis::Variation,
        _ => Basis::Fact,
    }
}
