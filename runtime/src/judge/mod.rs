//! Judges measurements by targets. Pure: it knows no clock, no file and no runtime.
//!
//! A target is judged in four steps, each a file: its names become a [selection](selector), the selection is cut into
//! [groups](group) where it is quantified, the [metric] of each group is read, and each figure is [compared](compare)
//! with the limit. What cannot be judged says why: [`Trouble`]. Beside the targets stand the rules that hold without
//! being written ([`unspoken`]).

mod assess;
mod compare;
mod early;
mod group;
mod interval;
mod metric;
mod resources;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
pub(crate) mod sample;
mod selector;
pub(crate) mod show;
#[cfg(test)]
mod tests;
mod unspoken;
mod verdict;

pub(crate) use early::{critical_breach, elapsed_lost};
pub(crate) use verdict::{Bound, Figure, Outcome, Reference, TargetVerdict, Verdict};

use crate::record::{Measurements, Selection, Subject};
use brunt_plan::target::{Limit, Measure, Name};
use brunt_plan::{Plan, Target};

/// Judges what was measured. Targets come out in the order given; behind them the rules that hold unwritten:
/// something was measured, nothing failed or was interrupted that no target speaks of, no arrival was dropped unnamed.
pub(crate) fn judge(plan: &Plan, targets: &[Target], measurements: &Measurements) -> Verdict {
    let evidence = Evidence::new(plan, measurements);
    let declared = targets.iter().enumerate().map(|(index, target)| assess::assess(&evidence, index, target));
    Verdict::of(declared.chain(unspoken::findings(&evidence, targets)).collect())
}

/// The measure on the right-hand side of a relative target.
pub(crate) fn reference(target: &Target) -> Option<&Measure> {
    match &target.limit {
        Limit::Relative { of, .. } | Limit::RelativeRange { of, .. } => Some(of),
        Limit::Quantity(_) | Limit::Range(..) | Limit::Growth(_) => None,
    }
}

/// What a selector of several names, or of a tag, selects: what no list of steps, stages and so on shows by itself.
pub(crate) fn combination(plan: &Plan, measurements: &Measurements, names: &[Name]) -> Option<Selection> {
    if names.len() < 2 && !matches!(names, [Name::Tag { .. }]) {
        return None;
    }
    let selection = Evidence::new(plan, measurements).select(names).ok()?;
    (!matches!(selection.subject, Subject::Value(_))).then_some(selection)
}

/// What there is to judge by.
struct Evidence<'a> {
    plan: &'a Plan,
    measurements: &'a Measurements,
    known: selector::Known,
}

impl<'a> Evidence<'a> {
    fn new(plan: &'a Plan, measurements: &'a Measurements) -> Self {
        Self { plan, measurements, known: selector::Known::of(plan, measurements) }
    }

    fn select(&self, names: &[Name]) -> Result<Selection, Trouble> {
        selector::select(&self.known, names)
    }
}

/// Why a measure has no figure that can be compared.
#[derive(Clone, Debug, PartialEq)]
enum Trouble {
    /// The target asks for something that is not there: it fails, and says what there was.
    Mistake(String),
    /// The measurements cannot tell.
    Open {
        /// Why not.
        reason: String,
        /// What was seen although it cannot count.
        seen: Option<Figure>,
        /// Out of how many samples.
        samples: u64,
    },
}

impl Trouble {
    fn open(reason: impl Into<String>) -> Self {
        Self::Open { reason: reason.into(), seen: None, samples: 0 }
    }

    fn no_samples() -> Self {
        Self::open("no samples")
    }
}
