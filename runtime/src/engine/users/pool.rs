//! The pool of one stream's users: their work, fixture and executor. The floor below has the user itself, with the
//! methods for its body.

use super::executor::Executor;
use super::relay::Relay;
use crate::engine::load::stream::Stream;
use crate::engine::rt::made::{Fixture, SendFuture};
use crate::engine::user::User;
use crate::engine::user::body::{Body, has_user_setup};
use crate::failure::Failed;
use crate::sync::Lock;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use tokio::task::JoinHandle;

/// The operation that users of an experiment's load run, in place of the test's body, which leads the experiment.
pub(crate) trait LoadOperation: Send + Sync {
    /// Runs one iteration.
    fn call<'a>(&'a self, user: &'a User) -> SendFuture<'a, Result<(), Failed>>;
}

/// The work that users run.
#[derive(Clone)]
pub(crate) enum Runs {
    /// The body of the test.
    Body(Body),
    /// The operation of a load of an experiment.
    Operation(Arc<dyn LoadOperation>),
}

/// The users of one stream.
pub(crate) struct Pool {
    pub(crate) stream: Arc<Stream>,
    pub(crate) runs: Runs,
    /// The fixture under load. It is not in the stream, because handles in tasks that a body has started keep the
    /// stream until the end of the test, while a fixture ends with its case.
    pub(crate) fixture: Arc<Fixture>,
    pub(crate) place: Executor,
    /// The users' tasks, to check how they ended.
    pub(crate) tasks: Lock<Vec<JoinHandle<()>>>,
    /// The relay in which users wait for the next round.
    pub(crate) relay: Arc<Relay<Pool>>,
    /// Whether there is a `user_setup` that may be a plain function, which may block.
    pub(crate) blocking_hook: AtomicBool,
}

impl Pool {
    /// Creates the pool of users that run `runs` on `fixture`; at the end of their load they stay for another round
    /// where `keeps` is set.
    pub(crate) fn new(
        stream: Arc<Stream>,
        runs: Runs,
        fixture: &Arc<Fixture>,
        place: &Executor,
        keeps: bool,
    ) -> Arc<Self> {
        let blocking_hook = AtomicBool::new(matches!(&runs, Runs::Body(body) if has_user_setup(body)));
        let (fixture, place) = (Arc::clone(fixture), place.clone());
        let relay = Arc::new(Relay::new(keeps));
        Arc::new(Self { stream, runs, fixture, place, tasks: Lock::default(), relay, blocking_hook })
    }

    /// Hands the users over to another pool; returns the indices of those that are missing, to be started anew.
    pub(crate) fn hand_over(&self, to: &Arc<Self>) -> Vec<u64> {
        let tasks = std::mem::take(&mut *self.tasks.lock());
        to.tasks.lock().extend(tasks);
        let users = self.stream.roster.len();
        // The places must exist before the users arrive.
        to.stream.roster.expect(users);
        let there = self.relay.hand_over(to);
        (0..users).filter(|index| !there.contains(index)).collect()
    }
}
