//! A node of a PostgreSQL cluster: where it is reached, and how it is broken and promoted.

use super::sql::Row;
use super::{sql, url};
use crate::cluster::{Cut, Down, Member, Members};
use crate::fault::{Error, Process, Proxy, Stopped};
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio_postgres::Client;

/// How long a promotion may take.
const PROMOTE_WITHIN: Duration = Duration::from_secs(30);

/// A node of a cluster.
#[derive(Clone, Copy)]
pub struct Node<'c> {
    pub(super) members: &'c Arc<Members>,
    pub(super) index: usize,
}

impl<'c> Node<'c> {
    /// What messages call it: `postgres primary`, `postgres replica 0`, as it was at the start.
    pub fn name(self) -> &'c str {
        &self.member().name
    }

    /// Where clients reach it, through its proxy, with the [password](super::Cluster::password):
    /// `postgres://postgres:…@127.0.0.1:40001/postgres`.
    pub fn url(self) -> String {
        url(self.address(), self.members.password())
    }

    /// The address in [`url`](Self::url). It stays the same over restarts.
    pub fn address(self) -> SocketAddr {
        self.proxy().address()
    }

    /// The server's own address, past the proxy.
    pub fn direct_address(self) -> SocketAddr {
        self.member().address
    }

    /// The proxy between clients and this node, for any fault, and for what it counts.
    pub fn proxy(self) -> &'c Proxy {
        &self.member().proxy
    }

    /// Its process, for what it uses and writes. To start it again use [`restart`](Self::restart).
    pub fn process(self) -> &'c Process {
        &self.member().process
    }

    /// Runs statements, each in a transaction of its own unless they say otherwise, and gives back all their rows. It
    /// goes to the server directly.
    ///
    /// # Errors
    /// It cannot be reached, or a statement fails.
    pub async fn sql(self, text: &str) -> Result<Vec<Row>, Error> {
        let client = self.connect().await?;
        sql::rows(self.name(), &client, text).await
    }

    /// The first value of the first row: `node.value("select count(*) from orders")`.
    ///
    /// # Errors
    /// As of [`sql`](Self::sql), or there is none.
    pub async fn value(self, text: &str) -> Result<String, Error> {
        let client = self.connect().await?;
        sql::value(self.name(), &client, text).await
    }

    /// Kills it at once, with all its processes. Healed, it is started again, unless another node was promoted in its
    /// place.
    ///
    /// # Errors
    /// The system refuses the signal.
    pub async fn kill(self) -> Result<Down, Error> {
        self.members.kill(self.index).await
    }

    /// Stops it and all its processes (SIGSTOP) until the guard is dropped: it hangs, and its connections stay.
    ///
    /// # Errors
    /// The system refuses the signal.
    pub async fn pause(self) -> Result<Stopped, Error> {
        self.members.pause(self.index).await
    }

    /// Cuts it off its clients, those of its proxy: no data passes either way, and no connection is closed.
    ///
    /// # Errors
    /// As of [`Proxy::inject`].
    pub async fn partition(self) -> Result<Cut, Error> {
        self.members.partition(self.index).await
    }

    /// Kills it, if it runs, and starts it again on its data.
    ///
    /// # Errors
    /// It does not start, or another node was promoted in its place.
    pub async fn restart(self) -> Result<(), Error> {
        self.members.restart(self.index).await
    }

    /// Makes a replica the primary. When this returns it accepts writes, the [cluster's url](super::Cluster::url) leads
    /// to it and the other replicas follow it.
    ///
    /// # Errors
    /// It is no replica, or does not answer.
    pub async fn promote(self) -> Result<(), Error> {
        let client = self.connect().await?;
        // PostgreSQL's own waiting looks every 100 ms.
        sql::rows(self.name(), &client, "select pg_promote(false)").await?;
        sql::until(self.name(), &client, "select pg_is_in_recovery()", "f", PROMOTE_WITHIN).await?;
        self.members.lead(self.index).await
    }

    async fn connect(self) -> Result<Client, Error> {
        sql::connect(self.name(), self.direct_address(), self.members.password()).await
    }

    pub(super) async fn until(self, text: &str, wanted: &str, within: Duration) -> Result<(), Error> {
        let client = self.connect().await?;
        sql::until(self.name(), &client, text, wanted, within).await
    }

    fn member(self) -> &'c Member {
        &self.members.all()[self.index]
    }
}

impl fmt::Debug for Node<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Node({}, {:?})", self.name(), self.process())
    }
}
