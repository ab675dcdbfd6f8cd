//! What there is to judge by: the plan, its targets and what was measured; of a resilience test also what was measured
//! while nothing was disturbed, by which its steady-state hypothesis is judged. It reads no figure.

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
    /// Of a resilience test, all but the phases in which failures are expected.
    steady: Option<Box<Self>>,
    /// Of a load that went on behind its planned end, what was measured until then.
    planned: Option<Box<Self>>,
}

impl<'a> Evidence<'a> {
    pub(super) fn new(plan: &'a Plan, targets: &'a [Target], measurements: &'a Measurements) -> Self {
        let undisturbed = || measurements.filter_stages(|stage| !stage.is_some_and(phase::is_disturbed));
        let steady = || Box::new(Self::of_all(plan, targets, Cow::Owned(undisturbed())));
        let steady = plan.kind.has_phases().then(steady);
        let whole = Self::of_all(plan, targets, Cow::Borrowed(measurements));
        let planned = measurements.settled.as_ref().map(|settled| {
            // A name that came up later is known all the same.
            let known = KnownNames::of(plan, measurements);
            Box::new(Self { known, ..Self::of_all(plan, targets, Cow::Borrowed(&*settled.planned)) })
        });
        Self { steady, planned, ..whole }
    }

    /// What a target is judged by: see [`planned`].
    pub(super) fn for_target(&self, target: &Target) -> &Self {
        match &self.planned {
            Some(planned) if planned::is_of_planned_load(target) => planned,
            _ => self,
        }
    }

    /// The same of measurements that are of one state of the system.
    pub(super) fn of_all(plan: &'a Plan, targets: &'a [Target], measurements: Cow<'a, Measurements>) -> Self {
        let known = KnownNames::of(plan, &measurements);
        Self { plan, targets, measurements, known, steady: None, planned: None }
    }

    /// What a measure is read of.
    pub(super) fn of(&self, measure: &Measure) -> &Self {
        if is_of_steady_state(&self.known, measure) { self.steady() } else { self }
    }

    /// What was measured while nothing was disturbed.
    pub(super) fn steady(&self) -> &Self {
        self.steady.as_deref().unwrap_or(self)
    }

    pub(super) fn select(&self, names: &[Name]) -> Result<Selection, Trouble> {
        selector::select_names(&self.known, names)
    }
}

/// Whether the measure is judged while nothing is disturbed.
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
