//! One connection: its two sockets, and a lane for each direction between them. It knows the logic of lanes only by
//! what goes in and what is due.

use super::board::Board;
use super::fault::Kind;
use super::lane::{Break, Lane};
use super::pipe::{Pipe, PipeEnd, scratch};
use super::rule::Direction;
use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::watch;

/// After an orderly end that a rule brought about, what still comes in is read and dropped for so long: closing a
/// socket with unread bytes would be a reset.
const DRAIN: Duration = Duration::from_secs(1);

/// Serves an accepted connection to its end.
pub(super) async fn serve(client: TcpStream, number: u64, board: Arc<Board>, upstream: SocketAddr) {
    if !carry(client, number, &board, upstream).await {
        board.unheard.fetch_add(1, Relaxed);
    }
}

/// Carries it; says whether the client was heard.
async fn carry(client: TcpStream, number: u64, board: &Board, upstream: SocketAddr) -> bool {
    let mut changes = board.changes();
    let mut lanes = [Direction::ToUpstream, Direction::ToClient].map(|direction| Lane::new(number, direction));
    if admit(&mut lanes, number, board, &mut changes).await.is_some() {
        reset(&client);
        return false;
    }
    let _ = client.set_nodelay(true);
    let upstream = match TcpStream::connect(upstream).await {
        Ok(upstream) => upstream,
        Err(_) => {
            board.failed.fetch_add(1, Relaxed);
            reset(&client);
            return false;
        }
    };
    let _ = upstream.set_nodelay(true);
    let mut link = Link::new(client, upstream, lanes, board);
    let mut end = link.adopt(number, board);
    while end.is_none() {
        tokio::select! {
            biased;
            _ = changes.changed() => end = link.adopt(number, board),
            ended = poll_fn(|cx| link.poll(cx)) => end = Some(ended),
        }
    }
    let heard = link.heard;
    link.finish(end).await;
    heard
}

/// Waits while a fault hangs the connection; gives back what ends it before it began.
async fn admit(lanes: &mut [Lane; 2], number: u64, board: &Board, changes: &mut watch::Receiver<u64>) -> Option<Break> {
    loop {
        let injections = board.met_by(number);
        let end = lanes.iter_mut().filter_map(|lane| lane.adopt(&injections)).next();
        let mut hung = false;
        for injection in injections.iter().filter(|injection| matches!(injection.fault.kind, Kind::Hang)) {
            hung = true;
            injection.meet(number);
        }
        if end.is_some() || !hung {
            return end;
        }
        if changes.changed().await.is_err() {
            return None;
        }
    }
}

/// Makes closing the socket a reset.
fn reset(socket: &TcpStream) {
    let _ = socket2::SockRef::from(socket).set_linger(Some(Duration::ZERO));
}

struct Link<'a> {
    to_upstream: Pipe<'a>,
    to_client: Pipe<'a>,
    /// The client may speak next: its next bytes are a request.
    turn: bool,
    /// It has spoken.
    heard: bool,
    board: &'a Board,
}

impl<'a> Link<'a> {
    fn new(client: TcpStream, upstream: TcpStream, lanes: [Lane; 2], board: &'a Board) -> Self {
        let (client_read, client_write) = client.into_split();
        let (upstream_read, upstream_write) = upstream.into_split();
        let [to_upstream, to_client] = lanes;
        Self {
            to_upstream: Pipe::new(client_read, upstream_write, to_upstream, &board.to_upstream),
            to_client: Pipe::new(upstream_read, client_write, to_client, &board.to_client),
            turn: true,
            heard: false,
            board,
        }
    }

    fn adopt(&mut self, number: u64, board: &Board) -> Option<PipeEnd> {
        let injections = board.met_by(number);
        let ends = [self.to_upstream.lane.adopt(&injections), self.to_client.lane.adopt(&injections)];
        ends.into_iter().flatten().next().map(PipeEnd::from)
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<PipeEnd> {
        let (board, turn, heard) = (self.board, &mut self.turn, &mut self.heard);
        let up = self.to_upstream.poll(cx, &mut || {
            if std::mem::take(turn) {
                board.requests.fetch_add(1, Relaxed);
                *heard = true;
            }
        });
        let turn = &mut self.turn;
        let down = self.to_client.poll(cx, &mut || *turn = true);
        match (up, down) {
            (Poll::Ready(PipeEnd::Done), Poll::Ready(PipeEnd::Done)) => Poll::Ready(PipeEnd::Done),
            (Poll::Ready(end @ (PipeEnd::Reset | PipeEnd::Close)), _)
            | (_, Poll::Ready(end @ (PipeEnd::Reset | PipeEnd::Close))) => Poll::Ready(end),
            _ => Poll::Pending,
        }
    }

    async fn finish(self, end: Option<PipeEnd>) {
        let (mut up, mut down) = (self.to_upstream, self.to_client);
        match end {
            Some(PipeEnd::Close) => {
                let _ = poll_fn(|cx| Pin::new(&mut up.write).poll_shutdown(cx)).await;
                let _ = poll_fn(|cx| Pin::new(&mut down.write).poll_shutdown(cx)).await;
                let drained = async {
                    poll_fn(|cx| drain(&mut up.read, cx)).await;
                    poll_fn(|cx| drain(&mut down.read, cx)).await;
                };
                let _ = tokio::time::timeout(DRAIN, drained).await;
            }
            Some(PipeEnd::Reset) => {
                reset(up.read.as_ref());
                reset(down.read.as_ref());
                // Dropped, a half would send an orderly end before the reset.
                up.write.forget();
                down.write.forget();
            }
            Some(PipeEnd::Done) | None => {}
        }
    }
}

fn drain(read: &mut (impl AsyncRead + Unpin), cx: &mut Context<'_>) -> Poll<()> {
    scratch(|buffer| {
        loop {
            let mut buffer = ReadBuf::new(buffer);
            match Pin::new(&mut *read).poll_read(cx, &mut buffer) {
                Poll::Ready(Ok(())) if !buffer.filled().is_empty() => {}
                Poll::Ready(Ok(()) | Err(io::Error { .. })) => return Poll::Ready(()),
                Poll::Pending => return Poll::Pending,
            }
        }
    })
}
