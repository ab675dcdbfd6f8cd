//! Calls `sample` from a thread of its own: a call that never returns is left there, and the load is still watched.

use super::over::Over;
use crate::engine::rt::made::Fixture;
use crate::engine::rt::{panic, runtime as test_runtime};
use crate::engine::user::value::{Sample, Samples};
use crate::failure::Failed;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::runtime::Handle;

/// How long a call of `sample` may take.
pub(crate) const SAMPLE_TIMEOUT: Duration = Duration::from_secs(5);
/// Time between two checks of whether the load is over.
const SAMPLE_POLL_INTERVAL: Duration = Duration::from_millis(10);
/// How long a call that is running at the end of the load may still take.
const LAST_SAMPLE_TIMEOUT: Duration = Duration::from_millis(500);

/// The samples of one call, and whether the call succeeded.
pub(crate) type GaugeReading = (Samples, Result<(), Failed>);

/// The reader of the gauges, with the thread that calls `sample`.
pub(crate) struct Gauges {
    calls: Sender<()>,
    read: Receiver<GaugeReading>,
    thread: Option<JoinHandle<()>>,
    /// Whether a call was given up and has not returned.
    is_held: bool,
}

impl Gauges {
    pub(crate) fn new(sample: Sample, fixture: &Arc<Fixture>, handle: &Handle) -> Self {
        let ((calls, called), (reads, read)) = (channel(), channel());
        let (fixture, handle) = (Arc::clone(fixture), handle.clone());
        // Without a thread every call fails, and the failure is recorded.
        let thread = std::thread::Builder::new().name("brunt sample".to_owned()).spawn(move || {
            while called.recv().is_ok() {
                if reads.send(call_sample(sample, &*fixture, &handle)).is_err() {
                    break;
                }
            }
            // This may be the last reference to the fixture.
            let _context = handle.enter();
            panic::drop_contained(move || drop(fixture));
        });
        Self { calls, read, thread: thread.ok(), is_held: false }
    }

    /// Calls `sample` once, and waits for its timeout or until a little after the end of the load, whichever is sooner.
    pub(crate) fn read(&mut self, over: &Over) -> GaugeReading {
        if self.is_held {
            // A reading of the call that was given up is outdated.
            match self.read.try_recv() {
                Ok(_) => self.is_held = false,
                Err(_) => return (Samples::default(), Err(Failed::timed_out(SAMPLE_TIMEOUT, None))),
            }
        }
        let _ = self.calls.send(());
        let mut until = Instant::now() + SAMPLE_TIMEOUT;
        let mut is_over = false;
        loop {
            match self.read.recv_timeout(SAMPLE_POLL_INTERVAL) {
                Ok(read) => return read,
                Err(RecvTimeoutError::Disconnected) => {
                    return (Samples::default(), Err(Failed::new("thread", "`sample` got no thread")));
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
            if !is_over && over.wait(Duration::ZERO) {
                (is_over, until) = (true, until.min(Instant::now() + LAST_SAMPLE_TIMEOUT));
            }
            if Instant::now() >= until {
                self.is_held = true;
                return (Samples::default(), Err(Failed::timed_out(SAMPLE_TIMEOUT, None)));
            }
        }
    }

    /// Ends the thread and releases the fixture. Returns whether a call has not returned, which keeps both.
    pub(crate) fn close(self) -> bool {
        let Self { calls, read, thread, is_held } = self;
        if is_held && read.try_recv().is_err() {
            return true;
        }
        drop(calls);
        thread.map(JoinHandle::join);
        false
    }
}

fn call_sample(sample: Sample, fixture: &Fixture, handle: &Handle) -> GaugeReading {
    let mut samples = Samples::default();
    let sampled = test_runtime::call_hook(
        handle,
        || sample(fixture, &mut samples),
        |future| {
            // The waiting thread enforces the timeout too: these timers may be held up.
            handle.block_on(async {
                tokio::time::timeout(SAMPLE_TIMEOUT, future)
                    .await
                    .unwrap_or_else(|_| Err(Failed::timed_out(SAMPLE_TIMEOUT, None)))
            })
        },
    );
    (samples, sampled)
}
