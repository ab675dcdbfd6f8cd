//! Guards of stopped and killed processes.

use super::process_life::ProcessLife;
use super::process_lives::ProcessLives;
use crate::fault::error::Error;
use crate::fault::heal::{Heal, Healing};
use std::fmt;
use std::process::ExitStatus;
use std::sync::{Arc, Weak};

/// Guard of a stopped process. When it is dropped, also by a panic, the process continues.
#[must_use = "dropped, the process goes on at once"]
pub struct Stopped {
    running: Arc<ProcessLife>,
    name: String,
}

impl Stopped {
    pub(super) fn new(running: Arc<ProcessLife>, name: &str) -> Self {
        Self { running, name: name.to_owned() }
    }

    /// Continues the process (SIGCONT).
    ///
    /// # Errors
    /// The system refuses the signal.
    pub fn resume(self) -> Result<(), Error> {
        let doing = "letting it go on";
        self.running.continue_all().map_err(|cause| Error::Process { name: self.name.clone(), doing, cause })
    }
}

impl Heal for Stopped {
    fn what(&self) -> String {
        format!("stop `{}`", self.name)
    }

    fn heal(self: Box<Self>) -> Healing {
        Box::pin(async move { self.resume() })
    }
}

impl Drop for Stopped {
    fn drop(&mut self) {
        let _ = self.running.continue_all();
    }
}

impl fmt::Debug for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Stopped({})", self.name)
    }
}

/// Guard of a killed process. The process stays dead until it is [healed](Heal::heal) or
/// [restarted](super::Process::restart); dropping the guard does nothing.
pub struct Killed {
    /// Weak, so that a guard does not keep a dropped process running.
    lives: Weak<ProcessLives>,
    name: String,
    status: ExitStatus,
}

impl Killed {
    pub(super) fn new(lives: &Arc<ProcessLives>, status: ExitStatus) -> Self {
        Self { lives: Arc::downgrade(lives), name: lives.name().to_owned(), status }
    }

    /// Exit status: of the signal or, if the process had ended before, of that end.
    pub fn status(&self) -> ExitStatus {
        self.status
    }
}

impl Heal for Killed {
    fn what(&self) -> String {
        format!("kill `{}`", self.name)
    }

    /// Starts the process again, unless it runs already or was dropped.
    fn heal(self: Box<Self>) -> Healing {
        Box::pin(async move {
            match self.lives.upgrade() {
                Some(lives) if lives.present().status().is_some() => lives.restart().await,
                _ => Ok(()),
            }
        })
    }
}

impl fmt::Debug for Killed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Killed({}, {})", self.name, self.status)
    }
}
