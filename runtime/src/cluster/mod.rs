//! Clusters of real servers: what is the same for all kinds of servers. A cluster is started through the module of its
//! server, `brunt::postgres` or `brunt::redis` (features of these names). These modules have aliases of the types here,
//! and describe what is particular to the server.

// One kind of server does not use everything.
#![cfg_attr(not(all(feature = "postgres", feature = "redis")), allow(dead_code, unused_imports))]

mod blocking;
mod cluster_options;
mod data_folder;
mod free_port;
mod node;
mod nodes;
mod programs;
mod run_as;
mod secret;
mod server_trait;
#[cfg(test)]
mod tests;

pub(crate) use blocking::run_blocking;
pub use cluster_options::Options;
pub(crate) use data_folder::DataFolder;
pub use node::Node;
pub(crate) use nodes::NodeConfig;
pub use nodes::{Cut, Down};
pub(crate) use programs::Programs;
pub(crate) use run_as::RunAs;
pub(crate) use secret::random_secret;
pub(crate) use server_trait::{Installed, Server};

use crate::fault::{Error, Proxy};
use nodes::{ClusterNodes, StartedNode};
use std::fmt;
use std::marker::PhantomData;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// A primary and its replicas. When it is dropped, the servers are killed and their data is removed.
pub struct Cluster<S: Server> {
    nodes: Arc<ClusterNodes>,
    server: PhantomData<fn() -> S>,
}

impl<S: Server> Cluster<S> {
    /// Starts a cluster, and waits until every replica replicates from its primary.
    ///
    /// # Errors
    /// The server is [missing](Error::Missing), a node does not start (the error quotes what it wrote), or the clock is
    /// virtual.
    pub async fn start(options: Options<S>) -> Result<Self, Error> {
        let programs = S::PROGRAMS.find(S::NAME).map_err(Error::Missing)?;
        let Prepared { folder, installed, initial, random } =
            Prepared::make::<S>(programs, options.replicas + 1).await?;
        let password = S::password(&options).map_or(random, str::to_owned);
        let launch = |node: &NodeConfig| {
            S::launch(&options, &installed, node).map(|launch| launch.ready_within(options.ready_within))
        };
        let primary = StartedNode::start(S::NAME, 0, &folder, &password, None, launch).await?;
        S::admit(&primary.config, initial.as_deref()).await?;
        let source = Some(primary.config.address);
        let mut all = vec![primary];
        for index in 1..=options.replicas {
            all.push(StartedNode::start(S::NAME, index, &folder, &password, source, launch).await?);
        }
        let nodes = ClusterNodes::of(all, folder).await?;
        let [primary, replicas @ ..] = nodes.all() else { return Err(Error::other("a cluster without a node")) };
        let replicas: Vec<&NodeConfig> = replicas.iter().map(|replica| &replica.config).collect();
        S::until_replicating(&primary.config, &replicas, options.ready_within).await?;
        Ok(Self { nodes, server: PhantomData })
    }

    /// The node that accepts writes: the one that was promoted last, else the first.
    pub fn primary(&self) -> Node<'_, S> {
        Node::new(&self.nodes, self.nodes.primary())
    }

    /// The replica of this number, from 0. It keeps its number when it is promoted.
    ///
    /// # Panics
    /// There are fewer replicas.
    pub fn replica(&self, number: usize) -> Node<'_, S> {
        Node::new(&self.nodes, self.replica_index(number))
    }

    /// The node that was the primary at the start.
    pub fn first(&self) -> Node<'_, S> {
        Node::new(&self.nodes, 0)
    }

    /// The address of the current primary, for clients that do not choose a node themselves:
    /// `postgres://postgres:…@127.0.0.1:40001/postgres`, `redis://:…@127.0.0.1:40001`.
    pub fn url(&self) -> String {
        S::url(self.address(), self.password())
    }

    /// The password of every node. It is random, and different for every cluster, unless the options set it
    /// (`requirepass` of Redis).
    pub fn password(&self) -> &str {
        &self.first().node().config.password
    }

    /// The address in [`url`](Self::url).
    pub fn address(&self) -> SocketAddr {
        self.nodes.primary_proxy().address()
    }

    /// The proxy through which a replica replicates from its primary, for any fault.
    ///
    /// # Panics
    /// There is no such replica.
    pub fn replication(&self, replica: usize) -> &Proxy {
        self.nodes.link(self.replica_index(replica))
    }

    /// Disconnects a replica from its primary: no data passes, and no connection is closed.
    ///
    /// # Errors
    /// See [`Proxy::inject`].
    ///
    /// # Panics
    /// There is no such replica.
    pub async fn partition_replication(&self, replica: usize) -> Result<Cut, Error> {
        self.nodes.partition_link(self.replica_index(replica)).await
    }

    /// Waits until a replica has applied everything that the primary had written at the time of the call.
    ///
    /// # Errors
    /// The replica has not applied it after `within`, or one of the two does not answer.
    ///
    /// # Panics
    /// There is no such replica.
    pub async fn catch_up(&self, replica: usize, within: Duration) -> Result<(), Error> {
        S::catch_up(&self.primary().node().config, &self.replica(replica).node().config, within).await
    }

    fn replicas(&self) -> usize {
        self.nodes.all().len() - 1
    }

    fn replica_index(&self, number: usize) -> usize {
        let replicas = self.replicas();
        assert!(number < replicas, "no replica {number}: the cluster was started with {replicas}");
        number + 1
    }
}

impl<S: Server> fmt::Debug for Cluster<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}::Cluster({} and {} replicas)", S::NAME, self.primary().name(), self.replicas())
    }
}

/// The data and programs that the nodes of a cluster are started with.
struct Prepared {
    /// The folder with the data of every node.
    folder: DataFolder,
    installed: Installed,
    /// The administrator's password in the new data, if it has one.
    initial: Option<String>,
    /// A random password for the cluster.
    random: String,
}

impl Prepared {
    async fn make<S: Server>(programs: PathBuf, nodes: usize) -> Result<Self, Error> {
        run_blocking(S::NAME, "preparing its data", move || {
            let installed = Installed { programs, run_as: RunAs::unprivileged(S::RUN_AS)? };
            let folder = DataFolder::make(S::NAME, installed.run_as, S::remove_leftovers)?;
            let nodes: Vec<PathBuf> = (0..nodes).map(|index| folder.node(index)).collect();
            let initial = S::prepare(&installed, &nodes)?;
            Ok(Self { folder, installed, initial, random: random_secret()? })
        })
        .await
    }
}
