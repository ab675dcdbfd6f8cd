//! One connection through a proxy: its two sockets, and a pipe with a delay queue for each direction.

use super::delay_queue::{DelayQueue, ForcedEnd};
use super::fault::FaultKind;
use super::injection_table::InjectionTable;
use super::pipe::{Pipe, PipeEnd, discard_input};
use super::rule::Direction;
use super::socket::{LateReset, has_unsent_bytes, reset_on_close, watch_for_reset};
use super::upstream::{Connected, Upstream};
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::AsyncWrite;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{Sleep, sleep};

/// How long incoming data is read and dropped after an orderly end by a rule. A socket that is closed with unread bytes
/// would send a reset.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(1);
/// How long after its last byte the remaining end may take to receive the data of a lost one. It is reset afterwards,
/// which would discard data that has not reached it.
const TAKE_IN_TIMEOUT: Duration = Duration::from_secs(10);
/// Pause between two checks whether sent data has left the socket.
const UNSENT_CHECK_INTERVAL: Duration = Duration::from_millis(1);

/// Serves an accepted connection until its end.
pub(super) async fn serve_connection(
    client: TcpStream,
    number: u64,
    table: Arc<InjectionTable>,
    upstream: Arc<Upstream>,
) {
    if !carry_connection(client, number, &table, &upstream).await {
        table.unheard.fetch_add(1, Relaxed);
    }
}

/// Carries a connection until its end; returns whether the client has sent data.
async fn carry_connection(client: TcpStream, number: u64, table: &InjectionTable, upstream: &Upstream) -> bool {
    let mut changes = table.changes();
    let mut queues = [Direction::ToUpstream, Direction::ToClient].map(|direction| DelayQueue::new(number, direction));
    match admit_connection(&mut queues, number, table, &mut changes).await {
        None => {}
        Some(ForcedEnd::Reset) => {
            reset_on_close(&client);
            return false;
        }
        Some(ForcedEnd::Close) => {
            close_orderly(client).await;
            return false;
        }
    }
    let _ = client.set_nodelay(true);
    let Connected { stream: upstream, reset: was_reset } = match upstream.connect().await {
        Ok(connected) => connected,
        Err(_) => {
            table.failed.fetch_add(1, Relaxed);
            reset_on_close(&client);
            return false;
        }
    };
    let _ = upstream.set_nodelay(true);
    let mut connection = Connection::new(client, upstream, queues, table);
    if was_reset {
        connection.to_client.sender_was_reset();
    }
    let mut end = connection.adopt(number, table);
    while end.is_none() {
        tokio::select! {
            biased;
            _ = changes.changed() => end = connection.adopt(number, table),
            ended = poll_fn(|cx| connection.poll(cx)) => end = Some(ended),
        }
    }
    let heard = connection.heard;
    connection.finish(end).await;
    heard
}

