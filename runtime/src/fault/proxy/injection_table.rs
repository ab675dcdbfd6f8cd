//! `InjectionTable`: the faults injected into a proxy and the counts of the proxy, shared between its connections and
//! guards.

use super::fault::{Fault, FaultKind};
use super::refusals;
use crate::sync::Lock;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use tokio::sync::watch;

/// An injected fault, and what it affected so far.
pub(super) struct InjectedFault {
    pub(super) id: u64,
    pub(super) fault: Fault,
    /// Number of the first connection after the injection.
    since: u64,
    met: Lock<BTreeSet<u64>>,
    pieces: AtomicU64,
    /// Number of attempts to connect that had failed before the injection, if the fault refuses connections.
    attempts: Option<u64>,
}

impl InjectedFault {
    pub(super) fn new(id: u64, fault: Fault, since: u64) -> Self {
        let attempts = if matches!(fault.kind, FaultKind::Refuse) { refusals::failed_attempts() } else { None };
        Self { id, fault, since, met: Lock::default(), pieces: AtomicU64::new(0), attempts }
    }

    pub(super) fn selects(&self, connection: u64) -> bool {
        self.fault.selects(connection, self.since, self.id)
    }

    pub(super) fn meet(&self, connection: u64) {
        self.met.lock().insert(connection);
    }

    pub(super) fn meet_piece(&self) {
        self.pieces.fetch_add(1, Relaxed);
    }

    /// Number of attempts to connect that were refused since the injection, if the fault refuses connections and the
    /// system counts them.
    pub(super) fn refused(&self) -> Option<u64> {
        Some(refusals::failed_attempts()?.saturating_sub(self.attempts?))
    }

    pub(super) fn connections(&self) -> Vec<u64> {
        self.met.lock().iter().copied().collect()
    }

    pub(super) fn pieces(&self) -> u64 {
        self.pieces.load(Relaxed)
    }
}

/// Injected faults and counts of one proxy.
#[derive(Default)]
pub(super) struct InjectionTable {
    injections: Lock<Vec<Arc<InjectedFault>>>,
    changes: watch::Sender<u64>,
    next: AtomicU64,
    /// Seed of faults without a seed of their own.
    pub(super) seed: AtomicU64,
    pub(super) connections: AtomicU64,
    pub(super) ended: AtomicU64,
    pub(super) failed: AtomicU64,
    pub(super) requests: AtomicU64,
    pub(super) unheard: AtomicU64,
    pub(super) refused: AtomicBool,
    pub(super) to_upstream: AtomicU64,
    pub(super) to_client: AtomicU64,
}

impl InjectionTable {
    pub(super) fn add(&self, fault: Fault) -> Arc<InjectedFault> {
        let id = self.next.fetch_add(1, Relaxed);
        let fault = fault.seeded(self.seed.load(Relaxed));
        let injection = Arc::new(InjectedFault::new(id, fault, self.connections.load(Relaxed)));
        self.injections.lock().push(injection.clone());
        self.changes.send_modify(|n| *n += 1);
        injection
    }

    /// Removes a fault; returns false if it was removed before.
    pub(super) fn remove(&self, injection: &InjectedFault) -> bool {
        let mut injections = self.injections.lock();
        let before = injections.len();
        injections.retain(|other| other.id != injection.id);
        let removed = injections.len() < before;
        drop(injections);
        self.changes.send_modify(|n| *n += 1);
        removed
    }

    /// The faults that currently affect a connection.
    pub(super) fn met_by(&self, connection: u64) -> Vec<Arc<InjectedFault>> {
        self.injections.lock().iter().filter(|injection| injection.selects(connection)).cloned().collect()
    }

    pub(super) fn refuses(&self) -> bool {
        self.injections.lock().iter().any(|injection| matches!(injection.fault.kind, FaultKind::Refuse))
    }

    pub(super) fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }
}
