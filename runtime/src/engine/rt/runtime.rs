//! The runtime of a test's fixture and, by default, of its users.

use super::alarm;
use super::made::{Made, SendFuture, SendMade};
use super::panic::Owner;
use super::stop::Stop;
use crate::error::Error;
use crate::failure::Failed;
use crate::sync::Lock;
use brunt_plan::Plan;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;
use tokio::runtime::{Builder, EnterGuard, Handle, Runtime};

/// How long tasks that were left running may hold up the end of a runtime.
pub(crate) const RUNTIME_END_TIMEOUT: Duration = Duration::from_secs(2);

/// A test's runtime.
#[derive(Debug)]
pub(crate) enum TestRuntime {
    /// The test's own runtime, with many threads.
    Own(Runtime, Owner),
    /// The process's runtime: fixtures that tests share outlive each test, and so must their connections and tasks.
    Process(&'static Runtime, Owner),
    /// The test's own runtime on a paused clock, with one thread and no sockets.
    Virtual(Runtime, Owner),
}

/// The number of turns after which a worker checks the common queue. Tokio lets a worker run its own queue for long;
/// then, of 10 000 busy users, some ran 461 times as often as others. A check at every second turn makes it 2–3 times.
const GLOBAL_QUEUE_INTERVAL: u32 = 2;

fn many_threads(owner: Owner) -> io::Result<Runtime> {
    let mut builder = Builder::new_multi_thread();
    builder.enable_all().global_queue_interval(GLOBAL_QUEUE_INTERVAL).thread_name("brunt");
    builder.on_thread_start(move || owner.own_thread()).build()
}

impl TestRuntime {
    pub(crate) fn build(plan: &Plan, shared_fixture: bool) -> Result<Self, Error> {
        let owner = Owner::new();
        // For values that are dropped on the test's own thread, and for tasks of virtual time.
        owner.own_thread();
        let home = if plan.virtual_time {
            let mut builder = Builder::new_current_thread();
            builder.enable_time().start_paused(true).on_thread_start(move || owner.own_thread());
            builder.build().map(|runtime| Self::Virtual(runtime, owner))
        } else if shared_fixture {
            process_runtime().map(|(runtime, owner)| Self::Process(runtime, owner))
        } else {
            many_threads(owner).map(|runtime| Self::Own(runtime, owner))
        };
        home.inspect(|home| home.owner().starts_here())
            .map_err(|cause| Error::Engine { doing: "start a tokio runtime", cause })
    }

    /// Builds the runtime of a fixture that this process keeps for others.
    pub(crate) fn of_a_kept_fixture() -> io::Result<Self> {
        let owner = Owner::new();
        many_threads(owner).map(|runtime| Self::Own(runtime, owner))
    }

    pub(crate) fn runtime(&self) -> &Runtime {
        match self {
            Self::Own(runtime, _) | Self::Virtual(runtime, _) => runtime,
            Self::Process(runtime, _) => runtime,
        }
    }

    /// The owner of the runtime's threads.
    pub(crate) fn owner(&self) -> Owner {
        let (Self::Own(_, owner) | Self::Process(_, owner) | Self::Virtual(_, owner)) = self;
        *owner
    }

    pub(crate) fn is_virtual(&self) -> bool {
        matches!(self, Self::Virtual(..))
    }

    /// Calls a hook: a plain function in the runtime's context but not inside the runtime, so that a blocking client in
    /// the function works; an async function on the runtime.
    pub(crate) fn call<'a, T>(
        &self,
        stop: &Stop,
        bound: Option<Duration>,
        hook: impl FnOnce() -> SendMade<'a, T>,
    ) -> Result<T, Failed> {
        call_hook(self.runtime().handle(), hook, |future| {
            self.runtime().block_on(async {
                let over = async {
                    match bound {
                        None => std::future::pending().await,
                        Some(bound) if self.is_virtual() => tokio::time::sleep(bound).await,
                        Some(bound) => alarm::sleep_real(bound).await,
                    }
                };
                tokio::select! {
                    biased;
                    made = future => made,
                    () = stop.wait() => Err(Failed::new("stopped", "stopped by a signal while it ran")),
                    () = over => Err(out_of_time(bound.unwrap_or_default())),
                }
            })
        })
    }

    /// Ends the runtime, where it is the test's own; tasks that block one of its threads are left behind.
    pub(crate) fn close(self) {
        if let Self::Own(runtime, _) | Self::Virtual(runtime, _) = self {
            runtime.shutdown_timeout(RUNTIME_END_TIMEOUT);
        }
        Owner::leave_thread();
    }
}

/// The failure of a hook that took longer than its bound.
pub(crate) fn out_of_time(bound: Duration) -> Failed {
    Failed::new(Failed::TIMEOUT, format_args!("not done within {bound:?} (`setup_timeout`)"))
}

/// Calls a hook in the context of a runtime and hands its future, if it has one, to `drive`.
pub(crate) fn call_hook<'a, T>(
    handle: &Handle,
    hook: impl FnOnce() -> SendMade<'a, T>,
    drive: impl FnOnce(Caught<'a, T>) -> Result<T, Failed>,
) -> Result<T, Failed> {
    let context = handle.enter();
    match super::panic::catch_panic(hook)? {
        Made::Ready(made) => made,
        Made::Later(future) => {
            drop(context);
            drive(Caught::new(future))
        }
    }
}

/// A hook's future whose panics become failures.
pub(crate) struct Caught<'a, T>(Option<SendFuture<'a, Result<T, Failed>>>);

impl<T> Drop for Caught<'_, T> {
    fn drop(&mut self) {
        let future = self.0.take();
        super::panic::drop_contained(|| drop(future));
    }
}

impl<'a, T> Caught<'a, T> {
    pub(crate) fn new(future: SendFuture<'a, Result<T, Failed>>) -> Self {
        Self(Some(future))
    }
}

impl<T> Future for Caught<'_, T> {
    type Output = Result<T, Failed>;

    fn poll(mut self: Pin<&mut Self>, context: &mut std::task::Context<'_>) -> Poll<Self::Output> {
        let Some(future) = &mut self.0 else { return Poll::Pending };
        match super::panic::catch_panic(|| future.as_mut().poll(context)) {
            Ok(poll) => poll,
            Err(panic) => Poll::Ready(Err(panic)),
        }
    }
}

/// Enters the process's runtime, if it has been started.
pub(crate) fn enter_process() -> Option<EnterGuard<'static>> {
    let process = *PROCESS.lock();
    process.map(|(runtime, _)| runtime.enter())
}

static PROCESS: Lock<Option<(&'static Runtime, Owner)>> = Lock::new(None);

/// The process's runtime, which lasts as long as the process.
fn process_runtime() -> io::Result<(&'static Runtime, Owner)> {
    let mut process = PROCESS.lock();
    match *process {
        Some(there) => Ok(there),
        None => {
            let owner = Owner::new();
            Ok(*process.insert((Box::leak(Box::new(many_threads(owner)?)), owner)))
        }
    }
}
