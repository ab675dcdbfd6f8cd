//! The guard of an injected fault: what the fault met, how it ends. What the fault does is not its matter.

use super::control::Control;
use super::fault::{Fault, FaultKind};
use super::injection_table::InjectedFault;
use crate::fault::{Error, Heal, Healing, Met};
use std::fmt;
use std::sync::Arc;

/// A fault at work: dropped, it heals, also when the test panics or its future is cancelled.
#[must_use = "dropped, the fault heals at once"]
pub struct Injected {
    injection: Arc<InjectedFault>,
    control: Arc<Control>,
}

impl Injected {
    pub(super) fn new(injection: Arc<InjectedFault>, control: Arc<Control>) -> Self {
        Self { injection, control }
    }

    /// Ends the fault: clients that connect or send after this find it gone, and what it held back goes on.
    ///
    /// # Errors
    /// A refused port cannot be opened again.
    pub fn heal(self) -> Result<(), Error> {
        self.end()
    }

    /// What was injected.
    pub fn fault(&self) -> &Fault {
        &self.injection.fault
    }

    /// The numbers (in the order they were accepted, from 0) of the connections that it affected so far. Refused ones are
    /// not among them: the kernel answers these, see [`refused`](Self::refused).
    pub fn connections(&self) -> Vec<u64> {
        self.injection.connections()
    }

    /// How many connections were refused so far, by a fault that refuses: attempts that failed in this machine's network
    /// namespace, whoever made them, as the kernel counts no others. `None` of other faults, and where the system does not
    /// tell (elsewhere than on Linux).
    pub fn refused(&self) -> Option<u64> {
        self.injection.refused()
    }

    /// How many pieces of data it delayed, slowed down, or ended a connection at.
    pub fn pieces(&self) -> u64 {
        self.injection.pieces()
    }

    fn end(&self) -> Result<(), Error> {
        if self.control.table.remove(&self.injection) { self.control.open_unless_refused() } else { Ok(()) }
    }
}

impl Heal for Injected {
    fn what(&self) -> String {
        format!("{}, at {}", self.injection.fault, self.control.upstream.current())
    }

    /// A refused connection is the kernel's answer: of these it cannot know which.
    fn met(&self) -> Option<Met> {
        let knows = !matches!(self.injection.fault.kind, FaultKind::Refuse);
        knows.then(|| Met { connections: self.connections(), pieces: self.pieces() })
    }

    fn refused(&self) -> Option<u64> {
        self.injection.refused()
    }

    fn shows_in_failures(&self) -> bool {
        matches!(self.injection.fault.kind, FaultKind::Refuse)
    }

    fn seed(&self) -> Option<u64> {
        self.injection.fault.drawn_from()
    }

    fn heal(self: Box<Self>) -> Healing {
        Box::pin(async move { self.end() })
    }
}

impl Drop for Injected {
    fn drop(&mut self) {
        let _ = self.end();
    }
}

impl fmt::Debug for Injected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}, met connections {:?}", self.injection.fault, self.connections())
    }
}
