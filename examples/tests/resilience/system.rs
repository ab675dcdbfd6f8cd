//! A service over a primary and a replica of its own, for each test.

use std::io;
use std::sync::Arc;

use brunt::postgres::{Cluster, Options};
use brunt::{Failed, User};
use workflow_service::client::ClientError;
use workflow_service::profile::{Profile, ProfileDetails};
use workflow_service::seen::Seen;
use workflow_service::store::postgres::{Postgres, Settings};
use workflow_service::workflow::{Stage, Status, Workflow, WorkflowRequest};
use workflow_service::{Client, Server};

/// A running service and its database.
pub(crate) struct System {
    /// Its database, without the service in between, and how to break it.
    pub(crate) cluster: Cluster,
    /// Speaks to the service over HTTP.
    pub(crate) client: Client,
    /// Profiles that are there from the start.
    pub(crate) known: Vec<i64>,
    server: Server,
}

impl System {
    /// Every write is on the replica too before it is acknowledged.
    pub(crate) async fn synchronous() -> brunt::Result<Self> {
        Self::over(Options::new().replicas(1).synchronous(true)).await
    }

    /// Writes follow to the replica in a moment.
    pub(crate) async fn asynchronous() -> brunt::Result<Self> {
        Self::over(Options::new().replicas(1)).await
    }

    async fn over(options: Options) -> brunt::Result<Self> {
        let cluster = Cluster::start(options).await?;
        let (primary, replica) = (cluster.primary().address(), cluster.replica(0).address());
        let url = format!("postgres://postgres:{}@{primary},{replica}/postgres", cluster.password());
        let store = Arc::new(Postgres::connect(&url, Settings::default()).await?);
        let server = Server::start("127.0.0.1:0", store, None).await?;
        let client = Client::new(server.address());
        let mut known = Vec::new();
        for number in 0..100 {
            known.push(client.create_profile(&details(&format!("known {number}"))).await?.id);
        }
        Ok(Self { cluster, client, known, server })
    }

    pub(crate) async fn stop(&self) -> io::Result<()> {
        self.server.stop().await
    }

    /// Writes a profile under a number that nobody has had.
    pub(crate) async fn write(&self, number: u64) -> Result<(), Failed> {
        self.client.create_profile(&details(&number.to_string())).await.map_err(by_status)?;
        Ok(())
    }

    /// The numbers of the profiles that are in the database, which is asked itself.
    pub(crate) async fn written(&self) -> brunt::Result<Vec<String>> {
        let rows = self.cluster.primary().sql("SELECT name FROM profiles WHERE name NOT LIKE 'known %'").await?;
        Ok(rows.into_iter().flatten().flatten().collect())
    }

    /// Reads one of the profiles that are there from the start; the answer may be a degraded one.
    pub(crate) async fn read(&self, user: &User) -> Result<Seen<Profile>, Failed> {
        let id = self.known[user.pick(0..self.known.len())];
        let seen = self.client.look_up(id).await.map_err(by_status)?;
        user.check("right profile", seen.value.id == id);
        Ok(seen)
    }

    /// Takes a workflow through its stages; it may end compensated.
    pub(crate) async fn start_workflow(&self) -> Result<Workflow, Failed> {
        let budget = Stage::TOTAL_COST;
        let request = WorkflowRequest { profile_id: self.known[0], title: "A handbook".to_owned(), budget };
        self.client.start_workflow(&request).await.map_err(by_status)
    }

    /// Takes a workflow through its stages, and counts one that is not completed as a failure.
    pub(crate) async fn workflow(&self) -> Result<(), Failed> {
        match self.start_workflow().await?.status {
            Status::Completed => Ok(()),
            Status::Compensated => Err(Failed::new("compensated", "a stage failed")),
            Status::CompensationFailed => Err(Failed::new("compensation failed", "a stage failed, and an undoing")),
            unfinished => Err(Failed::new("unfinished", format_args!("the answer says {unfinished:?}"))),
        }
    }

    /// The state of a breaker of the service: `closed`, `open` or `half_open`.
    pub(crate) async fn breaker(&self, of: &str) -> brunt::Result<String> {
        let states = self.client.status().await?;
        Ok(states.get(of).map(|state| format!("{state:?}").to_lowercase()).unwrap_or_default())
    }
}

fn details(name: &str) -> ProfileDetails {
    ProfileDetails { name: name.to_owned(), email: format!("{name}@example.org"), headline: "new here".to_owned() }
}

/// Counts refusals of the service by their status: `errors("503")`.
pub(crate) fn by_status(error: ClientError) -> Failed {
    match error.status() {
        Some(status) => Failed::new(status.as_str(), error),
        None => error.into(),
    }
}
