//! The executors of users: tasks on one runtime, on a runtime per core or on the thread of virtual time, or threads.

use crate::engine::rt::panic::Owner;
use crate::engine::rt::runtime::{RUNTIME_END_TIMEOUT, TestRuntime};
use crate::engine::user::body::Body;
use crate::error::Error;
use brunt_plan::Plan;
use std::io;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::runtime::{Builder, Handle};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::task::LocalSet;

/// A job for a core's thread, which starts a user there.
pub(crate) type StartUser = Box<dyn FnOnce() + Send>;

/// The executor of a stream's users.
#[derive(Clone)]
pub(crate) enum Executor {
    /// Tasks that move between the threads of this runtime.
    Runtime(Handle),
    /// Tasks that stay on their core; users are distributed round robin.
    Cores(Arc<[UnboundedSender<StartUser>]>),
    /// Tasks in the `LocalSet` in which they are started.
    Here,
    /// A thread for each user, in the context of this runtime.
    Threads(Handle),
}

/// The threads of the cores, each with a runtime of its own.
#[derive(Debug)]
pub(crate) struct Cores {
    senders: Vec<UnboundedSender<StartUser>>,
    threads: Vec<JoinHandle<()>>,
}

impl Cores {
    fn start(owner: Owner) -> io::Result<Self> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let mut all = Self { senders: Vec::new(), threads: Vec::new() };
        for core in 0..cores {
            let mut builder = Builder::new_current_thread();
            let runtime = builder.enable_all().on_thread_start(move || owner.own_thread()).build()?;
            let (sender, mut orders) = unbounded_channel::<StartUser>();
            let work = move || {
                owner.own_thread();
                let users = LocalSet::new();
                users.block_on(&runtime, async {
                    while let Some(order) = orders.recv().await {
                        order();
                    }
                });
                drop(users);
                runtime.shutdown_timeout(RUNTIME_END_TIMEOUT);
            };
            all.threads.push(std::thread::Builder::new().name(format!("brunt core {core}")).spawn(work)?);
            all.senders.push(sender);
        }
        Ok(all)
    }

    /// Ends the threads; a thread that a body holds for ever is left behind.
    fn close(self) {
        drop(self.senders);
        let until = Instant::now() + RUNTIME_END_TIMEOUT;
        for thread in self.threads {
            while !thread.is_finished() && Instant::now() < until {
                std::thread::sleep(Duration::from_millis(1));
            }
        }
    }
}

/// The executor of a load's users, and the threads made for it.
pub(crate) struct UserExecutors {
    pub(crate) place: Executor,
    cores: Option<Cores>,
}

impl UserExecutors {
    /// Makes the executors of users that run this body, or (`None`) the operations of an experiment, which may move
    /// between threads.
    pub(crate) fn of(plan: &Plan, body: Option<&Body>, home: &TestRuntime) -> Result<Self, Error> {
        let handle = home.runtime().handle().clone();
        let place = match body {
            _ if home.is_virtual() => Executor::Here,
            Some(Body::Blocking { .. }) => Executor::Threads(handle),
            Some(Body::Shared { .. }) | None if !plan.per_core => Executor::Runtime(handle),
            Some(Body::Shared { .. } | Body::Local { .. }) | None => {
                let cores = Cores::start(home.owner())
                    .map_err(|cause| Error::Engine { doing: "start a runtime per core", cause })?;
                let place = Executor::Cores(cores.senders.clone().into());
                return Ok(Self { place, cores: Some(cores) });
            }
        };
        Ok(Self { place, cores: None })
    }

    pub(crate) fn close(self) {
        drop(self.place);
        if let Some(cores) = self.cores {
            cores.close();
        }
    }
}
