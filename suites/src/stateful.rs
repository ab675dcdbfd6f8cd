//! A hundred concurrent users on a stateful service: the load that most services meet first.
//!
//! The suite uses the service through [`StatefulService`] only; it contains the load and the targets.

use brunt::User;
use std::future::Future;
use std::sync::{Mutex, PoisonError};

/// A service that can be read, written and taken through a workflow.
///
/// Every method is one operation that a user waits for. An error is a failed iteration, counted by its kind.
///
/// ```
/// use brunt::User;
/// use std::collections::BTreeSet;
/// use std::sync::Mutex;
///
/// struct Shelf(Mutex<BTreeSet<u64>>);
///
/// impl brunt_suites::StatefulService for Shelf {
///     async fn open() -> brunt::Result<Self> {
///         Ok(Self(Mutex::new((0..1_000).collect())))
///     }
///     async fn read(&self, key: u64) -> brunt::Result {
///         if self.contains(key).await? { Ok(()) } else { brunt::fail!("missing", "no {key}") }
///     }
///     async fn write(&self, key: u64) -> brunt::Result {
///         self.0.lock().map_err(|_| "poisoned")?.insert(key);
///         Ok(())
///     }
///     async fn contains(&self, key: u64) -> brunt::Result<bool> {
///         Ok(self.0.lock().map_err(|_| "poisoned")?.contains(&key))
///     }
///     async fn workflow(&self, user: &User) -> brunt::Result {
///         let id = user.unique_id();
///         user.step("write", self.write(id)).await?;
///         user.step("read", self.read(id)).await
///     }
/// }
///
/// brunt_suites::stateful_service!(Shelf);
/// # fn main() {}
/// ```
pub trait StatefulService: Sized + Send + Sync + 'static {
    /// Starts or connects to the service, once per test, and leaves the keys `0..1_000` readable.
    fn open() -> impl Future<Output = brunt::Result<Self>> + Send;

    /// Reads the value under this key.
    fn read(&self, key: u64) -> impl Future<Output = brunt::Result> + Send;

    /// Writes a value under this key. `Ok` acknowledges the write: the value must be there afterwards.
    fn write(&self, key: u64) -> impl Future<Output = brunt::Result> + Send;

    /// Whether an acknowledged write is there. Asked after the load, for every acknowledged key.
    fn contains(&self, key: u64) -> impl Future<Output = brunt::Result<bool>> + Send;

    /// One user's whole workflow; name its parts with [`User::step`].
    fn workflow(&self, user: &User) -> impl Future<Output = brunt::Result> + Send;

    /// Ends what [`open`](Self::open) started.
    fn close(&self) -> impl Future<Output = brunt::Result> + Send {
        async { Ok(()) }
    }
}

/// The service under test and the writes it acknowledged.
#[doc(hidden)]
#[derive(Debug)]
pub struct Opened<S> {
    service: S,
    acknowledged: Mutex<Vec<u64>>,
}

impl<S: StatefulService> Opened<S> {
    /// Opens the service.
    pub async fn open() -> brunt::Result<Self> {
        Ok(Self { service: S::open().await?, acknowledged: Mutex::default() })
    }

    /// Reads one of the keys that [`StatefulService::open`] leaves readable.
    pub async fn read(&self, user: &User) -> brunt::Result {
        self.service.read(user.pick(0..1_000)).await
    }

    /// Writes under a new key of its own and keeps the acknowledgement.
    pub async fn write(&self, user: &User) -> brunt::Result {
        self.write_key(1_000 + user.unique_id()).await
    }

    /// Writes under this key and keeps the acknowledgement.
    pub async fn write_key(&self, key: u64) -> brunt::Result {
        self.service.write(key).await?;
        self.acknowledged.lock().unwrap_or_else(PoisonError::into_inner).push(key);
        Ok(())
    }

    /// Runs the user's workflow.
    pub async fn workflow(&self, user: &User) -> brunt::Result {
        self.service.workflow(user).await
    }

