//! The nodes of a cluster and the guards of broken ones. Every node is a process behind a proxy; a replica has a second
//! proxy between itself and the node that it replicates from.

use super::data_folder::DataFolder;
use super::free_port::free_port;
use crate::fault::{Error, Fault, Heal, Healing, Injected, Launch, Met, Process, Proxy, Stopped};
use crate::sync::Lock;
use std::fmt;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitStatus;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

/// Attempts to start a node. Each takes another port, since another process may take a free port before the node does.
const START_ATTEMPTS: usize = 5;
/// Time limit for the connections of a replication proxy to end after a redirect.
const RELEASE_TIMEOUT: Duration = Duration::from_secs(1);

/// Configuration of a node: what it is started with, and the address and password by which it is reached directly.
pub struct NodeConfig {
    /// Number of the node: 0 is the first primary, 1 the first replica.
    pub(crate) index: usize,
    /// Name in messages.
    pub(crate) name: String,
    /// Folder of the node's data.
    pub(crate) data: PathBuf,
    /// Address at which the server listens.
    pub(crate) address: SocketAddr,
    /// Address from which a replica replicates: that of a proxy before the first primary.
    pub(crate) source: Option<SocketAddr>,
    /// Password of the cluster.
    pub(crate) password: String,
}

/// A started node.
pub(crate) struct StartedNode {
    pub(crate) config: NodeConfig,
    pub(crate) process: Process,
    /// The proxy for clients.
    pub(crate) proxy: Proxy,
    /// The proxy through which a replica replicates.
    pub(crate) link: Option<Proxy>,
    /// Name of the node that was promoted in its place.
    superseded: Lock<Option<String>>,
}

impl StartedNode {
    /// Starts node `index` of a cluster of `server`, on its data in `folder`. A replica replicates from `source`,
    /// through a proxy of its own. `launch` configures the node and returns the command; it is called again, with
    /// another port, if the port was taken meanwhile.
    pub(crate) async fn start(
        server: &str,
        index: usize,
        folder: &DataFolder,
        password: &str,
        source: Option<SocketAddr>,
        launch: impl Fn(&NodeConfig) -> io::Result<Launch>,
    ) -> Result<Self, Error> {
        let name = if index == 0 { format!("{server} primary") } else { format!("{server} replica {}", index - 1) };
        let link = match source {
            Some(source) => Some(Proxy::new(source).await?),
            None => None,
        };
        let mut attempt = 0;
        let (process, config) = loop {
            let config = NodeConfig {
                index,
                name: name.clone(),
                data: folder.node(index),
                address: free_port().map_err(|cause| Error::server(&name, "finding a port", cause))?,
                source: link.as_ref().map(Proxy::address),
                password: password.to_owned(),
            };
            let launch = launch(&config).map_err(|cause| Error::server(&name, "configuring it", cause))?;
            attempt += 1;
            match Process::start(launch.name(&name)).await {
                Ok(process) => break (process, config),
                Err(Error::Ended { output, .. }) if attempt < START_ATTEMPTS && port_was_taken(&output) => {}
                Err(error) => return Err(error),
            }
        };
        let proxy = Proxy::new(config.address).await?;
        Ok(Self { config, process, proxy, link, superseded: Lock::default() })
    }

    /// Name of the node that was promoted in its place.
    pub(crate) fn superseded(&self) -> Option<String> {
        self.superseded.lock().clone()
    }
}

fn port_was_taken(output: &[String]) -> bool {
    output.iter().any(|line| line.contains("Address already in use"))
}

/// All nodes of a cluster. When it is dropped, the processes end before their folder is removed.
pub(crate) struct ClusterNodes {
    all: Vec<StartedNode>,
    primary: AtomicUsize,
    /// The proxy that leads to the current primary.
    primary_proxy: Proxy,
    /// Last field, so that the data is removed after the processes have ended.
    _folder: DataFolder,
}

impl ClusterNodes {
    /// The nodes of a cluster whose first node is the primary.
    pub(crate) async fn of(all: Vec<StartedNode>, folder: DataFolder) -> Result<Arc<Self>, Error> {
        let primary_proxy = Proxy::new(all[0].proxy.address()).await?;
        Ok(Arc::new(Self { all, primary: AtomicUsize::new(0), primary_proxy, _folder: folder }))
    }

    pub(crate) fn all(&self) -> &[StartedNode] {
        &self.all
    }

    /// Number of the primary: the node that was promoted last.
    pub(crate) fn primary(&self) -> usize {
        self.primary.load(Ordering::SeqCst)
    }

    pub(crate) fn primary_proxy(&self) -> &Proxy {
        &self.primary_proxy
    }

    pub(crate) async fn kill(self: &Arc<Self>, index: usize) -> Result<Down, Error> {
        let killed = self.all[index].process.kill().await?;
        Ok(Down::new(self, index, killed.status()))
    }

    pub(crate) async fn pause(&self, index: usize) -> Result<Stopped, Error> {
        self.all[index].process.stop().await
    }

