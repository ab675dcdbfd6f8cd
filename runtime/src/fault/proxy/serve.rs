//! The proxy's thread: accepts connections and gives each a task. It knows no faults.

use super::board::Board;
use super::link;
use super::upstream::Upstream;
use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, oneshot};

/// What a proxy's thread is told.
pub(super) enum Order {
    /// Close the listener, and say when it is closed.
    Shut(oneshot::Sender<()>),
    /// Accept from this one.
    Open(std::net::TcpListener),
    /// End everything.
    Stop,
}

/// Runs until it is told to stop.
pub(super) async fn serve(mut orders: mpsc::UnboundedReceiver<Order>, board: Arc<Board>, upstream: Arc<Upstream>) {
    let mut listener = None;
    loop {
        tokio::select! {
            biased;
            order = orders.recv() => match order {
                Some(Order::Open(open)) => listener = TcpListener::from_std(open).ok(),
                Some(Order::Shut(shut)) => {
                    listener = None;
                    let _ = shut.send(());
                }
                Some(Order::Stop) | None => return,
            },
            accepted = accept(&listener) => match accepted {
                Ok(client) => {
                    let number = board.connections.fetch_add(1, Relaxed);
                    let (board, upstream) = (board.clone(), upstream.clone());
                    tokio::spawn(async move {
                        let _open = Open(board.clone());
                        link::serve(client, number, board, upstream).await;
                    });
                }
                // Out of file descriptors: those in use are given back when connections end.
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            },
        }
    }
}

async fn accept(listener: &Option<TcpListener>) -> io::Result<TcpStream> {
    match listener {
        Some(listener) => listener.accept().await.map(|(client, _)| client),
        None => std::future::pending().await,
    }
}

/// Counts a connection's end, whatever ends it.
struct Open(Arc<Board>);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.ended.fetch_add(1, Relaxed);
    }
}