    /// Fails when an acknowledged write is not there.
    pub async fn verify(&self) -> brunt::Result {
        let acknowledged = std::mem::take(&mut *self.acknowledged.lock().unwrap_or_else(PoisonError::into_inner));
        let mut lost = Vec::new();
        for &key in &acknowledged {
            if !self.service.contains(key).await? {
                lost.push(key);
            }
        }
        if let Some(first) = lost.first() {
            brunt::fail!(
                "lost write",
                "{} of {} acknowledged writes are not there; the first is {first}",
                lost.len(),
                acknowledged.len()
            );
        }
        Ok(())
    }

    /// Ends the service.
    pub async fn close(&self) -> brunt::Result {
        self.service.close().await
    }
}

/// Emits the module `stateful_service` with six load tests of a [`StatefulService`]: `full_workflow`, `read_heavy`,
/// `write_heavy` (every acknowledged write must be there afterwards), `ramp_up`, `sustained` and `spike`.
///
/// `stateful_service!(mod checkout for Checkout)` names the module. Targets can be relaxed or tightened, and the load
/// changed, per test in `.config/brunt.toml`.
#[macro_export]
macro_rules! stateful_service {
    ($service:ty) => {
        $crate::stateful_service!(mod stateful_service for $service);
    };
    (mod $module:ident for $service:ty) => {
        mod $module {
            #[allow(unused_imports)]
            use super::*;
            use $crate::brunt::{User, critical, load_test, target};
            type Opened = $crate::stateful::Opened<$service>;

            /// A hundred users, one workflow each, all at once.
            #[load_test(users = 100, setup = Opened::open, teardown = Opened::close, crate = $crate::brunt)]
            #[target(success_rate > 90%, p95 < 10s, p99 < 15s, throughput > 10/s, elapsed < 60s)]
            #[critical(success_rate > 80%, p95 < 15s, p99 < 20s, throughput > 5/s)]
            async fn full_workflow(user: &User, service: &Opened) -> $crate::brunt::Result {
                service.workflow(user).await
            }

            /// A hundred users, fifty reads each.
            #[load_test(users = 100, iterations = 50, setup = Opened::open, teardown = Opened::close, crate = $crate::brunt)]
            #[target(throughput > 1_000/s, elapsed < 10s)]
            async fn read_heavy(user: &User, service: &Opened) -> $crate::brunt::Result {
                service.read(user).await
            }

            /// A hundred users, twenty writes each; none that was acknowledged may be missing.
            #[load_test(
                users = 100, iterations = 20, setup = Opened::open, verify = Opened::verify, teardown = Opened::close,
                crate = $crate::brunt
            )]
            #[target(throughput > 500/s, elapsed < 15s)]
            async fn write_heavy(user: &User, service: &Opened) -> $crate::brunt::Result {
                service.write(user).await
            }

            /// A hundred users start within ten seconds, one workflow each.
            #[load_test(users = 100, ramp_up = 10s, setup = Opened::open, teardown = Opened::close, crate = $crate::brunt)]
            #[target(success_rate > 90%, elapsed < 30s)]
            async fn ramp_up(user: &User, service: &Opened) -> $crate::brunt::Result {
                service.workflow(user).await
            }

            /// Fifty users for thirty seconds.
            #[load_test(
                users = 50, duration = 30s, think_time = 50ms, setup = Opened::open, teardown = Opened::close,
                crate = $crate::brunt
            )]
            #[target(success_rate > 85%, throughput > 10/s)]
            async fn sustained(user: &User, service: &Opened) -> $crate::brunt::Result {
                service.workflow(user).await
            }

            /// Ten users, then suddenly a hundred, then ten again. They think between workflows, as people do.
            #[load_test(
                stages = [baseline: 10 for 10s, spike: 100 for 10s, after: 10 for 5s], think_time = 500ms,
                setup = Opened::open, teardown = Opened::close, crate = $crate::brunt
            )]
            #[target(spike.success_rate > 80%, spike.mean < 3x baseline.mean)]
            async fn spike(user: &User, service: &Opened) -> $crate::brunt::Result {
                service.workflow(user).await
            }
        }
    };
}
