//! `Pipe`: moves the bytes of one direction from a socket through a delay queue to the other socket. Without faults the
//! bytes bypass the queue, in the same poll that read them and without a clock reading.

use super::delay_queue::{DelayQueue, Delivery, ForcedEnd};
use std::cell::RefCell;
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::time::{Instant, Sleep, sleep_until};

/// Largest number of bytes of one read.
const LARGEST_READ: usize = 64 << 10;

thread_local! {
    /// One buffer for all connections of a proxy, which share its thread. No bytes stay in it between two polls.
    static SCRATCH: RefCell<Box<[u8]>> = RefCell::new(vec![0; LARGEST_READ].into_boxed_slice());
}

pub(super) fn with_scratch<T>(with: impl FnOnce(&mut [u8]) -> T) -> T {
    SCRATCH.with_borrow_mut(|buffer| with(buffer))
}

/// The way in which a direction ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PipeEnd {
    /// The orderly end of the sender has been passed on.
    Done,
    /// The connection of the sender was lost, and all its data has been passed on.
    Lost,
    /// The connection of the receiver was lost, and further data is dropped. The receiver may have sent data before.
    Refused,
    /// A rule's orderly end of both directions is due.
    Close,
    /// A rule's reset of both ends is due at once.
    Reset,
}

impl From<ForcedEnd> for PipeEnd {
    fn from(end: ForcedEnd) -> Self {
        match end {
            ForcedEnd::Close => Self::Close,
            ForcedEnd::Reset => Self::Reset,
        }
    }
}

pub(super) struct Pipe<'a> {
    pub(super) queue: DelayQueue,
    pub(super) read: OwnedReadHalf,
    pub(super) write: OwnedWriteHalf,
    /// Data that is due and not completely written yet.
    writing: Vec<u8>,
    written: usize,
    /// Number of bytes that had to wait for the receiver and were written.
    taken: u64,
    shutting: bool,
    end: Option<PipeEnd>,
    /// Whether a write to the sender has reported its reset. The next read then reports an orderly end.
    reset: bool,
    /// Whether a write to the receiver has reported its reset.
    saw_reset: bool,
    timer: Option<Pin<Box<Sleep>>>,
    delivered: &'a AtomicU64,
}

/// Result of one step of a pipe.
enum PipeProgress {
    Moved,
    Waits,
    Ends(PipeEnd),
}

impl<'a> Pipe<'a> {
    pub(super) fn new(read: OwnedReadHalf, write: OwnedWriteHalf, queue: DelayQueue, delivered: &'a AtomicU64) -> Self {
        let (writing, written) = (Vec::new(), 0);
        Self {
            queue,
            read,
            write,
            writing,
            written,
            taken: 0,
            shutting: false,
            end: None,
            reset: false,
            saw_reset: false,
            timer: None,
            delivered,
        }
    }

