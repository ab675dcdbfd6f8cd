//! The values that generated code makes: futures, fixtures and the states of users, without their types.
//!
//! Fixtures and user states are `Any`: the generated code has their types and downcasts; the engine does not use them.

use crate::failure::Failed;
use std::any::Any;
use std::future::Future;
use std::pin::Pin;

/// A boxed future that may move between threads.
pub type SendFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;
/// A boxed future that stays on its thread.
pub type LocalFuture<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// The fixture that `setup` made; `()` where there is none.
pub type Fixture = dyn Any + Send + Sync;
/// The state that `user_setup` made; `()` where there is none.
pub type SendState = dyn Any + Send;
/// The state that `user_setup` made for a user that stays on its thread.
pub type LocalState = dyn Any;

/// The value of a hook's call: a result at once (a plain fn ran), or a future to drive (an async fn was called).
#[derive(Debug)]
pub enum Made<T, F> {
    /// A plain function's result.
    Ready(Result<T, Failed>),
    /// An async function's future.
    Later(F),
}

/// A hook's result whose future may move between threads.
pub type SendMade<'a, T> = Made<T, SendFuture<'a, Result<T, Failed>>>;
/// A hook's result whose future stays on its thread.
pub type LocalMade<'a, T> = Made<T, LocalFuture<'a, Result<T, Failed>>>;
