//! Real PostgreSQL clusters for a test: a primary and streaming replicas, to be killed, paused, cut off and promoted.
//!
//! The servers are this machine's own (`apt-get install postgresql`), found in the folder that `BRUNT_POSTGRES_BIN`
//! names, else in `PATH`, else the newest in `/usr/lib/postgresql`. If PostgreSQL is not installed, a test whose
//! `setup` starts a cluster is ignored (see [`Missing`](crate::fault::Missing)). A cluster with one replica starts in
//! about a fifth of a second (the first cluster of a user takes a second longer, since it makes the template that
//! others copy). Its data is in memory (`/dev/shm`) if there is room. A cluster is removed when it is dropped, also
//! after a panic.
//!
//! ```no_run
//! use brunt::postgres::{Cluster, Options};
//! use brunt::fault::Heal;
//!
//! # async fn failover() -> brunt::Result {
//! let cluster = Cluster::start(Options::new().replicas(1).synchronous(true)).await?;
//! cluster.primary().sql("create table orders (id bigint primary key)").await?;
//! // … clients connect to `cluster.url()`, or to `cluster.primary().url()` and `cluster.replica(0).url()` …
//!
//! let killed = cluster.primary().kill().await?;              // kill -9, of all its processes
//! cluster.replica(0).promote().await?;                       // accepts writes when this returns
//! assert_eq!(cluster.primary().name(), "postgres replica 0");
//!
//! Box::new(killed).heal().await?;                            // stays down: two primaries would accept writes
//! let ids = cluster.primary().sql("select id from orders").await?;
//! # let _ = ids;
//! # Ok(())
//! # }
//! ```
//!
//! # Addresses
//! Every node has a [`url`](Node::url) that stays the same when the node is killed and restarted. It is the address of
//! a [`Proxy`](crate::fault::Proxy) before the node, into which any [`Fault`](crate::fault::Fault) can be injected.
//! [`Cluster::url`] leads to the current primary, like a virtual address or a load balancer: new connections go to the
//! promoted node, open ones stay where they are. Each replica replicates from its primary through a proxy too
//! ([`Cluster::replication`]). [`Node::sql`] connects to the server directly, past every fault.
//!
//! # What to know
//! - **Asynchronous replicas lag.** Just after an insert a replica may show nothing: [`Cluster::catch_up`] waits. When
//!   the primary is killed, the writes that were not sent yet are lost; often there are none. If replication was
//!   [cut](Cluster::partition_replication) 100 ms before the kill, the writes of these 100 ms are always lost. Promote
//!   before you heal such a partition, because healing still delivers the data that it held back.
//! - **Synchronous replication waits for every replica.** If one is paused, killed or disconnected, no write is
//!   acknowledged and no error is reported.
//! - **A paused server gives no errors**: connections stay open, the kernel accepts new ones, and nothing answers. Only
//!   a timeout of the client ends the wait. `tokio_postgres`' `connect_timeout` covers TCP alone and hangs on it.
//! - **A promoted replica is on its own.** Other replicas follow it (unless they are ahead of it). The former primary
//!   is not started again. If it is still running, paused or disconnected, it accepts writes again when it is healed,
//!   as it would in production without fencing.
//! - **Connection pools report failures differently.** `sqlx` reports a refused port as `PoolTimedOut` after the whole
//!   acquire timeout; `deadpool-postgres` reports it at once.
//! - **Access needs a password**: every cluster has a [password](Cluster::password) of its own (SCRAM), which is in the
//!   URLs.
//! - **Servers never run as root**: in a test that runs as root they run as `postgres` or, without such a user, as
//!   `nobody`.
//! - **A test that is killed** leaves no servers behind (see [`Process`](crate::fault::Process)); its data is removed
//!   when the next cluster starts.

mod server;
mod sql;
mod template;
mod verifier;

pub use crate::cluster::{Cut, Down};
pub use server::Postgres;
pub use sql::Row;

use crate::cluster;
use crate::fault::Error;
use sql::{SqlSession, WRITTEN};

/// A PostgreSQL primary and its replicas; the methods of every server are in [`cluster::Cluster`]. When it is dropped,
/// the servers are killed and their data is removed.
pub type Cluster = cluster::Cluster<Postgres>;
/// A node of a cluster; the methods of every server are in [`cluster::Node`].
pub type Node<'c> = cluster::Node<'c, Postgres>;
/// Options of a cluster; those of every server are in [`cluster::Options`]. By default it has one primary without
/// replicas (hot standbys), and commits do not wait for the disk.
pub type Options = cluster::Options<Postgres>;

impl Options {
    /// Whether the primary acknowledges a commit only when *every* replica has applied it (`synchronous_standby_names =
    /// 'FIRST n (…)'`, `synchronous_commit = remote_apply`): no acknowledged write is lost, whichever replica is
    /// promoted, and every replica shows an acknowledged write at once. The price is the same as in production: while
    /// one replica cannot be reached, no write is acknowledged. A promoted replica does not wait.
    pub fn synchronous(mut self, synchronous: bool) -> Self {
        self.server.synchronous = synchronous;
        self
    }

    /// Whether commits wait for the disk (`fsync`). It is off by default, which makes tests faster. A killed *process*
    /// loses nothing by it, because the kernel already has what the process wrote; only a crash of the machine would.
    pub fn fsync(mut self, fsync: bool) -> Self {
        self.server.fsync = fsync;
        self
    }
}

impl Cluster {
    /// Number of bytes of the primary's log that a replica has not applied yet.
    ///
    /// # Errors
    /// One of the two does not answer.
    ///
    /// # Panics
    /// There is no such replica.
    pub async fn lag(&self, replica: usize) -> Result<u64, Error> {
        let written = self.primary().value(WRITTEN).await?;
        // The applied position is NULL just after the start.
        let lag =
            format!("select greatest(pg_wal_lsn_diff('{written}', coalesce(pg_last_wal_replay_lsn(), '0/0')), 0)");
        let lag = self.replica(replica).value(&lag).await?;
        lag.parse().map_err(|cause| Error::server("postgres", "reading a replica's lag", cause))
    }
}

impl Node<'_> {
    /// Runs statements and returns all their rows. Without `begin` each statement is a transaction of its own. The
    /// connection goes to the server directly.
    ///
    /// # Errors
    /// The node cannot be reached, or a statement fails.
    pub async fn sql(self, text: &str) -> Result<Vec<Row>, Error> {
        SqlSession::open(&self.node().config).await?.rows(text).await
    }

    /// The first value of the first row: `node.value("select count(*) from orders")`.
    ///
    /// # Errors
    /// The same as of [`sql`](Self::sql), or there is no value.
    pub async fn value(self, text: &str) -> Result<String, Error> {
        SqlSession::open(&self.node().config).await?.value(text).await
    }
}
