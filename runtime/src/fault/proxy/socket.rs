//! What the system does with a socket and tells of it besides its bytes. It knows no connection of two.

use std::pin::Pin;
use std::time::Duration;
use tokio::net::TcpStream;

/// Makes closing the socket a reset.
pub(super) fn reset_on_close(socket: &TcpStream) {
    let _ = socket2::SockRef::from(socket).set_linger(Some(Duration::ZERO));
}

/// Whether bytes wait in the socket for its peer to make room.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(super) fn has_unsent_bytes(socket: &TcpStream) -> bool {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    // With this mark the socket is writable when nothing waits to be sent.
    if socket2::SockRef::from(socket).set_tcp_notsent_lowat(1).is_err() {
        return false;
    }
    let mut sockets = [PollFd::new(socket, PollFlags::OUT)];
    let ready = poll(&mut sockets, Some(&Timespec { tv_sec: 0, tv_nsec: 0 }));
    ready.is_ok_and(|ready| ready == 0)
}

/// Elsewhere nothing tells.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(super) fn has_unsent_bytes(_: &TcpStream) -> bool {
    false
}

/// Ends when a peer has reset its connection.
pub(super) type LateReset = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Tells of the reset of a connection whose stream has ended in order: no read tells of it any more, and the other end
/// would learn of it only when it writes.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(super) fn watch_for_reset(socket: &TcpStream) -> LateReset {
    // A descriptor of its own: that of the halves is waited for by them.
    let socket = socket2::SockRef::from(socket).try_clone().and_then(|socket| TcpStream::from_std(socket.into()));
    Box::pin(async move {
        let Ok(socket) = socket else { return std::future::pending().await };
        let _ = socket.ready(tokio::io::Interest::ERROR).await;
    })
}

/// Elsewhere nothing tells.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(super) fn watch_for_reset(_: &TcpStream) -> LateReset {
    Box::pin(std::future::pending())
}
