//! The database: one SQLite file in WAL mode, read by several connections and written by one. Knows no table but
//! through the schema it creates.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use rusqlite::{Connection, Transaction, TransactionBehavior};
use tokio::sync::Mutex;

use crate::error::Error;

/// In WAL mode readers run beside the one writer; many more of them than cores would only queue inside SQLite.
const READERS: usize = 4;

/// A handle on the database; clones share its connections.
#[derive(Clone)]
pub struct Store {
    connections: Arc<Connections>,
}

struct Connections {
    writer: Arc<Mutex<Connection>>,
    readers: [Arc<Mutex<Connection>>; READERS],
    next_reader: AtomicUsize,
}

impl Store {
    /// Opens the database file, creating it and its tables where they are missing. It blocks while it does.
    ///
    /// # Errors
    /// The file cannot be opened or is no database.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let writer = connect(path)?;
        writer.execute_batch(include_str!("schema.sql"))?;
        let readers = [connect(path)?, connect(path)?, connect(path)?, connect(path)?];
        Ok(Self {
            connections: Arc::new(Connections {
                writer: Arc::new(Mutex::new(writer)),
                readers: readers.map(|reader| Arc::new(Mutex::new(reader))),
                next_reader: AtomicUsize::new(0),
            }),
        })
    }

    /// Runs `work` on one of the reading connections, off the async threads.
    ///
    /// # Errors
    /// What `work` returns, or that it panicked.
    pub async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let turn = self.connections.next_reader.fetch_add(1, Ordering::Relaxed);
        let connection = Arc::clone(&self.connections.readers[turn % READERS]).lock_owned().await;
        tokio::task::spawn_blocking(move || work(&connection)).await?
    }

    /// Runs `work` in a transaction that is committed when it succeeds and rolled back when it fails.
    ///
    /// A write that was acknowledged survives the end of the process, but not a power cut (`synchronous = NORMAL`).
    ///
    /// # Errors
    /// What `work` returns, that it panicked, or that the commit failed.
    pub async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let mut connection = Arc::clone(&self.connections.writer).lock_owned().await;
        tokio::task::spawn_blocking(move || {
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let result = work(&transaction)?;
            transaction.commit()?;
            Ok(result)
        })
        .await?
    }
}

fn connect(path: &Path) -> Result<Connection, Error> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    Ok(connection)
}
