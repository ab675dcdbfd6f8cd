//! Starts users, each where those of its stream live.

use super::crew::{Moving, Staying};
use super::place::Place;
use super::stream::Stream;
use super::{thread_user, virtual_user};
use std::sync::{Arc, PoisonError};
use tokio::task::{JoinHandle, spawn_local};

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

fn keep(stream: &Stream, task: JoinHandle<()>) {
    stream.tasks.lock().unwrap_or_else(PoisonError::into_inner).push(task);
}
