//! `Options` of a cluster: those of every server and, beside them, those of one kind of server.

use std::time::Duration;

/// Options of a cluster; by default it has one primary and no replicas.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options<S> {
    pub(crate) replicas: usize,
    /// Lines for the configuration file of the server.
    pub(crate) settings: Vec<(String, String)>,
    pub(crate) ready_within: Duration,
    /// Options of this kind of server.
    pub(crate) server: S,
}

impl<S: Default> Options<S> {
    /// One primary and no replicas.
    pub fn new() -> Self {
        Self { replicas: 0, settings: Vec::new(), ready_within: Duration::from_secs(30), server: S::default() }
    }

    /// The number of replicas beside the primary.
    pub fn replicas(mut self, replicas: usize) -> Self {
        self.replicas = replicas;
        self
    }

    /// A line of the server's configuration (`postgresql.conf`, `redis.conf`), on every node: `.set("max_connections",
    /// 300)`, `.set("maxmemory", "64mb")`. It overrides what this crate sets.
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