    /// Moves all data that can be moved; calls `arrived` at every read.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>, arrived: &mut dyn FnMut()) -> Poll<PipeEnd> {
        if let Some(end) = self.end {
            if end == PipeEnd::Refused {
                let _ = discard_input(&mut self.read, cx);
            }
            return Poll::Ready(end);
        }
        loop {
            let step = if self.queue.is_clear() && self.writing.is_empty() {
                self.pass_through(cx, arrived)
            } else {
                self.pass_by_queue(cx, arrived)
            };
            match step {
                Ok(PipeProgress::Moved) => {}
                Ok(PipeProgress::Waits) => return Poll::Pending,
                Ok(PipeProgress::Ends(end)) => {
                    self.end = Some(end);
                    return Poll::Ready(end);
                }
                Err(error) => return Poll::Ready(self.refused(cx, &error)),
            }
        }
    }

    /// Whether data is due that the receiver does not take.
    pub(super) fn is_blocked(&self) -> bool {
        self.end.is_none() && !self.writing.is_empty()
    }

    /// Number of bytes that had to wait for the receiver and were written.
    pub(super) fn taken(&self) -> u64 {
        self.taken
    }

    /// Notes that a write to the sender has reported its reset.
    pub(super) fn sender_was_reset(&mut self) {
        self.reset = true;
    }

    /// Whether a write to the receiver has reported its reset, which the other direction does not see any more.
    pub(super) fn saw_reset(&self) -> bool {
        self.saw_reset
    }

    fn refused(&mut self, cx: &mut Context<'_>, error: &io::Error) -> PipeEnd {
        // `BrokenPipe` follows an orderly end of the receiver, and its stream keeps that end.
        self.saw_reset = error.kind() != io::ErrorKind::BrokenPipe;
        self.end = Some(PipeEnd::Refused);
        let _ = discard_input(&mut self.read, cx);
        PipeEnd::Refused
    }

    fn pass_through(&mut self, cx: &mut Context<'_>, arrived: &mut dyn FnMut()) -> io::Result<PipeProgress> {
        with_scratch(|buffer| {
            let mut buffer = ReadBuf::new(buffer);
            let Poll::Ready(read) = Pin::new(&mut self.read).poll_read(cx, &mut buffer) else {
                return Ok(PipeProgress::Waits);
            };
            let mut bytes = buffer.filled();
            if bytes.is_empty() {
                return Ok(self.ended(read.is_err()));
            }
            arrived();
            while !bytes.is_empty() {
                match Pin::new(&mut self.write).poll_write(cx, bytes) {
                    Poll::Ready(written) => {
                        let written = written?;
                        self.delivered.fetch_add(written as u64, Relaxed);
                        bytes = &bytes[written..];
                    }
                    Poll::Pending => {
                        self.writing.extend_from_slice(bytes);
                        break;
                    }
                }
            }
            Ok(PipeProgress::Moved)
        })
    }

    fn ended(&mut self, reset: bool) -> PipeProgress {
        let now = Instant::now();
        let end = if reset || self.reset { self.queue.lose(now) } else { self.queue.end(now) };
        end.map_or(PipeProgress::Moved, |end| PipeProgress::Ends(end.into()))
    }

    fn pass_by_queue(&mut self, cx: &mut Context<'_>, arrived: &mut dyn FnMut()) -> io::Result<PipeProgress> {
        let now = Instant::now();
        if let Some(end) = self.queue.advance(now) {
            return Ok(PipeProgress::Ends(end.into()));
        }
        if let Poll::Ready(end) = self.flush(cx, now)?
            && let Some(end) = end
        {
            return Ok(PipeProgress::Ends(end));
        }
        // Without faults a slow reader holds its sender back, as it would without a proxy.
        if self.queue.is_clear() {
            return Ok(if self.writing.is_empty() { PipeProgress::Moved } else { PipeProgress::Waits });
        }
        if self.queue.wants_input(now)
            && let Poll::Ready(step) = self.fill(cx, arrived)
        {
            return Ok(step);
        }
        Ok(self.wait(cx, now))
    }

    /// Writes the data that is due. `Ready(None)`: no more data is due.
    fn flush(&mut self, cx: &mut Context<'_>, now: Instant) -> io::Result<Poll<Option<PipeEnd>>> {
        loop {
            while self.written < self.writing.len() {
                let Poll::Ready(written) = Pin::new(&mut self.write).poll_write(cx, &self.writing[self.written..])
                else {
                    return Ok(Poll::Pending);
                };
                let written = written?;
                self.written += written;
                self.taken += written as u64;
                self.delivered.fetch_add(written as u64, Relaxed);
            }
            (self.writing, self.written) = (Vec::new(), 0);
            if self.shutting {
                return match Pin::new(&mut self.write).poll_shutdown(cx) {
                    Poll::Ready(shut) => shut.map(|()| Poll::Ready(Some(PipeEnd::Done))),
                    Poll::Pending => Ok(Poll::Pending),
                };
            }
            match self.queue.take_due(now) {
                Some(Delivery::Bytes(bytes)) => self.writing = bytes,
                Some(Delivery::End) => self.shutting = true,
                Some(Delivery::Lost) => return Ok(Poll::Ready(Some(PipeEnd::Lost))),
                Some(Delivery::Close) => return Ok(Poll::Ready(Some(PipeEnd::Close))),
                None => return Ok(Poll::Ready(None)),
            }
        }
    }

    fn fill(&mut self, cx: &mut Context<'_>, arrived: &mut dyn FnMut()) -> Poll<PipeProgress> {
        with_scratch(|buffer| {
            let mut buffer = ReadBuf::new(buffer);
            let read = ready!(Pin::new(&mut self.read).poll_read(cx, &mut buffer));
            if buffer.filled().is_empty() {
                return Poll::Ready(self.ended(read.is_err()));
            }
            arrived();
            let end = self.queue.offer(buffer.filled(), Instant::now());
            Poll::Ready(end.map_or(PipeProgress::Moved, |end| PipeProgress::Ends(end.into())))
        })
    }

    fn wait(&mut self, cx: &mut Context<'_>, now: Instant) -> PipeProgress {
        let Some(at) = self.queue.next_event(now) else { return PipeProgress::Waits };
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(at)));
        if timer.deadline() != at {
            timer.as_mut().reset(at);
        }
        if timer.as_mut().poll(cx).is_ready() { PipeProgress::Moved } else { PipeProgress::Waits }
    }
}

/// Reads and drops data until the end of the stream.
pub(super) fn discard_input(read: &mut OwnedReadHalf, cx: &mut Context<'_>) -> Poll<()> {
    with_scratch(|buffer| {
        loop {
            let mut buffer = ReadBuf::new(buffer);
            match ready!(Pin::new(&mut *read).poll_read(cx, &mut buffer)) {
                Ok(()) if !buffer.filled().is_empty() => {}
                _ => return Poll::Ready(()),
            }
        }
    })
}
