//! The form of the value that a user's function returned: a value, a `Result`, or a future of one of them.
//!
//! Generated code has the call but not its type. It calls `Form::of(&returned).form()`, and the order in which Rust
//! looks up methods selects the form. First comes the inherent method, for the outcome of an iteration, which needs no
//! conversion. Then comes a trait's method that takes `self`, for every other `Result`, whatever its error (so that an
//! error that is no failure is a compile error and never a silent success), and for a future of one. Then comes one
//! that takes `&self`, for any other future, and last one that takes `&mut self`.

use crate::engine::rt::made::{LocalFuture, Made, SendFuture};
use crate::failure::Failed;
use std::convert::Infallible;
use std::future::Future;
use std::hint::black_box;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};

/// Stands for the type of the returned value.
#[derive(Debug)]
pub struct Form<T>(PhantomData<fn() -> T>);

impl<T> Form<T> {
    /// The form of this value.
    pub fn of(_returned: &T) -> Self {
        Self(PhantomData)
    }
}

impl<F: Future> Form<F> {
    /// The form of this future's output.
    pub fn awaited(_future: &F) -> Form<F::Output> {
        Form(PhantomData)
    }
}

/// Stands for the wanted type. It is passed before the returned value, so that the compiler compares the two types
/// instead of inferring one from the other.
#[derive(Debug)]
pub struct Wanted<T>(PhantomData<fn() -> T>);

impl<T> Wanted<T> {
    /// The wanted type `T`.
    #[allow(clippy::new_without_default)]
    pub const fn new() -> Self {
        Self(PhantomData)
    }
}

/// The form of a returned value.
#[derive(Debug)]
pub struct Plain;
/// The form of a returned outcome of an iteration, which is recorded unchanged.
#[derive(Debug)]
pub struct Outcome;
/// The form of a returned `Result`.
#[derive(Debug)]
pub struct Fallible;
/// The form of a returned future of a value.
#[derive(Debug)]
pub struct AsyncPlain;
/// The form of a returned future of a `Result`.
#[derive(Debug)]
pub struct AsyncFallible;

impl Form<Result<(), Failed>> {
    /// An outcome.
    pub fn form(self) -> Outcome {
        Outcome
    }
}

/// Selects the form of `Result`s.
pub trait FallibleForm {
    /// A `Result`.
    fn form(self) -> Fallible;
}

impl<T, E> FallibleForm for Form<Result<T, E>> {
    fn form(self) -> Fallible {
        Fallible
    }
}

/// Selects the form of futures of a `Result`.
pub trait AsyncFallibleForm {
    /// A future of a `Result`.
    fn form(self) -> AsyncFallible;
}

impl<T, E, F: Future<Output = Result<T, E>>> AsyncFallibleForm for Form<F> {
    fn form(self) -> AsyncFallible {
        AsyncFallible
    }
}

/// Selects the form of futures.
pub trait AsyncPlainForm {
    /// A future of a value.
    fn form(&self) -> AsyncPlain;
}

impl<F: Future> AsyncPlainForm for Form<F> {
    fn form(&self) -> AsyncPlain {
        AsyncPlain
    }
}

/// Selects the form of every other value.
pub trait PlainForm {
    /// A value.
    fn form(&mut self) -> Plain;
}

impl<T> PlainForm for Form<T> {
    fn form(&mut self) -> Plain {
        Plain
    }
}

impl Plain {
    /// The value itself.
    pub fn made<T, U: Gives<T>>(self, _wanted: Wanted<T>, returned: U) -> Made<T, Never<T>> {
        Made::Ready(Ok(returned.given()))
    }
}

impl Outcome {
    /// The outcome itself.
    pub fn made<T>(self, _wanted: Wanted<T>, returned: Result<(), Failed>) -> Made<T, Never<T>>
    where
        (): Gives<T>,
    {
        Made::Ready(returned.map(Gives::given))
    }
}

impl Fallible {
    /// The result, with its error as a failure.
    pub fn made<T, U: Gives<T>, E: IntoFailed>(self, _wanted: Wanted<T>, returned: Result<U, E>) -> Made<T, Never<T>> {
        Made::Ready(returned.map(Gives::given).map_err(IntoFailed::into_failed))
    }
}

impl AsyncPlain {
    /// The future's value, once it is ready.
    pub fn made<T, F: Future<Output: Gives<T>>>(
        self,
        _wanted: Wanted<T>,
        returned: F,
    ) -> Made<T, impl Future<Output = Result<T, Failed>> + use<T, F>> {
        Made::Later(async { Ok(returned.await.given()) })
    }
}

impl AsyncFallible {
    /// The future's result, once it is ready, with its error as a failure.
    pub fn made<T, U: Gives<T>, E: IntoFailed, F: Future<Output = Result<U, E>>>(
        self,
        _wanted: Wanted<T>,
        returned: F,
    ) -> Made<T, impl Future<Output = Result<T, Failed>> + use<T, U, E, F>> {
        Made::Later(async { returned.await.map(Gives::given).map_err(IntoFailed::into_failed) })
    }
}

/// The outcome of an iteration from its body's returned value, which is kept from the optimiser.
///
/// # Errors
/// The failure of the iteration.
pub fn outcome<T, F: AtOnce>(made: Made<T, F>) -> Result<(), Failed> {
    match made {
        Made::Ready(result) => result.map(|value| drop(black_box(value))),
        Made::Later(never) => never.absurd(),
    }
}

