//! The guard of a fault: as long as it lives, so does the fault. Dropped, however that comes about, it heals.

use super::core::{Broken, Core};
use crate::engine::rt::alarm;
use crate::engine::rt::home::Caught;
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

impl Core {
    /// Begins to heal one fault, unless that has been done, in a task of its own: it is done whoever stops waiting for
    /// it. What this gives back ends with it.
    fn heal(self: &Arc<Self>, number: usize) -> oneshot::Receiver<()> {
        let (done, healed) = oneshot::channel();
        let mut state = self.state();
        if let Some(heal) = state.faults.get_mut(number).and_then(|fault| fault.heal.take()) {
            state.faults[number].heals = Some(self.load.now());
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
        let ended = Box::pin(async move { Ok((heal.met(), heal.refused(), heal.heal().await)) });
        let (met, refused, healed) = match Caught::new(ended).await {
            Ok((met, refused, healed)) => (met, refused, healed.map_err(|error| error.to_string())),
            Err(panicked) => (None, None, Err(panicked.message().to_owned())),
        };
        let now = self.load.now();
        let mut state = self.state();
        let fault = &mut state.faults[number];
        self.log.end_fault(fault.number_in_log, now);
        (fault.met, fault.refused) = (met, refused);
        match healed {
            Ok(()) => fault.healed = Some(now),
            Err(why) => fault.heal_failed = Some(why),
        }
        state.calm = Some(phase::RECOVERING);
        drop(state);
        self.calm_down();
    }

    /// Leaves the phase `fault` where no fault is at work.
    fn calm_down(&self) {
        let state = self.state();
        let calm = (!state.is_broken() && state.phases.current() == Some(phase::FAULT)).then_some(state.calm);
        drop(state);
        match calm {
            Some(phase) => self.enter(phase),
            None => self.publish(),
        }
    }

    /// The same without the experiment's thread, which does not come back.
    pub(crate) fn heal_apart(self: &Arc<Self>, within: Duration) {
        let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return };
        let broken = |fault: &mut Broken| Some((fault.what.clone(), fault.heal.take()?));
        let faults: Vec<_> = self.state().faults.iter_mut().filter_map(broken).collect();
        let healing = async {
            for (fault, heal) in faults {
                if let Err(failed) = Caught::new(Box::pin(async move { Ok(heal.heal().await) })).await {
                    self.load.shared.recorder.note(format!("`{fault}` was not healed: {failed}"));
                }
            }
        };
        let _ = runtime.block_on(async { tokio::time::timeout(within, healing).await });
    }

    /// Heals what is still broken, and waits for all that is being healed, at most so long.
    pub(crate) async fn heal_all(self: &Arc<Self>, within: Duration) {
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
        if alarm::within(&self.load.shared.clock, within, all).await.is_none() {
            for fault in self.state().faults.iter_mut().filter(|fault| fault.is_at_work()) {
                fault.heal_failed = Some(format!("it took longer than {within:?}"));
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
