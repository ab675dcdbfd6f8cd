//! The guard of a fault: as long as it lives, so does the fault. Dropped, however that comes about, it heals.

use super::core::{Broken, Core};
use crate::engine::home::Caught;
use crate::failure::Failed;
use crate::fault::Heal;
use crate::record::experiment::phase;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;

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
        let _ = self.core.heal(self.number).await;
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
    /// Begins to heal one fault, unless that has been done, in a task of its own: it is done whoever stops waiting for
    /// it. What this gives back ends with it.
    fn heal(self: &Arc<Self>, number: usize) -> oneshot::Receiver<()> {
        let (done, healed) = oneshot::channel();
        let mut state = self.state();
        if let Some(heal) = state.faults.get_mut(number).and_then(|fault| fault.heal.take()) {
            let core = Arc::clone(self);
            state.healing.push(self.handle.spawn(async move {
                core.end(number, heal).await;
                let _ = done.send(());
            }));
        }
        healed
    }

    async fn end(&self, number: usize, heal: Box<dyn Heal>) {
        // Whoever wrote the fault may panic in any of this.
        let ended = Caught::new(Box::pin(async move { Ok((heal.met(), heal.heal().await)) })).await;
        let (met, healed) = match ended {
            Ok((met, healed)) => (met, healed.map_err(|error| error.to_string())),
            Err(panicked) => (None, Err(panicked.message().to_owned())),
        };
        let now = self.load.now();
        self.board.heal(number, now);
        let mut state = self.state();
        let fault = &mut state.faults[number];
        fault.met = met;
        match healed {
            Ok(()) => fault.healed = Some(now),
            Err(why) => fault.heal_failed = Some(format!("`{}` could not be healed: {why}", fault.what)),
        }
        let over = !state.is_broken() && state.phases.current() == Some(phase::FAULT);
        drop(state);
        if over {
            self.enter(Some(phase::RECOVERING));
        } else {
            self.publish();
        }
    }

    /// Heals what is still broken, and waits for all that is being healed, at most so long.
    pub(super) async fn heal_all(self: &Arc<Self>, within: Duration) {
        let all = async {
            let faults = self.state().faults.len();
            for number in (0..faults).rev() {
                let _ = self.heal(number).await;
            }
            loop {
                let Some(healing) = self.state().healing.pop() else { return };
                let _ = healing.await;
            }
        };
        if tokio::time::timeout(within, all).await.is_err() {
            for fault in self.state().faults.iter_mut().filter(|fault| fault.is_at_work()) {
                fault.heal_failed = Some(format!("`{}` could not be healed within {within:?}", fault.what));
            }
        }
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
