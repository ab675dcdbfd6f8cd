//! Calls `sample` from a thread of its own: one that never comes back is left there, and the load is watched all the same.

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

/// How long a call may take.
pub(crate) const SAMPLE_TIMEOUT: Duration = Duration::from_secs(5);
/// Between two looks at whether the load is over meanwhile.
const SAMPLE_POLL_INTERVAL: Duration = Duration::from_millis(10);
/// What a call that is on at the end of the load may still take.
const LAST_SAMPLE_TIMEOUT: Duration = Duration::from_millis(500);

/// What was recorded, and whether the call succeeded.
pub(crate) type GaugeReading = (Samples, Result<(), Failed>);

/// Reads the gauges.
pub(crate) struct Gauges {
    calls: Sender<()>,
    read: Receiver<GaugeReading>,
    thread: Option<JoinHandle<()>>,
    /// A call was given up, and has not come back.
    is_held: bool,
}

impl Gauges {
    pub(crate) fn new(sample: Sample, fixture: &Arc<Fixture>, handle: &Handle) -> Self {
        let ((calls, called), (reads, read)) = (channel(), channel());
        let (fixture, handle) = (Arc::clone(fixture), handle.clone());
        // Where there is no thread every call fails, which is told.
        let thread = std::thread::Builder::new().name("brunt sample".to_owned()).spawn(move || {
            while called.recv().is_ok() {
                if reads.send(call_sample(sample, &*fixture, &handle)).is_err() {
                    break;
                }
            }
            // It may be the last to hold it.
            let _context = handle.enter();
            panic::drop_contained(move || drop(fixture));
        });
        Self { calls, read, thread: thread.ok(), is_held: false }
    }

    /// Calls it once, and waits as long as it may take, or a little beyond the end of the load.
    pub(crate) fn read(&mut self, over: &Over) -> GaugeReading {
        if self.is_held {
            // What it read so long ago is not of now.
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

    /// Ends the thread, and its hold on the fixture; says whether a call has not come back, which keeps both.
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
            // Its bound is kept by who waits for it: these timers may be held up.
            handle.block_on(async {
                tokio::time::timeout(SAMPLE_TIMEOUT, future)
                    .await
                    .unwrap_or_else(|_| Err(Failed::timed_out(SAMPLE_TIMEOUT, None)))
            })
        },
    );
    (samples, sampled)
}
