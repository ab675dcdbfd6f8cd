//! The thread of a proxy: it accepts connections and starts a task for each.

use super::connection;
use super::injection_table::InjectionTable;
use super::upstream::Upstream;
use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, oneshot};

/// An order to the thread of a proxy.
pub(super) enum ProxyOrder {
    /// Close the listener, and confirm it.
    Shut(oneshot::Sender<()>),
    /// Accept from this listener.
    Open(std::net::TcpListener),
    /// End the thread and all connections.
    Stop,
}

/// Runs a proxy until the order to stop.
pub(super) async fn run_proxy(
    mut orders: mpsc::UnboundedReceiver<ProxyOrder>,
    table: Arc<InjectionTable>,
    upstream: Arc<Upstream>,
) {
    let mut listener = None;
    loop {
        tokio::select! {
            biased;
            order = orders.recv() => match order {
                Some(ProxyOrder::Open(open)) => listener = TcpListener::from_std(open).ok(),
                Some(ProxyOrder::Shut(shut)) => {
                    listener = None;
                    let _ = shut.send(());
                }
                Some(ProxyOrder::Stop) | None => return,
            },
            accepted = accept_client(&listener) => match accepted {
                Ok(client) => {
                    let number = table.connections.fetch_add(1, Relaxed);
                    let (table, upstream) = (table.clone(), upstream.clone());
                    tokio::spawn(async move {
                        let _open = OpenConnection(table.clone());
                        connection::serve_connection(client, number, table, upstream).await;
                    });
                }
                // No file descriptors are left. They become free when connections end.
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            },
        }
    }
}

async fn accept_client(listener: &Option<TcpListener>) -> io::Result<TcpStream> {
    match listener {
        Some(listener) => listener.accept().await.map(|(client, _)| client),
        None => std::future::pending().await,
    }
}

/// Counts the end of a connection when it is dropped.
struct OpenConnection(Arc<InjectionTable>);

impl Drop for OpenConnection {
    fn drop(&mut self) {
        self.0.ended.fetch_add(1, Relaxed);
    }
}
