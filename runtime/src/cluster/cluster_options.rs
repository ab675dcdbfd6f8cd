//! What a cluster is to be like, as data: what can be asked of any server, and beside it what only one kind has.

use std::time::Duration;

/// A cluster to be started: by default one primary without replicas.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options<S> {
    pub(crate) replicas: usize,
    /// Lines of the server's configuration.
    pub(crate) settings: Vec<(String, String)>,
    pub(crate) ready_within: Duration,
    /// The server, with the options that are its own.
    pub(crate) server: S,
}

impl<S: Default> Options<S> {
    /// One primary.
    pub fn new() -> Self {
        Self { replicas: 0, settings: Vec::new(), ready_within: Duration::from_secs(30), server: S::default() }
    }

    /// The number of replicas beside the primary.
    pub fn replicas(mut self, replicas: usize) -> Self {
        self.replicas = replicas;
        self
    }

    /// A line of the server's configuration (`postgresql.conf`, `redis.conf`), on every node:
    /// `.set("max_connections", 300)`, `.set("maxmemory", "64mb")`. It is stronger than what this crate sets.
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

impl<S: Default> Default for Options<S> {
    fn default() -> Self {
        Self::new()
    }
}