/// Waits while a fault hangs the new connection. Returns how a rule ends it, if one does.
async fn admit_connection(
    queues: &mut [DelayQueue; 2],
    number: u64,
    table: &InjectionTable,
    changes: &mut watch::Receiver<u64>,
) -> Option<ForcedEnd> {
    loop {
        let injections = table.met_by(number);
        let end = queues.iter_mut().filter_map(|queue| queue.adopt(&injections)).next();
        let mut hung = false;
        for injection in injections.iter().filter(|injection| matches!(injection.fault.kind, FaultKind::Hang)) {
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

/// Closes the connection of a client in order, before there is one to the upstream. Data from the client is dropped.
async fn close_orderly(client: TcpStream) {
    let (mut read, mut write) = client.into_split();
    let _ = poll_fn(|cx| Pin::new(&mut write).poll_shutdown(cx)).await;
    let _ = tokio::time::timeout(DRAIN_TIMEOUT, poll_fn(|cx| discard_input(&mut read, cx))).await;
}

struct Connection<'a> {
    to_upstream: Pipe<'a>,
    to_client: Pipe<'a>,
    /// Whether the next bytes of the client are a request.
    turn: bool,
    /// Whether the client has sent data.
    heard: bool,
    /// Timer that runs while one end is lost and the other receives nothing.
    stalled: Option<Stalled>,
    /// Watches for a reset of the end whose stream has ended in order, since no read reports it any more.
    late_reset: Option<LateReset>,
    table: &'a InjectionTable,
}

impl<'a> Connection<'a> {
    fn new(client: TcpStream, upstream: TcpStream, queues: [DelayQueue; 2], table: &'a InjectionTable) -> Self {
        let (client_read, client_write) = client.into_split();
        let (upstream_read, upstream_write) = upstream.into_split();
        let [to_upstream, to_client] = queues;
        Self {
            to_upstream: Pipe::new(client_read, upstream_write, to_upstream, &table.to_upstream),
            to_client: Pipe::new(upstream_read, client_write, to_client, &table.to_client),
            turn: true,
            heard: false,
            stalled: None,
            late_reset: None,
            table,
        }
    }

    fn adopt(&mut self, number: u64, table: &InjectionTable) -> Option<PipeEnd> {
        let injections = table.met_by(number);
        let ends = [self.to_upstream.queue.adopt(&injections), self.to_client.queue.adopt(&injections)];
        ends.into_iter().flatten().next().map(PipeEnd::from)
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<PipeEnd> {
        let (table, turn, heard) = (self.table, &mut self.turn, &mut self.heard);
        let up = self.to_upstream.poll(cx, &mut || {
            if std::mem::take(turn) {
                table.requests.fetch_add(1, Relaxed);
                *heard = true;
            }
        });
        // A reset that a write has reported is not reported again by the next read.
        if up.is_ready() && self.to_upstream.saw_reset() {
            self.to_client.sender_was_reset();
        }
        let turn = &mut self.turn;
        let down = self.to_client.poll(cx, &mut || *turn = true);
        if down.is_ready() && self.to_client.saw_reset() {
            self.to_upstream.sender_was_reset();
        }
        let (Poll::Pending, Poll::Pending) = (up, down) else { return self.ended(cx, up, down) };
        Poll::Pending
    }

    /// Decides how the connection goes on when a direction has ended.
    fn ended(&mut self, cx: &mut Context<'_>, up: Poll<PipeEnd>, down: Poll<PipeEnd>) -> Poll<PipeEnd> {
        use PipeEnd::{Close, Done, Lost, Refused, Reset};
        match (up, down) {
            (Poll::Ready(end @ (Reset | Close)), _) | (_, Poll::Ready(end @ (Reset | Close))) => Poll::Ready(end),
            (Poll::Ready(Done), Poll::Ready(Done)) => Poll::Ready(Done),
            (Poll::Ready(Lost), _) | (_, Poll::Ready(Lost)) => Poll::Ready(Lost),
            (Poll::Ready(_), Poll::Ready(_)) => Poll::Ready(Lost),
            (Poll::Ready(Refused), Poll::Pending) => Self::last_words(&self.to_client, &mut self.stalled, cx),
            (Poll::Pending, Poll::Ready(Refused)) => Self::last_words(&self.to_upstream, &mut self.stalled, cx),
            (Poll::Ready(Done), Poll::Pending) => Self::half_closed(&self.to_upstream, &mut self.late_reset, cx),
            (Poll::Pending, Poll::Ready(Done)) => Self::half_closed(&self.to_client, &mut self.late_reset, cx),
            (Poll::Pending, Poll::Pending) => Poll::Pending,
        }
    }

    /// Goes on with the other direction after one end has ended its stream in order, until that end is reset.
    fn half_closed(pipe: &Pipe<'_>, late_reset: &mut Option<LateReset>, cx: &mut Context<'_>) -> Poll<PipeEnd> {
        late_reset.get_or_insert_with(|| watch_for_reset(pipe.read.as_ref())).as_mut().poll(cx).map(|()| PipeEnd::Lost)
    }

    /// Goes on with the data that a lost end had sent, as long as the other end receives it.
    fn last_words(pipe: &Pipe<'_>, stalled: &mut Option<Stalled>, cx: &mut Context<'_>) -> Poll<PipeEnd> {
        if !pipe.is_blocked() {
            *stalled = None;
            return Poll::Pending;
        }
        let taken = pipe.taken();
        let since = stalled.get_or_insert_with(|| Stalled::at(taken));
        if since.taken != taken {
            *since = Stalled::at(taken);
        }
        since.timer.as_mut().poll(cx).map(|()| PipeEnd::Lost)
    }

    async fn finish(mut self, end: Option<PipeEnd>) {
        match end {
            Some(PipeEnd::Close) => {
                let _ = poll_fn(|cx| Pin::new(&mut self.to_upstream.write).poll_shutdown(cx)).await;
                let _ = poll_fn(|cx| Pin::new(&mut self.to_client.write).poll_shutdown(cx)).await;
                let _ = tokio::time::timeout(DRAIN_TIMEOUT, poll_fn(|cx| self.discard(cx))).await;
            }
            Some(PipeEnd::Lost | PipeEnd::Refused) => {
                self.await_taken_in().await;
                self.reset();
            }
            Some(PipeEnd::Reset) => self.reset(),
            Some(PipeEnd::Done) | None => {}
        }
    }

    /// Drops the data from both sides until both have ended.
    fn discard(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let (client, upstream) =
            (discard_input(&mut self.to_upstream.read, cx), discard_input(&mut self.to_client.read, cx));
        if client.is_ready() && upstream.is_ready() { Poll::Ready(()) } else { Poll::Pending }
    }

    /// Waits until written data has left the sockets. Meanwhile incoming data is dropped, so that the peers are not
    /// held back.
    async fn await_taken_in(&mut self) {
        let until = tokio::time::Instant::now() + TAKE_IN_TIMEOUT;
        while [&self.to_upstream.write, &self.to_client.write].iter().any(|socket| has_unsent_bytes(socket.as_ref()))
            && tokio::time::Instant::now() < until
        {
            let _ = tokio::time::timeout(
                UNSENT_CHECK_INTERVAL,
                poll_fn(|cx| {
                    let _ = self.discard(cx);
                    Poll::<()>::Pending
                }),
            )
            .await;
        }
    }

    fn reset(self) {
        reset_on_close(self.to_upstream.read.as_ref());
        reset_on_close(self.to_client.read.as_ref());
        // A dropped half would send an orderly end before the reset.
        self.to_upstream.write.forget();
        self.to_client.write.forget();
    }
}

/// The time since which a receiver takes no data.
struct Stalled {
    taken: u64,
    timer: Pin<Box<Sleep>>,
}

impl Stalled {
    fn at(taken: u64) -> Self {
        Self { taken, timer: Box::pin(sleep(TAKE_IN_TIMEOUT)) }
    }
}
