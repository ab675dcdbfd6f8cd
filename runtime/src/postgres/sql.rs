//! SQL sessions with a PostgreSQL server.

use crate::cluster::NodeConfig;
use crate::fault::Error;
use std::time::{Duration, Instant};
use tokio_postgres::{Client, Config, NoTls, SimpleQueryMessage};

/// A row: the text of each column, `None` for NULL.
pub type Row = Vec<Option<String>>;

/// Name of the administrator and of its database.
pub(super) const USER: &str = "postgres";
/// Query for the position at which the log of a primary ends.
pub(super) const WRITTEN: &str = "select pg_current_wal_lsn()";

/// Time limit for a connection. A paused server accepts connections and never answers.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);
/// Pause between two queries for an awaited answer.
const ASK_EVERY: Duration = Duration::from_millis(2);

/// A connection to a node, past its proxy.
pub(super) struct SqlSession<'n> {
    /// Name of the node in messages.
    name: &'n str,
    client: Client,
}

impl<'n> SqlSession<'n> {
    /// Connects to a node with the password of the cluster.
    pub(super) async fn open(node: &'n NodeConfig) -> Result<Self, Error> {
        Self::open_as(node, &node.password).await
    }

    /// Connects to a node with another password.
    pub(super) async fn open_as(node: &'n NodeConfig, password: &str) -> Result<Self, Error> {
        let NodeConfig { name, address, .. } = node;
        let mut config = Config::new();
        config.host(address.ip().to_string()).port(address.port()).user(USER).password(password).dbname(USER);
        let connected = tokio::time::timeout(CONNECT_WITHIN, config.connect(NoTls)).await;
        let (client, connection) = match connected {
            Ok(connected) => connected.map_err(|cause| Error::server(name, "connecting", own_words(cause)))?,
            Err(_) => return Err(Error::server(name, "connecting", format!("no answer in {CONNECT_WITHIN:?}"))),
        };
        // The connection's task ends when the client is dropped.
        tokio::spawn(connection);
        Ok(Self { name, client })
    }

    /// Runs statements and returns the rows of all of them.
    pub(super) async fn rows(&self, text: &str) -> Result<Vec<Row>, Error> {
        let messages = self.client.simple_query(text).await;
        let messages = messages.map_err(|cause| Error::server(self.name, text, own_words(cause)))?;
        let rows = messages.into_iter().filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => Some((0..row.len()).map(|at| row.get(at).map(str::to_owned)).collect()),
            _ => None,
        });
        Ok(rows.collect())
    }

    /// Runs a query and returns the first value of its first row.
    pub(super) async fn value(&self, text: &str) -> Result<String, Error> {
        let first = self.rows(text).await?.into_iter().next().and_then(|row| row.into_iter().next());
        first.flatten().ok_or_else(|| Error::server(self.name, text, "it gave no value"))
    }

    /// Repeats a query until its first value is `wanted`.
    pub(super) async fn until(&self, text: &str, wanted: &str, within: Duration) -> Result<(), Error> {
        let start = Instant::now();
        loop {
            let found = self.value(text).await?;
            if found == wanted {
                return Ok(());
            }
            if start.elapsed() > within {
                let cause = format!("waited {within:?} for `{wanted}`, found `{found}`");
                return Err(Error::server(self.name, text, cause));
            }
            tokio::time::sleep(ASK_EVERY).await;
        }
    }
}

/// The server's own error, if there is one, since the client's text for it is only "db error".
fn own_words(error: tokio_postgres::Error) -> Box<dyn std::error::Error + Send + Sync> {
    match error.as_db_error() {
        Some(said) => Box::new(said.clone()),
        None => Box::new(error),
    }
}
