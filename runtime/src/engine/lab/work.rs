//! The work of one background load's users: the body's closure, called with a user of its own for each operation.

use super::operation::Closure;
use super::operation_log::OperationLog;
use crate::engine::rt::made::SendFuture;
use crate::engine::rt::panic;
use crate::engine::user::User;
use crate::engine::users::pool::LoadOperation;
use crate::failure::Failed;
use crate::sync::Lock;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// The work of one background load.
pub(crate) struct Work {
    name: Arc<str>,
    /// The load's number in the operation log.
    pub(crate) load: usize,
    log: Arc<OperationLog>,
    timeout: Option<Duration>,
    /// `None` once the experiment is over.
    operation: Lock<Option<Arc<Closure>>>,
}

impl Work {
    pub(crate) fn new(
        name: Arc<str>,
        load: usize,
        log: Arc<OperationLog>,
        timeout: Option<Duration>,
        operation: Closure,
    ) -> Self {
        Self { name, load, log, timeout, operation: Lock::new(Some(Arc::new(operation))) }
    }

    /// Releases the operation and the fixture: a user's task that never ends would keep them for ever.
    pub(crate) fn release(&self) {
        let operation = self.operation.lock().take();
        // The closure holds values of the body, whose drop may panic.
        let _ = panic::catch_panic(|| drop(operation));
    }

    async fn run(&self, user: &User) -> Result<(), Failed> {
        let own = Arc::new(user.of_operation(self.log.writes_of(user.id)));
        // Kept until its future is dropped.
        let operation = self.operation.lock().clone();
        let Some(operation) = operation else { return Err(Failed::new("engine", "its load is over")) };
        let marked = Marked { user, own: &own };
        let started = operation.start(Arc::clone(&own));
        let result = match self.timeout {
            None => started.await,
            Some(limit) => {
                // Dropped only after the message has named the steps that the operation is in.
                let mut started = started;
                let ended = tokio::time::timeout(limit, &mut started).await;
                ended.unwrap_or_else(|_| Err(Failed::timed_out(limit, user.in_flight.place(&user.stream.load))))
            }
        };
        let result = result.and_then(|()| own.failed_check().map_or(Ok(()), Err));
        drop(marked);
        result
    }
}

impl fmt::Debug for Work {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Work({})", self.name)
    }
}

impl LoadOperation for Work {
    fn call<'a>(&'a self, user: &'a User) -> SendFuture<'a, Result<(), Failed>> {
        Box::pin(self.run(user))
    }
}

/// A running operation. However it ends, its user adopts its marks before the iteration is recorded.
struct Marked<'a> {
    user: &'a User,
    own: &'a User,
}

impl Drop for Marked<'_> {
    fn drop(&mut self) {
        self.user.adopt(self.own);
    }
}
