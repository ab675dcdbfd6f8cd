//! `Upstream`: the server behind a proxy, with all addresses of its name, and the connections to it.

use crate::fault::error::Error;
use crate::sync::Lock;
use socket2::{Domain, Socket, Type};
use std::fmt;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::Arc;
use tokio::net::TcpStream;

/// The server behind a proxy. It can be redirected.
pub(super) struct Upstream(Lock<UpstreamState>);

struct UpstreamState {
    addresses: Arc<[SocketAddr]>,
    /// The address that was reached last, or the first one before that.
    current: SocketAddr,
}

impl Upstream {
    pub(super) fn new(addresses: Addresses) -> Self {
        Self(Lock::new(addresses.into()))
    }

    pub(super) fn redirect(&self, addresses: Addresses) {
        *self.0.lock() = addresses.into();
    }

    pub(super) fn current(&self) -> SocketAddr {
        self.0.lock().current
    }

    /// Connects to the first address that answers.
    ///
    /// # Errors
    /// No address answers; the error is that of the last one.
    pub(super) async fn connect(&self) -> io::Result<Connected> {
        let addresses = self.0.lock().addresses.clone();
        let mut last = io::ErrorKind::AddrNotAvailable.into();
        for address in addresses.iter() {
            match connect_to(*address).await {
                Ok(connected) => {
                    let mut target = self.0.lock();
                    // The proxy may have been redirected meanwhile.
                    if Arc::ptr_eq(&target.addresses, &addresses) {
                        target.current = *address;
                    }
                    return Ok(connected);
                }
                Err(error) => last = error,
            }
        }
        Err(last)
    }
}

/// A connection to the server.
pub(super) struct Connected {
    pub(super) stream: TcpStream,
    /// Whether the server has reset it already. Data sent before can still be read, followed by an orderly end.
    pub(super) reset: bool,
}

/// Connects like `TcpStream::connect`, except that a reset right after the connection was established is no error,
/// since the server may have sent data before it.
async fn connect_to(address: SocketAddr) -> io::Result<Connected> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    socket.set_nonblocking(true)?;
    match socket.connect(&address.into()) {
        Err(error) if !is_under_way(&error) => return Err(error),
        _ => {}
    }
    let stream = TcpStream::from_std(socket.into())?;
    stream.writable().await?;
    let reset = match stream.take_error()? {
        None => false,
        Some(error) => match error.kind() {
            io::ErrorKind::ConnectionReset => true,
            io::ErrorKind::BrokenPipe => false, // a reset after the orderly end
            _ => return Err(error),
        },
    };
    Ok(Connected { stream, reset })
}

fn is_under_way(error: &io::Error) -> bool {
    #[cfg(unix)]
    if rustix::io::Errno::from_io_error(error) == Some(rustix::io::Errno::INPROGRESS) {
        return true;
    }
    error.kind() == io::ErrorKind::WouldBlock
}

/// The addresses of a name: at least one.
pub(super) struct Addresses {
    first: SocketAddr,
    all: Vec<SocketAddr>,
}

impl Addresses {
    /// Looks a name up.
    ///
    /// # Errors
    /// The name has no address on which a server can listen. The message shows the name and the expected form.
    pub(super) fn of(name: impl ToSocketAddrs + fmt::Debug) -> Result<Self, Error> {
        let shown = format!("{name:?}");
        let all = name.to_socket_addrs().map(Iterator::collect::<Vec<SocketAddr>>);
        let all = all.and_then(|all| {
            if all.iter().any(|address| address.port() == 0) {
                return Err(invalid_address("no server listens on port 0"));
            }
            Ok(all)
        });
        let found =
            all.and_then(|all| Ok(Self { first: *all.first().ok_or_else(|| invalid_address("it is empty"))?, all }));
        found.map_err(|cause| Error::Proxy {
            doing: format!("the upstream {shown} is no address ({})", wanted_address(&shown)),
            cause,
        })
    }

    pub(super) fn all(&self) -> &[SocketAddr] {
        &self.all
    }

    /// # Errors
    /// `own`, the address of the proxy itself, is among them.
    pub(super) fn without(self, own: SocketAddr) -> Result<Self, Error> {
        if let Some(address) = self.all.iter().find(|address| leads_to(**address, own)) {
            let message = format!("the upstream {address} is the proxy itself: it is to lead to the server behind it");
            return Err(Error::Mistake(message));
        }
        Ok(self)
    }
}

/// Whether connections to `address` lead to `other`, a loopback address. An address has several spellings, and the
/// unspecified address (`0.0.0.0`) leads to the loopback.
fn leads_to(address: SocketAddr, other: SocketAddr) -> bool {
    let (ip, other_ip) = (address.ip().to_canonical(), other.ip());
    let same = ip == other_ip || (ip.is_unspecified() && ip.is_ipv4() == other_ip.is_ipv4());
    same && address.port() == other.port()
}

impl From<Addresses> for UpstreamState {
    fn from(addresses: Addresses) -> Self {
        Self { addresses: addresses.all.into(), current: addresses.first }
    }
}

fn invalid_address(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, what.to_owned())
}

/// The expected form of an address, for an error about `shown`.
fn wanted_address(shown: &str) -> &'static str {
    if shown.contains("://") {
        "wanted: a host and a port without a scheme, a user or a path, as \"127.0.0.1:5432\""
    } else {
        "wanted: a host and a port, as \"127.0.0.1:5432\", \"localhost:5432\" or \"[::1]:5432\""
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_address_is_named_with_what_is_wanted() {
        for name in [
            "",
            ":",
            "localhost",
            "localhost:",
            ":80",
            "localhost:http",
            "localhost:99999",
            "localhost:-1",
            "127.0.0.1:0",
            "127.0.0.1 :80",
            "[::1]",
            "::1:80:x",
            "http://localhost:80",
            "postgres://user@localhost:5432/db",
            "127.0.0.1:80/path",
            "no such host:80",
            "user@localhost:80",
        ] {
            let Err(error) = Addresses::of(name) else { panic!("{name:?} was taken") };
            let text = error.to_string();
            assert!(text.contains(&format!("{name:?}")) && text.contains("as \"127.0.0.1:5432\""), "{text}");
            assert_eq!(text.contains("without a scheme"), name.contains("://"), "{text}");
        }
        let none: &[SocketAddr] = &[];
        assert!(Addresses::of(none).is_err());
        assert!(Addresses::of(("localhost", 0)).is_err_and(|e| e.to_string().contains("(\"localhost\", 0)")));
    }

    #[test]
    fn a_proxy_does_not_lead_to_itself() {
        let own = ([127, 0, 0, 1], 4_000).into();
        let error = Addresses::of(own).and_then(|found| found.without(own)).err().map(|error| error.to_string());
        assert!(error.is_some_and(|text| text.contains("127.0.0.1:4000 is the proxy itself")));
        let leads = |address: &str, own: &str| leads_to(address.parse().unwrap(), own.parse().unwrap());
        for own in ["127.0.0.1:4000", "0.0.0.0:4000", "[::ffff:127.0.0.1]:4000", "[::ffff:0.0.0.0]:4000"] {
            assert!(leads(own, "127.0.0.1:4000"), "{own}");
            assert!(!leads(own, "127.0.0.1:4001") && !leads(own, "[::1]:4000"), "{own}");
        }
        assert!(leads("[::]:4000", "[::1]:4000") && leads("[::1%7]:4000", "[::1]:4000"));
        assert!(!leads("127.0.0.2:4000", "127.0.0.1:4000") && !leads("[::]:4000", "127.0.0.1:4000"));
    }
}
