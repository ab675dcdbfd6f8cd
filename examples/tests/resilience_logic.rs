//! Resilience that is logic alone, in virtual time: the circuit breaker, retries, and both before a dependency that is
//! broken by a switch. Minutes of waiting cost nothing here; what needs sockets or processes does not belong here.
//!
//! That the breaker agrees with a model over random histories is held in `tests/breakers`.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use brunt::fault::{Heal, Healing};
use brunt::prelude::*;
use brunt::{Attempts, Failed};
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;
use tokio::task::JoinSet;
use tokio::time::{Instant, advance, sleep};
use workflow_service::breaker::{Breaker, CallError, Rejected, Settings, State};
use workflow_service::retry::Retry;

// The dependency

/// Answers within 3 ms, and may be in trouble.
#[derive(Clone, Default)]
struct Dependency {
    trouble: Arc<Mutex<Trouble>>,
}

/// Why a dependency does not answer as it ought to.
#[derive(Default)]
enum Trouble {
    #[default]
    None,
    /// Every request fails.
    Down,
    /// Every request fails as a coin falls.
    Intermittent(Pcg64Mcg),
    /// The first two requests of every call fail; how many each call has made.
    Transient(HashMap<u64, u32>),
}

#[derive(Debug, thiserror::Error)]
#[error("the dependency is unavailable")]
struct Unavailable;

impl Dependency {
    /// A request that belongs to a call.
    async fn answer(&self, call: u64) -> Result<(), Unavailable> {
        sleep(millis(3)).await;
        let fails = match &mut *self.trouble() {
            Trouble::None => false,
            Trouble::Down => true,
            Trouble::Intermittent(coin) => coin.random_bool(0.5),
            Trouble::Transient(made) => {
                let requests = made.entry(call).or_default();
                *requests += 1;
                *requests <= 2
            }
        };
        if fails { Err(Unavailable) } else { Ok(()) }
    }

    /// Gets it into trouble, until that is healed.
    async fn suffer(&self, what: &'static str, trouble: Trouble) -> Result<Suffering, Unavailable> {
        *self.trouble() = trouble;
        Ok(Suffering { what, dependency: self.clone() })
    }

    fn trouble(&self) -> MutexGuard<'_, Trouble> {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Suffering {
    what: &'static str,
    dependency: Dependency,
}

impl Heal for Suffering {
    fn what(&self) -> String {
        format!("the dependency is {}", self.what)
    }

    fn heal(self: Box<Self>) -> Healing {
        Box::pin(async move {
            *self.dependency.trouble() = Trouble::None;
            Ok(())
        })
    }
}

// R1: the circuit breaker

/// 5 failures, 60 000 ms, 2 successes.
fn breaker() -> Breaker {
    Breaker::new(Settings::default())
}

fn calls(breaker: &Breaker, number: u32, success: bool) -> Result<(), Rejected> {
    (0..number).try_for_each(|_| breaker.permit().map(|permit| permit.finish(success)))
}

/// R1: from state to state, with the reset time met to the millisecond.
#[brunt::resilience(setup = breaker, virtual_time)]
async fn breaker_goes_from_state_to_state(lab: &Lab, breaker: &Breaker) -> brunt::Result {
    let is = |state| breaker.state() == state;
    lab.check("starts closed", is(State::Closed))?;
    calls(breaker, 4, false)?;
    lab.check("closed after 4 failures", is(State::Closed))?;
    calls(breaker, 1, false)?;
    lab.check("opens at the 5th failure", is(State::Open))?;
    lab.check("rejects while open", breaker.permit().is_err())?;
    advance(millis(59_999)).await;
    lab.check("rejects at 59 999 ms", breaker.permit().is_err() && is(State::Open))?;
    advance(millis(1)).await;
    let probe = breaker.permit()?;
    lab.check("the first call at 60 000 ms is a probe", is(State::HalfOpen))?;
    probe.finish(true);
    lab.check("half-open after 1 success", is(State::HalfOpen))?;
    calls(breaker, 1, true)?;
    lab.check("closes after 2 successes", is(State::Closed))?;
    calls(breaker, 4, false)?;
    lab.check("has forgotten the failures of before", is(State::Closed))
}

