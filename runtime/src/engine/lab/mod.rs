//! Runs the parts of an experiment: background loads, phases, faults and their guards, recovery, the ledger. The judge
//! decides whether the system is steady; this module asks it through `Questions`.
//!
//! The seventh floor of the engine, above `drive`. Floors above run the test whose body leads the experiment.

mod amount;
mod attempts;
mod background;
mod injection;
mod ledger;
mod operation;
mod operation_log;
pub(crate) mod phases;
#[cfg_attr(not(unix), path = "no_processes.rs")]
pub(crate) mod processes;
mod recovery;
pub(crate) mod state;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
mod work;

pub use amount::{Amount, Amounts, millis, secs};
pub use attempts::Attempts;
pub use background::Background;
use injection::Injecting;
pub use injection::Injection;
pub(crate) use recovery::NOT_RECOVERED;
pub use recovery::Recovering;

use self::operation::Closure;
use self::state::ExperimentState;
use super::load::label_name;
use super::supervision::questions::Questions;
use super::user::User;
use super::user::step::RunningStep;
use super::user::value::Value;
use crate::failure::Failed;
use crate::fault::{Error, Heal, Proxy};
#[cfg(unix)]
use crate::fault::{Launch, Process};
use crate::record::experiment::phase;
use crate::record::{Context, Label, TagList};
use rand_pcg::Pcg64Mcg;
use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::net::ToSocketAddrs;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

/// The kind of the failure of a baseline that is not steady.
const NOT_STEADY: &str = "not steady";

/// The laboratory of a resilience test: starts background loads, breaks things, and waits for the system to recover.
///
/// ```
/// use brunt::prelude::*;
/// use brunt::fault::{Fault, Proxy};
/// # struct Shop { proxy: Proxy }
/// # impl Shop {
/// #     async fn order(&self, id: u64) -> Result<(), std::io::Error> { let _ = id; Ok(()) }
/// #     async fn orders(&self) -> Result<Vec<u64>, std::io::Error> { Ok(Vec::new()) }
/// # }
/// # async fn shop() -> brunt::Result<Shop> { Ok(Shop { proxy: Proxy::new("127.0.0.1:5432").await? }) }
///
/// #[brunt::resilience(setup = shop)]
/// #[target(baseline.success_rate > 99%, recovery_time < 10s, lost_writes = 0)]
/// async fn database_unreachable(lab: &Lab, shop: &Shop) -> brunt::Result {
///     lab.load("order", 100.per_second(), |user| shop.order(user.unique_id()));
///     lab.baseline(secs(2)).await?;
///     let fault = lab.inject(shop.proxy.inject(Fault::refuse())).await?;
///     fault.hold(secs(2)).await?;
///     fault.heal().await?;
///     lab.recovery(secs(10)).await?;
///     lab.stop().await?;
///     lab.ledger(shop.orders().await?)
/// }
/// ```
///
/// # Phases
/// Every measurement belongs to a phase, by which targets select: `baseline`; `fault`, from the first injection until
/// the last fault is healed or the body waits for recovery; `recovering`, until it has been shown that the system
/// recovered; `recovery`, the recovered system. In `fault` and `recovering` failures are expected and need no target. A
/// target that names no phase is the steady-state hypothesis: it is judged over all other time.
///
/// # What a load may borrow
/// `'lab` is the lifetime of the fixture: the closures of loads may borrow the fixture, and anything that is `'static`.
/// They take the body's own variables by `move`. A function of yours that starts loads takes `lab: &Lab<'lab>, shop:
/// &'lab Shop`.
pub struct Lab<'lab> {
    core: Arc<ExperimentState>,
    asks: &'lab Questions,
    /// Makes `Lab` invariant in `'lab`; `operation.rs` relies on it.
    life: PhantomData<fn(&'lab ()) -> &'lab ()>,
}

impl<'lab> Lab<'lab> {
    /// Creates the laboratory of one experiment.
    pub(crate) fn new(core: &Arc<ExperimentState>, asks: &'lab Questions) -> Self {
        Self { core: Arc::clone(core), asks, life: PhantomData }
    }

    /// Starts a load in the background, which runs until the end of the test: `500.per_second()` (open model) or
    /// `20.users()` (closed). Its name is a scenario, by which targets select: `fault.order.p95`.
    ///
    /// Each operation is an iteration. The ids that its [`user`](User) draws by [`unique_id`](User::unique_id), or
    /// names by [`writes`](User::writes), go into the [ledger](Self::ledger).
    pub fn load<F, Fut, T, E>(&self, name: &str, amount: Amount, operation: F) -> Background
    where
        F: Fn(Arc<User>) -> Fut + Send + Sync + 'lab,
        Fut: Future<Output = Result<T, E>> + Send + 'lab,
        E: Into<Failed>,
    {
        let operation = Closure::new(operation, Arc::clone(&self.core.fixture));
        Background::new(&self.core, self.core.put_on(name, amount, false, operation))
    }

