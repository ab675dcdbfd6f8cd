//! The evidence that a test is judged by: the plan, its targets and the measurements. A resilience test also has the
//! measurements of the time in which nothing was disturbed; its steady-state hypothesis is judged by them. No figure is
//! read here.

use super::planned;
use super::reading::Trouble;
use super::selector::{self, KnownNames};
use crate::record::experiment::phase;
use crate::record::{Measurements, Selection};
use brunt_plan::kind::EVERY_PHASE;
use brunt_plan::target::{Group, Measure, Name};
use brunt_plan::{Plan, Target};
use std::borrow::Cow;

pub(super) struct Evidence<'a> {
    pub(super) plan: &'a Plan,
    pub(super) targets: &'a [Target],
    pub(super) measurements: Cow<'a, Measurements>,
    pub(super) known: KnownNames,
    /// For a resilience test: the evidence without the phases in which failures are expected.
    steady: Option<Box<Self>>,
    /// For a load that went on after its planned end: the evidence up to that end.
    planned: Option<Box<Self>>,
}

impl<'a> Evidence<'a> {
    pub(super) fn new(plan: &'a Plan, targets: &'a [Target], measurements: &'a Measurements) -> Self {
        let undisturbed = || measurements.filter_stages(|stage| !stage.is_some_and(phase::is_disturbed));
        let steady = || Box::new(Self::of_all(plan, targets, Cow::Owned(undisturbed())));
        let steady = plan.kind.has_phases().then(steady);
        let whole = Self::of_all(plan, targets, Cow::Borrowed(measurements));
        let planned = measurements.settled.as_ref().map(|settled| {
            // A name that came up after the planned end is known as well.
            let known = KnownNames::of(plan, measurements);
            Box::new(Self { known, ..Self::of_all(plan, targets, Cow::Borrowed(&*settled.planned)) })
        });
        Self { steady, planned, ..whole }
    }

    /// The evidence that a target is judged by: see [`planned`].
    pub(super) fn for_target(&self, target: &Target) -> &Self {
        match &self.planned {
            Some(planned) if planned::is_of_planned_load(target) => planned,
            _ => self,
        }
    }

    /// Evidence from measurements of a single state of the system.
    pub(super) fn of_all(plan: &'a Plan, targets: &'a [Target], measurements: Cow<'a, Measurements>) -> Self {
        let known = KnownNames::of(plan, &measurements);
        Self { plan, targets, measurements, known, steady: None, planned: None }
    }

    /// The evidence that a measure is read from.
    pub(super) fn of(&self, measure: &Measure) -> &Self {
        if is_of_steady_state(&self.known, measure) { self.steady() } else { self }
    }

    /// The evidence of the time in which nothing was disturbed.
    pub(super) fn steady(&self) -> &Self {
        self.steady.as_deref().unwrap_or(self)
    }

    pub(super) fn select(&self, names: &[Name]) -> Result<Selection, Trouble> {
        selector::select_names(&self.known, names)
    }
}

/// Whether the measure is judged only by the time in which nothing is disturbed.
pub(super) fn is_of_steady_state(known: &KnownNames, measure: &Measure) -> bool {
    measure.metric.is_of_steady_state()
        && measure.each != Some(Group::Stage)
        && !phases_named(known, measure).any(|_| true)
}

/// The phases that a measure names.
pub(super) fn phases_named<'m>(known: &'m KnownNames, measure: &'m Measure) -> impl Iterator<Item = &'m str> {
    measure.selector.iter().filter_map(|name| match name {
        Name::Plain(name) if is_phase(known, name) => Some(name.as_str()),
        _ => None,
    })
}

fn is_phase(known: &KnownNames, name: &str) -> bool {
    phase::ALL.contains(&name) || name == EVERY_PHASE || known.stages.iter().any(|stage| **stage == *name)
}
