//! Clusters of real servers: what is the same whichever server it is. Start one by the module of its server,
//! `brunt::postgres` or `brunt::redis` (the features of these names), which have these types under names of their own and
//! say what is particular to the server.

// Each kind of server uses its part.
#![cfg_attr(not(all(feature = "postgres", feature = "redis")), allow(dead_code, unused_imports))]

mod account;
mod blocking;
mod folder;
mod members;
mod node;
mod options;
mod port;
mod programs;
mod secret;
mod server;
#[cfg(test)]
mod tests;

pub(crate) use account::Account;
pub(crate) use blocking::blocking;
pub(crate) use folder::Folder;
pub(crate) use members::NodeConfig;
pub use members::{Cut, Down};
pub use node::Node;
pub use options::Options;
pub(crate) use programs::Programs;
pub(crate) use secret::secret;
pub(crate) use server::{Installed, Server};

use crate::fault::{Error, Proxy};
use members::{Member, Members};
use std::fmt;
use std::marker::PhantomData;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// A primary and its replicas. Dropped, they are killed and their data is removed.
pub struct Cluster<S: Server> {
    members: Arc<Members>,
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
        let primary = Member::start(S::NAME, 0, &folder, &password, None, launch).await?;
        S::admit(&primary.config, initial.as_deref()).await?;
        let source = Some(primary.config.address);
        let mut all = vec![primary];
        for index in 1..=options.replicas {
            all.push(Member::start(S::NAME, index, &folder, &password, source, launch).await?);
        }
        let members = Members::of(all, folder).await?;
        let [primary, replicas @ ..] = members.all() else { return Err(Error::other("a cluster without a node")) };
        let replicas: Vec<&NodeConfig> = replicas.iter().map(|replica| &replica.config).collect();
        S::until_replicating(&primary.config, &replicas, options.ready_within).await?;
        Ok(Self { members, server: PhantomData })
    }

    /// The node that accepts writes: the one that was promoted last, else the first.
    pub fn primary(&self) -> Node<'_, S> {
        Node::new(&self.members, self.members.primary())
    }

    /// The replica of this number, from 0. It keeps its number when it is promoted.
    ///
    /// # Panics
    /// There are fewer replicas.
    pub fn replica(&self, number: usize) -> Node<'_, S> {
        Node::new(&self.members, self.replica_index(number))
    }

    /// The node that was the primary at the start.
    pub fn first(&self) -> Node<'_, S> {
        Node::new(&self.members, 0)
    }

    /// The address of the current primary, for clients that do not choose a node themselves:
    /// `postgres://postgres:…@127.0.0.1:40001/postgres`, `redis://:…@127.0.0.1:40001`.
    pub fn url(&self) -> String {
        S::url(self.address(), self.password())
    }

    /// The password of every node: random, another for every cluster, unless the server has an option that sets it
    /// (`requirepass` of Redis).
    pub fn password(&self) -> &str {
        &self.first().member().config.password
    }

    /// The address in [`url`](Self::url).
    pub fn address(&self) -> SocketAddr {
        self.members.front().address()
    }

    /// The proxy through which a replica reads from its primary, for any fault.
    ///
    /// # Panics
    /// There is no such replica.
    pub fn replication(&self, replica: usize) -> &Proxy {
        self.members.link(self.replica_index(replica))
    }

    /// Cuts a replica off its primary: no data passes, and no connection is closed.
    ///
    /// # Errors
    /// As of [`Proxy::inject`].
    ///
    /// # Panics
    /// There is no such replica.
    pub async fn partition_replication(&self, replica: usize) -> Result<Cut, Error> {
        self.members.partition_link(self.replica_index(replica)).await
    }

    /// Waits until a replica has applied all that the primary has written by now.
    ///
    /// # Errors
    /// It did not within this time, or one of the two does not answer.
    ///
    /// # Panics
    /// There is no such replica.
    pub async fn catch_up(&self, replica: usize, within: Duration) -> Result<(), Error> {
        S::catch_up(&self.primary().member().config, &self.replica(replica).member().config, within).await
    }

    fn replicas(&self) -> usize {
        self.members.all().len() - 1
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

/// What the nodes of a cluster are started on.
struct Prepared {
    /// With the data of every node.
    folder: Folder,
    installed: Installed,
    /// The password that the data begins with.
    initial: Option<String>,
    /// One for the cluster.
    random: String,
}

impl Prepared {
    async fn make<S: Server>(programs: PathBuf, nodes: usize) -> Result<Self, Error> {
        blocking(S::NAME, "preparing its data", move || {
            let installed = Installed { programs, account: Account::unprivileged(S::ACCOUNT)? };
            let folder = Folder::make(S::NAME, installed.account, S::remove_leftovers)?;
            let nodes: Vec<PathBuf> = (0..nodes).map(|index| folder.node(index)).collect();
            let initial = S::prepare(&installed, &nodes)?;
            Ok(Self { folder, installed, initial, random: secret()? })
        })
        .await
    }
}