    /// Starts a load that the fault should not affect: `isolation` is measured on it. The limit on the time of one of
    /// its operations is [`within`](Background::within), or else that of a target on its latency (`reports.p95 <
    /// 200ms`).
    pub fn bystander<F, Fut, T, E>(&self, name: &str, amount: Amount, operation: F) -> Background
    where
        F: Fn(Arc<User>) -> Fut + Send + Sync + 'lab,
        Fut: Future<Output = Result<T, E>> + Send + 'lab,
        E: Into<Failed>,
    {
        let operation = Closure::new(operation, Arc::clone(&self.core.fixture));
        Background::new(&self.core, self.core.put_on(name, amount, true, operation))
    }

    /// Measures the unbroken system for `time`, and judges it by the targets. Operations that have been under way
    /// for more than a second at its end, and for more than twice as long as all others took, count as interrupted.
    ///
    /// # Errors
    /// The system is not steady, or no load is running: the test is then inconclusive, and nothing is broken.
    pub async fn baseline(&self, time: Duration) -> Result<(), Failed> {
        self.sound()?;
        if self.core.state().is_broken() {
            let broken = "a fault is at work: `lab.baseline` is of the system unbroken, so heal it before";
            return Err(Failed::new("lab", broken));
        }
        if self.core.state().running.is_empty() {
            return Err(self.unsteady("no load is on: `lab.load` comes before `lab.baseline`".to_owned()));
        }
        self.core.enter(Some(phase::BASELINE));
        self.core.wait(time).await;
        self.core.note_times();
        self.core.publish();
        let steady = self.asks.steady(self.core.snapshot_with_hanging());
        self.core.enter(None);
        self.core.sync();
        steady.map_err(|why| self.unsteady(why))
    }

    fn unsteady(&self, why: String) -> Failed {
        let failed = Failed::new(NOT_STEADY, format_args!("the baseline is not steady: {why}"));
        self.core.state().unsteady.get_or_insert(why);
        self.core.publish();
        failed
    }

    /// Breaks something, until the returned guard is dropped or healed: a [fault](crate::fault) of a proxy, a process
    /// that is killed or stopped, or anything that [heals](Heal).
    ///
    /// # Errors
    /// The fault cannot be injected, or the baseline was not steady.
    pub async fn inject<H, E>(&self, fault: impl Future<Output = Result<H, E>>) -> Result<Injection, Failed>
    where
        H: Heal + 'static,
        E: Into<Failed>,
    {
        self.sound()?;
        if let Some(why) = &self.core.state().unsteady {
            return Err(Failed::new(NOT_STEADY, format_args!("nothing is broken: the baseline is not steady: {why}")));
        }
        let injecting = Injecting::begin(&self.core);
        let heal = fault.await.map_err(Into::into)?;
        self.core.sync();
        Ok(injecting.done(Box::new(heal)))
    }

