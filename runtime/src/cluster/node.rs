//! A node of a cluster, as a test sees it: where it is reached, and how it is broken and promoted.

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

    /// What messages call it: `postgres primary`, `postgres replica 0`, as it was at the start.
    pub fn name(self) -> &'c str {
        &self.node().config.name
    }

    /// Where clients reach it, through its proxy, with the [password](super::Cluster::password):
    /// `postgres://postgres:…@127.0.0.1:40001/postgres`, `redis://:…@127.0.0.1:40001`.
    pub fn url(self) -> String {
        S::url(self.address(), &self.node().config.password)
    }

    /// The address in [`url`](Self::url). It stays the same over restarts.
    pub fn address(self) -> SocketAddr {
        self.proxy().address()
    }

    /// The server's own address, past the proxy.
    pub fn direct_address(self) -> SocketAddr {
        self.node().config.address
    }

    /// The proxy between clients and this node, for any fault, and for what it counts.
    pub fn proxy(self) -> &'c Proxy {
        &self.node().proxy
    }

    /// Its process, for what it uses and writes. To start it again use [`restart`](Self::restart).
    pub fn process(self) -> &'c Process {
        &self.node().process
    }

    /// Kills it at once, with all its processes. Healed, it is started again, unless another node was promoted in its
    /// place.
    ///
    /// # Errors
    /// The system refuses the signal.
    pub async fn kill(self) -> Result<Down, Error> {
        self.nodes.kill(self.index).await
    }

    /// Stops it and all its processes (SIGSTOP) until the guard is dropped: it hangs, and its connections stay.
    ///
    /// # Errors
    /// The system refuses the signal.
    pub async fn pause(self) -> Result<Stopped, Error> {
        self.nodes.pause(self.index).await
    }

    /// Cuts it off its clients, those of its proxy: no data passes either way, and no connection is closed.
    ///
    /// # Errors
    /// As of [`Proxy::inject`].
    pub async fn partition(self) -> Result<Cut, Error> {
        self.nodes.partition(self.index).await
    }

    /// Kills it, if it runs, and starts it again on the data that it kept.
    ///
    /// # Errors
    /// It does not start, or another node was promoted in its place.
    pub async fn restart(self) -> Result<(), Error> {
        self.nodes.restart(self.index).await
    }

    /// Makes a replica the primary (`pg_promote`, `REPLICAOF NO ONE`). When this returns it accepts writes, the
    /// [cluster's url](super::Cluster::url) leads to it and the other replicas follow it, each as soon as it looks.
    ///
    /// # Errors
    /// It is no replica, or does not answer.
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
