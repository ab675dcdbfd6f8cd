//! All that generated code may name. No promise is made about anything in here: it changes with the macros.

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
/// Tests that are registered in a dependency must be named, or the linker leaves them out:
/// `brunt::main!(my_suites, my_other_suites);`
///
/// Plain tests (`#[test]`, `#[tokio::test]`) do not run in such a target: without the standard harness the compiler drops
/// them, and the binary does not know of them. Where the source is at hand each is named in a warning on stderr; keep
/// them in another file of `tests`.
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

/// Names the kinds of an error type in one place: what `errors("…")` counts failures by that come from it, wherever it
/// stands among the causes. Without it, all errors of a type are one kind, named as the type.
///
/// It stands beside the tests, once for a type; of two the first found counts.
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

/// The attributes of targets, for one that was taken without having been imported.
pub mod levels {
    pub use brunt_macros::{critical, target};
}

/// The line of a token that is written at the first place, in an expansion that the second one asked for. A test that a
/// macro of another file makes is where that macro is called: the file and the line of a report belong together.
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

/// The fixture, which generated code knows the type of: `boxed_fixture` was called with the same.
///
/// # Panics
/// With another type than `setup` made, which generated code does not ask for.
pub fn fixture<T: Any>(fixture: &Fixture) -> &T {
    match fixture.downcast_ref() {
        Some(fixture) => fixture,
        None => unreachable!("the fixture is no {}", std::any::type_name::<T>()),
    }
}

/// The fixture, of the type that this call of `setup` would make; it is not called.
pub fn fixture_made_by<T: Any, F>(_setup: impl FnOnce() -> Made<T, F>, any: &Fixture) -> &T {
    fixture(any)
}

/// The size that is measured, as the integer that a function takes it as.
///
/// # Panics
/// With a size that is too large for the type, which fails the setup or the iteration that asked for it.
pub fn size<T: Size>(size: usize) -> T {
    match T::try_from(size) {
        Ok(size) => size,
        Err(_) => panic!("the size {size} is too large for a `{}`", std::any::type_name::<T>()),
    }
}

/// What a size may be taken as.
#[diagnostic::on_unimplemented(
    message = "a size is a whole number, which `{Self}` is not made of",
    label = "wanted an integer, such as `usize` or `u64`"
)]
pub trait Size: TryFrom<usize> {}

impl<T: TryFrom<usize>> Size for T {}

/// What `check` found of a result: a `bool`, or a `Result` whose error says more.
///
/// # Errors
/// The failure of the iteration, of kind "check".
pub fn checked(found: impl Finding) -> Result<(), Failed> {
    found.failure().map_or(Ok(()), |why| Err(Failed::new("check", why)))
}

/// An iteration's outcome, its result looked at apart from its time.
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

/// What a `check` may return.
#[diagnostic::on_unimplemented(
    message = "`check` returns `{Self}`, which says neither right nor wrong",
    label = "wanted a function that returns `bool` or `Result<(), E>`"
)]
pub trait Finding {
    /// What is wrong, if anything is.
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

/// A user's state; see [`fixture`].
///
/// # Panics
/// With another type than `user_setup` made, which generated code does not ask for.
pub fn state<T: Any>(state: &mut dyn Any) -> &mut T {
    match state.downcast_mut() {
        Some(state) => state,
        None => unreachable!("the user's state is no {}", std::any::type_name::<T>()),
    }
}

/// A user's state, of the type that this call of `user_setup` would make; it is not called.
pub fn state_made_by<T: Any, F>(_setup: impl FnOnce() -> Made<T, F>, any: &mut dyn Any) -> &mut T {
    state(any)
}

/// A value for code that is only there for its types.
///
/// # Panics
/// When it is called.
pub fn never<T>() -> T {
    unreachable!("this code is never run")
}

/// What `setup` made, as the engine keeps it.
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

/// What `user_setup` made, as the engine keeps it.
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

/// What `user_setup` made for a user that stays on its thread.
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

/// A hook's result, its future boxed.
pub fn shared<'a, T, F: Future<Output = Result<T, Failed>> + Send + 'a>(made: Made<T, F>) -> SendMade<'a, T> {
    match made {
        Made::Ready(value) => Made::Ready(value),
        Made::Later(future) => Made::Later(Box::pin(future)),
    }
}

/// A hook's result, its future boxed for one thread.
pub fn local<'a, T, F: Future<Output = Result<T, Failed>> + 'a>(made: Made<T, F>) -> LocalMade<'a, T> {
    match made {
        Made::Ready(value) => Made::Ready(value),
        Made::Later(future) => Made::Later(Box::pin(future)),
    }
}
