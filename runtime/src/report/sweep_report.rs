//! Converts the sizes of a sweep, and the growth of its cost, to the report's data.

use super::figures;
use super::model::{CallMemory, Fit, Growth, Point, Size, Unit};
use crate::judge::{GrowthEstimate, MeasuredGrowth};
use crate::record::{Measurements, Selection};
use brunt_plan::Plan;
use brunt_plan::target::Name;
use std::sync::Arc;

/// Reports every size that was measured.
pub(super) fn report_sizes(plan: &Plan, from: &Measurements) -> Vec<Size> {
    let sizes = plan.sizes.as_ref().map(|sizes| sizes.values()).unwrap_or_default();
    sizes.into_iter().map(|size| report_size(size, from)).collect()
}

fn report_size(size: u64, from: &Measurements) -> Size {
    let name = Name::Size(size).to_string();
    let case: Option<Arc<str>> = Some(name.as_str().into());
    let memory = from.call_memory.get(&case);
    let selection = Selection { case, ..Selection::default() };
    Size {
        size,
        name,
        metrics: figures::metrics_of(from, &selection),
        allocations: memory.and_then(|memory| memory.allocations.percentile(50.0)),
        allocated_bytes: memory.and_then(|memory| memory.bytes.percentile(50.0)),
        peak_bytes: memory.and_then(|memory| memory.peak.percentile(50.0)),
    }
}

/// The memory that calls took, in the order of the cases; a sweep has it with its sizes.
pub(super) fn call_memory(plan: &Plan, from: &Measurements) -> Vec<CallMemory> {
    let cases: Vec<Option<Arc<str>>> = match (&plan.sizes, plan.cases.is_empty()) {
        (Some(_), _) => Vec::new(),
        (None, true) => vec![None],
        (None, false) => plan.cases.iter().map(|case| Some(case.name.as_str().into())).collect(),
    };
    let one = |case: Option<Arc<str>>| {
        let memory = from.call_memory.get(&case)?;
        Some(CallMemory {
            case: case.map(|case| case.to_string()),
            calls: memory.calls(),
            allocations: memory.allocations.percentile(50.0)?,
            allocated_bytes: memory.bytes.percentile(50.0)?,
            peak_bytes: memory.peak.percentile(50.0)?,
        })
    };
    cases.into_iter().filter_map(one).collect()
}

/// Converts a measured growth to the report's data.
pub(super) fn report_growth(measured: &MeasuredGrowth, unit: Unit) -> Growth {
    let MeasuredGrowth { points, growing, .. } = measured;
    let points = points.iter().map(|point| Point { size: point.size, cost: point.cost, error: point.error }).collect();
    let blank = Growth {
        unit,
        candidates: Vec::new(),
        best: None,
        exponent: None,
        exponent_low: None,
        exponent_high: None,
        r_squared: None,
        reason: None,
        points,
        fits: Vec::new(),
    };
    match growing {
        Ok(growing) => with_fit(blank, growing),
        Err(reason) => Growth { reason: Some(reason.clone()), ..blank },
    }
}

fn with_fit(blank: Growth, growing: &GrowthEstimate) -> Growth {
    Growth {
        candidates: growing.candidates.iter().map(ToString::to_string).collect(),
        best: growing.best.map(|best| best.to_string()),
        exponent: Some(growing.exponent.value),
        exponent_low: Some(growing.exponent.low),
        exponent_high: Some(growing.exponent.high),
        r_squared: growing.r_squared(),
        fits: growing
            .fits
            .iter()
            .map(|fit| Fit {
                class: fit.class.to_string(),
                slope: fit.slope,
                overhead: fit.overhead,
                r_squared: fit.r_squared,
            })
            .collect(),
        ..blank
    }
}
