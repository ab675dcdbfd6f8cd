//! Starts users on the executor of their stream.

use super::executor::Executor;
use super::pool::Pool;
use super::user_kind::{LocalUser, SendUser};
use super::{task, thread};
use std::sync::Arc;
use tokio::task::{JoinHandle, spawn_local};

/// Starts a hired user.
pub(crate) fn start_user(pool: &Arc<Pool>, index: u64) {
    let of = Arc::clone(pool);
    match &pool.place {
        Executor::Runtime(handle) => keep_task(pool, handle.spawn(task::run_user::<SendUser>(of, index))),
        Executor::Here => keep_task(pool, spawn_local(task::run_user::<LocalUser>(of, index))),
        Executor::Cores(cores) => {
            let order = move || {
                let task = spawn_local(task::run_user::<LocalUser>(Arc::clone(&of), index));
                keep_task(&of, task);
            };
            // A core's thread is gone only when the load is over.
            let _ = cores[index as usize % cores.len()].send(Box::new(order));
        }
        Executor::Threads(handle) => thread::start_user_thread(of, index, handle.clone()),
    }
}

fn keep_task(pool: &Pool, task: JoinHandle<()>) {
    pool.tasks.lock().push(task);
}
