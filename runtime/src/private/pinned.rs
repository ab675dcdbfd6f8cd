//! The future of an async body as the engine drives it: its outcome is that of an iteration. What the future gives is read
//! by its form, without an `async` block around it in generated code: such a block costs the compiler more than all else
//! of a test.

use super::form::{AsyncFallible, AsyncPlain, AtOnce, Fallible, IntoFailed, Outcome, Plain};
use crate::engine::rt::made::{LocalFuture, SendFuture};
use crate::failure::Failed;
use std::future::Future;
use std::hint::black_box;

type Done = Result<(), Failed>;

impl Outcome {
    /// A body that gives its outcome, and may move between threads.
    pub fn shared<'a>(self, future: impl Future<Output = Done> + Send + 'a) -> SendFuture<'a, Done> {
        Box::pin(future)
    }

    /// A body that gives its outcome.
    pub fn local<'a>(self, future: impl Future<Output = Done> + 'a) -> LocalFuture<'a, Done> {
        Box::pin(future)
    }
}

impl Plain {
    /// A body without failures, which may move between threads.
    pub fn shared<'a, T: 'a, F: Future<Output = T> + Send + 'a>(self, future: F) -> SendFuture<'a, Done> {
        Box::pin(plain(future))
    }

    /// A body without failures.
    pub fn local<'a, T: 'a, F: Future<Output = T> + 'a>(self, future: F) -> LocalFuture<'a, Done> {
        Box::pin(plain(future))
    }
}

impl Fallible {
    /// A body that may fail, and may move between threads.
    pub fn shared<'a, T: 'a, E: IntoFailed + 'a, F: Future<Output = Result<T, E>> + Send + 'a>(
        self,
        future: F,
    ) -> SendFuture<'a, Done> {
        Box::pin(fallible(future))
    }

    /// A body that may fail.
    pub fn local<'a, T: 'a, E: IntoFailed + 'a, F: Future<Output = Result<T, E>> + 'a>(
        self,
        future: F,
    ) -> LocalFuture<'a, Done> {
        Box::pin(fallible(future))
    }
}

impl AsyncPlain {
    /// A body that gives a future is a mistake, which the bound tells of.
    pub fn shared<'a>(self, future: impl Future<Output: AtOnce> + Send + 'a) -> SendFuture<'a, Done> {
        Box::pin(async { future.await.absurd() })
    }

    /// A body that gives a future is a mistake, which the bound tells of.
    pub fn local<'a>(self, future: impl Future<Output: AtOnce> + 'a) -> LocalFuture<'a, Done> {
        Box::pin(async { future.await.absurd() })
    }
}

impl AsyncFallible {
    /// A body that gives a future of a `Result` is a mistake, which the bound tells of.
    pub fn shared<'a>(self, future: impl Future<Output: AtOnce> + Send + 'a) -> SendFuture<'a, Done> {
        Box::pin(async { future.await.absurd() })
    }

    /// A body that gives a future of a `Result` is a mistake, which the bound tells of.
    pub fn local<'a>(self, future: impl Future<Output: AtOnce> + 'a) -> LocalFuture<'a, Done> {
        Box::pin(async { future.await.absurd() })
    }
}

async fn plain<T>(future: impl Future<Output = T>) -> Done {
    drop(black_box(future.await));
    Ok(())
}

async fn fallible<T, E: IntoFailed>(future: impl Future<Output = Result<T, E>>) -> Done {
    future.await.map(|value| drop(black_box(value))).map_err(IntoFailed::into_failed)
}