/// R1: one failed probe opens it again, for the whole reset time.
#[brunt::resilience(setup = breaker, virtual_time)]
async fn failed_probe_opens_again(lab: &Lab, breaker: &Breaker) -> brunt::Result {
    calls(breaker, 5, false)?;
    advance(millis(60_000)).await;
    calls(breaker, 1, true)?;
    calls(breaker, 1, false)?;
    lab.check("opens at one failure", breaker.state() == State::Open)?;
    advance(millis(59_999)).await;
    lab.check("rejects for the whole reset time", breaker.permit().is_err())?;
    advance(millis(1)).await;
    calls(breaker, 2, true)?;
    lab.check("closes after 2 successes more", breaker.state() == State::Closed)
}

/// R1: what it counts, and what a reset does.
#[brunt::resilience(setup = breaker, virtual_time)]
async fn breaker_counts_and_can_be_reset(lab: &Lab, breaker: &Breaker) -> brunt::Result {
    calls(breaker, 3, true)?;
    calls(breaker, 5, false)?;
    let rejected = (0..7).filter(|_| breaker.permit().is_err()).count();
    lab.check("rejects every call", rejected == 7)?;
    breaker.reset();
    lab.check("is closed by a reset", breaker.state() == State::Closed)?;
    drop(breaker.permit()?);
    let seen = breaker.statistics();
    lab.check("counts calls", (seen.calls, seen.successes, seen.failures, seen.cancelled) == (9, 3, 5, 1))?;
    lab.check("counts rejections", seen.rejected == 7)?;
    lab.check("counts changes of state", seen.state_changes == 2)
}

/// A caller, a breaker and what is behind it.
#[derive(Default)]
struct Guarded {
    dependency: Dependency,
    breaker: Breaker,
}

impl Guarded {
    /// A call through the breaker; one that is rejected is no attempt.
    async fn call(&self, attempts: Attempts) -> brunt::Result {
        let request = async {
            attempts.count();
            self.dependency.answer(0).await
        };
        match self.breaker.call(request).await {
            Err(CallError::Rejected(rejected)) => Err(Failed::new("rejected", rejected)),
            answered => Ok(answered?),
        }
    }
}

/// R1: many callers at once and a dependency that is down for half the reset time. It is left alone from the fifth
/// failure on, and tried again when the reset time is over.
#[brunt::resilience(setup = Guarded::default, virtual_time)]
#[target(detection_time < 100ms, recovery_time = 60s..61s, fault.amplification < 0.01, recovering.amplification < 0.05)]
#[target(baseline.amplification = 1, recovery.amplification = 1, fault.errors(except "rejected") = 5)]
async fn many_callers_behind_one_breaker(lab: &Lab, guarded: &Guarded) -> brunt::Result {
    let attempts = lab.attempts();
    lab.load("call", 200.per_second(), move |_| guarded.call(attempts.clone()));
    lab.baseline(secs(5)).await?;
    let fault = lab.inject(guarded.dependency.suffer("down", Trouble::Down)).await?;
    fault.hold(secs(30)).await?;
    lab.check("has opened once", guarded.breaker.statistics().state_changes == 1)?;
    fault.heal().await?;
    lab.recovery(secs(40)).await?;
    lab.stop().await?;
    let seen = guarded.breaker.statistics();
    lab.check("has probed and closed once", seen.state_changes == 3)?;
    lab.check("counts every call", seen.calls == seen.successes + seen.failures + seen.cancelled)
}

