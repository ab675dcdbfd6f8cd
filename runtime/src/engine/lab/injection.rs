//! The guard of a fault: the fault lasts as long as the guard, and is healed when the guard is dropped for whatever
//! reason.

use super::state::{ExperimentState, FaultAtWork};
use crate::failure::Failed;
use crate::fault::Heal;
use crate::record::experiment::phase;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// A fault at work, which [`Lab::inject`](super::Lab::inject) returns. When the injection is dropped (at the end of a
/// block, by a panic, by the test's timeout, by Ctrl-C) the fault is healed, and the test does not end before that is
/// done.
#[must_use = "dropped, the fault is healed at once"]
pub struct Injection {
    core: Arc<ExperimentState>,
    number: usize,
}

/// A fault that is being injected. Dropped before the fault is at work, by an error, a panic or a timeout, it restores
/// the phase: a fault that does not exist must not excuse later failures.
pub(crate) struct Injecting<'l> {
    core: &'l Arc<ExperimentState>,
    number_in_log: usize,
    injected: u64,
    done: bool,
}

impl<'l> Injecting<'l> {
    pub(crate) fn begin(core: &'l Arc<ExperimentState>) -> Self {
        let mut state = core.state();
        state.injecting += 1;
        if state.phases.current() != Some(phase::FAULT) {
            state.phase_when_healed = state.phases.current();
        }
        drop(state);
        core.enter(Some(phase::FAULT));
        let injected = core.load.now();
        Self { core, number_in_log: core.log.add_fault(injected), injected, done: false }
    }

    /// Turns this into the guard of the injected fault.
    pub(crate) fn done(mut self, heal: Box<dyn Heal>) -> Injection {
        let (what, seed, shows_in_failures) = (heal.what(), heal.seed(), heal.shows_in_failures());
        let (injected, number_in_log) = (self.injected, self.number_in_log);
        let heal = Some(heal);
        let broken = FaultAtWork {
            number_in_log,
            heal,
            what,
            seed,
            shows_in_failures,
            injected,
            heals: None,
            healed: None,
            heal_failed: None,
            met: None,
            refused: None,
        };
        let mut state = self.core.state();
        state.injecting -= 1;
        state.waits = false;
        state.faults.push(broken);
        let number = state.faults.len() - 1;
        drop(state);
        self.done = true;
        self.core.publish();
        Injection { core: Arc::clone(self.core), number }
    }
}

impl Drop for Injecting<'_> {
    fn drop(&mut self) {
        if !self.done {
            self.core.log.end_fault(self.number_in_log, self.injected);
            self.core.state().injecting -= 1;
            self.core.calm_down();
        }
    }
}

impl Injection {
    /// Describes what is broken.
    pub fn what(&self) -> String {
        self.core.state().faults[self.number].what.clone()
    }

    /// Waits for `time` while the fault is at work and the loads continue.
    ///
    /// # Errors
    /// None at present.
    pub async fn hold(&self, time: Duration) -> Result<(), Failed> {
        self.core.wait(time).await;
        self.core.sync();
        Ok(())
    }

    /// Ends the fault, and waits until it is healed.
    ///
    /// # Errors
    /// The fault cannot be healed.
    pub async fn heal(self) -> Result<(), Failed> {
        let _ = self.core.heal(self.number).await;
        self.core.sync();
        let failed = self.core.state().faults[self.number].heal_failed.clone();
        failed.map_or(Ok(()), |why| Err(Failed::new("heal", why)))
    }
}

impl Drop for Injection {
    fn drop(&mut self) {
        drop(self.core.heal(self.number));
    }
}

impl fmt::Debug for Injection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Injection({})", self.what())
    }
}
