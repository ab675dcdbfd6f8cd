//! One SQLite file in WAL mode, read by several connections and written by one. Statements are in the modules, one for
//! each subject; here is on which connection they run.

mod profiles;
mod subscriptions;
mod workflows;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use rusqlite::{Connection, Transaction, TransactionBehavior};
use tokio::sync::Mutex;

use super::Storage;
use crate::error::Error;
use crate::profile::{Profile, ProfileDetails};
use crate::workflow::{EventKind, Stage, Status, Workflow, WorkflowRequest};

/// In WAL mode readers run beside the one writer; many more of them than cores would only queue inside SQLite.
const READERS: usize = 4;

/// An open database file; clones share its connections.
#[derive(Clone)]
pub struct Sqlite {
    connections: Arc<Connections>,
}

struct Connections {
    writer: Arc<Mutex<Connection>>,
    readers: [Arc<Mutex<Connection>>; READERS],
    next_reader: AtomicUsize,
}

impl Sqlite {
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

#[async_trait]
impl Storage for Sqlite {
    async fn ping(&self) -> Result<(), Error> {
        self.read(|connection| Ok(connection.query_row("SELECT 1", [], |_| Ok(()))?)).await
    }

    async fn insert_profile(&self, details: ProfileDetails) -> Result<Profile, Error> {
        self.write(|transaction| profiles::insert(transaction, details)).await
    }

    async fn profile(&self, id: i64) -> Result<Profile, Error> {
        self.read(move |connection| profiles::find(connection, id)).await
    }

    async fn update_profile(&self, id: i64, details: ProfileDetails) -> Result<Profile, Error> {
        self.write(move |transaction| profiles::update(transaction, id, &details)).await
    }

    async fn subscribe(&self, profile_id: i64, topic: String) -> Result<(), Error> {
        self.write(move |transaction| subscriptions::insert(transaction, profile_id, &topic)).await
    }

    async fn unsubscribe(&self, profile_id: i64, topic: String) -> Result<(), Error> {
        self.write(move |transaction| subscriptions::delete(transaction, profile_id, &topic)).await
    }

    async fn subscriptions(&self, profile_id: i64) -> Result<Vec<String>, Error> {
        self.read(move |connection| subscriptions::of_profile(connection, profile_id)).await
    }

    async fn popular_topics(&self, most: u32) -> Result<Vec<String>, Error> {
        self.read(move |connection| subscriptions::popular(connection, most)).await
    }

    async fn insert_workflow(&self, request: WorkflowRequest) -> Result<i64, Error> {
        self.write(move |transaction| workflows::insert(transaction, &request)).await
    }

    async fn workflow(&self, id: i64) -> Result<Workflow, Error> {
        self.read(move |connection| workflows::find(connection, id)).await
    }

    async fn unfinished_workflows(&self) -> Result<Vec<i64>, Error> {
        self.read(workflows::unfinished).await
    }

    async fn complete_stage(&self, id: i64, stage: Stage, made: Vec<(&'static str, String)>) -> Result<(), Error> {
        self.write(move |transaction| workflows::complete_stage(transaction, id, stage, &made)).await
    }

    async fn begin_compensation(&self, id: i64) -> Result<Option<Vec<Stage>>, Error> {
        self.write(move |transaction| workflows::begin_compensation(transaction, id)).await
    }

    async fn undo_stage(&self, id: i64, stage: Stage) -> Result<(), Error> {
        self.write(move |transaction| workflows::undo_stage(transaction, id, stage)).await
    }

    async fn log(&self, id: i64, stage: Stage, event: EventKind, detail: String) -> Result<(), Error> {
        self.write(move |transaction| workflows::log(transaction, id, stage, event, &detail)).await
    }

    async fn finish_workflow(&self, id: i64, status: Status) -> Result<(), Error> {
        self.write(move |transaction| workflows::finish(transaction, id, status)).await
    }
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        Self::database(error)
    }
}

/// Which constraint of the schema a statement broke: one of the `SQLITE_CONSTRAINT_…` codes.
fn broken_constraint(error: &rusqlite::Error) -> Option<i32> {
    error.sqlite_error().filter(|e| e.code == rusqlite::ErrorCode::ConstraintViolation).map(|e| e.extended_code)
}
