//! Timers that no body can hold up: tokio's timers are driven by the threads of a runtime, and bodies may hold all of
//! these, so the ends of a load wait on a thread of their own. In virtual time the runtime's clock is used.

use super::clock::Clock;
use crate::sync::{Lock, Signal};
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::{MutexGuard, Once};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

/// The waiting tasks by the time to wake them; a number distinguishes those of the same instant.
static WAITING: Lock<BTreeMap<(Instant, u64), Waker>> = Lock::new(BTreeMap::new());
static CHANGED: Signal = Signal::new();

fn waiting_alarms() -> MutexGuard<'static, BTreeMap<(Instant, u64), Waker>> {
    WAITING.lock()
}

/// Sleeps by the clock of the load.
pub(crate) async fn sleep_by_clock(clock: &Clock, time: Duration) {
    match clock.is_virtual() {
        true => tokio::time::sleep(time).await,
        false => sleep_real(time).await,
    }
}

/// Sleeps by real time.
pub(crate) async fn sleep_real(time: Duration) {
    Alarm::after(time).await;
}

/// Waits for the future for at most `time`; returns its output, or `None` where it is not ready by then.
pub(crate) async fn within_limit<F: Future>(clock: &Clock, time: Duration, future: F) -> Option<F::Output> {
    let (mut future, mut over) = (pin!(future), pin!(sleep_by_clock(clock, time)));
    tokio::select! {
        biased;
        output = &mut future => Some(output),
        () = &mut over => None,
    }
}

/// A future that is ready after a time, whatever the threads of all runtimes do.
struct Alarm {
    at: Option<Instant>,
    /// Its place among the waiting tasks.
    key: Option<(Instant, u64)>,
}

impl Alarm {
    fn after(time: Duration) -> Self {
        // A time beyond all instants is longer than any wait.
        Self { at: Instant::now().checked_add(time), key: None }
    }
}

impl Future for Alarm {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let Some(at) = self.at else { return Poll::Pending };
        if Instant::now() >= at {
            return Poll::Ready(());
        }
        let mut waiting = waiting_alarms();
        let key = *self.key.get_or_insert_with(|| (at, next_number()));
        let is_first = waiting.keys().next().is_none_or(|first| key < *first);
        waiting.insert(key, context.waker().clone());
        drop(waiting);
        start_thread();
        if is_first {
            CHANGED.notify_one();
        }
        Poll::Pending
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        if let Some(key) = self.key {
            waiting_alarms().remove(&key);
        }
    }
}

fn next_number() -> u64 {
    static NEXT: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
    NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed)
}

/// Starts the thread, which lives as long as the process; where the system gives none, only the limit on the whole test
/// remains.
fn start_thread() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| drop(std::thread::Builder::new().name("brunt alarm".to_owned()).spawn(ring_alarms)));
}

fn ring_alarms() {
    let mut all = waiting_alarms();
    loop {
        let now = Instant::now();
        let later = all.split_off(&(now, u64::MAX));
        let due = std::mem::replace(&mut *all, later);
        if !due.is_empty() {
            drop(all);
            // Outside the lock: a woken future may take the lock at once.
            due.into_values().for_each(Waker::wake);
            all = waiting_alarms();
            continue;
        }
        all = match all.keys().next() {
            Some((next, _)) => {
                let time = next.saturating_duration_since(now);
                CHANGED.wait_timeout(all, time).0
            }
            None => CHANGED.wait(all),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::runtime::Builder;

    /// A runtime whose threads do not drive its timers.
    fn held() -> tokio::runtime::Runtime {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_time().build().unwrap();
        runtime.spawn(async { std::thread::sleep(Duration::from_millis(500)) });
        std::thread::sleep(Duration::from_millis(20));
        runtime
    }

    #[test]
    fn it_rings_while_every_thread_of_the_runtime_is_held() {
        let (runtime, clock) = (held(), Clock::real());
        let begun = Instant::now();
        runtime.block_on(async {
            assert_eq!(within_limit(&clock, Duration::from_millis(20), std::future::pending::<()>()).await, None);
        });
        assert!(begun.elapsed() < Duration::from_millis(400), "{:?}", begun.elapsed());
        runtime.shutdown_background();
    }

    #[test]
    fn those_that_are_not_awaited_any_more_leave_nothing_behind() {
        let (clock, runtime) = (Clock::real(), Builder::new_current_thread().build().unwrap());
        let output = runtime.block_on(within_limit(&clock, Duration::from_secs(86_400), async {
            tokio::task::yield_now().await;
            7
        }));
        assert_eq!(output, Some(7));
        let tomorrow = Instant::now() + Duration::from_secs(80_000);
        assert!(waiting_alarms().keys().all(|(at, _)| *at < tomorrow));
    }
}
