//! The guard of a fault: as long as it lives, so does the fault. Dropped, however that comes about, it heals.

use super::core::{Broken, Core};
use crate::failure::Failed;
use crate::fault::Heal;
use crate::record::experiment::phase;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// A fault at work, which [`Lab::inject`](super::Lab::inject) gives back. Dropped (at the end of a block, by a panic, by
/// the test's timeout, by Ctrl-C) it is healed, and the test does not end before that is done.
#[must_use = "dropped, the fault is healed at once"]
pub struct Injection {
    core: Arc<Core>,
    number: usize,
}

/// A fault that is being injected. Dropped before it has been, by an error, a panic or a timeout, it leaves the phase as
/// it was: what fails afterwards is not excused by a fault that there is not.
pub(crate) struct Injecting<'l> {
    core: &'l Arc<Core>,
    number_in_log: usize,
    injected: u64,
    done: bool,
}

impl<'l> Injecting<'l> {
    pub(crate) fn begin(core: &'l Arc<Core>) -> Self {
        let mut state = core.state();
        state.injecting += 1;
        if state.phases.current() != Some(phase::FAULT) {
            state.calm = state.phases.current();
        }
        drop(state);
        core.enter(Some(phase::FAULT));
        let injected = core.load.now();
        Self { core, number_in_log: core.log.add_fault(injected), injected, done: false }
    }

    /// Takes over what was broken.
    pub(crate) fn done(mut self, heal: Box<dyn Heal>) -> Injection {
        let (what, seed, shows_in_failures) = (heal.what(), heal.seed(), heal.shows_in_failures());
        let (injected, number_in_log) = (self.injected, self.number_in_log);
        let heal = Some(heal);
        let broken = Broken {
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
    /// What is broken.
    pub fn what(&self) -> String {
        self.core.state().faults[self.number].what.clone()
    }

    /// Waits for `time` while the fault works and the loads go on.
    ///
    /// # Errors
    /// None at present.
    pub async fn hold(&self, time: Duration) -> Result<(), Failed> {
        self.core.wait(time).await;
        self.core.hear();
        Ok(())
    }

    /// Ends the fault, and waits until what was broken works again.
    ///
    /// # Errors
    /// It cannot be healed.
    pub async fn heal(self) -> Result<(), Failed> {
        let _ = self.core.heal(self.number).await;
        self.core.hear();
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
