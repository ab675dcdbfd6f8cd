//! `Control`: the state that a proxy shares with the guards of its faults, and the opening and closing of its port.

use super::injection_table::InjectionTable;
use super::reserved_port::ReservedPort;
use super::serve::ProxyOrder;
use super::upstream::Upstream;
use crate::fault::error::Error;
use crate::sync::Lock;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use tokio::sync::{mpsc, oneshot};

/// Shared state of a proxy and of the guards of its faults.
pub(super) struct Control {
    pub(super) table: Arc<InjectionTable>,
    pub(super) port: ReservedPort,
    pub(super) upstream: Arc<Upstream>,
    state: Lock<PortState>,
    orders: mpsc::UnboundedSender<ProxyOrder>,
}

/// State of the port of a proxy.
#[derive(Clone, Copy, PartialEq)]
enum PortState {
    Open,
    Shut,
    Gone,
}

impl Control {
    /// The control of a proxy whose port is open.
    pub(super) fn new(
        table: Arc<InjectionTable>,
        port: ReservedPort,
        upstream: Arc<Upstream>,
        orders: mpsc::UnboundedSender<ProxyOrder>,
    ) -> Self {
        Self { table, port, upstream, state: Lock::new(PortState::Open), orders }
    }

    /// Closes the port if a fault refuses connections. The returned future ends when it is closed.
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

    /// Opens the port again if no fault refuses connections any more.
    ///
    /// # Errors
    /// The system does not open the port.
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

    /// Ends the thread of the proxy and with it every connection. The port cannot be opened any more.
    pub(super) fn stop(&self) {
        *self.state.lock() = PortState::Gone;
        let _ = self.orders.send(ProxyOrder::Stop);
    }

    #[cfg(test)]
    pub(super) fn is_gone(&self) -> bool {
        *self.state.lock() == PortState::Gone
    }
}
