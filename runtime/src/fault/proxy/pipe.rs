//! Moves one direction's bytes from socket to lane to socket. Where nothing is injected they go straight through, in
//! the same poll that read them and without a look at the clock.

use super::delay_queue::{DelayQueue, Delivery, ForcedEnd};
use std::cell::RefCell;
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::time::{Instant, Sleep, sleep_until};

/// What one read takes at most.
const LARGEST_READ: usize = 64 << 10;

thread_local! {
    /// All connections of a proxy share its thread, and none keeps bytes here between polls.
    static SCRATCH: RefCell<Box<[u8]>> = RefCell::new(vec![0; LARGEST_READ].into_boxed_slice());
}

pub(super) fn with_scratch<T>(with: impl FnOnce(&mut [u8]) -> T) -> T {
    SCRATCH.with_borrow_mut(|buffer| with(buffer))
}

/// How a direction ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PipeEnd {
    /// The sender's end has been passed on.
    Done,
    /// The sender's connection broke, and all that it had sent has been passed on.
    Lost,
    /// The receiver's connection broke: what still comes is dropped. The receiver may have sent something before.
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
    /// Due, but not all of it written yet.
    writing: Vec<u8>,
    written: usize,
    /// How many bytes the receiver took in that had to wait.
    taken: u64,
    shutting: bool,
    end: Option<PipeEnd>,
    /// The sender's socket has told of its reset already, when it was written to: it reads as an orderly end.
    reset: bool,
    /// Writing to the receiver told of its reset.
    saw_reset: bool,
    timer: Option<Pin<Box<Sleep>>>,
    delivered: &'a AtomicU64,
}

/// What a step of a pipe came to.
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

    /// Moves what can be moved; `arrived` is told of every read.
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

    /// Whether the receiver could take in what is due and does not.
    pub(super) fn is_blocked(&self) -> bool {
        self.end.is_none() && !self.writing.is_empty()
    }

    /// How much the receiver has taken in of what it had to wait for.
    pub(super) fn taken(&self) -> u64 {
        self.taken
    }

    /// The sender's socket was found to be reset when it was written to.
    pub(super) fn sender_was_reset(&mut self) {
        self.reset = true;
    }

    /// Whether the receiver's reset was seen here, where its own direction cannot see it any more.
    pub(super) fn saw_reset(&self) -> bool {
        self.saw_reset
    }

    fn refused(&mut self, cx: &mut Context<'_>, error: &io::Error) -> PipeEnd {
        // After the receiver's orderly end it is `BrokenPipe`: its stream still ends as it did.
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
        // Without faults a slow reader holds its sender back as if there were no proxy.
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

    /// Writes what is due; `Ready(None)`: nothing more is.
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

/// Reads and drops what comes, until nothing more does.
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
