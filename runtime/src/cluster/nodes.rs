//! The nodes of a cluster: each a process behind a proxy, the replicas with another one before what they replicate
//! from, which of them is the primary, and the guards of those that were broken.

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

/// How often a node is started on another port when its own was taken in between.
const START_ATTEMPTS: usize = 5;
/// How long the connections of a link that leads elsewhere may take to end.
const RELEASE_TIMEOUT: Duration = Duration::from_secs(1);

/// What a node is started with, and reached by past its proxy afterwards.
pub struct NodeConfig {
    /// 0 is the first primary, 1 the first replica.
    pub(crate) index: usize,
    /// What messages call it.
    pub(crate) name: String,
    /// The folder of its data.
    pub(crate) data: PathBuf,
    /// Where it listens.
    pub(crate) address: SocketAddr,
    /// Where a replica replicates from: a proxy before the first primary.
    pub(crate) source: Option<SocketAddr>,
    /// The password that the whole cluster has.
    pub(crate) password: String,
}

/// A node that was started.
pub(crate) struct StartedNode {
    pub(crate) config: NodeConfig,
    pub(crate) process: Process,
    /// What clients connect to.
    pub(crate) proxy: Proxy,
    /// What a replica replicates through.
    pub(crate) link: Option<Proxy>,
    /// The node that was promoted in its place.
    superseded: Lock<Option<String>>,
}

impl StartedNode {
    /// Starts node `index` of a cluster of `server`, on its data in `folder`. A replica replicates from `source`, through
    /// a proxy of its own. `launch` configures the node and says what to start; it is asked again when the port was taken
    /// in between.
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

    /// By whom, if another was promoted in its place.
    pub(crate) fn superseded(&self) -> Option<String> {
        self.superseded.lock().clone()
    }
}

fn port_was_taken(output: &[String]) -> bool {
    output.iter().any(|line| line.contains("Address already in use"))
}

/// All nodes of a cluster. They end before their folder is removed.
pub(crate) struct ClusterNodes {
    all: Vec<StartedNode>,
    primary: AtomicUsize,
    /// Leads to the primary of the moment.
    primary_proxy: Proxy,
    /// Kept for its end: the data is removed after the processes.
    _folder: DataFolder,
}

impl ClusterNodes {
    /// The first is the primary.
    pub(crate) async fn of(all: Vec<StartedNode>, folder: DataFolder) -> Result<Arc<Self>, Error> {
        let primary_proxy = Proxy::new(all[0].proxy.address()).await?;
        Ok(Arc::new(Self { all, primary: AtomicUsize::new(0), primary_proxy, _folder: folder }))
    }

    pub(crate) fn all(&self) -> &[StartedNode] {
        &self.all
    }

    /// Which one is the primary: of several promoted, the last.
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

    /// Cuts a node off its clients.
    pub(crate) async fn partition(&self, index: usize) -> Result<Cut, Error> {
        let node = &self.all[index];
        let injected = node.proxy.inject(Fault::black_hole()).await?;
        Ok(Cut::new(format!("partition `{}` from its clients", node.config.name), injected))
    }

    /// Cuts a replica off what it replicates from.
    pub(crate) async fn partition_link(&self, index: usize) -> Result<Cut, Error> {
        let injected = self.link(index).inject(Fault::black_hole()).await?;
        Ok(Cut::new(format!("partition `{}` from its primary", self.all[index].config.name), injected))
    }

    /// A replica's link to what it replicates from.
    pub(crate) fn link(&self, index: usize) -> &Proxy {
        let Some(link) = &self.all[index].link else {
            panic!("`{}` replicates from nobody", self.all[index].config.name)
        };
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
        let (name, by) = (&self.all[index].config.name, self.all[index].superseded()?);
        Some(format!("`{name}` stays down: `{by}` was promoted in its place, and both would accept writes"))
    }

    /// Makes a node that was promoted the primary: clients of the front and the other replicas are led to it, and the
    /// primary before it is not started again.
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

/// Ends the connections of a link, so that the replica asks for a new one.
async fn end_connections(link: &Proxy) -> Result<(), Error> {
    let reset = link.inject(Fault::reset()).await?;
    let start = std::time::Instant::now();
    while link.counts().open > 0 && start.elapsed() < RELEASE_TIMEOUT {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    reset.heal()
}

/// A node that was killed. Healed, it is started again on the data that it had, unless another node was promoted in its
/// place meanwhile: both would accept writes (split brain), so it stays down, and stderr says so. Dropping this does
/// nothing.
pub struct Down {
    /// Weak: the cluster is gone when the test drops it, whoever keeps this.
    nodes: Weak<ClusterNodes>,
    index: usize,
    name: String,
    status: ExitStatus,
}

impl Down {
    fn new(nodes: &Arc<ClusterNodes>, index: usize, status: ExitStatus) -> Self {
        Self { nodes: Arc::downgrade(nodes), index, name: nodes.all()[index].config.name.clone(), status }
    }

    /// How it ended.
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

/// A node that was cut off: dropped, it is reached again, and what was on its way arrives.
#[must_use = "dropped, the node is reached again at once"]
pub struct Cut {
    what: String,
    injected: Injected,
}

impl Cut {
    fn new(what: String, injected: Injected) -> Self {
        Self { what, injected }
    }

    /// Ends it.
    ///
    /// # Errors
    /// As of [`Injected::heal`].
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
