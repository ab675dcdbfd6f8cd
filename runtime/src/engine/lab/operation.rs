//! The closure of an operation, which the experiment's body passes and which may borrow the fixture, kept for users'
//! tasks.
//!
//! # Safety
//! Tasks must be `'static`, and the closure lives for `'lab`, the time for which the experiment borrows its fixture.
//! [`Closure::new`] extends this lifetime, and upholds what the compiler cannot check:
//!
//! - The body is generic over `'lab`, and over the shorter lifetime of the borrowed `Lab`: `spec::Experiment` requires
//!   both separately. The only values that the body can reach for `'lab` are the fixture and those that are `'static`
//!   anyway. The compiler refuses borrows of the body's own variables or of the `Lab`.
//! - The same value keeps the fixture and the closure, the fixture behind the closure: the fixture is dropped after the
//!   closure. Every future of the closure lives in `Work::run`, which holds this value longer than the future: the
//!   future borrows it.
#![allow(unsafe_code)]

use crate::engine::rt::made::{Fixture, SendFuture};
use crate::engine::user::User;
use crate::failure::Failed;
use std::fmt;
use std::future::Future;
use std::sync::Arc;

type OperationBody<'lab> = dyn Fn(Arc<User>) -> SendFuture<'lab, Result<(), Failed>> + Send + Sync + 'lab;

/// The operation of a background load, and the fixture that it may borrow.
pub(crate) struct Closure {
    closure: Box<OperationBody<'static>>,
    _fixture: Arc<Fixture>,
}

impl Closure {
    /// Keeps the closure, which borrows nothing but the fixture for `'lab`.
    pub(crate) fn new<'lab, F, Fut, T, E>(operation: F, fixture: Arc<Fixture>) -> Self
    where
        F: Fn(Arc<User>) -> Fut + Send + Sync + 'lab,
        Fut: Future<Output = Result<T, E>> + Send + 'lab,
        E: Into<Failed>,
    {
        let closure: Box<OperationBody<'lab>> = Box::new(move |user| {
            let operation = operation(user);
            Box::pin(async move { operation.await.map(drop).map_err(Into::into) })
        });
        // SAFETY: only the lifetime changes; the module's documentation explains why the closure does not outlive it.
        let closure = unsafe { std::mem::transmute::<Box<OperationBody<'lab>>, Box<OperationBody<'static>>>(closure) };
        Self { closure, _fixture: fixture }
    }

    /// Starts an operation. The future borrows this value, although its type does not need to.
    pub(crate) fn start<'w>(&'w self, user: Arc<User>) -> SendFuture<'w, Result<(), Failed>> {
        (self.closure)(user)
    }
}

impl fmt::Debug for Closure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Closure")
    }
}
