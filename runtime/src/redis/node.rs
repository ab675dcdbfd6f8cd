//! A node of a Redis cluster: where it is reached, and how it is broken and promoted.

use super::resp::{self, Reply};
use super::server;
use crate::cluster::{Cut, Down, Member, Members, blocking, trouble};
use crate::fault::{Error, Process, Proxy, Stopped};
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How often a state that is waited for is asked for.
const LOOK: Duration = Duration::from_millis(2);

/// A node of a cluster.
#[derive(Clone, Copy)]
pub struct Node<'c> {
    pub(super) members: &'c Arc<Members>,
    pub(super) index: usize,
}

impl<'c> Node<'c> {
    /// What messages call it: `redis primary`, `redis replica 0`, as it was at the start.
    pub fn name(self) -> &'c str {
        &self.member().name
    }

    /// Where clients reach it, through its proxy, with the [password](super::Cluster::password):
    /// `redis://:…@127.0.0.1:40001`.
    pub fn url(self) -> String {
        super::url(self.address(), self.members.password())
    }

    /// The address in [`url`](Self::url). It stays the same over restarts.
    pub fn address(self) -> SocketAddr {
        self.proxy().address()
    }

    /// The server's own address, past the proxy.
    pub fn direct_address(self) -> SocketAddr {
        self.member().address
    }

    /// The proxy between clients and this node, for any fault, and for what it counts.
    pub fn proxy(self) -> &'c Proxy {
        &self.member().proxy
    }

    /// Its process, for what it uses and writes. To start it again use [`restart`](Self::restart).
    pub fn process(self) -> &'c Process {
        &self.member().process
    }

    /// Runs a command: `node.command(["SET", "key", "value"])`. It goes to the server directly.
    ///
    /// # Errors
    /// It cannot be reached, says nothing for 5 s, or refuses the command.
    pub async fn command(self, words: impl IntoIterator<Item = impl Into<String>>) -> Result<Reply, Error> {
        let words: Vec<String> = words.into_iter().map(Into::into).collect();
        let (address, doing) = (self.direct_address(), words.join(" "));
        let password = self.members.password().to_owned();
        blocking(self.name(), &doing, move || resp::ask(address, &password, &words)).await
    }

    /// Kills it at once. Healed, it is started again, unless another node was promoted in its place.
    ///
    /// # Errors
    /// The system refuses the signal.
    pub async fn kill(self) -> Result<Down, Error> {
        self.members.kill(self.index).await
    }

    /// Stops it (SIGSTOP) until the guard is dropped: it hangs, and its connections stay.
    ///
    /// # Errors
    /// The system refuses the signal.
    pub async fn pause(self) -> Result<Stopped, Error> {
        self.members.pause(self.index).await
    }

    /// Cuts it off its clients, those of its proxy: no data passes either way, and no connection is closed.
    ///
    /// # Errors
    /// As of [`Proxy::inject`].
    pub async fn partition(self) -> Result<Cut, Error> {
        self.members.partition(self.index).await
    }

    /// Kills it, if it runs, and starts it again on the data that it kept.
    ///
    /// # Errors
    /// It does not start, or another node was promoted in its place.
    pub async fn restart(self) -> Result<(), Error> {
        self.members.restart(self.index).await
    }

    /// Makes a replica the primary (`REPLICAOF NO ONE`). When this returns it accepts writes, the
    /// [cluster's url](super::Cluster::url) leads to it and the other replicas follow it, each as soon as it looks.
    ///
    /// # Errors
    /// It is no replica, or does not answer.
    pub async fn promote(self) -> Result<(), Error> {
        if self.state().await?.is("role", "master") {
            return Err(trouble(self.name(), "promoting it", "it is no replica"));
        }
        self.command(["REPLICAOF", "NO", "ONE"]).await?;
        let (folder, index) = (self.members.folder().to_owned(), self.index);
        blocking(self.name(), "configuring it", move || server::forget_source(&folder, index)).await?;
        self.members.lead(self.index).await
    }

    pub(super) async fn state(self) -> Result<State, Error> {
        Ok(State(self.command(["INFO", "replication"]).await?.to_string()))
    }

    pub(super) async fn until(self, what: &str, within: Duration, holds: impl Fn(State) -> bool) -> Result<(), Error> {
        let start = Instant::now();
        while !holds(self.state().await?) {
            if start.elapsed() > within {
                return Err(trouble(self.name(), &format!("waiting for {what}"), format!("not in {within:?}")));
            }
            tokio::time::sleep(LOOK).await;
        }
        Ok(())
    }

    fn member(self) -> &'c Member {
        &self.members.all()[self.index]
    }
}

impl fmt::Debug for Node<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Node({}, {:?})", self.name(), self.process())
    }
}

/// What `INFO replication` says: a `name:value` a line.
pub(super) struct State(String);

impl State {
    fn get(&self, name: &str) -> Option<&str> {
        self.0.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
    }

    pub(super) fn is(&self, name: &str, value: &str) -> bool {
        self.get(name) == Some(value)
    }

    pub(super) fn number(&self, name: &str) -> Option<u64> {
        self.get(name)?.parse().ok()
    }
}
