//! Running blocking work outside of the threads that virtual users run on.

use crate::fault::Error;
use std::io;

/// Runs `work` on a thread for blocking work. The error names the server (`name`) and the action (`doing`).
///
/// # Errors
/// `work` fails or panics.
pub(crate) async fn run_blocking<T: Send + 'static>(
    name: &str,
    doing: &str,
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, Error> {
    let done = tokio::task::spawn_blocking(work).await.unwrap_or_else(|lost| Err(io::Error::other(lost)));
    done.map_err(|cause| Error::server(name, doing, cause))
}
