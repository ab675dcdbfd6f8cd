//! What a Redis cluster is to be like, as data. It starts nothing.

use std::time::Duration;

/// A cluster to be started: by default one primary without replicas, which keeps nothing over a restart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    pub(super) replicas: usize,
    pub(super) append_only: bool,
    pub(super) settings: Vec<(String, String)>,
    pub(super) ready_within: Duration,
}

impl Options {
    /// One primary.
    pub fn new() -> Self {
        Self { replicas: 0, append_only: false, settings: Vec::new(), ready_within: Duration::from_secs(30) }
    }

    /// The number of replicas beside the primary.
    pub fn replicas(mut self, replicas: usize) -> Self {
        self.replicas = replicas;
        self
    }

    /// Whether every node keeps an append-only file, so that it has its data again when it is restarted. It is off by
    /// default, as of a cache; then a primary that is killed and restarted is empty, *and its replicas empty themselves
    /// after it*. (`appendfsync everysec`: what a killed process wrote is the kernel's by then, so nothing that was
    /// acknowledged is lost.)
    pub fn append_only(mut self, append_only: bool) -> Self {
        self.append_only = append_only;
        self
    }

    /// A line of `redis.conf`, on every node: `.set("maxmemory", "64mb")`. It is stronger than what this crate sets.
    pub fn set(mut self, name: impl Into<String>, value: impl ToString) -> Self {
        self.settings.push((name.into(), value.to_string()));
        self
    }

    /// The password that was set.
    pub(super) fn password(&self) -> Option<&str> {
        let set = self.settings.iter().rfind(|(name, _)| name.eq_ignore_ascii_case("requirepass"));
        set.map(|(_, password)| password.trim_matches('"'))
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
