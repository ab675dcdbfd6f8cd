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
//! [`Proxy`] before it; [`Cluster::url`] leads new connections to the current primary; each
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

mod node;
mod options;
mod resp;
mod server;

pub use crate::cluster::{Cut, Down};
pub use node::Node;
pub use options::Options;
pub use resp::Reply;

use crate::cluster::{Account, Folder, Member, Members, Programs, blocking, secret};
use crate::fault::{Error, Proxy};
use node::State;
use server::Server;
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

const PROGRAMS: Programs = Programs {
    server: "redis",
    names: &["redis-server"],
    variable: "BRUNT_REDIS_BIN",
    folders: &["/usr/local/bin", "/usr/bin", "/opt/homebrew/bin"],
    install: "apt-get install redis-server",
};

/// A primary and its replicas. Dropped, they are killed and their data is removed.
pub struct Cluster {
    members: Arc<Members>,
    replicas: usize,
}

impl Cluster {
    /// Starts a cluster, and waits until every replica has its primary's data.
    ///
    /// # Errors
    /// Redis is [missing](Error::Missing), a server does not start (the error quotes what it wrote), or the clock is
    /// virtual.
    pub async fn start(options: Options) -> Result<Self, Error> {
        let programs = PROGRAMS.find().map_err(Error::Missing)?;
        let (folder, account, random) = prepared(options.replicas + 1).await?;
        let path = folder.path().to_owned();
        let password = options.password().map_or(random, str::to_owned);
        let server = Server { programs: &programs, account, folder: &path, options: &options, password: &password };
        let primary = Member::start("redis", 0, None, |seat| server.launch(seat)).await?;
        let source = primary.address;
        let mut all = vec![primary];
        for index in 1..=options.replicas {
            all.push(Member::start("redis", index, Some(source), |seat| server.launch(seat)).await?);
        }
        let cluster = Self { members: Members::of(all, password, folder).await?, replicas: options.replicas };
        for replica in 0..options.replicas {
            let linked = |state: State| state.is("master_link_status", "up");
            cluster.replica(replica).until("its link", options.ready_within, linked).await?;
        }
        Ok(cluster)
    }

    /// The node that accepts writes: the one that was promoted last, else the first.
    pub fn primary(&self) -> Node<'_> {
        Node { members: &self.members, index: self.members.primary() }
    }

    /// The replica of this number, from 0. It keeps its number when it is promoted.
    ///
    /// # Panics
    /// There are fewer replicas.
    pub fn replica(&self, number: usize) -> Node<'_> {
        Node { members: &self.members, index: self.replica_index(number) }
    }

    /// The node that was the primary at the start.
    pub fn first(&self) -> Node<'_> {
        Node { members: &self.members, index: 0 }
    }

    /// The address of the current primary, for clients that do not choose a node themselves:
    /// `redis://:…@127.0.0.1:40001`.
    pub fn url(&self) -> String {
        url(self.address(), self.password())
    }

    /// The password of every node: random, another for every cluster, unless `requirepass` is [set](Options::set).
    pub fn password(&self) -> &str {
        self.members.password()
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
        let written = self.primary().state().await?.number("master_repl_offset");
        let applied =
            move |state: State| state.is("master_link_status", "up") && state.number("slave_repl_offset") >= written;
        self.replica(replica).until("what its primary has", within, applied).await
    }

    fn replica_index(&self, number: usize) -> usize {
        assert!(number < self.replicas, "no replica {number}: the cluster was started with {}", self.replicas);
        number + 1
    }
}

/// A folder with one for each node, and a password.
async fn prepared(nodes: usize) -> Result<(Folder, Account, String), Error> {
    blocking("redis", "preparing its data", move || {
        let account = Account::unprivileged("redis")?;
        let folder = Folder::make("redis", account, |_| ())?;
        (0..nodes).try_for_each(|index| account.make(&server::data(folder.path(), index)))?;
        Ok((folder, account, secret()?))
    })
    .await
}

fn url(address: SocketAddr, password: &str) -> String {
    if password.is_empty() { format!("redis://{address}") } else { format!("redis://:{password}@{address}") }
}

impl fmt::Debug for Cluster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "redis::Cluster({} and {} replicas)", self.primary().name(), self.replicas)
    }
}
