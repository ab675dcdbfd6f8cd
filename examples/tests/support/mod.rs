//! A service of its own for every test: on a free port, over a database file in a directory that goes with it.

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tempfile::TempDir;
use workflow_service::profile::ProfileDetails;
use workflow_service::{Client, Server, Sqlite};

/// A running service and what a test needs to use it.
pub(crate) struct Service {
    /// Speaks to it over HTTP.
    pub(crate) client: Client,
    /// Its database, without the HTTP in between.
    pub(crate) database: Sqlite,
    server: Server,
    people: AtomicU64,
    _directory: TempDir,
}

impl Service {
    /// Starts the service on an empty database.
    pub(crate) async fn start() -> Result<Self, Box<dyn Error + Send + Sync>> {
        let directory = tempfile::tempdir()?;
        let database = Sqlite::open(directory.path().join("service.db"))?;
        let server = Server::start("127.0.0.1:0", Arc::new(database.clone()), None).await?;
        let client = Client::new(server.address());
        Ok(Self { client, database, server, people: AtomicU64::new(0), _directory: directory })
    }

    /// Lets the requests in flight end, then stops.
    pub(crate) async fn stop(&self) -> std::io::Result<()> {
        self.server.stop().await
    }

    /// Details of somebody whom the service does not know yet.
    pub(crate) fn somebody(&self) -> ProfileDetails {
        let number = self.people.fetch_add(1, Ordering::Relaxed);
        ProfileDetails {
            name: format!("Person {number}"),
            email: format!("person{number}@example.org"),
            headline: "new here".to_owned(),
        }
    }
}
