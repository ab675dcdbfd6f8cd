//! Connections to a server of a role: finds, among the servers, one that takes writes or one that follows. Knows no
//! table.

use std::ops::Deref;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use deadpool::managed::{Manager, Metrics, RecycleError, RecycleResult};
use tokio::task::JoinHandle;
use tokio_postgres::config::Host;
use tokio_postgres::{Client, Config, NoTls};

use super::failure::unavailable;
use crate::error::Error;

/// What a server is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// It takes writes.
    Primary,
    /// It replays what the primary writes.
    Follower,
}

/// Connects to the first server that has a role.
pub(super) struct Connector {
    servers: Vec<Config>,
    role: Role,
    /// How long one server may take to answer: a server that is cut off must not keep us from asking the others.
    patience: Duration,
    /// The newest timeline on which a primary was found. A promotion begins a new one, so that an old primary that
    /// comes back, and would take writes that nobody will ever see, is known by its older.
    newest: AtomicU32,
}

/// A connection, and the task that drives it, which ends with it.
pub(super) struct Connection {
    client: Client,
    driver: JoinHandle<()>,
    /// That of the primary when it was connected to; none at a follower.
    timeline: Option<u32>,
}

/// Null where the server follows, else its timeline: the first eight hexadecimal digits of the name of a WAL file.
const TIMELINE: &str =
    "SELECT CASE WHEN pg_is_in_recovery() THEN NULL ELSE left(pg_walfile_name(pg_current_wal_lsn()), 8) END";

/// The servers of a URL, each with the settings that all share.
pub(super) fn servers(url: &str, limit: Duration) -> Result<Vec<Config>, Error> {
    let all: Config =
        url.parse().map_err(|error| Error::Invalid(format!("{url:?} is no URL of PostgreSQL servers: {error}")))?;
    let ports = all.get_ports();
    let port = |nth: usize| ports.get(nth).or(ports.first()).copied().unwrap_or(5432);
    let servers = all.get_hosts().iter().enumerate().map(|(nth, host)| {
        let mut server = Config::new();
        match host {
            Host::Tcp(name) => server.host(name),
            #[cfg(unix)]
            Host::Unix(path) => server.host_path(path),
        };
        server.port(port(nth)).application_name("workflow-service");
        // The server gives up as well, so that what nobody waits for any more holds no lock.
        server.options(format!("-c statement_timeout={}", limit.as_millis()));
        all.get_user().map(|user| server.user(user));
        all.get_password().map(|password| server.password(password));
        all.get_dbname().map(|database| server.dbname(database));
        server
    });
    Ok(servers.collect())
}

impl Connector {
    /// A connector to those of the servers that have the role.
    pub(super) fn new(servers: &[Config], role: Role, limit: Duration) -> Self {
        let patience = limit / (u32::try_from(servers.len()).unwrap_or(u32::MAX) + 1);
        Self { servers: servers.to_vec(), role, patience, newest: AtomicU32::new(0) }
    }

    async fn connect(&self, server: &Config) -> Result<Connection, Error> {
        let (client, connection) = server.connect(NoTls).await?;
        let driver = tokio::spawn(async {
            // How it ends, whoever uses the connection learns from the client.
            let _ = connection.await;
        });
        let mut connection = Connection { client, driver, timeline: None };
        let name: Option<String> = connection.query_typed(TIMELINE, &[]).await?[0].try_get(0)?;
        connection.timeline = name.and_then(|name| u32::from_str_radix(&name, 16).ok());
        match (self.role, connection.timeline) {
            (Role::Primary, Some(timeline)) if self.newest.fetch_max(timeline, Ordering::SeqCst) > timeline => {
                Err(unavailable("this server was left behind by a promotion"))
            }
            (Role::Primary, None) => Err(unavailable("no server takes writes")),
            (Role::Follower, Some(_)) => Err(unavailable("no server follows")),
            _ => Ok(connection),
        }
    }
}

impl Manager for Connector {
    type Type = Connection;
    type Error = Error;

    async fn create(&self) -> Result<Connection, Error> {
        let (mut last, mut late) = (unavailable("the URL names no server"), false);
        for server in &self.servers {
            match tokio::time::timeout(self.patience, self.connect(server)).await {
                Ok(Ok(connection)) => return Ok(connection),
                Ok(Err(failure)) => last = failure,
                Err(_) => late = true,
            }
        }
        // That one does not answer says more than that another has not the role.
        if late { Err(Error::Timeout { what: "database", limit: self.patience }) } else { Err(last) }
    }

    /// Asks nothing: a connection that is lost without notice shows it by not answering in time.
    async fn recycle(&self, connection: &mut Connection, _: &Metrics) -> RecycleResult<Error> {
        if connection.is_closed() {
            return Err(RecycleError::message("it is closed"));
        }
        match connection.timeline {
            Some(timeline) if timeline < self.newest.load(Ordering::SeqCst) => {
                Err(RecycleError::message("its server was left behind by a promotion"))
            }
            _ => Ok(()),
        }
    }
}

impl Deref for Connection {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.driver.abort();
    }
}
