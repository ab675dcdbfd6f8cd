//! What a PostgreSQL cluster is to be like, as data. It starts nothing.

use std::time::Duration;

/// A cluster to be started: by default one primary without replicas, which does not wait for disks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    pub(super) replicas: usize,
    pub(super) synchronous: bool,
    pub(super) fsync: bool,
    pub(super) settings: Vec<(String, String)>,
    pub(super) ready_within: Duration,
}

impl Options {
    /// One primary.
    pub fn new() -> Self {
        Self {
            replicas: 0,
            synchronous: false,
            fsync: false,
            settings: Vec::new(),
            ready_within: Duration::from_secs(30),
        }
    }

    /// The number of streaming replicas (hot standbys) beside the primary.
    pub fn replicas(mut self, replicas: usize) -> Self {
        self.replicas = replicas;
        self
    }

    /// Whether the primary acknowledges a commit only when *every* replica has applied it (`synchronous_standby_names =
    /// 'FIRST n (…)'`, `synchronous_commit = remote_apply`): whichever is promoted, no acknowledged write is lost, and
    /// a replica shows every acknowledged write at once. The price is PostgreSQL's own: while one replica cannot be
    /// reached, no write is acknowledged. A promoted replica does not wait.
    pub fn synchronous(mut self, synchronous: bool) -> Self {
        self.synchronous = synchronous;
        self
    }

    /// Whether commits wait for the disk (`fsync`). It is off by default: tests are faster, and a *process* that dies
    /// loses nothing by it, as what it wrote is the kernel's by then. Only the machine's end would.
    pub fn fsync(mut self, fsync: bool) -> Self {
        self.fsync = fsync;
        self
    }

    /// A line of `postgresql.conf`, on every node: `.set("max_connections", 300)`, `.set("autovacuum", "on")`. It is
    /// stronger than what this crate sets.
    pub fn set(mut self, name: impl Into<String>, value: impl ToString) -> Self {
        self.settings.push((name.into(), value.to_string()));
        self
    }

    /// How long the cluster may take to be ready (30 s).
    pub fn ready_within(mut self, within: Duration) -> Self {
        self.ready_within = within;
        self
    }
}

impl Default for Options {
    fn default() -> Self {
        Self::new()
    }
}
