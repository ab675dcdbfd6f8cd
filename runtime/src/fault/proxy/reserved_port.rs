//! `ReservedPort`: the port of a proxy, which can be closed (connections are refused) and opened again under the same
//! number.

use socket2::{Domain, Socket, Type};
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};

/// Reservation of a port number. Its socket is bound and does not listen, so that connections are refused, and the
/// system does not give the port to another process.
pub(super) struct ReservedPort {
    address: SocketAddr,
    #[cfg(unix)]
    _reserved: Socket,
}

impl ReservedPort {
    /// Reserves a free port of the loopback address and listens on it. The address family is that of the first upstream
    /// address whose family this machine supports.
    pub(super) fn open(upstream: &[SocketAddr]) -> io::Result<(Self, TcpListener)> {
        let mut opened = Err(io::ErrorKind::AddrNotAvailable.into());
        for address in upstream {
            opened = Self::open_like(*address);
            if opened.is_ok() {
                break;
            }
        }
        opened
    }

    fn open_like(upstream: SocketAddr) -> io::Result<(Self, TcpListener)> {
        let any: SocketAddr = match upstream {
            SocketAddr::V4(_) => (Ipv4Addr::LOCALHOST, 0).into(),
            SocketAddr::V6(_) => (Ipv6Addr::LOCALHOST, 0).into(),
        };
        #[cfg(unix)]
        {
            let reserved = bound_socket(any)?;
            let address = reserved.local_addr()?.as_socket().ok_or(io::ErrorKind::AddrNotAvailable)?;
            Ok((Self { address, _reserved: reserved }, listen_at(address)?))
        }
        #[cfg(not(unix))]
        {
            let listener = listen_at(any)?;
            Ok((Self { address: listener.local_addr()? }, listener))
        }
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Listens on the port again; clients can connect when this returns.
    pub(super) fn reopen(&self) -> io::Result<TcpListener> {
        listen_at(self.address)
    }
}

fn bound_socket(address: SocketAddr) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    #[cfg(unix)]
    {
        socket.set_reuse_address(true)?;
        socket.set_reuse_port(true)?;
    }
    socket.bind(&address.into())?;
    Ok(socket)
}

fn listen_at(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = bound_socket(address)?;
    socket.listen(1024)?;
    socket.set_nonblocking(true)?;
    Ok(socket.into())
}
