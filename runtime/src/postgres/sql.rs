//! What is said to a server in SQL, and how an answer is waited for.

use super::server::USER;
use crate::cluster::trouble;
use crate::fault::Error;
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tokio_postgres::{Client, Config, NoTls, SimpleQueryMessage};

/// A row as text; `None` is NULL.
pub type Row = Vec<Option<String>>;

/// How long a connection may take: a paused server accepts and says nothing.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);
/// How often an answer that is waited for is asked for.
const LOOK: Duration = Duration::from_millis(2);

pub(super) async fn connect(name: &str, address: SocketAddr, password: &str) -> Result<Client, Error> {
    let mut config = Config::new();
    config.host(address.ip().to_string()).port(address.port()).user(USER).password(password).dbname(USER);
    let connected = tokio::time::timeout(CONNECT_WITHIN, config.connect(NoTls)).await;
    let (client, connection) = match connected {
        Ok(connected) => connected.map_err(|cause| trouble(name, "connecting", told(cause)))?,
        Err(_) => return Err(trouble(name, "connecting", format!("no answer in {CONNECT_WITHIN:?}"))),
    };
    // It ends with the client.
    tokio::spawn(connection);
    Ok(client)
}

/// The rows of all statements.
pub(super) async fn rows(name: &str, client: &Client, text: &str) -> Result<Vec<Row>, Error> {
    let messages = client.simple_query(text).await.map_err(|cause| trouble(name, text, told(cause)))?;
    let rows = messages.into_iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some((0..row.len()).map(|at| row.get(at).map(str::to_owned)).collect()),
        _ => None,
    });
    Ok(rows.collect())
}

/// What the server said, where it did: the client calls all of it "db error".
fn told(error: tokio_postgres::Error) -> Box<dyn std::error::Error + Send + Sync> {
    match error.as_db_error() {
        Some(said) => Box::new(said.clone()),
        None => Box::new(error),
    }
}

/// The first value.
pub(super) async fn value(name: &str, client: &Client, text: &str) -> Result<String, Error> {
    let first = rows(name, client, text).await?.into_iter().next().and_then(|row| row.into_iter().next());
    first.flatten().ok_or_else(|| trouble(name, text, "it gave no value"))
}

/// Waits until the first value is this one.
pub(super) async fn until(
    name: &str,
    client: &Client,
    text: &str,
    wanted: &str,
    within: Duration,
) -> Result<(), Error> {
    let start = Instant::now();
    loop {
        let found = value(name, client, text).await?;
        if found == wanted {
            return Ok(());
        }
        if start.elapsed() > within {
            return Err(trouble(name, text, format!("waited {within:?} for `{wanted}`, found `{found}`")));
        }
        tokio::time::sleep(LOOK).await;
    }
}
