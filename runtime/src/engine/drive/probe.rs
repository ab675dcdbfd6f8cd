//! The probe of the generator's own health: how late a task that sleeps beside the users wakes up.

use super::pacer::Pacer;
use crate::engine::load::Load;
use crate::engine::users::executor::Executor;
use crate::engine::users::pool::Pool;
use crate::record::PROBE_INTERVAL;
use std::sync::Arc;
use tokio::task::spawn_local;

/// Sleeps as a virtual user that awaits does, and records how late it woke up.
pub(crate) async fn probe_scheduling(load: Arc<Load>) {
    let pacer = Pacer::beside_users();
    loop {
        let before = load.now();
        if pacer.nap(PROBE_INTERVAL).await.is_err() {
            return;
        }
        let slept = load.now().saturating_sub(before);
        if load.offset(before).is_some() {
            load.shared.recorder.scheduling_lag(slept.saturating_sub(PROBE_INTERVAL.as_nanos() as u64));
        }
    }
}

/// Starts a probe on every core that users stay on: the runtime's own probe does not notice what holds up a core.
pub(crate) fn probe_cores(pool: &Pool) {
    let Executor::Cores(cores) = &pool.place else { return };
    for core in cores.iter() {
        let load = Arc::clone(&pool.stream.load);
        let _ = core.send(Box::new(move || drop(spawn_local(probe_scheduling(load)))));
    }
}
