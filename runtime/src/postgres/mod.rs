//! Real PostgreSQL clusters for a test: a primary and streaming replicas, to be killed, paused, cut off and promoted.
//!
//! The servers are this machine's own (`apt-get install postgresql`), found in the folder that `BRUNT_POSTGRES_BIN`
//! names, else in `PATH`, else the newest in `/usr/lib/postgresql`. Where there is none, a `setup` that wants one makes
//! its test ignored (see [`Missing`](crate::fault::Missing)). A cluster with one replica takes about a fifth of a
//! second to start (the first one of a user a second more: it makes the template that the others copy) and lives in
//! memory (`/dev/shm`) where there is room. It is gone when it is dropped, also after a panic.
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
//! Every node has a [`url`](Node::url) that stays the same over its deaths and restarts: that of a
//! [`Proxy`](crate::fault::Proxy) before it, which takes any [`Fault`](crate::fault::Fault). [`Cluster::url`] leads to
//! the current primary, as a virtual address or a load balancer does: new connections go to the promoted node, those
//! that are open stay where they are. Each replica reads from its primary through a proxy too
//! ([`Cluster::replication`]). [`Node::sql`] goes to the server directly, past every fault.
//!
//! # What to know
//! - **Asynchronous replicas lag.** Just after an insert a replica may show nothing: [`Cluster::catch_up`] waits.
//!   Killing the primary loses what was not yet sent, often nothing at all; a link that was
//!   [cut](Cluster::partition_replication) for 100 ms before the kill loses what was written in it, every time. Promote
//!   before you heal such a link: what it held back is still delivered.
//! - **Synchronous replication waits for every replica.** Pause, kill or cut off one, and no write is acknowledged: not
//!   an error, silence.
//! - **A paused server gives no errors**: connections stay, new ones are accepted by the kernel, nothing answers. Only
//!   a client's own timeout sees it. `tokio_postgres`' `connect_timeout` covers TCP alone and hangs on it.
//! - **A promoted replica is on its own.** Other replicas follow it (unless they are ahead of it). The primary before
//!   it is not started again; if it still runs, paused or cut off, it goes on to accept writes when it is healed, as it
//!   would in production without fencing.
//! - **Pools report failures in their own words.** `sqlx` reports a refused port as `PoolTimedOut` after the whole acquire
//!   timeout; `deadpool-postgres` at once.
//! - **Nobody else gets in**: every cluster has a [password](Cluster::password) of its own, by SCRAM; it is in the URLs.
//! - **Servers never run as root**: started by root they run as `postgres`, else as `nobody`.
//! - **A test that is killed** takes its servers along (see [`Process`](crate::fault::Process)); its folder is removed
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

/// A primary and its replicas, as any [`cluster::Cluster`]. Dropped, they are killed and their data is removed.
pub type Cluster = cluster::Cluster<Postgres>;
/// A node of a cluster, as any [`cluster::Node`].
pub type Node<'c> = cluster::Node<'c, Postgres>;
/// A cluster to be started: by default one primary without replicas (hot standbys), which does not wait for disks. The
/// options of every server are those of [`cluster::Options`].
pub type Options = cluster::Options<Postgres>;

impl Options {
    /// Whether the primary acknowledges a commit only when *every* replica has applied it (`synchronous_standby_names =
    /// 'FIRST n (…)'`, `synchronous_commit = remote_apply`): whichever is promoted, no acknowledged write is lost, and
    /// a replica shows every acknowledged write at once. The price is PostgreSQL's own: while one replica cannot be
    /// reached, no write is acknowledged. A promoted replica does not wait.
    pub fn synchronous(mut self, synchronous: bool) -> Self {
        self.server.synchronous = synchronous;
        self
    }

    /// Whether commits wait for the disk (`fsync`). It is off by default: tests are faster, and a *process* that dies
    /// loses nothing by it, as what it wrote is the kernel's by then. Only the machine's end would.
    pub fn fsync(mut self, fsync: bool) -> Self {
        self.server.fsync = fsync;
        self
    }
}

impl Cluster {
    /// How many bytes of the primary's log a replica has yet to apply.
    ///
    /// # Errors
    /// One of the two does not answer.
    ///
    /// # Panics
    /// There is no such replica.
    pub async fn lag(&self, replica: usize) -> Result<u64, Error> {
        let written = self.primary().value(WRITTEN).await?;
        // What it has applied when it has only just started is NULL.
        let lag =
            format!("select greatest(pg_wal_lsn_diff('{written}', coalesce(pg_last_wal_replay_lsn(), '0/0')), 0)");
        let lag = self.replica(replica).value(&lag).await?;
        lag.parse().map_err(|cause| Error::server("postgres", "reading a replica's lag", cause))
    }
}

impl Node<'_> {
    /// Runs statements, each in a transaction of its own unless they say otherwise, and gives back all their rows. It
    /// goes to the server directly.
    ///
    /// # Errors
    /// It cannot be reached, or a statement fails.
    pub async fn sql(self, text: &str) -> Result<Vec<Row>, Error> {
        SqlSession::open(&self.node().config).await?.rows(text).await
    }

    /// The first value of the first row: `node.value("select count(*) from orders")`.
    ///
    /// # Errors
    /// As of [`sql`](Self::sql), or there is none.
    pub async fn value(self, text: &str) -> Result<String, Error> {
        SqlSession::open(&self.node().config).await?.value(text).await
    }
}
