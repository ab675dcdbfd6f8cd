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

impl Injection {
    /// Takes over what was broken at `injected`.
    pub(super) fn begin(core: &Arc<Core>, heal: Box<dyn Heal>, number: usize, injected: u64) -> Self {
        let (what, seed) = (heal.what(), heal.seed());
        let heal = Some(heal);
        let broken = Broken { heal, what, seed, injected, healed: None, heal_failed: None, met: None };
        let mut state = core.state();
        // Faults that are injected at once may come in another order than they were begun in.
        while state.faults.len() <= number {
            state.faults.push(Broken::begun(injected));
        }
        state.faults[number] = broken;
        drop(state);
        core.publish();
        Self { core: Arc::clone(core), number }
    }

    /// What is broken.
    pub fn what(&self) -> String {
        self.core.state().faults[self.number].what.clone()
    }

    /// Lets the fault work for so long, while the loads go on.
    ///
    /// # Errors
    /// None at present.
    pub async fn hold(&self, time: Duration) -> Result<(), Failed> {
        tokio::time::sleep(time).await;
        self.core.hear();
        Ok(())
    }

    /// Ends the fault, and waits until what was broken works again.
    ///
    /// # Errors
    /// It cannot be healed.
    pub async fn heal(self) -> Result<(), Failed> {
        self.core.heal(self.number).await;
        self.core.hear();
        let failed = self.core.state().faults[self.number].heal_failed.clone();
        failed.map_or(Ok(()), |why| Err(Failed::new("heal", why)))
    }
}

impl Broken {
    /// A fault of which it is not known yet what it is.
    fn begun(injected: u64) -> Self {
        let what = "a fault that is being injected".to_owned();
        Self { heal: None, what, seed: None, injected, healed: Some(injected), heal_failed: None, met: None }
    }
}

impl Core {
    /// Heals one fault, unless that has been done.
    pub(super) async fn heal(&self, number: usize) {
        let Some(heal) = self.state().faults.get_mut(number).and_then(|fault| fault.heal.take()) else { return };
        let met = heal.met();
        let healed = heal.heal().await;
        let now = self.load.now();
        self.board.heal(number, now);
        let mut state = self.state();
        let fault = &mut state.faults[number];
        fault.met = met;
        match healed {
            Ok(()) => fault.healed = Some(now),
            Err(error) => fault.heal_failed = Some(format!("`{}` could not be healed: {error}", fault.what)),
        }
        let over = !state.is_broken() && state.phases.current() == Some(phase::FAULT);
        drop(state);
        if over {
            self.enter(Some(phase::RECOVERING));
        } else {
            self.publish();
        }
    }

    /// Heals what is still broken, and waits for all that is being healed.
    pub(super) async fn heal_all(&self) {
        let faults = self.state().faults.len();
        for number in (0..faults).rev() {
            self.heal(number).await;
        }
        loop {
            let Some(healing) = self.state().healing.pop() else { return };
            let _ = healing.await;
        }
    }
}

impl Drop for Injection {
    fn drop(&mut self) {
        let mut state = self.core.state();
        if state.faults[self.number].heal.is_some() {
            let (core, number) = (Arc::clone(&self.core), self.number);
            state.healing.push(self.core.handle.spawn(async move { core.heal(number).await }));
        }
    }
}

impl fmt::Debug for Injection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Injection({})", self.what())
    }
}
