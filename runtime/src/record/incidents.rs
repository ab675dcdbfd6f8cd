//! Incidents beside the counted operations, which no figure shows: failed steps after which the iteration went on,
//! failed calls of `sample`, users and tasks lost to a panic, processes that ended by themselves.

use super::Messages;
use super::selection::Selection;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Something that happened several times: how often, and the first message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Repeated {
    pub(crate) count: u64,
    pub(crate) first: String,
}

impl Repeated {
    /// Adds `count` occurrences; only the first message is kept.
    pub(crate) fn add(&mut self, count: u64, message: &str) {
        if self.count == 0 && count > 0 {
            message.clone_into(&mut self.first);
        }
        self.count += count;
    }
}

/// Failures by the step and the place they happened in, and by their kind.
pub(crate) type StepFailures = BTreeMap<(Selection, Arc<str>), Repeated>;

/// The incidents of one test.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Incidents {
    /// Failed steps whose iteration succeeded all the same.
    pub(crate) forgiven: StepFailures,
    /// Failed steps of tasks and threads that a body started: whether they failed their iteration is not known.
    pub(crate) spawned: StepFailures,
    /// Calls of `sample`.
    pub(crate) samples: u64,
    /// Calls of `sample` that failed.
    pub(crate) failed_samples: Repeated,
    /// Users whose task ended with a panic outside of an iteration.
    pub(crate) lost_users: Repeated,
    /// Panics on the test's threads outside of iterations and hooks, those of lost users included.
    pub(crate) stray_panics: Repeated,
    /// Processes of the test that ended although nothing ended them.
    pub(crate) ended_processes: Repeated,
    /// The messages of failed iterations, by their kind.
    pub(crate) messages: BTreeMap<Arc<str>, Messages>,
    /// The message about a test that was ended because it took longer than a test may, or blocked its own end.
    pub(crate) overran: Option<String>,
    /// Where panics of bodies and hooks came from, by their message, if backtraces are enabled.
    pub(crate) backtraces: BTreeMap<String, Vec<String>>,
    /// Whether other tests ran in the process meanwhile, so that the resources of the process include theirs.
    pub(crate) beside_other_tests: bool,
}

impl Incidents {
    /// Adds the incidents of another load. Its failures of steps are assigned to `stage`, like all of its operations.
    pub(crate) fn append_as_stage(&mut self, stage: &Arc<str>, other: &Self) {
        for (mine, others) in [(&mut self.forgiven, &other.forgiven), (&mut self.spawned, &other.spawned)] {
            for ((selection, kind), failures) in others {
                let selection = Selection { stage: Some(Arc::clone(stage)), ..selection.clone() };
                mine.entry((selection, Arc::clone(kind))).or_default().add(failures.count, &failures.first);
            }
        }
        self.add_messages(&other.messages);
        self.samples += other.samples;
        self.failed_samples.add(other.failed_samples.count, &other.failed_samples.first);
        self.lost_users.add(other.lost_users.count, &other.lost_users.first);
        self.stray_panics.add(other.stray_panics.count, &other.stray_panics.first);
        self.ended_processes.add(other.ended_processes.count, &other.ended_processes.first);
        self.backtraces.extend(other.backtraces.clone());
        if self.overran.is_none() {
            self.overran.clone_from(&other.overran);
        }
        self.beside_other_tests |= other.beside_other_tests;
    }

    /// Adds the messages of other failed iterations.
    pub(super) fn add_messages(&mut self, others: &BTreeMap<Arc<str>, Messages>) {
        for (kind, messages) in others {
            self.messages.entry(Arc::clone(kind)).or_default().merge(messages);
        }
    }

    /// Removes failures of steps in stages that `keep` does not accept.
    pub(crate) fn retain_stages(&mut self, keep: impl Fn(Option<&str>) -> bool) {
        self.forgiven.retain(|(selection, _), _| keep(selection.stage.as_deref()));
        self.spawned.retain(|(selection, _), _| keep(selection.stage.as_deref()));
    }
}
