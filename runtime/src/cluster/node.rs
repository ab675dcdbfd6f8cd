//! `Node`: a node of a cluster as a test uses it: its addresses, and ways to break and to promote it.

use super::nodes::{ClusterNodes, Cut, Down, StartedNode};
use super::server_trait::Server;
use crate::fault::{Error, Process, Proxy, Stopped};
use std::fmt;
use std::marker::PhantomData;
use std::net::SocketAddr;
use std::sync::Arc;

/// A node of a cluster.
pub struct Node<'c, S: Server> {
    nodes: &'c Arc<ClusterNodes>,
    index: usize,
    server: PhantomData<fn() -> S>,
}

impl<'c, S: Server> Node<'c, S> {
    pub(super) fn new(nodes: &'c Arc<ClusterNodes>, index: usize) -> Self {
        Self { nodes, index, server: PhantomData }
    }

    /// Name in messages: `postgres primary`, `postgres replica 0`. It stays the same after a promotion.
    pub fn name(self) -> &'c str {
        &self.node().config.name
    }

    /// URL for clients, through the proxy, with the [password](super::Cluster::password):
    /// `postgres://postgres:…@127.0.0.1:40001/postgres`, `redis://:…@127.0.0.1:40001`.
    pub fn url(self) -> String {
        S::url(self.address(), &self.node().config.password)
    }

    /// The address in [`url`](Self::url). It stays the same over restarts.
    pub fn address(self) -> SocketAddr {
        self.proxy().address()
    }

    /// Address of the server itself, past the proxy.
    pub fn direct_address(self) -> SocketAddr {
        self.node().config.address
    }

    /// The proxy between clients and this node, for any fault, and for what it counts.
    pub fn proxy(self) -> &'c Proxy {
        &self.node().proxy
    }

    /// The process, for its resource usage and output. To start it again use [`restart`](Self::restart).
    pub fn process(self) -> &'c Process {
        &self.node().process
    }

    /// Kills the node with all its processes (SIGKILL). Healing the guard starts it again, unless another node was
    /// promoted in its place.
    ///
    /// # Errors
    /// The system refuses the signal.
    pub async fn kill(self) -> Result<Down, Error> {
        self.nodes.kill(self.index).await
    }

    /// Stops the node with all its processes (SIGSTOP) until the guard is dropped: the node hangs, and its connections
    /// stay open.
    ///
    /// # Errors
    /// The system refuses the signal.
    pub async fn pause(self) -> Result<Stopped, Error> {
        self.nodes.pause(self.index).await
    }

    /// Disconnects the node from the clients of its proxy: no data passes in either direction, and no connection is
    /// closed.
    ///
    /// # Errors
    /// See [`Proxy::inject`].
    pub async fn partition(self) -> Result<Cut, Error> {
        self.nodes.partition(self.index).await
    }

    /// Kills the node, if it runs, and starts it again on its data.
    ///
    /// # Errors
    /// The node does not start, or another was promoted in its place.
    pub async fn restart(self) -> Result<(), Error> {
        self.nodes.restart(self.index).await
    }

    /// Makes a replica the primary (`pg_promote`, `REPLICAOF NO ONE`). When this returns, it accepts writes, the [URL
    /// of the cluster](super::Cluster::url) leads to it, and the other replicas are redirected to it; each follows at
    /// its next attempt to connect.
    ///
    /// # Errors
    /// The node is no replica, or does not answer.
    pub async fn promote(self) -> Result<(), Error> {
        S::promote(&self.node().config).await?;
        self.nodes.make_primary(self.index).await
    }

    pub(crate) fn node(self) -> &'c StartedNode {
        &self.nodes.all()[self.index]
    }
}

impl<S: Server> Clone for Node<'_, S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S: Server> Copy for Node<'_, S> {}

impl<S: Server> fmt::Debug for Node<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Node({}, {:?})", self.name(), self.process())
    }
}
