//! How a load is ended before its time: a signal to the process, or a reason that its watcher found.

use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use tokio::sync::Notify;

/// Set by Ctrl-C: every load of the process ends.
#[derive(Debug)]
pub(crate) struct Stop {
    requested: AtomicBool,
    notify: Notify,
}

impl Stop {
    pub(crate) const fn new() -> Self {
        Self { requested: AtomicBool::new(false), notify: Notify::const_new() }
    }

    pub(crate) fn request(&self) {
        self.requested.store(true, SeqCst);
        self.notify.notify_waiters();
    }

    pub(crate) fn requested(&self) -> bool {
        self.requested.load(SeqCst)
    }

    /// Until it is requested.
    pub(crate) async fn wait(&self) {
        let mut notified = std::pin::pin!(self.notify.notified());
        notified.as_mut().enable();
        if !self.requested() {
            notified.await;
        }
    }
}

/// Ends the load early.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Halt {
    /// Why, for the report.
    pub(crate) reason: String,
    /// Iterations in flight are not waited for.
    pub(crate) kill: bool,
}