    /// Disconnects a node from its clients: no data passes.
    pub(crate) async fn partition(&self, index: usize) -> Result<Cut, Error> {
        let node = &self.all[index];
        let injected = node.proxy.inject(Fault::black_hole()).await?;
        Ok(Cut::new(format!("partition `{}` from its clients", node.config.name), injected))
    }

    /// Disconnects a replica from its primary: no data passes.
    pub(crate) async fn partition_link(&self, index: usize) -> Result<Cut, Error> {
        let injected = self.link(index).inject(Fault::black_hole()).await?;
        Ok(Cut::new(format!("partition `{}` from its primary", self.all[index].config.name), injected))
    }

    /// The proxy through which a replica replicates.
    pub(crate) fn link(&self, index: usize) -> &Proxy {
        let Some(link) = &self.all[index].link else {
            panic!("`{}` replicates from nobody", self.all[index].config.name)
        };
        link
    }

    /// Starts a node again. It is an error if another was promoted in its place, since both would accept writes.
    pub(crate) async fn restart(&self, index: usize) -> Result<(), Error> {
        match self.stays_down(index) {
            Some(why) => Err(Error::Mistake(why)),
            None => self.all[index].process.restart().await,
        }
    }

    /// The reason why a node must not be started again, if there is one.
    pub(super) fn stays_down(&self, index: usize) -> Option<String> {
        let (name, by) = (&self.all[index].config.name, self.all[index].superseded()?);
        Some(format!("`{name}` stays down: `{by}` was promoted in its place, and both would accept writes"))
    }

    /// Makes a promoted node the primary: the primary proxy and the other replicas are redirected to it, and the former
    /// primary is not started again.
    pub(crate) async fn make_primary(&self, index: usize) -> Result<(), Error> {
        let before = self.primary.swap(index, Ordering::SeqCst);
        if before == index {
            return Ok(());
        }
        let new = &self.all[index];
        *self.all[before].superseded.lock() = Some(new.config.name.clone());
        self.primary_proxy.redirect(new.proxy.address())?;
        for node in self.all.iter().filter(|node| node.superseded().is_none() && node.config.name != new.config.name) {
            let Some(link) = &node.link else { continue };
            link.redirect(new.config.address)?;
            end_connections(link).await?;
        }
        Ok(())
    }
}

/// Ends the connections of a replication proxy, so that the replica connects again.
async fn end_connections(link: &Proxy) -> Result<(), Error> {
    let reset = link.inject(Fault::reset()).await?;
    let start = std::time::Instant::now();
    while link.counts().open > 0 && start.elapsed() < RELEASE_TIMEOUT {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    reset.heal()
}

/// Guard of a killed node. Healing starts the node again on its data. If another node was promoted in its place
/// meanwhile, the node stays down, since both would accept writes (split brain), and a line on stderr says so. Dropping
/// the guard does nothing.
pub struct Down {
    /// Weak, so that a guard does not keep a dropped cluster running.
    nodes: Weak<ClusterNodes>,
    index: usize,
    name: String,
    status: ExitStatus,
}

impl Down {
    fn new(nodes: &Arc<ClusterNodes>, index: usize, status: ExitStatus) -> Self {
        Self { nodes: Arc::downgrade(nodes), index, name: nodes.all()[index].config.name.clone(), status }
    }

    /// Exit status of the killed process.
    pub fn status(&self) -> ExitStatus {
        self.status
    }

    async fn revive(&self) -> Result<(), Error> {
        let Some(nodes) = self.nodes.upgrade() else { return Ok(()) };
        let node = &nodes.all()[self.index];
        if node.process.ended().is_none() {
            return Ok(());
        }
        if let Some(why) = nodes.stays_down(self.index) {
            let _ = writeln!(std::io::stderr(), "{why}");
            return Ok(());
        }
        node.process.restart().await
    }
}

impl Heal for Down {
    fn what(&self) -> String {
        format!("kill `{}`", self.name)
    }

    fn heal(self: Box<Self>) -> Healing {
        Box::pin(async move { self.revive().await })
    }
}

impl fmt::Debug for Down {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Down({}, {})", self.name, self.status)
    }
}

/// Guard of a network partition. When it is dropped, the node is reachable again, and the data that was held back
/// arrives.
#[must_use = "dropped, the node is reached again at once"]
pub struct Cut {
    what: String,
    injected: Injected,
}

impl Cut {
    fn new(what: String, injected: Injected) -> Self {
        Self { what, injected }
    }

    /// Ends the partition.
    ///
    /// # Errors
    /// See [`Injected::heal`].
    pub fn heal(self) -> Result<(), Error> {
        self.injected.heal()
    }
}

impl Heal for Cut {
    fn what(&self) -> String {
        self.what.clone()
    }

    fn met(&self) -> Option<Met> {
        self.injected.met()
    }

    fn refused(&self) -> Option<u64> {
        Heal::refused(&self.injected)
    }

    fn heal(self: Box<Self>) -> Healing {
        Box::pin(async move { self.injected.heal() })
    }
}

impl fmt::Debug for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cut({}, {:?})", self.what, self.injected)
    }
}
