//! `Injected`: the guard of an injected fault.

use super::control::Control;
use super::fault::{Fault, FaultKind};
use super::injection_table::InjectedFault;
use crate::fault::error::Error;
use crate::fault::heal::{Heal, Healing, Met};
use std::fmt;
use std::sync::Arc;

/// Guard of an injected fault. When it is dropped, also by a panic or a cancelled future, the fault ends.
#[must_use = "dropped, the fault heals at once"]
pub struct Injected {
    injection: Arc<InjectedFault>,
    control: Arc<Control>,
}

impl Injected {
    pub(super) fn new(injection: Arc<InjectedFault>, control: Arc<Control>) -> Self {
        Self { injection, control }
    }

    /// Ends the fault. It does not affect later data and connections of clients, and data that it held back passes.
    ///
    /// # Errors
    /// A refused port cannot be opened again.
    pub fn heal(self) -> Result<(), Error> {
        self.end()
    }

    /// The injected fault.
    pub fn fault(&self) -> &Fault {
        &self.injection.fault
    }

    /// Numbers of the connections that the fault affected so far, counted from 0 in the order in which they were
    /// accepted. Refused connections are not among them, because the kernel refuses them: see
    /// [`refused`](Self::refused).
    pub fn connections(&self) -> Vec<u64> {
        self.injection.connections()
    }

    /// Number of connections refused so far, for a fault that refuses connections. It counts all attempts that failed
    /// in the network namespace of this machine, also those of other processes, since the kernel has no other count.
    /// `None` for other faults, and on other systems than Linux.
    pub fn refused(&self) -> Option<u64> {
        self.injection.refused()
    }

    /// Number of pieces of data that the fault delayed, slowed down, or ended a connection at.
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

    /// `None` for a fault that refuses connections: the kernel does it, and the proxy has no numbers for them.
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
