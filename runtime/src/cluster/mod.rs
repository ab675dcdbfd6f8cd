//! What clusters of any server share: where its programs are, who runs it, where its data lies, and its nodes behind
//! their proxies. It knows no server by its name.

// Each kind of server uses its part.
#![cfg_attr(not(all(feature = "postgres", feature = "redis")), allow(dead_code))]

mod account;
mod folder;
mod guards;
mod member;
mod port;
mod programs;
mod secret;

pub(crate) use account::Account;
pub(crate) use folder::Folder;
pub use guards::{Cut, Down};
pub(crate) use member::{Member, Members, Seat};
pub(crate) use programs::Programs;
pub(crate) use secret::secret;

use crate::fault::Error;
use std::io;

/// Does what blocks, away from the threads that users run on.
pub(crate) async fn blocking<T: Send + 'static>(
    name: &str,
    doing: &str,
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, Error> {
    let done = tokio::task::spawn_blocking(work).await.unwrap_or_else(|lost| Err(io::Error::other(lost)));
    done.map_err(|cause| trouble(name, doing, cause))
}

pub(crate) fn trouble(name: &str, doing: &str, cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::Server { name: name.to_owned(), doing: doing.to_owned(), cause: cause.into() }
}