/// The value that a body returned, for a `check`.
///
/// # Errors
/// The failure of the iteration.
#[inline]
pub fn value<T, F: AtOnce>(made: Made<T, F>) -> Result<T, Failed> {
    match made {
        Made::Ready(result) => result,
        Made::Later(never) => match never.absurd() {
            Ok(()) => Err(Failed::new("engine", "a future came of nothing")),
            Err(failed) => Err(failed),
        },
    }
}

/// Types that are the wanted type `T`.
#[diagnostic::on_unimplemented(
    message = "this function returns `{Self}`, where `{T}` is wanted",
    label = "returns `{Self}`",
    note = "it may be async or not, and return `{T}` or a `Result` of it"
)]
pub trait Gives<T> {
    /// The value.
    fn given(self) -> T;
}

impl<T> Gives<T> for T {
    fn given(self) -> T {
        self
    }
}

/// An error that can become the failure of an iteration.
#[diagnostic::on_unimplemented(
    message = "the error `{Self}` does not turn into a `brunt::Failed`",
    label = "this error is no `std::error::Error` that is `Send + Sync + 'static`",
    note = "implement `std::error::Error` for it, return a `String`, or say what it means: \
            `.map_err(|error| brunt::Failed::new(\"kind\", format!(\"{{error:?}}\")))`"
)]
pub trait IntoFailed {
    /// The failure.
    fn into_failed(self) -> Failed;
}

#[diagnostic::do_not_recommend]
impl<E: Into<Failed>> IntoFailed for E {
    fn into_failed(self) -> Failed {
        self.into()
    }
}

/// The future of a value that was returned at once: it never exists.
#[derive(Debug)]
pub struct Never<T>(Infallible, PhantomData<fn() -> T>);

impl<T> Future for Never<T> {
    type Output = Result<T, Failed>;

    fn poll(self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<Self::Output> {
        match self.0 {}
    }
}

/// Results that were returned at once and not as a future.
#[diagnostic::on_unimplemented(
    message = "this body returns a future, which nothing would run",
    label = "returns a future",
    note = "make it an `async fn`, and `.await` in it what it calls"
)]
pub trait AtOnce {
    /// Converts a value that cannot exist.
    fn absurd(self) -> Result<(), Failed>;
}

impl<T> AtOnce for Never<T> {
    fn absurd(self) -> Result<(), Failed> {
        match self.0 {}
    }
}

/// The output of an async body's future: the outcome of an iteration. Generated code has no `async` block around the
/// body, since such a block costs the compiler more than the rest of a test.
type Done = Result<(), Failed>;

impl Outcome {
    /// The future of a body that returns its outcome and may move between threads.
    pub fn shared<'a>(self, future: impl Future<Output = Done> + Send + 'a) -> SendFuture<'a, Done> {
        Box::pin(future)
    }

    /// The future of a body that returns its outcome.
    pub fn local<'a>(self, future: impl Future<Output = Done> + 'a) -> LocalFuture<'a, Done> {
        Box::pin(future)
    }
}

impl Plain {
    /// The future of a body that cannot fail and may move between threads.
    pub fn shared<'a, T: 'a, F: Future<Output = T> + Send + 'a>(self, future: F) -> SendFuture<'a, Done> {
        Box::pin(await_plain(future))
    }

    /// The future of a body that cannot fail.
    pub fn local<'a, T: 'a, F: Future<Output = T> + 'a>(self, future: F) -> LocalFuture<'a, Done> {
        Box::pin(await_plain(future))
    }
}

impl Fallible {
    /// The future of a body that may fail and may move between threads.
    pub fn shared<'a, T: 'a, E: IntoFailed + 'a, F: Future<Output = Result<T, E>> + Send + 'a>(
        self,
        future: F,
    ) -> SendFuture<'a, Done> {
        Box::pin(await_fallible(future))
    }

    /// The future of a body that may fail.
    pub fn local<'a, T: 'a, E: IntoFailed + 'a, F: Future<Output = Result<T, E>> + 'a>(
        self,
        future: F,
    ) -> LocalFuture<'a, Done> {
        Box::pin(await_fallible(future))
    }
}

impl AsyncPlain {
    /// Rejects a body whose future gives another future: the bound reports the mistake.
    pub fn shared<'a>(self, future: impl Future<Output: AtOnce> + Send + 'a) -> SendFuture<'a, Done> {
        Box::pin(async { future.await.absurd() })
    }

    /// Rejects a body whose future gives another future: the bound reports the mistake.
    pub fn local<'a>(self, future: impl Future<Output: AtOnce> + 'a) -> LocalFuture<'a, Done> {
        Box::pin(async { future.await.absurd() })
    }
}

impl AsyncFallible {
    /// Rejects a body whose future gives a future of a `Result`: the bound reports the mistake.
    pub fn shared<'a>(self, future: impl Future<Output: AtOnce> + Send + 'a) -> SendFuture<'a, Done> {
        Box::pin(async { future.await.absurd() })
    }

    /// Rejects a body whose future gives a future of a `Result`: the bound reports the mistake.
    pub fn local<'a>(self, future: impl Future<Output: AtOnce> + 'a) -> LocalFuture<'a, Done> {
        Box::pin(async { future.await.absurd() })
    }
}

async fn await_plain<T>(future: impl Future<Output = T>) -> Done {
    drop(black_box(future.await));
    Ok(())
}

async fn await_fallible<T, E: IntoFailed>(future: impl Future<Output = Result<T, E>>) -> Done {
    future.await.map(|value| drop(black_box(value))).map_err(IntoFailed::into_failed)
}
