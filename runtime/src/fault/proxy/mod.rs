//! `Proxy`: a TCP proxy into which faults can be injected.

mod connection;
mod control;
mod delay_queue;
mod fault;
mod injected;
mod injection_table;
mod pipe;
mod refusals;
mod reserved_port;
mod rule;
mod serve;
mod socket;
mod toxics;
mod upstream;

pub use fault::Fault;
pub use injected::Injected;
pub use rule::{Action, Direction, Rule};

use super::clock;
use super::error::Error;
use control::Control;
use injection_table::InjectionTable;
use reserved_port::ReservedPort;
use serve::ProxyOrder;
use std::fmt;
use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::thread::JoinHandle;
use tokio::sync::mpsc;
use upstream::{Addresses, Upstream};

/// A TCP proxy between clients and one server, into which [faults](Fault) can be injected.
///
/// Its port stays the same until it is dropped, and it takes any number of connections. It runs on a thread of its own,
/// so that a runtime full of virtual users does not slow it, and a busy proxy does not slow the users' timers. When it
/// is dropped, its port and all connections are closed.
///
/// ```
/// use brunt::fault::{Fault, Proxy};
/// use std::io::{ErrorKind, Read, Write};
/// use std::net::{TcpListener, TcpStream};
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// let server = TcpListener::bind("127.0.0.1:0")?;
/// let address = server.local_addr()?;
/// std::thread::spawn(move || {
///     while let Ok((client, _)) = server.accept() {
///         std::thread::spawn(move || std::io::copy(&mut &client, &mut &client));   // an echo
///     }
/// });
/// let proxy = Proxy::new(address).await?;
/// let mut client = TcpStream::connect(proxy.address())?;
/// client.write_all(b"ping")?;
/// client.read_exact(&mut [0; 4])?;
///
/// let fault = proxy.inject(Fault::refuse()).await?;
/// assert_eq!(TcpStream::connect(proxy.address()).unwrap_err().kind(), ErrorKind::ConnectionRefused);
/// client.write_all(b"ping")?;                                       // open connections live on
/// client.read_exact(&mut [0; 4])?;
///
/// drop(fault);                                                      // or `fault.heal()?`
/// TcpStream::connect(proxy.address())?;
/// assert_eq!(proxy.counts().requests, 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
pub struct Proxy {
    control: Arc<Control>,
    thread: Option<JoinHandle<()>>,
}

/// Counts of a proxy since its start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counts {
    /// Accepted connections.
    pub connections: u64,
    /// Open connections.
    pub open: u64,
    /// Connections that were reset because the upstream could not be reached.
    pub failed: u64,
    /// Requests: data from a client that is the first of its connection or follows an answer. If a protocol sends
    /// several requests before an answer, they count as one.
    pub requests: u64,
    /// Connections that ended before any data came from the client: they were reset, or the client sent nothing.
    pub unheard: u64,
    /// Whether connections were refused at any time. The kernel refuses them, so that the proxy cannot count them.
    pub refused: bool,
    /// Bytes written to the upstream.
    pub bytes_to_upstream: u64,
    /// Bytes written to clients.
    pub bytes_to_client: u64,
}

impl Proxy {
    /// Starts a proxy before the server at `upstream`, on a free port of the loopback address. The server may start
    /// later: until then connections are reset. If a name has several addresses (`localhost` is often `::1` and
    /// `127.0.0.1`), each connection tries all in turn, as it would without a proxy.
    ///
    /// # Errors
    /// `upstream` is no address, a socket or thread cannot be created, or the clock is virtual.
    pub async fn new(upstream: impl ToSocketAddrs + fmt::Debug) -> Result<Self, Error> {
        clock::real_time_for("a proxy")?;
        let trouble = |doing: &str| {
            let doing = doing.to_owned();
            move |cause| Error::Proxy { doing, cause }
        };
        let upstream = Addresses::of(upstream)?;
        let (port, listener) =
            ReservedPort::open(upstream.all()).map_err(trouble("opening a port of the loopback address"))?;
        let upstream = upstream.without(port.address())?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(trouble("starting its runtime"))?;
        let (table, upstream) = (Arc::new(InjectionTable::default()), Arc::new(Upstream::new(upstream)));
        let (orders, inbox) = mpsc::unbounded_channel();
        let _ = orders.send(ProxyOrder::Open(listener));
        let work = serve::run_proxy(inbox, table.clone(), upstream.clone());
        let thread = std::thread::Builder::new()
            .name(format!("proxy :{}", port.address().port()))
            .spawn(move || runtime.block_on(work))
            .map_err(trouble("starting its thread"))?;
        Ok(Self { control: Arc::new(Control::new(table, port, upstream, orders)), thread: Some(thread) })
    }

    /// Sets the seed (0) for faults without a [seed of their own](Fault::seed). The randomness of a fault also depends
    /// on the number of faults injected before, so that the same faults in the same order behave in the same way, on
    /// this proxy and on another one of the same seed.
    pub fn seeded(self, seed: u64) -> Self {
        self.control.table.seed.store(seed, Relaxed);
        self
    }

    /// Address for clients.
    pub fn address(&self) -> SocketAddr {
        self.control.port.address()
    }

    /// Address to which new connections lead. Of several addresses it is the one that was reached last, or the first
    /// one before that.
    pub fn upstream(&self) -> SocketAddr {
        self.control.upstream.current()
    }

    /// Redirects new connections to another server, as after a failover. Open connections stay where they are.
    ///
    /// # Errors
    /// `upstream` is no address, or is the address of the proxy.
    pub fn redirect(&self, upstream: impl ToSocketAddrs + fmt::Debug) -> Result<(), Error> {
        self.control.upstream.redirect(Addresses::of(upstream)?.without(self.address())?);
        Ok(())
    }

    /// Injects a fault until the guard is dropped or [healed](Injected::heal). It affects data and connections of
    /// clients as soon as this returns. Several faults act one after the other, each on what the one before it lets
    /// pass.
    ///
    /// # Errors
    /// The fault's options contradict each other.
    pub async fn inject(&self, fault: Fault) -> Result<Injected, Error> {
        fault.check()?;
        let injected = Injected::new(self.control.table.add(fault), self.control.clone());
        if let Some(shut) = self.control.shut_if_refused() {
            let _ = shut.await;
        }
        Ok(injected)
    }

    /// Counts so far.
    pub fn counts(&self) -> Counts {
        let table = &self.control.table;
        let ended = table.ended.load(Relaxed);
        let connections = table.connections.load(Relaxed);
        Counts {
            connections,
            open: connections.saturating_sub(ended),
            failed: table.failed.load(Relaxed),
            requests: table.requests.load(Relaxed),
            unheard: table.unheard.load(Relaxed),
            refused: table.refused.load(Relaxed),
            bytes_to_upstream: table.to_upstream.load(Relaxed),
            bytes_to_client: table.to_client.load(Relaxed),
        }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.control.stop();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Proxy({} → {}, {:?})", self.address(), self.upstream(), self.counts())
    }
}

#[cfg(test)]
mod tests;
