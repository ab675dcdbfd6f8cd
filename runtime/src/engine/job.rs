//! A test to be run, in the form that the caller hands over and in the form that the test's own thread owns.

use super::rt::stop::{Halt, Stop};
use super::spec::Spec;
use super::supervision::questions::{Hypothesis, Questions};
use super::supervision::standing::Standing;
use crate::record::Measurements;
use brunt_plan::Plan;
use brunt_plan::target::Target;
use std::sync::Arc;
use std::time::Duration;

/// A test to be run.
pub(crate) struct Job<'a> {
    pub(crate) spec: &'static Spec,
    pub(crate) plan: &'a Plan,
    /// The targets, used only to find out whether one measures `each(user)`.
    pub(crate) targets: &'a [Target],
    pub(crate) stop: &'a Stop,
    /// Called about once a second with the measurements so far; may end the load early.
    pub(crate) watch: &'a (dyn Fn(&Measurements) -> Option<Halt> + Sync),
    /// Returns the texts of the targets that the measurements leave undecided and that more load may decide. Called at
    /// the planned end of a load that may continue, and after its rounds.
    pub(crate) undecided: &'a dyn Fn(&Measurements) -> Vec<Target>,
    /// Decides whether an experiment's system is steady.
    pub(crate) hypothesis: &'a dyn Hypothesis,
    /// How much longer than planned the test may take; `None` stands for no limit.
    pub(crate) limit: Option<Duration>,
}

/// A test in the form that its own thread owns. Nothing in it is borrowed, because the thread may have to be left
/// behind.
pub(crate) struct TestTask {
    pub(crate) spec: &'static Spec,
    pub(crate) plan: Plan,
    pub(crate) targets: Vec<Target>,
    pub(crate) stop: Arc<Stop>,
    /// The questions to the thread that waits for the test.
    pub(crate) asks: Questions,
    pub(crate) standing: Arc<Standing>,
}
