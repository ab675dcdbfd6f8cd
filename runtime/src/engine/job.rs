//! A test to be run: as the caller hands it over, and as its own thread has it.

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
    /// Only asked whether they are of `each(user)`.
    pub(crate) targets: &'a [Target],
    pub(crate) stop: &'a Stop,
    /// Called about once a second with what was measured so far; may end the load early.
    pub(crate) watch: &'a (dyn Fn(&Measurements) -> Option<Halt> + Sync),
    /// The targets, in words, that are undecided by what was measured and that more load may decide. Asked at the planned
    /// end of a load that may go on, and after its rounds.
    pub(crate) undecided: &'a dyn Fn(&Measurements) -> Vec<String>,
    /// Says whether an experiment's system is steady.
    pub(crate) hypothesis: &'a dyn Hypothesis,
    /// How much longer than planned the test may take; `None`: for ever.
    pub(crate) limit: Option<Duration>,
}

/// A test as its own thread has it. Nothing in it is borrowed: the thread may have to be left behind.
pub(crate) struct TestTask {
    pub(crate) spec: &'static Spec,
    pub(crate) plan: Plan,
    pub(crate) targets: Vec<Target>,
    pub(crate) stop: Arc<Stop>,
    /// To who waits for the test.
    pub(crate) asks: Questions,
    pub(crate) standing: Arc<Standing>,
}
