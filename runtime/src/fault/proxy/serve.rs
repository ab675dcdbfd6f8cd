//! The proxy's thread: accepts connections and gives each a task. It knows no faults.

use super::connection;
use super::injection_table::InjectionTable;
use super::upstream::Upstream;
use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, oneshot};

/// What a proxy's thread is told.
pub(super) enum ProxyOrder {
    /// Close the listener, and say when it is closed.
    Shut(oneshot::Sender<()>),
    /// Accept from this one.
    Open(std::net::TcpListener),
    /// End everything.
    Stop,
}

/// Runs until it is told to stop.
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
                // Out of file descriptors: those in use are given back when connections end.
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

/// Counts a connection's end, whatever ends it.
struct OpenConnection(Arc<InjectionTable>);

impl Drop for OpenConnection {
    fn drop(&mut self) {
        self.0.ended.fetch_add(1, Relaxed);
    }
}
