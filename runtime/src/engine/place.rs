//! Where users live: tasks on one runtime, tasks on a runtime per core, tasks on the thread of virtual time, or threads.

use super::crew::{Moving, Staying};
use super::load::Stream;
use super::watch::Watch;
use super::{thread_user, virtual_user};
use std::sync::{Arc, PoisonError};
use tokio::runtime::Handle;
use tokio::sync::mpsc::UnboundedSender;
use tokio::task::{JoinHandle, spawn_local};

/// What a core's thread is told to do.
pub(super) type Order = Box<dyn FnOnce() + Send>;

/// Where the users of a stream live.
#[derive(Clone)]
pub(super) enum Place {
    /// Tasks that move between the threads of this runtime.
    Runtime(Handle),
    /// Tasks that stay on their core; users are dealt round robin.
    Cores(Arc<[UnboundedSender<Order>]>),
    /// Tasks in the `LocalSet` that it is started from.
    Here,
    /// A thread each, in the context of this runtime.
    Threads(Handle),
}

/// Starts a hired user.
pub(super) fn start(stream: &Arc<Stream>, index: u64) {
    let of = Arc::clone(stream);
    match &stream.place {
        Place::Runtime(handle) => keep(stream, handle.spawn(virtual_user::live::<Moving>(of, index))),
        Place::Here => keep(stream, spawn_local(virtual_user::live::<Staying>(of, index))),
        Place::Cores(cores) => {
            let order = move || {
                let task = spawn_local(virtual_user::live::<Staying>(Arc::clone(&of), index));
                keep(&of, task);
            };
            // A core's thread is gone only when the load is over.
            let _ = cores[index as usize % cores.len()].send(Box::new(order));
        }
        Place::Threads(handle) => thread_user::start(of, index, handle.clone()),
    }
}

/// Probes every core that users stay on, beside them: the runtime's own probe sees nothing of what holds up a core.
pub(super) fn probe(stream: &Stream) {
    let Place::Cores(cores) = &stream.place else { return };
    for core in cores.iter() {
        let load = Arc::clone(&stream.load);
        let _ = core.send(Box::new(move || drop(spawn_local(Watch::probe(load)))));
    }
}

fn keep(stream: &Stream, task: JoinHandle<()>) {
    stream.tasks.lock().unwrap_or_else(PoisonError::into_inner).push(task);
}
