//! Free ports for servers that need a fixed one. They are below the range that the kernel uses for outgoing
//! connections, so that the port of a stopped node is still free when the node starts again.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

const FIRST_PORT: u32 = 20_000;
const PORT_COUNT: u32 = 12_000;

/// A loopback address on which no process listens at the moment.
pub(super) fn free_port() -> io::Result<SocketAddr> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    // Processes that start at the same time begin their search far apart.
    let start = std::process::id().wrapping_mul(2_654_435_761) >> 16;
    for _ in 0..PORT_COUNT {
        let number = FIRST_PORT + start.wrapping_add(NEXT.fetch_add(1, Relaxed)) % PORT_COUNT;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, u16::try_from(number).unwrap_or_default()));
        if TcpListener::bind(address).is_ok() {
            return Ok(address);
        }
    }
    Err(io::Error::new(io::ErrorKind::AddrInUse, "every port from 20000 to 32000 is taken"))
}
