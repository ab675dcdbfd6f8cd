//! Real Redis clusters for a test: a primary and replicas, to be killed, paused, cut off and promoted.
//!
//! The servers are this machine's own (`apt-get install redis-server`), found in the folder that `BRUNT_REDIS_BIN`
//! names, else in `PATH`. If Redis is not installed, a test whose `setup` starts a cluster is ignored (see
//! [`Missing`](crate::fault::Missing)). A cluster is removed when it is dropped, also after a panic.
//!
//! ```no_run
//! use brunt::redis::{Cluster, Options};
//! use std::time::Duration;
//!
//! # async fn failover() -> brunt::Result {
//! let cluster = Cluster::start(Options::new().replicas(1)).await?;
//! cluster.primary().command(["SET", "greeting", "hello"]).await?;
//! cluster.catch_up(0, Duration::from_secs(5)).await?;        // a replica that has not got it yet would lose it
//! // … clients connect to `cluster.url()`, or to `cluster.primary().url()` and `cluster.replica(0).url()` …
//!
//! let killed = cluster.primary().kill().await?;
//! cluster.replica(0).promote().await?;                       // accepts writes when this returns
//! assert_eq!(cluster.primary().command(["GET", "greeting"]).await?.text(), Some("hello"));
//! # drop(killed);
//! # Ok(())
//! # }
//! ```
//!
//! # Addresses
//! Every node has a [`url`](Node::url) that stays the same when the node is killed and restarted. It is the address of
//! a [`Proxy`](crate::fault::Proxy) before the node. [`Cluster::url`] leads new connections to the current primary.
//! Each replica replicates from its primary through a proxy too ([`Cluster::replication`]). [`Node::command`] connects
//! to the server directly, past every fault.
//!
//! # What to know
//! - **Access needs a password**: every cluster has a [password](Cluster::password) of its own, which is in the URLs.
//! - **Replication is asynchronous**: writes that were acknowledged just before a kill may be lost, unless the client
//!   waits for the replicas (`WAIT`). If replication was [cut](Cluster::partition_replication) before the kill, the
//!   writes since then are lost.
//! - **A restarted primary is empty** without [`append_only`](Options::append_only), and its replicas then drop their
//!   data too.
//! - **A disconnected primary goes on to acknowledge writes** that will be lost, unless `min-replicas-to-write` is
//!   [set](Options::set).
//! - **A paused server gives no errors**: a client without a timeout waits for ever.
//! - **A replica tries once a second** to reach its primary again: after a healed partition or a promotion it lags up
//!   to a second. It may take up to `repl-timeout` (60 s) until it notices that its connection is dead.
//! - **The former primary is not started again** after a promotion. If it is still running, paused or disconnected, it
//!   accepts writes again when it is healed, as it would in production without fencing.

mod resp;
mod server;

pub use crate::cluster::{Cut, Down};
pub use resp::Reply;
pub use server::Redis;

use crate::cluster;
use crate::fault::Error;

/// A Redis primary and its replicas; the methods of every server are in [`cluster::Cluster`]. When it is dropped, the
/// servers are killed and their data is removed.
pub type Cluster = cluster::Cluster<Redis>;
/// A node of a cluster; the methods of every server are in [`cluster::Node`].
pub type Node<'c> = cluster::Node<'c, Redis>;
/// Options of a cluster; those of every server are in [`cluster::Options`]. By default it has one primary without
/// replicas, and no data is kept over a restart.
pub type Options = cluster::Options<Redis>;

impl Options {
    /// Whether every node keeps an append-only file, so that it has its data again when it is restarted. It is off by
    /// default, as for a cache; then a primary that is killed and restarted is empty, *and its replicas then drop their
    /// data too*. (With `appendfsync everysec` a kill loses no acknowledged write, because the kernel already has what
    /// the process wrote.)
    pub fn append_only(mut self, append_only: bool) -> Self {
        self.server.append_only = append_only;
        self
    }
}

impl Node<'_> {
    /// Runs a command: `node.command(["SET", "key", "value"])`. The connection goes to the server directly.
    ///
    /// # Errors
    /// The node cannot be reached, does not answer for 5 s, or refuses the command.
    pub async fn command(self, words: impl IntoIterator<Item = impl Into<String>>) -> Result<Reply, Error> {
        server::run_command(&self.node().config, words).await
    }
}
