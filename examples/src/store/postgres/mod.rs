//! PostgreSQL servers: one takes writes, the others follow it and take reads. Statements are in the modules, one for
//! each subject; here is which server they go to, and what happens when it is gone.
//!
//! Nobody tells the service which server is which: `connector` asks them, so that after a promotion the writes go to
//! the server that was promoted. Reads go to a follower, and to the primary where no follower answers. With
//! asynchronous replication a read may be a moment behind the writes.

mod connector;
mod failure;
mod node;
mod profiles;
mod subscriptions;
mod workflows;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use super::Storage;
use crate::breaker::{self, State};
use crate::error::Error;
use crate::profile::{Profile, ProfileDetails};
use crate::workflow::{EventKind, Stage, Status, Workflow, WorkflowRequest};
use connector::{Connection, Role};
use node::Node;

/// How the service uses its servers.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// How long an operation may take at one server, from waiting for a connection to the answer.
    pub limit: Duration,
    /// How many connections there may be to the primary, and to the followers.
    pub connections: usize,
    /// The breaker in front of the primary, and that in front of the followers.
    pub breaker: breaker::Settings,
}

impl Default for Settings {
    fn default() -> Self {
        // A promotion takes seconds: a minute without trying would make an outage of it.
        let breaker = breaker::Settings { reset: Duration::from_secs(1), ..breaker::Settings::default() };
        Self { limit: Duration::from_secs(2), connections: 10, breaker }
    }
}

/// A handle on PostgreSQL servers; clones share its connections.
#[derive(Clone)]
pub struct Postgres {
    primary: Arc<Node>,
    /// None where there is one server only.
    followers: Option<Arc<Node>>,
}

impl Postgres {
    /// Connects to the servers of a URL, `postgres://user@host:port,other:port/database`, and creates the tables where
    /// they are missing.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a URL that is none, [`Error::Unavailable`] or [`Error::Timeout`] where no server takes
    /// writes.
    pub async fn connect(url: &str, settings: Settings) -> Result<Self, Error> {
        let servers = connector::servers(url, settings.limit)?;
        let primary = Node::new(&servers, Role::Primary, settings)?;
        // Half as long, because the primary is asked after them.
        let reads = Settings { limit: settings.limit / 2, ..settings };
        let followers = (servers.len() > 1).then(|| Node::new(&servers, Role::Follower, reads)).transpose()?;
        let postgres = Self { primary: Arc::new(primary), followers: followers.map(Arc::new) };
        postgres.write(async |connection| Ok(connection.batch_execute(include_str!("schema.sql")).await?)).await?;
        Ok(postgres)
    }

    async fn write<T>(&self, work: impl AsyncFnOnce(&Connection) -> Result<T, Error>) -> Result<T, Error> {
        self.primary.run(work).await
    }

    /// Asks a follower, and the primary where no follower answers or the answer is that there is no such thing: what
    /// was written a moment ago may not have reached the follower.
    async fn read<T>(&self, work: impl AsyncFnOnce(&Connection) -> Result<T, Error> + Clone) -> Result<T, Error> {
        if let Some(followers) = &self.followers {
            match followers.run(work.clone()).await {
                Err(Error::NotFound(_) | Error::Unavailable { .. } | Error::Timeout { .. }) => {}
                answer => return answer,
            }
        }
        self.primary.run(work).await
    }
}

#[async_trait]
impl Storage for Postgres {
    async fn ping(&self) -> Result<(), Error> {
        self.write(async |connection| Ok(connection.batch_execute("SELECT 1").await?)).await
    }

    fn breakers(&self) -> Vec<(&'static str, State)> {
        let followers = self.followers.iter().map(|followers| ("followers", followers.state()));
        followers.chain([("primary", self.primary.state())]).collect()
    }

    async fn insert_profile(&self, details: ProfileDetails) -> Result<Profile, Error> {
        self.write(async |connection| profiles::insert(connection, details).await).await
    }

    async fn profile(&self, id: i64) -> Result<Profile, Error> {
        self.read(async move |connection| profiles::find(connection, id).await).await
    }

    async fn update_profile(&self, id: i64, details: ProfileDetails) -> Result<Profile, Error> {
        self.write(async |connection| profiles::update(connection, id, &details).await).await
    }

    async fn subscribe(&self, profile_id: i64, topic: String) -> Result<(), Error> {
        self.write(async |connection| subscriptions::insert(connection, profile_id, &topic).await).await
    }

    async fn unsubscribe(&self, profile_id: i64, topic: String) -> Result<(), Error> {
        self.write(async |connection| subscriptions::delete(connection, profile_id, &topic).await).await
    }

    async fn subscriptions(&self, profile_id: i64) -> Result<Vec<String>, Error> {
        self.read(async move |connection| subscriptions::of_profile(connection, profile_id).await).await
    }

    async fn popular_topics(&self, most: u32) -> Result<Vec<String>, Error> {
        self.read(async move |connection| subscriptions::popular(connection, most).await).await
    }

    async fn insert_workflow(&self, request: WorkflowRequest) -> Result<i64, Error> {
        self.write(async |connection| workflows::insert(connection, &request).await).await
    }

    /// From the primary: a workflow is followed while it changes.
    async fn workflow(&self, id: i64) -> Result<Workflow, Error> {
        self.write(async |connection| workflows::find(connection, id).await).await
    }

    async fn unfinished_workflows(&self) -> Result<Vec<i64>, Error> {
        self.write(workflows::unfinished).await
    }

    async fn complete_stage(&self, id: i64, stage: Stage, made: Vec<(&'static str, String)>) -> Result<(), Error> {
        self.write(async |connection| workflows::complete_stage(connection, id, stage, &made).await).await
    }

    async fn begin_compensation(&self, id: i64) -> Result<Option<Vec<Stage>>, Error> {
        self.write(async |connection| workflows::begin_compensation(connection, id).await).await
    }

    async fn undo_stage(&self, id: i64, stage: Stage) -> Result<(), Error> {
        self.write(async |connection| workflows::undo_stage(connection, id, stage).await).await
    }

    async fn log(&self, id: i64, stage: Stage, event: EventKind, detail: String) -> Result<(), Error> {
        self.write(async |connection| workflows::log(connection, id, stage, event, &detail).await).await
    }

    async fn finish_workflow(&self, id: i64, status: Status) -> Result<(), Error> {
        self.write(async |connection| workflows::finish(connection, id, status).await).await
    }
}
