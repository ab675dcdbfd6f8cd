//! One operation of a background load: the closure is called with a user of its own, and the board is told. It knows
//! nothing of what the experiment does meanwhile.

use super::board::{Board, Ended};
use super::operation::Closure;
use crate::engine::load::Load;
use crate::engine::rt::made::SendFuture;
use crate::engine::rt::panic;
use crate::engine::user::User;
use crate::engine::user::writes::Writes;
use crate::engine::users::pool::Operation;
use crate::failure::Failed;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// What one background load does.
pub(crate) struct Work {
    name: Arc<str>,
    /// Its number on the board.
    pub(crate) load: usize,
    board: Arc<Board>,
    timeout: Option<Duration>,
    /// Nothing once the experiment is over.
    operation: Mutex<Option<Arc<Closure>>>,
}

impl Work {
    pub(crate) fn new(
        name: Arc<str>,
        load: usize,
        board: Arc<Board>,
        timeout: Option<Duration>,
        operation: Closure,
    ) -> Self {
        Self { name, load, board, timeout, operation: Mutex::new(Some(Arc::new(operation))) }
    }

    /// Lets go of the operation and the fixture: a user's task that never ends would keep them for ever.
    pub(crate) fn release(&self) {
        let operation = self.operation.lock().unwrap_or_else(PoisonError::into_inner).take();
        // What the closure holds is the body's, and may panic.
        let _ = panic::catch(|| drop(operation));
    }

    async fn run(&self, user: &User) -> Result<(), Failed> {
        let writes = Arc::new(Writes::default());
        let own = Arc::new(user.of_operation(Arc::clone(&writes)));
        // Kept until its future is gone.
        let operation = self.operation.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let Some(operation) = operation else { return Err(Failed::new("engine", "its load is over")) };
        let load = &*user.stream.load;
        let number = self.board.begin(self.load, user.due, load.now(), writes);
        let mut tracked = Tracked { work: self, user, own: &own, load, number, ended: Ended::Open };
        let started = operation.start(Arc::clone(&own));
        let result = match self.timeout {
            None => started.await,
            Some(limit) => {
                // Dropped only after the steps that it is in have been named.
                let mut started = started;
                let ended = tokio::time::timeout(limit, &mut started).await;
                ended.unwrap_or_else(|_| Err(Failed::timed_out(limit, user.in_flight.place(load))))
            }
        };
        let result = result.and_then(|()| own.failed_check().map_or(Ok(()), Err));
        tracked.ended = match &result {
            Ok(()) => Ended::Succeeded,
            Err(failed) => Ended::Failed(again(failed)),
        };
        drop(tracked);
        result
    }
}

/// The same failure once more: the board keeps one, the load the other.
fn again(failed: &Failed) -> Failed {
    Failed::new(failed.kind(), failed.message())
}

impl fmt::Debug for Work {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Work({})", self.name)
    }
}

impl Operation for Work {
    fn call<'a>(&'a self, user: &'a User) -> SendFuture<'a, Result<(), Failed>> {
        Box::pin(self.run(user))
    }

    fn dropped(&self, due: u64) {
        self.board.dropped(self.load, due);
    }
}

/// An operation that runs. However it ends, the board hears of it, and its user of what it marked.
struct Tracked<'a> {
    work: &'a Work,
    user: &'a User,
    own: &'a User,
    load: &'a Load,
    number: u64,
    ended: Ended,
}

impl Drop for Tracked<'_> {
    fn drop(&mut self) {
        let ended = match std::mem::replace(&mut self.ended, Ended::Open) {
            Ended::Open if std::thread::panicking() => Ended::Failed(Failed::new(Failed::PANIC, "it panicked")),
            ended => ended,
        };
        self.work.board.end(self.number, self.load.now(), ended);
        self.user.adopt(self.own);
    }
}
