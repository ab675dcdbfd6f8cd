//! What blocks, done away from the threads that users run on.

use crate::fault::Error;
use std::io;

/// Does `work` on a thread for what blocks. Where it fails, the error says that `name` failed in `doing` it.
///
/// # Errors
/// That of the work.
pub(crate) async fn run_blocking<T: Send + 'static>(
    name: &str,
    doing: &str,
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, Error> {
    let done = tokio::task::spawn_blocking(work).await.unwrap_or_else(|lost| Err(io::Error::other(lost)));
    done.map_err(|cause| Error::server(name, doing, cause))
}
