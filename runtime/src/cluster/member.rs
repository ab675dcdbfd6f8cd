//! The nodes of a cluster: each a process behind a proxy, the replicas with another one before what they replicate
//! from, and who of them is the primary. It knows no server's protocol.

use super::guards::{Cut, Down};
use super::{Folder, port, trouble};
use crate::fault::{Error, Fault, Launch, Process, Proxy, Stopped};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How often a node is started on another port when its own was taken in between.
const ATTEMPTS: usize = 5;
/// How long the connections of a link that leads elsewhere may take to end.
const RELEASE: Duration = Duration::from_secs(1);

/// What a node is started with: its place in the cluster and its port.
pub(crate) struct Seat {
    /// 0 is the first primary, 1 the first replica.
    pub(crate) index: usize,
    /// What messages call it.
    pub(crate) name: String,
    /// Where it is to listen.
    pub(crate) address: SocketAddr,
    /// Where a replica is to replicate from.
    pub(crate) source: Option<SocketAddr>,
}

/// A node.
pub(crate) struct Member {
    pub(crate) name: String,
    pub(crate) process: Process,
    /// What clients connect to.
    pub(crate) proxy: Proxy,
    /// What a replica replicates through.
    pub(crate) link: Option<Proxy>,
    /// The server's own address.
    pub(crate) address: SocketAddr,
    /// The node that was promoted in its place.
    superseded: Mutex<Option<String>>,
}

impl Member {
    /// Starts a node of a kind of server; a replica replicates from `source`, through a proxy of its own.
    pub(crate) async fn start(
        server: &str,
        index: usize,
        source: Option<SocketAddr>,
        mut launch: impl FnMut(&Seat) -> Result<Launch, Error>,
    ) -> Result<Self, Error> {
        let name = if index == 0 { format!("{server} primary") } else { format!("{server} replica {}", index - 1) };
        let link = match source {
            Some(source) => Some(Proxy::new(source).await?),
            None => None,
        };
        let mut attempt = 0;
        let (process, address) = loop {
            let address = port::free().map_err(|cause| trouble(&name, "finding a port", cause))?;
            let source = link.as_ref().map(Proxy::address);
            let launch = launch(&Seat { index, name: name.clone(), address, source })?;
            attempt += 1;
            match Process::start(launch.name(&name)).await {
                Ok(process) => break (process, address),
                Err(Error::Ended { output, .. }) if attempt < ATTEMPTS && taken(&output) => {}
                Err(error) => return Err(error),
            }
        };
        let proxy = Proxy::new(address).await?;
        Ok(Self { name, process, proxy, link, address, superseded: Mutex::default() })
    }

    /// By whom, if another was promoted in its place.
    pub(crate) fn superseded(&self) -> Option<String> {
        self.superseded.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn taken(output: &[String]) -> bool {
    output.iter().any(|line| line.contains("Address already in use"))
}

/// All nodes of a cluster. They end before their folder is removed.
pub(crate) struct Members {
    all: Vec<Member>,
    primary: AtomicUsize,
    /// Leads to the primary of the moment.
    front: Proxy,
    /// The password of all of them.
    password: String,
    folder: Folder,
}

impl Members {
    /// The first is the primary.
    pub(crate) async fn of(all: Vec<Member>, password: String, folder: Folder) -> Result<Arc<Self>, Error> {
        let front = Proxy::new(all[0].proxy.address()).await?;
        Ok(Arc::new(Self { all, primary: AtomicUsize::new(0), front, password, folder }))
    }

    pub(crate) fn all(&self) -> &[Member] {
        &self.all
    }

    /// Which one is the primary: of several promoted, the last.
    pub(crate) fn primary(&self) -> usize {
        self.primary.load(Ordering::SeqCst)
    }

    pub(crate) fn password(&self) -> &str {
        &self.password
    }

    /// Where their data lies.
    pub(crate) fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    pub(crate) fn front(&self) -> &Proxy {
        &self.front
    }

    pub(crate) async fn kill(self: &Arc<Self>, index: usize) -> Result<Down, Error> {
        let killed = self.all[index].process.kill().await?;
        Ok(Down::new(self, index, killed.status()))
    }

    pub(crate) async fn pause(&self, index: usize) -> Result<Stopped, Error> {
        self.all[index].process.stop().await
    }

    /// Cuts a node off its clients.
    pub(crate) async fn partition(&self, index: usize) -> Result<Cut, Error> {
        let member = &self.all[index];
        let injected = member.proxy.inject(Fault::black_hole()).await?;
        Ok(Cut::new(format!("partition `{}` from its clients", member.name), injected))
    }

    /// Cuts a replica off what it replicates from.
    pub(crate) async fn partition_link(&self, index: usize) -> Result<Cut, Error> {
        let injected = self.link(index).inject(Fault::black_hole()).await?;
        Ok(Cut::new(format!("partition `{}` from its primary", self.all[index].name), injected))
    }

    /// A replica's link to what it replicates from.
    pub(crate) fn link(&self, index: usize) -> &Proxy {
        let Some(link) = &self.all[index].link else { panic!("`{}` replicates from nobody", self.all[index].name) };
        link
    }

    /// Starts a node again, unless another was promoted in its place: both would accept writes.
    pub(crate) async fn restart(&self, index: usize) -> Result<(), Error> {
        match self.stays_down(index) {
            Some(why) => Err(Error::Mistake(why)),
            None => self.all[index].process.restart().await,
        }
    }

    /// Why a node must not be started again.
    pub(super) fn stays_down(&self, index: usize) -> Option<String> {
        let (name, by) = (&self.all[index].name, self.all[index].superseded()?);
        Some(format!("`{name}` stays down: `{by}` was promoted in its place, and both would accept writes"))
    }

    /// Makes a node that was promoted the primary: clients of the front and the other replicas are led to it, and the
    /// primary before it is not started again.
    pub(crate) async fn lead(&self, index: usize) -> Result<(), Error> {
        let before = self.primary.swap(index, Ordering::SeqCst);
        if before == index {
            return Ok(());
        }
        let new = &self.all[index];
        *self.all[before].superseded.lock().unwrap_or_else(PoisonError::into_inner) = Some(new.name.clone());
        self.front.redirect(new.proxy.address())?;
        for member in self.all.iter().filter(|member| member.superseded().is_none() && member.name != new.name) {
            let Some(link) = &member.link else { continue };
            link.redirect(new.address)?;
            release(link).await?;
        }
        Ok(())
    }
}

/// Ends the connections of a link, so that the replica asks for a new one.
async fn release(link: &Proxy) -> Result<(), Error> {
    let reset = link.inject(Fault::reset()).await?;
    let start = std::time::Instant::now();
    while link.counts().open > 0 && start.elapsed() < RELEASE {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    reset.heal()
}
