//! Starts users, each where those of its stream live.

use super::crew::{Moving, Staying};
use super::place::Place;
use super::pool::Pool;
use super::{task, thread};
use std::sync::{Arc, PoisonError};
use tokio::task::{JoinHandle, spawn_local};

/// Starts a hired user.
pub(crate) fn start(pool: &Arc<Pool>, index: u64) {
    let of = Arc::clone(pool);
    match &pool.place {
        Place::Runtime(handle) => keep(pool, handle.spawn(task::live::<Moving>(of, index))),
        Place::Here => keep(pool, spawn_local(task::live::<Staying>(of, index))),
        Place::Cores(cores) => {
            let order = move || {
                let task = spawn_local(task::live::<Staying>(Arc::clone(&of), index));
                keep(&of, task);
            };
            // A core's thread is gone only when the load is over.
            let _ = cores[index as usize % cores.len()].send(Box::new(order));
        }
        Place::Threads(handle) => thread::start(of, index, handle.clone()),
    }
}

fn keep(pool: &Pool, task: JoinHandle<()>) {
    pool.tasks.lock().unwrap_or_else(PoisonError::into_inner).push(task);
}
