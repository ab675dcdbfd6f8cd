//! What is said to a server in SQL, and how an answer is waited for.

use crate::cluster::NodeConfig;
use crate::fault::Error;
use std::time::{Duration, Instant};
use tokio_postgres::{Client, Config, NoTls, SimpleQueryMessage};

/// A row as text; `None` is NULL.
pub type Row = Vec<Option<String>>;

/// The administrator, and its database.
pub(super) const USER: &str = "postgres";
/// Where the log of a primary ends.
pub(super) const WRITTEN: &str = "select pg_current_wal_lsn()";

/// How long a connection may take: a paused server accepts and says nothing.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);
/// How often an answer that is waited for is asked for.
const ASK_EVERY: Duration = Duration::from_millis(2);

/// A connection to a node.
pub(super) struct SqlSession<'n> {
    /// What messages call the node.
    name: &'n str,
    client: Client,
}

impl<'n> SqlSession<'n> {
    /// Connects to a node of a cluster, past its proxy.
    pub(super) async fn open(node: &'n NodeConfig) -> Result<Self, Error> {
        Self::open_as(node, &node.password).await
    }

    /// The same, with a password that is not the cluster's.
    pub(super) async fn open_as(node: &'n NodeConfig, password: &str) -> Result<Self, Error> {
        let NodeConfig { name, address, .. } = node;
        let mut config = Config::new();
        config.host(address.ip().to_string()).port(address.port()).user(USER).password(password).dbname(USER);
        let connected = tokio::time::timeout(CONNECT_WITHIN, config.connect(NoTls)).await;
        let (client, connection) = match connected {
            Ok(connected) => connected.map_err(|cause| Error::server(name, "connecting", own_words(cause)))?,
            Err(_) => return Err(Error::server(name, "connecting", format!("no answer in {CONNECT_WITHIN:?}"))),
        };
        // It ends with the client.
        tokio::spawn(connection);
        Ok(Self { name, client })
    }

    /// The rows of all statements.
    pub(super) async fn rows(&self, text: &str) -> Result<Vec<Row>, Error> {
        let messages = self.client.simple_query(text).await;
        let messages = messages.map_err(|cause| Error::server(self.name, text, own_words(cause)))?;
        let rows = messages.into_iter().filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => Some((0..row.len()).map(|at| row.get(at).map(str::to_owned)).collect()),
            _ => None,
        });
        Ok(rows.collect())
    }

    /// The first value.
    pub(super) async fn value(&self, text: &str) -> Result<String, Error> {
        let first = self.rows(text).await?.into_iter().next().and_then(|row| row.into_iter().next());
        first.flatten().ok_or_else(|| Error::server(self.name, text, "it gave no value"))
    }

    /// Waits until the first value is this one.
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

/// The error in the server's words, where it has any: the client calls all of it "db error".
fn own_words(error: tokio_postgres::Error) -> Box<dyn std::error::Error + Send + Sync> {
    match error.as_db_error() {
        Some(said) => Box::new(said.clone()),
        None => Box::new(error),
    }
}
