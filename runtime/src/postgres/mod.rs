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
//! [`Proxy`] before it, which takes any [`Fault`](crate::fault::Fault). [`Cluster::url`] leads to
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

mod node;
mod options;
mod server;
mod sql;
mod template;
mod verifier;

pub use crate::cluster::{Cut, Down};
pub use node::Node;
pub use options::Options;
pub use sql::Row;

use crate::cluster::{Account, Folder, Member, Members, Programs, blocking, secret};
use crate::fault::{Error, Proxy};
use server::Server;
use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

const PROGRAMS: Programs = Programs {
    server: "postgres",
    names: &["postgres", "initdb"],
    variable: "BRUNT_POSTGRES_BIN",
    folders: &["/usr/lib/postgresql/*/bin", "/usr/local/pgsql/bin", "/opt/homebrew/bin"],
    install: "apt-get install postgresql",
};

/// A primary and its replicas. Dropped, they are killed and their data is removed.
pub struct Cluster {
    members: Arc<Members>,
    replicas: usize,
}

impl Cluster {
    /// Starts a cluster, and waits until every replica streams.
    ///
    /// # Errors
    /// PostgreSQL is [missing](Error::Missing), a server does not start (the error quotes what it wrote), or the clock
    /// is virtual.
    pub async fn start(options: Options) -> Result<Self, Error> {
        let programs = PROGRAMS.find().map_err(Error::Missing)?;
        let Prepared { folder, account, initial, password } = prepared(&programs, options.replicas + 1).await?;
        let path = folder.path().to_owned();
        let server = Server { programs: &programs, account, folder: &path, options: &options, password: &password };
        let primary = Member::start("postgres", 0, None, |seat| server.launch(seat)).await?;
        let client = sql::connect(&primary.name, primary.address, &initial).await?;
        // A synchronous primary would wait for replicas that are yet to come.
        let verifier = secret().and_then(|salt| verifier::verifier(&password, &salt));
        let verifier = verifier.map_err(|cause| crate::cluster::trouble("postgres", "making a password", cause))?;
        let change = format!("set synchronous_commit = local; alter role {} password '{verifier}'", server::USER);
        sql::rows(&primary.name, &client, &change).await?;
        let source = primary.address;
        let mut all = vec![primary];
        for index in 1..=options.replicas {
            all.push(Member::start("postgres", index, Some(source), |seat| server.launch(seat)).await?);
        }
        let cluster = Self { members: Members::of(all, password, folder).await?, replicas: options.replicas };
        cluster.until_streaming(options.ready_within).await?;
        cluster.until_admitted(options.ready_within).await?;
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
    /// `postgres://postgres:…@127.0.0.1:40001/postgres`.
    pub fn url(&self) -> String {
        url(self.address(), self.password())
    }

    /// The password of the user `postgres`, on every node: random, another for every cluster.
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

    /// How many bytes of the primary's log a replica has yet to apply.
    ///
    /// # Errors
    /// One of the two does not answer.
    ///
    /// # Panics
    /// There is no such replica.
    pub async fn lag(&self, replica: usize) -> Result<u64, Error> {
        let written = self.primary().value("select pg_current_wal_lsn()").await?;
        // What it has applied when it has only just started is NULL.
        let lag =
            format!("select greatest(pg_wal_lsn_diff('{written}', coalesce(pg_last_wal_replay_lsn(), '0/0')), 0)");
        let lag = self.replica(replica).value(&lag).await?;
        lag.parse().map_err(|cause| crate::cluster::trouble("postgres", "reading a replica's lag", cause))
    }

    /// Waits until a replica has applied all that the primary has written by now.
    ///
    /// # Errors
    /// It did not within this time, or one of the two does not answer.
    ///
    /// # Panics
    /// There is no such replica.
    pub async fn catch_up(&self, replica: usize, within: Duration) -> Result<(), Error> {
        let written = self.primary().value("select pg_current_wal_lsn()").await?;
        let applied = format!("select coalesce(pg_last_wal_replay_lsn() >= '{written}', false)");
        self.replica(replica).until(&applied, "t", within).await
    }

    async fn until_streaming(&self, within: Duration) -> Result<(), Error> {
        if self.replicas == 0 {
            return Ok(());
        }
        let streaming = "select count(*) from pg_stat_replication where state = 'streaming'";
        self.first().until(streaming, &self.replicas.to_string(), within).await
    }

    /// Waits until every replica has heard of the password.
    async fn until_admitted(&self, within: Duration) -> Result<(), Error> {
        let start = std::time::Instant::now();
        for replica in 0..self.replicas {
            while let Err(error) = self.replica(replica).sql("select 1").await {
                if start.elapsed() > within {
                    return Err(error);
                }
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        }
        Ok(())
    }

    fn replica_index(&self, number: usize) -> usize {
        assert!(number < self.replicas, "no replica {number}: the cluster was started with {}", self.replicas);
        number + 1
    }
}

/// What servers are started on.
struct Prepared {
    /// With empty data for every node.
    folder: Folder,
    account: Account,
    /// The password that the data begins with.
    initial: String,
    /// The one that it is to have.
    password: String,
}

async fn prepared(programs: &Path, nodes: usize) -> Result<Prepared, Error> {
    let programs: PathBuf = programs.to_owned();
    blocking("postgres", "preparing its data", move || {
        let account = Account::unprivileged(server::USER)?;
        let template = template::template(&programs, account)?;
        let folder = Folder::make("postgres", account, server::remove_segments)?;
        std::thread::scope(|scope| {
            let copy = |index| folder.path().join(format!("node{index}"));
            let copies: Vec<_> = (0..nodes)
                .map(|index| (copy(index), &template.data))
                .map(|(to, from)| scope.spawn(move || account.copy(from, &to)))
                .collect();
            let lost = |_| Err(std::io::Error::other("copying the template panicked"));
            copies.into_iter().try_for_each(|copy| copy.join().unwrap_or_else(lost))
        })?;
        Ok(Prepared { folder, account, initial: template.password, password: secret()? })
    })
    .await
}

fn url(address: SocketAddr, password: &str) -> String {
    format!("postgres://{user}:{password}@{address}/{user}", user = server::USER)
}

impl fmt::Debug for Cluster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "postgres::Cluster({} and {} replicas)", self.primary().name(), self.replicas)
    }
}
