//! Results of a sweep over sizes: the growth of time and memory, and the allocations of single calls. [`growth`] makes
//! the fit; this module gathers its figures and judges the target.

use super::evidence::Evidence;
use super::group::Group;
use super::growth::{self, Cost, GrowthEstimate, Ruling, SizePoint};
use super::reading::Trouble;
use super::reading::{ReadResult, Reading};
use super::{Outcome, TargetVerdict};
use crate::record::{CallMemory, Measurements, Selection, Subject};
use crate::units::{self, Bound, Figure};
use brunt_plan::target::{Growth, Limit, Metric, Name};
use brunt_plan::{Dimension, Plan, Target};
use std::sync::Arc;

/// Bytes added at every size: so a call that allocates nothing has a logarithm too, and a few bytes are no growth.
const BYTES: f64 = 64.0;

/// The cost that grows over the sizes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Growable {
    Time,
    Memory,
}

/// The growth of a cost over the sizes that were measured.
#[derive(Clone, Debug)]
pub(crate) struct MeasuredGrowth {
    /// The cost at each size.
    pub(crate) points: Vec<SizePoint>,
    /// How many samples the points are of.
    pub(crate) samples: u64,
    /// The classes that can be true, or why there are none.
    pub(crate) growing: Result<GrowthEstimate, String>,
}

/// Fits the growth of a cost over the sizes of a sweep.
pub(super) fn measure_growth(plan: &Plan, measurements: &Measurements, what: Growable) -> MeasuredGrowth {
    let sizes = plan.sizes.as_ref().map(|sizes| sizes.values()).unwrap_or_default();
    let mut samples = 0;
    let mut points = Vec::new();
    for size in sizes {
        let case: Arc<str> = Name::Size(size).to_string().into();
        let (point, of) = match what {
            Growable::Time => time_point(measurements, size, case),
            Growable::Memory => memory_point(measurements, size, case),
        };
        points.extend(point);
        samples += of;
    }
    let cost = if what == Growable::Time { Cost::Time } else { Cost::Memory };
    let growing = growth::find_growth(&points, cost);
    MeasuredGrowth { points, samples, growing }
}

fn time_point(measurements: &Measurements, size: u64, case: Arc<str>) -> (Option<SizePoint>, u64) {
    let tally = measurements.tally(&Selection { case: Some(case), ..Selection::default() });
    (SizePoint::of(size, &tally.latency), tally.latency.count())
}

fn memory_point(measurements: &Measurements, size: u64, case: Arc<str>) -> (Option<SizePoint>, u64) {
    let Some(memory) = measurements.call_memory.get(&Some(case)) else { return (None, 0) };
    let cost = memory.peak.percentile(50.0).map(|peak| peak + BYTES);
    (cost.map(|cost| SizePoint { size: size as f64, cost, error: 0.0 }), memory.calls())
}

/// Judges `growth <= n` or `memory_growth <= n`; `None` where the limit is no class.
pub(super) fn judge_growth(evidence: &Evidence<'_>, target: &Target) -> Option<Result<TargetVerdict, Trouble>> {
    let Limit::Growth(class) = target.limit else { return None };
    Some(of_class(evidence, target, class))
}

fn of_class(evidence: &Evidence<'_>, target: &Target, class: Growth) -> Result<TargetVerdict, Trouble> {
    let measure = &target.measure;
    if !measure.selector.is_empty() || measure.each.is_some() {
        let what = format!("`{measure}`: a class of growth is of the whole sweep, not of a part of it");
        return Err(Trouble::Mistake(what));
    }
    let what = if measure.metric == Metric::MemoryGrowth { Growable::Memory } else { Growable::Time };
    if what == Growable::Memory && evidence.measurements.call_memory.is_empty() {
        return Err(not_counted());
    }
    let MeasuredGrowth { samples, growing, .. } = measure_growth(evidence.plan, &evidence.measurements, what);
    let growing = growing.map_err(Trouble::open)?;
    let (outcome, reason) = match growing.rule(target.comparison, class) {
        Ruling::Holds(note) => (Outcome::Pass, note),
        Ruling::Missed(how) => (Outcome::Fail, Some(how)),
        Ruling::Open(doubt) => (Outcome::Inconclusive, Some(doubt)),
    };
    Ok(TargetVerdict {
        outcome,
        observed: Some(Figure { value: growing.exponent.value, dimension: Dimension::Count }),
        shown: Some(growing.text()),
        limit: Some(Bound { low: None, high: None, text: units::class_name(class).to_owned() }),
        samples,
        reason,
        ..TargetVerdict::of_target(target, outcome, None)
    })
}

/// Reads the allocations of calls, and the process's peak where it is counted to the byte; `None` where the metric is
/// read elsewhere.
pub(super) fn read_sweep(evidence: &Evidence<'_>, metric: &Metric, group: &Group) -> Option<ReadResult> {
    match metric {
        Metric::Allocations => Some(read_allocations(evidence, group)),
        Metric::PeakMemory => read_peak(evidence, group),
        _ => None,
    }
}

/// Reads the median allocations of a call, the greatest among the cases selected.
fn read_allocations(evidence: &Evidence<'_>, group: &Group) -> ReadResult {
    let memories = counted_calls(evidence, group)?;
    let calls = memories.iter().map(|memory| memory.calls()).sum();
    let of_case = |memory: &&CallMemory| memory.allocations.percentile(50.0);
    let most = memories.iter().filter_map(of_case).max_by(f64::total_cmp);
    most.map(|most| Reading::new(most, Dimension::Count, calls)).ok_or_else(not_counted)
}

fn read_peak(evidence: &Evidence<'_>, group: &Group) -> Option<ReadResult> {
    let memories = counted_calls(evidence, group).ok()?;
    let most = memories.iter().map(|memory| memory.process_peak).max()?;
    let calls = memories.iter().map(|memory| memory.calls()).sum();
    Some(Ok(Reading::new(most as f64, Dimension::Size, calls)))
}

fn counted_calls<'e>(evidence: &'e Evidence<'_>, group: &Group) -> Result<Vec<&'e CallMemory>, Trouble> {
    let Selection { stage, scenario, case, subject, tag, user } = &group.selection;
    let is_part = stage.is_some() || scenario.is_some() || tag.is_some() || user.is_some();
    if is_part || *subject != Subject::Iteration || group.window.is_some() {
        return Err(Trouble::Mistake(
            "allocations are counted of whole calls: only a size or a case selects them".into(),
        ));
    }
    let all = &evidence.measurements.call_memory;
    let memories: Vec<&CallMemory> =
        all.iter().filter(|(of, _)| case.is_none() || *of == case).map(|(_, memory)| memory).collect();
    if memories.is_empty() { Err(not_counted()) } else { Ok(memories) }
}

fn not_counted() -> Trouble {
    Trouble::open(
        "allocations were not counted: put `brunt::allocator!();` in the test binary; they are counted of stress tests \
         with one caller whose body takes no `&User`",
    )
}
