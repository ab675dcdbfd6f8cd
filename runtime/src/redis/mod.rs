//! Real Redis clusters for a test: a primary and replicas, to be killed, paused, cut off and promoted.
//!
//! The servers are this machine's own (`apt-get install redis-server`), found in the folder that `BRUNT_REDIS_BIN`
//! names, else in `PATH`. Where there is none, a `setup` that wants one makes its test ignored (see
//! [`Missing`](crate::fault::Missing)). A cluster is gone when it is dropped, also after a panic.
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
//! As of PostgreSQL's clusters: every node has a [`url`](Node::url) that stays the same, that of a
//! [`Proxy`](crate::fault::Proxy) before it; [`Cluster::url`] leads new connections to the current primary; each
//! replica reads from its primary through a proxy too ([`Cluster::replication`]). [`Node::command`] goes to the server
//! directly, past every fault.
//!
//! # What to know
//! - **Nobody else gets in**: every cluster has a [password](Cluster::password) of its own, which is in the URLs.
//! - **Replication is asynchronous**: what was acknowledged just before a kill may be lost, unless the client itself
//!   waited (`WAIT`). A link that was [cut](Cluster::partition_replication) before the kill loses what was written
//!   meanwhile.
//! - **A restarted primary is empty** without [`append_only`](Options::append_only), and its replicas empty themselves
//!   after it.
//! - **A cut-off primary goes on to acknowledge writes** that nobody will have, unless `min-replicas-to-write` is
//!   [set](Options::set).
//! - **A paused server gives no errors**, only silence: a client without a timeout of its own waits for ever.
//! - **A replica looks once a second** whether its primary can be reached again: after a healed partition or a
//!   promotion it lags that long. It may take up to `repl-timeout` (60 s) to notice that a link is dead.
//! - **The primary before a promoted one is not started again**; if it still runs, paused or cut off, it goes on to
//!   accept writes when it is healed, as it would in production without fencing.

mod resp;
mod server;

pub use crate::cluster::{Cut, Down};
pub use resp::Reply;
pub use server::Redis;

use crate::cluster;
use crate::fault::Error;

/// A primary and its replicas, as any [`cluster::Cluster`]. Dropped, they are killed and their data is removed.
pub type Cluster = cluster::Cluster<Redis>;
/// A node of a cluster, as any [`cluster::Node`].
pub type Node<'c> = cluster::Node<'c, Redis>;
/// A cluster to be started: by default one primary without replicas, which keeps nothing over a restart. The
/// options of every server are those of [`cluster::Options`].
pub type Options = cluster::Options<Redis>;

impl Options {
    /// Whether every node keeps an append-only file, so that it has its data again when it is restarted. It is off by
    /// default, as of a cache; then a primary that is killed and restarted is empty, *and its replicas empty themselves
    /// after it*. (`appendfsync everysec`: what a killed process wrote is the kernel's by then, so nothing that was
    /// acknowledged is lost.)
    pub fn append_only(mut self, append_only: bool) -> Self {
        self.server.append_only = append_only;
        self
    }
}

impl Node<'_> {
    /// Runs a command: `node.command(["SET", "key", "value"])`. It goes to the server directly.
    ///
    /// # Errors
    /// It cannot be reached, says nothing for 5 s, or refuses the command.
    pub async fn command(self, words: impl IntoIterator<Item = impl Into<String>>) -> Result<Reply, Error> {
        server::run_command(&self.node().config, words).await
    }
}