    /// Waits until it is shown that the system is stable again, for at most `limit`: all targets on operations must
    /// have held for a whole [window](Recovering::stable_for) with enough operations for a verdict. Then it measures
    /// the system for one more window, as the phase `recovery`. The fault may still last, as after a failover.
    ///
    /// # Errors
    /// When awaited, it fails where recovery is not shown in time.
    pub fn recovery(&self, limit: Duration) -> Recovering<'_> {
        Recovering::new(&self.core, self.asks, limit)
    }

    /// Ends every load, and waits for the operations in flight, for at most `graceful_stop` (30 s by default):
    /// operations that still run then are interrupted.
    ///
    /// # Errors
    /// None at present.
    pub async fn stop(&self) -> Result<(), Failed> {
        let loads = self.core.end_loads();
        // Before anything is awaited: a body that stops waiting must not lose the operations in flight.
        self.core.state().stopped.extend(loads.iter().cloned());
        self.core.drained(&loads).await;
        self.core.sync();
        Ok(())
    }

    /// Returns a counter of attempts at a dependency that has no proxy: `amplification` is the attempts ÷ the
    /// operations asked for.
    pub fn attempts(&self) -> Attempts {
        self.core.state().counts_attempts = true;
        Attempts::new(&self.core.attempts)
    }

    /// Starts a proxy in front of the server at `upstream`, which counts the attempts and can be broken; its randomness
    /// comes from the test's seed.
    ///
    /// # Errors
    /// The same as those of [`Proxy::new`].
    pub async fn proxy(&self, upstream: impl ToSocketAddrs + std::fmt::Debug) -> Result<Arc<Proxy>, Error> {
        let proxy = Arc::new(Proxy::new(upstream).await?.seeded(self.core.seed));
        self.core.state().proxies.push(Arc::clone(&proxy));
        Ok(proxy)
    }

    /// Starts a process, and reports its resource usage (`process("api").cpu`) and its output.
    ///
    /// # Errors
    /// The same as those of [`Process::start`].
    #[cfg(unix)]
    pub async fn process(&self, launch: impl Into<Launch>) -> Result<Arc<Process>, Error> {
        let process = Arc::new(Process::start(launch).await?);
        self.watch(&process);
        Ok(process)
    }

    /// Reports the resource usage and the output of a process of the fixture.
    #[cfg(unix)]
    pub fn watch(&self, process: &Arc<Process>) {
        self.core.state().processes.watch(Arc::clone(process));
    }

    /// Records the time of a compensation: `compensation_time` is the longest.
    pub fn compensated(&self, time: Duration) {
        let mut state = self.core.state();
        let (longest, count) = state.compensation.unwrap_or_default();
        state.compensation = Some((longest.max(time), count + 1));
    }

    /// Records the number of things that were left over after a compensation; the numbers add up to `orphans`.
    pub fn orphans(&self, left: u64) {
        *self.core.state().orphans.get_or_insert_default() += left;
    }

    /// Measures an operation of the body itself under a name: targets select `lab.step("failover", …)` as
    /// `failover.p95`.
    ///
    /// # Errors
    /// The future's error.
    pub async fn step<T, E: Into<Failed>>(
        &self,
        name: &str,
        future: impl Future<Output = Result<T, E>>,
    ) -> Result<T, Failed> {
        let load = &*self.core.load;
        let running =
            RunningStep::start(load, self.context(), None, true, name).observed_by(self.core.log.observe_step());
        let result = future.await.map_err(Into::into);
        if let Err(failed) = &result {
            running.note_spawned_failure(failed);
        }
        running.end(result)
    }

    /// Records a value under a name, as [`User::record`](crate::User::record) does.
    ///
    /// # Errors
    /// The value is no number, or its unit differs from that of earlier values under the name.
    pub fn record(&self, name: &str, value: impl Into<Value>) -> Result<(), Failed> {
        let load = &*self.core.load;
        let Value { number, unit } = value.into();
        let at = load.offset(load.now()).unwrap_or(0);
        load.shared.recorder.value(&self.context(), name, at, number, unit)
    }

    /// Records a flag.
    ///
    /// # Errors
    /// The flag is false: a failure of kind `check: NAME`.
    pub fn check(&self, name: &str, holds: bool) -> Result<(), Failed> {
        self.record(name, holds)?;
        let failed = || Failed::new(format!("check: {name}"), format_args!("the check `{name}` does not hold"));
        if holds { Ok(()) } else { Err(failed()) }
    }

    /// Creates a random generator for this call, the same in every run with the same seed where the calls come in the
    /// same order.
    pub fn rng(&self) -> Pcg64Mcg {
        let draw = self.core.rng_calls.fetch_add(1, Relaxed);
        self.core.load.shared.options.seed.rng(["lab".len() as u64, draw])
    }

    /// Compares the acknowledged writes with those that can be read back: `lost_writes`, `indeterminate_writes` (not
    /// acknowledged and yet there), `duplicate_writes`. Where loads still run, writes since the body last awaited a
    /// method of the lab may or may not be there, and are left out. A further call replaces the result of the one
    /// before.
    ///
    /// # Errors
    /// None at present.
    pub fn ledger<I: fmt::Display>(&self, read: impl IntoIterator<Item = I>) -> Result<(), Failed> {
        self.balance(None, read)
    }

    /// Does the same as [`ledger`](Self::ledger) for the writes of one load.
    ///
    /// # Errors
    /// There is no load of that name.
    pub fn ledger_of<I: fmt::Display>(&self, load: &str, read: impl IntoIterator<Item = I>) -> Result<(), Failed> {
        if !self.core.log.has_load(load) {
            return Err(Failed::new("lab", format_args!("there is no load `{load}`")));
        }
        self.balance(Some(load), read)
    }

    /// The current case; empty where the test has none.
    pub fn case(&self) -> &str {
        let load = &self.core.load;
        label_name(&load.shared.names.cases, load.case)
    }

    /// The seed of everything random in this test; `BRUNT_SEED` replays the seed of an earlier run.
    pub fn seed(&self) -> u64 {
        self.core.seed
    }

    fn context(&self) -> Context {
        let load = &*self.core.load;
        let (stage, scenario) = (load.timeline.at(load.now()), Label::NONE);
        Context { stage, scenario, case: load.case, user: Context::NOBODY, tags: TagList::default() }
    }

    fn balance<I: fmt::Display>(&self, load: Option<&str>, read: impl IntoIterator<Item = I>) -> Result<(), Failed> {
        self.sound()?;
        let heard = self.core.state().synced_at;
        let now = self.core.load.now();
        let found = ledger::balance_ledger(self.core.log.writes(load, heard, now), read);
        self.core.state().ledgers.insert(load.map(str::to_owned), found);
        self.core.publish();
        Ok(())
    }

    /// Returns a mistake of the body that could not be reported at once, as an error.
    pub(crate) fn sound(&self) -> Result<(), Failed> {
        let mistake = self.core.state().mistake.clone();
        mistake.map_or(Ok(()), |mistake| Err(Failed::new("lab", mistake)))
    }
}

impl fmt::Debug for Lab<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lab").field("seed", &self.core.seed).finish_non_exhaustive()
    }
}
