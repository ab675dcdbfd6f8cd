//! The running service: a listening socket in front of the API, and its graceful end.

use std::io;
use std::net::SocketAddr;

use tokio::net::{TcpListener, ToSocketAddrs};
use tokio::sync::{Mutex, oneshot};
use tokio::task::JoinHandle;

use crate::partner::Partner;
use crate::store::Store;
use crate::{api, workflow};

/// A service that listens.
pub struct Server {
    address: SocketAddr,
    running: Mutex<Option<Running>>,
}

struct Running {
    stop: oneshot::Sender<()>,
    task: JoinHandle<io::Result<()>>,
}

impl Server {
    /// Compensates what an earlier process left behind, then listens on `address`; port 0 takes a free one. Where there
    /// is a partner, its topics are suggested too.
    ///
    /// # Errors
    /// The address cannot be listened on, or the database fails.
    pub async fn start(address: impl ToSocketAddrs, store: Store, partner: Option<Partner>) -> io::Result<Self> {
        workflow::compensate_abandoned(&store).await.map_err(io::Error::other)?;
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let (stop, stopped) = oneshot::channel();
        let served = axum::serve(listener, api::router(store, partner)).with_graceful_shutdown(async {
            // A sender dropped without a word means the same: the owner is gone.
            let _ = stopped.await;
        });
        let task = tokio::spawn(served.into_future());
        Ok(Self { address, running: Mutex::new(Some(Running { stop, task })) })
    }

    /// Where the service listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Takes no new connections, lets the requests in flight end, and returns when they have. Stopping it again does
    /// nothing.
    ///
    /// # Errors
    /// The service had failed before.
    pub async fn stop(&self) -> io::Result<()> {
        let Some(Running { stop, task }) = self.running.lock().await.take() else { return Ok(()) };
        let _ = stop.send(());
        task.await.map_err(io::Error::other)?
    }
}
