//! A breaker that wraps futures, as `brunt::breaker` sees it: a call is begun by polling its future once, and ended by
//! polling it again when the outcome it waits for has been told. Knows no breaker.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use brunt::breaker::{Breaker, State};
use tokio::runtime::Runtime;
use tokio::sync::oneshot;

/// What a breaker calls: it waits for its outcome.
pub(crate) type Call = Pin<Box<dyn Future<Output = Result<(), Down>> + Send>>;

/// The error of a call that fails.
#[derive(Debug)]
pub(crate) struct Down;

/// How a wrapped call ended.
#[derive(Debug, PartialEq)]
pub(crate) enum Ended {
    Rejected,
    Made,
}

impl Ended {
    pub(crate) fn unless(rejected: bool) -> Self {
        if rejected { Self::Rejected } else { Self::Made }
    }
}

/// How time passes for a breaker.
pub(crate) enum Time {
    Told(Arc<Runtime>),
    Real(Instant),
}

impl Time {
    pub(crate) fn told(runtime: &Arc<Runtime>) -> Self {
        Self::Told(Arc::clone(runtime))
    }

    pub(crate) fn real() -> Self {
        Self::Real(Instant::now())
    }
}

type Wrap = dyn Fn(Call) -> Pin<Box<dyn Future<Output = Ended>>>;

pub(crate) struct Wrapped {
    time: Time,
    wrap: Box<Wrap>,
    state: Box<dyn Fn() -> Option<State>>,
}

impl Wrapped {
    /// A breaker by what it makes of a call, and by the state it shows.
    pub(crate) fn new<F: Future<Output = Ended> + 'static>(
        time: Time,
        wrap: impl Fn(Call) -> F + 'static,
        state: impl Fn() -> Option<State> + 'static,
    ) -> Self {
        Self { time, wrap: Box::new(move |call| Box::pin(wrap(call))), state: Box::new(state) }
    }
}

pub(crate) struct InFlight {
    future: Pin<Box<dyn Future<Output = Ended>>>,
    tell: Option<oneshot::Sender<bool>>,
}

impl InFlight {
    fn poll(&mut self) -> Poll<Ended> {
        self.future.as_mut().poll(&mut Context::from_waker(Waker::noop()))
    }
}

impl Breaker for Wrapped {
    type Call = InFlight;

    fn begin(&mut self) -> Option<InFlight> {
        let (tell, told) = oneshot::channel();
        let call = async move { if told.await == Ok(true) { Ok(()) } else { Err(Down) } };
        let mut begun = InFlight { future: (self.wrap)(Box::pin(call)), tell: Some(tell) };
        match begun.poll() {
            Poll::Pending => Some(begun),
            Poll::Ready(Ended::Rejected) => None,
            Poll::Ready(Ended::Made) => panic!("the call ended before its outcome was told"),
        }
    }

    fn finish(&mut self, mut call: InFlight, success: bool) {
        let told = call.tell.take().map(|tell| tell.send(success));
        assert!(
            told == Some(Ok(())) && call.poll() == Poll::Ready(Ended::Made),
            "the call ends when its outcome is told"
        );
    }

    fn cancel(&mut self, call: InFlight) {
        drop(call.future);
    }

    fn advance(&mut self, by: Duration) {
        match &self.time {
            Time::Told(runtime) => runtime.block_on(tokio::time::advance(by)),
            Time::Real(_) => std::thread::sleep(by),
        }
    }

    fn elapsed(&self) -> Option<Duration> {
        match &self.time {
            Time::Told(_) => None,
            Time::Real(start) => Some(start.elapsed()),
        }
    }

    fn state(&self) -> Option<State> {
        (self.state)()
    }
}
