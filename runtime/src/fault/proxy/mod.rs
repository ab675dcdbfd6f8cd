//! A TCP proxy that can be broken: the proxy and the guards of what is injected. How bytes move is its submodules'.

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

use super::{Error, clock};
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

/// A TCP proxy between clients and one server, to be broken by [faults](Fault).
///
/// Its port stays the same as long as it lives; any number of connections go through it. It runs on a thread of its
/// own, so that a runtime full of users does not slow it and a busy proxy does not slow the users' timers. Dropped, it
/// closes its port and every connection.
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

/// What a proxy has seen since it was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counts {
    /// Connections accepted.
    pub connections: u64,
    /// Those that are open.
    pub open: u64,
    /// Those reset because the upstream could not be reached.
    pub failed: u64,
    /// Requests: how often a client spoke first or after it had been answered. Of a protocol that sends several
    /// requests before an answer, it counts the batches.
    pub requests: u64,
    /// Connections that ended before the client was heard: reset, or closed by a client that sent nothing.
    pub unheard: u64,
    /// Whether connections were refused at any time: the kernel refuses them, and nobody counts how many.
    pub refused: bool,
    /// Bytes written to the upstream.
    pub bytes_to_upstream: u64,
    /// Bytes written to clients.
    pub bytes_to_client: u64,
}

impl Proxy {
    /// A proxy before the server at `upstream`, on a free port of the loopback address. The server need not be there
    /// yet: a connection that finds none is reset. Of a name with several addresses (`localhost` is often `::1` and
    /// `127.0.0.1`) each connection tries all in turn, as it would without a proxy.
    ///
    /// # Errors
    /// `upstream` names no address, no socket or thread can be had, or the clock is virtual.
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

    /// Draws whatever is random in a fault without a [seed of its own](Fault::seed) from this one (0), and from how many
    /// faults were injected before: the same faults in the same order meet the same fate. Two proxies of one seed draw
    /// alike.
    pub fn seeded(self, seed: u64) -> Self {
        self.control.table.seed.store(seed, Relaxed);
        self
    }

    /// Where clients connect.
    pub fn address(&self) -> SocketAddr {
        self.control.port.address()
    }

    /// Where new connections lead: of several addresses the one that was reached last, at first the first.
    pub fn upstream(&self) -> SocketAddr {
        self.control.upstream.current()
    }

    /// Leads new connections elsewhere, as after a failover; those that are open stay where they are.
    ///
    /// # Errors
    /// `upstream` names no address, or the proxy's own.
    pub fn redirect(&self, upstream: impl ToSocketAddrs + fmt::Debug) -> Result<(), Error> {
        self.control.upstream.redirect(Addresses::of(upstream)?.without(self.address())?);
        Ok(())
    }

    /// Breaks something, until the guard is dropped or [healed](Injected::heal). What clients send or connect after
    /// this returns meets the fault. Faults add up, each acting on what the one before it let pass.
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

    /// What it has seen so far.
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
