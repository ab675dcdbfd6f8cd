//! One batch of calls, on the thread or the runtime that its body needs. A panic is a failure; a timeout or a signal
//! ends an async body that never ends by itself.

use crate::engine::batch::{Batch, Memory};
use crate::engine::rt::made::Fixture;
use crate::engine::rt::panic;
use crate::engine::rt::run_delay::RunDelay;
use crate::engine::spec::BatchFn;
use crate::engine::supervision::standing::Doing;
use crate::engine::test::Test;
use crate::failure::Failed;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;
use tokio::task::LocalSet;

/// The result of a batch.
pub(crate) struct BatchRun {
    /// The number of calls that ended, in success or in failure.
    pub(crate) calls: u64,
    pub(crate) took: u64,
    pub(crate) failures: Vec<Failed>,
    pub(crate) memory: Option<Memory>,
}

/// The calls of a batch.
pub(crate) struct Calls {
    pub(crate) calls: u64,
    /// Whether to count the allocations of a single call.
    pub(crate) count: bool,
    /// The counter of waits for a processor, where these are to be left out.
    pub(crate) run_delay: Option<Arc<RunDelay>>,
}

/// How a batch ended.
pub(crate) enum BatchEnd {
    Made(BatchRun),
    /// A signal ended the batch.
    Stopped,
}

impl BatchRun {
    /// Makes the result of the batch, or of the one failure that ended it.
    fn of(batch: Batch, done: Result<(), Failed>, calls: u64, took: u64) -> Self {
        match done {
            Ok(()) => Self { calls, took: batch.took, failures: batch.failures, memory: batch.memory },
            Err(failed) => Self { calls: 1, took, failures: vec![failed], memory: None },
        }
    }
}

/// The longest time for a call, and for a whole batch.
#[derive(Clone, Copy)]
struct BatchLimit {
    call: Duration,
    batch: Duration,
}

/// Calls the body `calls` times.
pub(crate) fn call_batch(
    test: &Test,
    body: BatchFn,
    fixture: &Arc<Fixture>,
    Calls { calls, count, run_delay }: Calls,
) -> BatchEnd {
    let shared = &test.shared;
    let mut batch = Batch::new(shared.clock.clone(), calls, count).without_waits(run_delay);
    let limit = shared.options.timeout.map(|call| BatchLimit { call, batch: call.saturating_mul(calls as u32) });
    let start = shared.clock.raw();
    let runtime = test.home.runtime();
    // The guard does not wait for a call that holds the thread beyond its time.
    let bound = limit.filter(|_| !test.home.is_virtual()).map(|limit| limit.batch);
    let _busy = bound.map(|bound| test.job.standing.does(Doing::Body, Some(bound)));
    let ended = match body {
        BatchFn::Blocking(body) => {
            let _context = runtime.handle().enter();
            let done = panic::catch_panic(|| body(&**fixture, &mut batch));
            let late = limit.filter(|limit| batch.took > limit.batch.as_nanos() as u64);
            Some((done.and(late.map_or(Ok(()), |limit| Err(Failed::timed_out(limit.call, None)))), batch))
        }
        BatchFn::Shared(body) => {
            let fixture = Arc::clone(fixture);
            let task = async move { (run_caught(body(&*fixture, &mut batch), limit).await, batch) };
            runtime.block_on(async {
                // Allocations are counted by thread, so the batch then runs on this one; otherwise it runs where the
                // body of a load would.
                if count {
                    return unless_stopped(test, task).await;
                }
                let mut task = runtime.spawn(task);
                let ended = unless_stopped(test, &mut task).await;
                task.abort();
                ended.and_then(Result::ok)
            })
        }
        BatchFn::Local(body) => LocalSet::new().block_on(runtime, async {
            let task = async { (run_caught(body(&**fixture, &mut batch), limit).await, batch) };
            unless_stopped(test, task).await
        }),
    };
    let took = shared.clock.nanos(start, shared.clock.raw());
    ended.map_or(BatchEnd::Stopped, |(done, batch)| BatchEnd::Made(BatchRun::of(batch, done, calls, took)))
}

async fn unless_stopped<T>(test: &Test, future: impl Future<Output = T>) -> Option<T> {
    tokio::select! {
        biased;
        ended = future => Some(ended),
        () = test.job.stop.wait() => None,
    }
}

/// Drives a batch to its end; a panic ends it as a failure, and so does taking too long.
async fn run_caught(batch: impl Future<Output = ()>, limit: Option<BatchLimit>) -> Result<(), Failed> {
    let mut batch = pin!(batch);
    let calls = poll_fn(|context| match panic::catch_panic(|| batch.as_mut().poll(context)) {
        Ok(poll) => poll.map(Ok),
        Err(failed) => Poll::Ready(Err(failed)),
    });
    match limit {
        None => calls.await,
        Some(limit) => {
            tokio::time::timeout(limit.batch, calls).await.unwrap_or_else(|_| Err(Failed::timed_out(limit.call, None)))
        }
    }
}
