//! All that generated code may name. No promise is made about anything in here: it changes with the macros.

use crate::failure::Failed;
use std::future::Future;

pub use crate::engine::spec::{
    Body, Fixture, LocalFuture, LocalMade, LocalState, Made, SendFuture, SendMade, SendState, Setup, Spec, TargetText,
};
pub use crate::registry::{Registered, inventory};
pub use brunt_plan::{Kind, Level};

/// Wraps what a body returned, so that a `Result` is read as one and any other value is kept from the optimiser.
#[derive(Debug)]
pub struct Returned<T>(pub T);

impl<T, E> Returned<std::result::Result<T, E>> {
    /// A body's result. This inherent method wins over [`AnyValue::outcome`] for every `Result`, whatever its error:
    /// an error that is no failure is then a compile error and never a silent success.
    pub fn outcome(self) -> Result<(), Failed>
    where
        E: Into<Failed>,
    {
        match self.0 {
            Ok(value) => {
                std::hint::black_box(value);
                Ok(())
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// A body's value that is no `Result`.
pub trait AnyValue {
    /// Success, with the value kept from the optimiser.
    fn outcome(self) -> Result<(), Failed>;
}

impl<T> AnyValue for Returned<T> {
    fn outcome(self) -> Result<(), Failed> {
        std::hint::black_box(self.0);
        Ok(())
    }
}

/// Marks a hook that returned its value.
#[derive(Debug)]
pub enum Plain {}
/// Marks a hook that returned a `Result`.
#[derive(Debug)]
pub enum Fallible {}
/// Marks a hook that returned a future of its value.
#[derive(Debug)]
pub enum AsyncPlain {}
/// Marks a hook that returned a future of a `Result`.
#[derive(Debug)]
pub enum AsyncFallible {}

/// A hook may be async or not, fallible or not: the marker `M` is inferred from what it returned.
#[diagnostic::on_unimplemented(
    message = "this function returns `{Self}`, where a `{T}`, a `Result<{T}, _>` or a future of one of them is wanted",
    label = "returns `{Self}`"
)]
pub trait IntoMade<'a, T, M>: Sized {
    /// The result, or the future of it.
    fn made(self) -> SendMade<'a, T>;
}

impl<'a, T> IntoMade<'a, T, Plain> for T {
    fn made(self) -> SendMade<'a, T> {
        Made::Ready(Ok(self))
    }
}

impl<'a, T, E: Into<Failed>> IntoMade<'a, T, Fallible> for Result<T, E> {
    fn made(self) -> SendMade<'a, T> {
        Made::Ready(self.map_err(Into::into))
    }
}

impl<'a, T, F: Future<Output = T> + Send + 'a> IntoMade<'a, T, AsyncPlain> for F {
    fn made(self) -> SendMade<'a, T> {
        Made::Later(Box::pin(async { Ok(self.await) }))
    }
}

impl<'a, T, E: Into<Failed>, F: Future<Output = Result<T, E>> + Send + 'a> IntoMade<'a, T, AsyncFallible> for F {
    fn made(self) -> SendMade<'a, T> {
        Made::Later(Box::pin(async { self.await.map_err(Into::into) }))
    }
}
