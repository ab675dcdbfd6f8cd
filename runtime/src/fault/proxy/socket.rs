//! Properties of sockets beside their bytes: resets and unsent data.

use std::pin::Pin;
use std::time::Duration;
use tokio::net::TcpStream;

/// Makes the socket send a reset when it is closed.
pub(super) fn reset_on_close(socket: &TcpStream) {
    let _ = socket2::SockRef::from(socket).set_linger(Some(Duration::ZERO));
}

/// Whether the socket has bytes that it could not send yet.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(super) fn has_unsent_bytes(socket: &TcpStream) -> bool {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    // With this limit the socket is writable only if no bytes are unsent.
    if socket2::SockRef::from(socket).set_tcp_notsent_lowat(1).is_err() {
        return false;
    }
    let mut sockets = [PollFd::new(socket, PollFlags::OUT)];
    let ready = poll(&mut sockets, Some(&Timespec { tv_sec: 0, tv_nsec: 0 }));
    ready.is_ok_and(|ready| ready == 0)
}

/// Other systems do not report it.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(super) fn has_unsent_bytes(_: &TcpStream) -> bool {
    false
}

/// A future that ends when the peer has reset its connection.
pub(super) type LateReset = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Watches for a reset of a connection whose stream has ended in order. No read reports it any more, and the other end
/// would notice it only at its next write.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(super) fn watch_for_reset(socket: &TcpStream) -> LateReset {
    // A descriptor of its own, since the halves wait on theirs.
    let socket = socket2::SockRef::from(socket).try_clone().and_then(|socket| TcpStream::from_std(socket.into()));
    Box::pin(async move {
        let Ok(socket) = socket else { return std::future::pending().await };
        let _ = socket.ready(tokio::io::Interest::ERROR).await;
    })
}

/// Other systems do not report it.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(super) fn watch_for_reset(_: &TcpStream) -> LateReset {
    Box::pin(std::future::pending())
}
