//! The result of a setup that a run shares: an address that is sent to the tests' processes, and a value that is kept.

use crate::engine::rt::made::{Fixture, Made, SendMade};
use crate::engine::spec::KeptForTheRun;
use crate::failure::Failed;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::any::Any;
use std::future::Future;
use std::sync::Mutex;

/// An address that can be sent to other processes.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be told to the other processes of the run",
    label = "wanted an address that serde can write and read, such as a `String`",
    note = "a setup in `shared_by_run(…)` returns `(address, kept)`: every test gets the address by reference, and what is \
            kept is dropped when the run ends"
)]
pub trait Address: Serialize + DeserializeOwned + Send + Sync + 'static {}

#[diagnostic::do_not_recommend]
impl<A: Serialize + DeserializeOwned + Send + Sync + 'static> Address for A {}

/// Boxes the result of a setup as the process that keeps it needs it.
pub fn kept_for_the_run<A, K, F>(made: Made<(A, K), F>) -> SendMade<'static, Box<Fixture>>
where
    A: Address,
    K: Any + Send,
    F: Future<Output = Result<(A, K), Failed>> + Send + 'static,
{
    match made {
        Made::Ready(made) => Made::Ready(made.and_then(kept)),
        Made::Later(future) => Made::Later(Box::pin(async { future.await.and_then(kept) })),
    }
}

fn kept<A: Address, K: Any + Send>((address, kept): (A, K)) -> Result<Box<Fixture>, Failed> {
    let address = serde_json::to_string(&address).map_err(|cause| wrong("written", &cause))?;
    Ok(Box::new(KeptForTheRun { address, _kept: Mutex::new(Box::new(kept)) }))
}

/// The address as the tests take it, of the type that this call of `setup` would make; the function is not called.
///
/// # Errors
/// The received value is no such address.
pub fn told_address<A: Address, K, F>(
    _setup: impl FnOnce() -> Made<(A, K), F>,
    text: &str,
) -> Result<Box<Fixture>, Failed> {
    let address: A = serde_json::from_str(text).map_err(|cause| wrong("read", &cause))?;
    Ok(Box::new(address))
}

/// The address as the type that this call of `setup` would make; the function is not called.
pub fn address_made_by<A: Address, K, F>(_setup: impl FnOnce() -> Made<(A, K), F>, any: &Fixture) -> &A {
    super::fixture(any)
}

fn wrong(doing: &str, cause: &serde_json::Error) -> Failed {
    Failed::new("setup", format_args!("the address that the run shares cannot be {doing}: {cause}"))
}