/// R1: what a rejection costs its caller, in real time, while thousands are rejected.
#[brunt::resilience(setup = breaker)]
#[target(rejection.p99.9 < 1ms)]
async fn rejections_cost_nothing(lab: &Lab, breaker: &Breaker) -> brunt::Result {
    calls(breaker, 5, false)?;
    lab.load("caller", 2_000.per_second(), async |user| user.step("rejection", rejected(breaker)).await);
    sleep(secs(2)).await;
    lab.stop().await
}

/// Succeeds when the call is rejected.
async fn rejected(breaker: &Breaker) -> brunt::Result {
    match breaker.call(async { Ok::<_, Unavailable>(()) }).await {
        Err(_) => Ok(()),
        Ok(()) => brunt::fail!("passed", "an open breaker let a call pass"),
    }
}

// R6, R13: retries

/// At most four attempts, after pauses of up to 100, 200 and 400 ms.
const RETRY: Retry = Retry { attempts: 4, base: millis(100), cap: secs(2) };

/// A call that is tried again, and records how many requests it took.
async fn retried(user: Arc<User>, dependency: &Dependency, attempts: Attempts) -> brunt::Result {
    let (call, mut made) = (user.unique_id(), 0_u64);
    let request = || {
        made += 1;
        attempts.count();
        dependency.answer(call)
    };
    let answered = RETRY.run(user.rng().random(), |_| true, request).await;
    user.record("attempts", made);
    Ok(answered?)
}

/// R6: two requests of every call fail. Every call succeeds all the same, at its third attempt, and the dependency sees
/// three requests for each and no more.
#[brunt::resilience(setup = Dependency::default, virtual_time)]
#[target(fault.errors = 0, fault.attempts.max = 3, fault.amplification = 3, baseline.amplification = 1)]
#[target(fault.call.max < 350ms)]
async fn third_attempt_succeeds(lab: &Lab, dependency: &Dependency) -> brunt::Result {
    let attempts = lab.attempts();
    lab.load("call", 50.per_second(), move |user| retried(user, dependency, attempts.clone()));
    lab.baseline(secs(5)).await?;
    let fault = lab.inject(dependency.suffer("failing twice", Trouble::Transient(HashMap::new()))).await?;
    fault.hold(secs(10)).await?;
    fault.heal().await?;
    lab.recovery(secs(5)).await
}

/// R13: the dependency is down for ten seconds. No call makes more than four requests of one, and every call that comes
/// when it is up again needs one only.
#[brunt::resilience(setup = Dependency::default, virtual_time)]
#[target(fault.amplification = 4, recovery.amplification = 1, fault.attempts.max = 4)]
#[target(detection_time < 800ms, recovery_time < 11s, fault.call.max < 800ms)]
async fn retries_are_bounded(lab: &Lab, dependency: &Dependency) -> brunt::Result {
    let attempts = lab.attempts();
    lab.load("call", 100.per_second(), move |user| retried(user, dependency, attempts.clone()));
    lab.baseline(secs(5)).await?;
    let fault = lab.inject(dependency.suffer("down", Trouble::Down)).await?;
    fault.hold(secs(10)).await?;
    fault.heal().await?;
    lab.recovery(secs(10)).await
}

/// R13: five hundred clients that fail together do not come back together. The same clients without scatter, all drawing
/// the same pauses, do: that is what it is held against.
#[brunt::resilience(setup = Dependency::default, virtual_time)]
#[target(fault.peak.max < 0.2x fault.lockstep.max)]
async fn no_thundering_herd(lab: &Lab, dependency: &Dependency) -> brunt::Result {
    let _fault = lab.inject(dependency.suffer("down", Trouble::Down)).await?;
    let seed = lab.seed();
    let scattered = lab.step("scattered", herd(dependency, |client| seed.wrapping_add(client))).await?;
    lab.record("peak", peak(scattered))?;
    let together = lab.step("together", herd(dependency, |_| seed)).await?;
    lab.record("lockstep", peak(together))
}

const CLIENTS: u64 = 500;

