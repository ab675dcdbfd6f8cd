//! `Control`: what a proxy and the guards of its faults share, and through which they open and shut its port.

use super::injection_table::InjectionTable;
use super::reserved_port::ReservedPort;
use super::serve::ProxyOrder;
use super::upstream::Upstream;
use crate::fault::Error;
use crate::sync::Lock;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use tokio::sync::{mpsc, oneshot};

/// The controls of a proxy.
pub(super) struct Control {
    pub(super) table: Arc<InjectionTable>,
    pub(super) port: ReservedPort,
    pub(super) upstream: Arc<Upstream>,
    state: Lock<PortState>,
    orders: mpsc::UnboundedSender<ProxyOrder>,
}

/// Whether a proxy's port takes connections.
#[derive(Clone, Copy, PartialEq)]
enum PortState {
    Open,
    Shut,
    Gone,
}

impl Control {
    /// The controls of a proxy whose port is open.
    pub(super) fn new(
        table: Arc<InjectionTable>,
        port: ReservedPort,
        upstream: Arc<Upstream>,
        orders: mpsc::UnboundedSender<ProxyOrder>,
    ) -> Self {
        Self { table, port, upstream, state: Lock::new(PortState::Open), orders }
    }

    /// Shuts the port where a fault refuses connections; what is returned ends when it is shut.
    pub(super) fn shut_if_refused(&self) -> Option<oneshot::Receiver<()>> {
        let mut state = self.state.lock();
        if *state != PortState::Open || !self.table.refuses() {
            return None;
        }
        self.table.refused.store(true, Relaxed);
        let (done, shut) = oneshot::channel();
        *state = PortState::Shut;
        let _ = self.orders.send(ProxyOrder::Shut(done));
        Some(shut)
    }

    /// Opens the port again where no fault refuses connections any more.
    ///
    /// # Errors
    /// The system does not give it.
    pub(super) fn open_unless_refused(&self) -> Result<(), Error> {
        let mut state = self.state.lock();
        if *state != PortState::Shut || self.table.refuses() {
            return Ok(());
        }
        let port = self.port.address().port();
        let trouble = |cause| Error::Proxy { doing: format!("opening port {port} again"), cause };
        let listener = self.port.reopen().map_err(trouble)?;
        *state = PortState::Open;
        let _ = self.orders.send(ProxyOrder::Open(listener));
        Ok(())
    }

    /// Ends the proxy's thread, and with it every connection. The port is not opened any more.
    pub(super) fn stop(&self) {
        *self.state.lock() = PortState::Gone;
        let _ = self.orders.send(ProxyOrder::Stop);
    }

    #[cfg(test)]
    pub(super) fn is_gone(&self) -> bool {
        *self.state.lock() == PortState::Gone
    }
}
