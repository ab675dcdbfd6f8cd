//! The items that generated code may name. Nothing in here is stable: it changes with the macros.

mod address;
mod form;
pub mod simulated;
mod subject;

use std::any::Any;
use std::future::Future;

pub use crate::engine::rt::made::{Fixture, LocalFuture, LocalMade, LocalState, Made, SendFuture, SendMade, SendState};
pub use crate::engine::spec::{BatchFn, CargoTarget, Experiment, Setup, Shared, Spec, TargetText, TestBody};
pub use crate::engine::user::body::{Body, LocalUserSetup, UserSetup};
pub use crate::engine::{Batch, Counted, Lab, Samples, User};
pub use crate::failure::Failed;
pub use crate::failure::Kinds;
pub use crate::harness::{Source, TestResult, main, run_in_libtest as run};
pub use crate::registry::{Registered, inventory};
pub use address::{Address, address_made_by, kept_for_the_run, told_address};
pub use brunt_plan::{Kind, Level};
pub use form::{
    AsyncFallibleForm, AsyncPlainForm, AtOnce, FallibleForm, Form, Gives, IntoFailed, PlainForm, Wanted, outcome, value,
};
pub use subject::{LabSubject, Subject};

/// The `main` of a target with `harness = false`, which adds the full harness.
///
/// Dependencies that register tests must be named, or the linker leaves their tests out: `brunt::main!(my_suites,
/// my_other_suites);`
///
/// Plain tests (`#[test]`, `#[tokio::test]`) do not run in such a target: without the standard harness the compiler
/// drops them from the binary. Where the source is available each is named in a warning on stderr; keep them in another
/// file of `tests`.
///
/// ```ignore
/// #[brunt::load_test(users = 10)]
/// async fn homepage(user: &brunt::User) {}
///
/// brunt::main!();
/// ```
#[macro_export]
macro_rules! main {
    ($($dependency:ident),* $(,)?) => {
        $(use $dependency as _;)*
        fn main() -> ::std::process::ExitCode {
            $crate::private::main(
                $crate::private::CargoTarget {
                    program: ::core::option_env!("CARGO_BIN_NAME").is_some(),
                    integration: ::core::option_env!("CARGO_TARGET_TMPDIR").is_some(),
                },
                $crate::private::Source {
                    file: ::core::file!(),
                    crate_dir: ::core::env!("CARGO_MANIFEST_DIR"),
                },
            )
        }
    };
}

/// Names the kinds of an error type in one place. `errors("…")` counts a failure by this kind if an error of the type
/// is anywhere among its causes. Without the macro, all errors of a type are one kind, named after the type.
///
/// Invoke it beside the tests, once for each type; of two invocations the first found counts.
///
/// ```
/// #[derive(Debug)]
/// enum ShopError {
///     Limited { after: u32 },
///     Down(std::io::Error),
/// }
/// # impl std::fmt::Display for ShopError {
/// #     fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { write!(f, "{self:?}") }
/// # }
/// # impl std::error::Error for ShopError {}
///
/// brunt::kinds!(ShopError, |error| match error {
///     ShopError::Limited { .. } => "limited",
///     ShopError::Down(_) => "down",
/// });
///
/// fn buy() -> brunt::Result {
///     Err(ShopError::Limited { after: 3 })?
/// }
/// assert_eq!(buy().unwrap_err().kind(), "limited");
/// ```
#[macro_export]
macro_rules! kinds {
    ($error:ty, $kind:expr $(,)?) => {
        $crate::private::inventory::submit! {
            $crate::private::Kinds {
                kind_of: |error| {
                    let kind: fn(&$error) -> &str = $kind;
                    error.downcast_ref::<$error>().map(|error| ::std::string::String::from(kind(error)))
                },
            }
        }
    };
}

/// The attributes of targets, for generated code that handles one that the user has not imported.
pub mod levels {
    pub use brunt_macros::{critical, target};
}

/// The line of a token written at the first place, in an expansion that was called at the second place. A test from a
/// macro in another file is located where that macro is called, so that the file and the line of a report belong
/// together.
pub const fn line(written: (&str, u32), called: (&str, u32)) -> u32 {
    if is_same(written.0.as_bytes(), called.0.as_bytes()) { written.1 } else { called.1 }
}

const fn is_same(one: &[u8], other: &[u8]) -> bool {
    let mut at = 0;
    while at < one.len() && at < other.len() && one[at] == other[at] {
        at += 1;
    }
    at == one.len() && at == other.len()
}

/// The fixture as its own type, which generated code passes: `boxed_fixture` was called with the same type.
///
/// # Panics
/// With another type than `setup` made, which generated code never uses.
pub fn fixture<T: Any>(fixture: &Fixture) -> &T {
    match fixture.downcast_ref() {
        Some(fixture) => fixture,
        None => unreachable!("the fixture is no {}", std::any::type_name::<T>()),
    }
}

/// The fixture as the type that this call of `setup` would make; the function is not called.
pub fn fixture_made_by<T: Any, F>(_setup: impl FnOnce() -> Made<T, F>, any: &Fixture) -> &T {
    fixture(any)
}

