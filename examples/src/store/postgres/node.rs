//! A server with its connections: every use of it is bounded in time, and a breaker spares it while it fails. Knows no
//! table.

use std::time::Duration;

use deadpool::managed::{Object, Pool, PoolError};
use tokio_postgres::Config;

use super::Settings;
use super::connector::{Connection, Connector, Role};
use super::failure::unavailable;
use crate::breaker::{Breaker, State};
use crate::error::Error;

/// One server, or several of which one is connected to.
pub(super) struct Node {
    pool: Pool<Connector>,
    breaker: Breaker,
    limit: Duration,
}

impl Node {
    pub(super) fn new(servers: &[Config], role: Role, settings: Settings) -> Result<Self, Error> {
        let pool = Pool::builder(Connector::new(servers, role, settings.limit)).max_size(settings.connections).build();
        Ok(Self {
            pool: pool.map_err(Error::database)?,
            breaker: Breaker::new(settings.breaker),
            limit: settings.limit,
        })
    }

    /// Runs `work` on a connection, waiting for one and working at most `limit` together. What the server refuses is no
    /// failure of the server's.
    pub(super) async fn run<T>(&self, work: impl AsyncFnOnce(&Connection) -> Result<T, Error>) -> Result<T, Error> {
        let permit = self.breaker.permit().map_err(|rejected| unavailable(rejected.to_string()))?;
        let late = |_| Error::Timeout { what: "database", limit: self.limit };
        let result = tokio::time::timeout(self.limit, self.attempt(work)).await.map_err(late).flatten();
        permit.finish(!result.as_ref().is_err_and(Error::is_outage));
        result
    }

    /// Whether the server is used at present.
    pub(super) fn state(&self) -> State {
        self.breaker.state()
    }

    async fn attempt<T>(&self, work: impl AsyncFnOnce(&Connection) -> Result<T, Error>) -> Result<T, Error> {
        let lease = Lease(Some(self.pool.get().await.map_err(no_connection)?));
        let result = work(lease.connection()?).await;
        if !result.as_ref().is_err_and(Error::is_outage) {
            lease.give_back();
        }
        result
    }
}

fn no_connection(error: PoolError<Error>) -> Error {
    match error {
        PoolError::Backend(failure) => failure,
        other => unavailable(other.to_string()),
    }
}

/// A connection that is closed unless it is given back: one whose work was cut off may still be busy with it, or lead
/// nowhere.
struct Lease(Option<Object<Connector>>);

impl Lease {
    fn connection(&self) -> Result<&Connection, Error> {
        self.0.as_deref().ok_or_else(|| unavailable("the connection was given back"))
    }

    fn give_back(mut self) {
        drop(self.0.take());
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(connection) = self.0.take() {
            drop(Object::take(connection));
        }
    }
}