/// When the clients made their requests but the first, all of which begin at once.
async fn herd(dependency: &Dependency, seed: impl Fn(u64) -> u64) -> brunt::Result<Vec<Duration>> {
    let start = Instant::now();
    let mut clients = JoinSet::new();
    for client in 0..CLIENTS {
        let (dependency, seed) = (dependency.clone(), seed(client));
        clients.spawn(async move {
            let mut at = Vec::new();
            let request = || {
                at.push(start.elapsed());
                dependency.answer(client)
            };
            let answered = RETRY.run(seed, |_| true, request).await;
            answered.map_or_else(|_| at.split_off(1), |()| Vec::new())
        });
    }
    let mut all = Vec::new();
    while let Some(retries) = clients.join_next().await {
        all.extend(retries?);
    }
    Ok(all)
}

/// The most requests within any ten milliseconds.
fn peak(requests: Vec<Duration>) -> u64 {
    let mut each = HashMap::<u128, u64>::new();
    requests.into_iter().for_each(|at| *each.entry(at.as_millis() / 10).or_default() += 1);
    each.into_values().max().unwrap_or(0)
}

// R12: intermittent failures

/// R12: half of all requests fail, for five minutes: the breaker opens and closes as chance has it, and the dependency is
/// spared. When the dependency is stable again, the breaker closes within its reset time, and stays closed.
#[brunt::resilience(setup = Guarded::default, virtual_time)]
#[target(fault.amplification < 0.2, recovery.amplification = 1, detection_time < 1s, recovery_time < 362s)]
async fn intermittent_failures(lab: &Lab, guarded: &Guarded) -> brunt::Result {
    let attempts = lab.attempts();
    lab.load("call", 50.per_second(), move |_| guarded.call(attempts.clone()));
    lab.baseline(secs(5)).await?;
    let coin = Pcg64Mcg::seed_from_u64(lab.seed());
    let fault = lab.inject(guarded.dependency.suffer("failing by chance", Trouble::Intermittent(coin))).await?;
    fault.hold(secs(300)).await?;
    let changes = guarded.breaker.statistics().state_changes;
    lab.record("state changes", changes)?;
    lab.check("opens", changes > 0)?;
    fault.heal().await?;
    lab.recovery(secs(62)).stable_for(secs(5)).await?;
    lab.check("is closed again", guarded.breaker.state() == State::Closed)
}

// O10: both, tuned

/// Retries, each attempt through a breaker that tries again after half a second.
#[derive(Default)]
struct Tuned {
    dependency: Dependency,
    breaker: Breaker,
}

fn tuned() -> Tuned {
    let breaker = Breaker::new(Settings { reset: millis(500), ..Settings::default() });
    Tuned { breaker, ..Tuned::default() }
}

impl Tuned {
    async fn call(&self, seed: u64, attempts: Attempts) -> brunt::Result {
        let request = || {
            self.breaker.call(async {
                attempts.count();
                self.dependency.answer(0).await
            })
        };
        let passes = |error: &CallError<Unavailable>| matches!(error, CallError::Failed(_));
        Ok(RETRY.run(seed, passes, request).await?)
    }
}

/// O10: retries behind a breaker spare a dependency that is down for ten seconds, and are back with it but for the half
/// second that the breaker may still reject: calls with neither would be back after ten seconds.
#[brunt::resilience(setup = tuned, virtual_time)]
#[target(fault.amplification < 3, recovery_time < 10.6s, baseline.amplification = 1, recovery.amplification = 1)]
async fn tuned_retries_behind_a_breaker(lab: &Lab, tuned: &Tuned) -> brunt::Result {
    let attempts = lab.attempts();
    lab.load("call", 100.per_second(), move |user| tuned.call(user.rng().random(), attempts.clone()));
    lab.baseline(secs(5)).await?;
    let fault = lab.inject(tuned.dependency.suffer("down", Trouble::Down)).await?;
    fault.hold(secs(10)).await?;
    fault.heal().await?;
    lab.recovery(secs(10)).await
}

brunt::main!();