/// The measured size, as the integer type that a function takes.
///
/// # Panics
/// If the size is too large for the type; the panic fails the setup or the iteration that uses it.
pub fn size<T: Size>(size: usize) -> T {
    match T::try_from(size) {
        Ok(size) => size,
        Err(_) => panic!("the size {size} is too large for a `{}`", std::any::type_name::<T>()),
    }
}

/// The types that a function may take a size as.
#[diagnostic::on_unimplemented(
    message = "a size is a whole number, which `{Self}` is not made of",
    label = "wanted an integer, such as `usize` or `u64`"
)]
pub trait Size: TryFrom<usize> {}

impl<T: TryFrom<usize>> Size for T {}

/// The result of `check` as an outcome: it returned a `bool`, or a `Result` whose error has the reason.
///
/// # Errors
/// The failure of the iteration, of kind "check".
pub fn checked(found: impl Finding) -> Result<(), Failed> {
    found.failure().map_or(Ok(()), |why| Err(Failed::new("check", why)))
}

/// The outcome of an iteration whose result is checked outside of its measured time.
///
/// # Errors
/// The failure of the body, or of the check.
pub fn judged<T>(
    user: &User,
    result: Result<T, Failed>,
    check: impl FnOnce(&T) -> Result<(), Failed>,
) -> Result<(), Failed> {
    let value = std::hint::black_box(result?);
    user.aside(|| {
        let checked = check(&value);
        drop(value);
        checked
    })
}

/// The size as a fixture, for bodies that take it themselves.
pub fn size_fixture(size: usize) -> SendMade<'static, Box<Fixture>> {
    Made::Ready(Ok(Box::new(size)))
}

/// The types that a `check` may return.
#[diagnostic::on_unimplemented(
    message = "`check` returns `{Self}`, which says neither right nor wrong",
    label = "wanted a function that returns `bool` or `Result<(), E>`"
)]
pub trait Finding {
    /// The reason why the result is wrong, if it is.
    fn failure(self) -> Option<String>;
}

impl Finding for bool {
    fn failure(self) -> Option<String> {
        (!self).then(|| "the result is wrong".to_owned())
    }
}

impl<E: IntoFailed> Finding for Result<(), E> {
    fn failure(self) -> Option<String> {
        self.err().map(|error| error.into_failed().to_string())
    }
}

/// A user's state as its own type; see [`fixture`].
///
/// # Panics
/// With another type than `user_setup` made, which generated code never uses.
pub fn state<T: Any>(state: &mut dyn Any) -> &mut T {
    match state.downcast_mut() {
        Some(state) => state,
        None => unreachable!("the user's state is no {}", std::any::type_name::<T>()),
    }
}

/// A user's state as the type that this call of `user_setup` would make; the function is not called.
pub fn state_made_by<T: Any, F>(_setup: impl FnOnce() -> Made<T, F>, any: &mut dyn Any) -> &mut T {
    state(any)
}

/// Stands for a value in code that exists only for its types.
///
/// # Panics
/// When it is called.
pub fn never<T>() -> T {
    unreachable!("this code is never run")
}

/// Boxes the result of `setup` as the engine keeps it.
pub fn boxed_fixture<T, F>(made: Made<T, F>) -> SendMade<'static, Box<Fixture>>
where
    T: Any + Send + Sync,
    F: Future<Output = Result<T, Failed>> + Send + 'static,
{
    match made {
        Made::Ready(value) => Made::Ready(value.map(|value| Box::new(value) as Box<Fixture>)),
        Made::Later(future) => {
            Made::Later(Box::pin(async { future.await.map(|value| Box::new(value) as Box<Fixture>) }))
        }
    }
}

/// Boxes the result of `user_setup` as the engine keeps it.
pub fn boxed_state<'a, T, F>(made: Made<T, F>) -> SendMade<'a, Box<SendState>>
where
    T: Any + Send,
    F: Future<Output = Result<T, Failed>> + Send + 'a,
{
    match made {
        Made::Ready(value) => Made::Ready(value.map(|value| Box::new(value) as Box<SendState>)),
        Made::Later(future) => {
            Made::Later(Box::pin(async { future.await.map(|value| Box::new(value) as Box<SendState>) }))
        }
    }
}

/// Boxes the result of `user_setup` for a user that stays on its thread.
pub fn boxed_local_state<'a, T, F>(made: Made<T, F>) -> LocalMade<'a, Box<LocalState>>
where
    T: Any,
    F: Future<Output = Result<T, Failed>> + 'a,
{
    match made {
        Made::Ready(value) => Made::Ready(value.map(|value| Box::new(value) as Box<LocalState>)),
        Made::Later(future) => {
            Made::Later(Box::pin(async { future.await.map(|value| Box::new(value) as Box<LocalState>) }))
        }
    }
}

/// The result of a hook, with its future boxed.
pub fn shared<'a, T, F: Future<Output = Result<T, Failed>> + Send + 'a>(made: Made<T, F>) -> SendMade<'a, T> {
    match made {
        Made::Ready(value) => Made::Ready(value),
        Made::Later(future) => Made::Later(Box::pin(future)),
    }
}

/// The result of a hook, with its future boxed for one thread.
pub fn local<'a, T, F: Future<Output = Result<T, Failed>> + 'a>(made: Made<T, F>) -> LocalMade<'a, T> {
    match made {
        Made::Ready(value) => Made::Ready(value),
        Made::Later(future) => Made::Later(Box::pin(future)),
    }
}
