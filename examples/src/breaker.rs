//! A circuit breaker: a dependency that keeps failing is left alone for a while, and then tried with a few calls.
//! Knows neither what is called nor why it fails; time is tokio's, so that tests can move it.

use std::fmt;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::time::Instant;

/// When a breaker opens, and when it closes again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// It opens at so many failures in a row.
    pub failures: u32,
    /// How long it then rejects every call.
    pub reset: Duration,
    /// It closes at so many successful probes, of which no more are in flight than are still needed.
    pub successes: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self { failures: 5, reset: Duration::from_millis(60_000), successes: 2 }
    }
}

/// What a breaker does with calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// They pass.
    Closed,
    /// They are rejected; after the reset time the first that asks becomes a probe.
    Open,
    /// A few pass, as probes.
    HalfOpen,
}

/// What has happened to a breaker since it was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Calls that passed.
    pub calls: u64,
    /// Those that succeeded.
    pub successes: u64,
    /// Those that failed.
    pub failures: u64,
    /// Those whose caller went away before there was a result.
    pub cancelled: u64,
    /// Calls that did not pass.
    pub rejected: u64,
    /// How often its state changed.
    pub state_changes: u64,
}

/// Why a call did not pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("rejected: the circuit breaker is open")]
pub struct Rejected;

/// Why a call through a breaker has no answer.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallError<E> {
    /// It was not made.
    #[error(transparent)]
    Rejected(#[from] Rejected),
    /// It was made and failed.
    #[error(transparent)]
    Failed(E),
}

/// A circuit breaker; clones are the same one.
///
/// Every call holds a [`Permit`] stamped with the generation of the state that admitted it. A result counts only in
/// that generation: the late answer to a call of before the breaker opened neither closes it nor opens it again. A
/// permit that is dropped, as by a caller who times out, gives its place as a probe back.
#[derive(Clone)]
pub struct Breaker {
    shared: Arc<Shared>,
}

struct Shared {
    settings: Settings,
    circuit: Mutex<Circuit>,
}

struct Circuit {
    phase: Phase,
    /// Goes up with every change of the phase.
    generation: u64,
    statistics: Statistics,
}

enum Phase {
    Closed { failed: u32 },
    Open { since: Instant },
    HalfOpen { probing: u32, succeeded: u32 },
}

impl Breaker {
    /// A closed breaker.
    pub fn new(settings: Settings) -> Self {
        let circuit = Circuit { phase: Phase::Closed { failed: 0 }, generation: 0, statistics: Statistics::default() };
        Self { shared: Arc::new(Shared { settings, circuit: Mutex::new(circuit) }) }
    }

    /// Makes the call if it may be made, and learns from how it ends.
    ///
    /// # Errors
    /// [`CallError::Rejected`] at once, and nothing was called; [`CallError::Failed`] with the call's own error.
    pub async fn call<T, E>(&self, call: impl Future<Output = Result<T, E>>) -> Result<T, CallError<E>> {
        let permit = self.permit()?;
        let result = call.await;
        permit.finish(result.is_ok());
        result.map_err(CallError::Failed)
    }

    /// Leave to make one call, for callers that [`call`](Self::call) does not fit.
    ///
    /// # Errors
    /// The call may not be made.
    pub fn permit(&self) -> Result<Permit, Rejected> {
        let Settings { reset, successes, .. } = self.shared.settings;
        let mut circuit = self.shared.circuit();
        if matches!(circuit.phase, Phase::Open { since } if since.elapsed() >= reset) {
            circuit.enter(Phase::HalfOpen { probing: 0, succeeded: 0 });
        }
        match &mut circuit.phase {
            Phase::Closed { .. } => {}
            Phase::HalfOpen { probing, succeeded } if *probing + *succeeded < successes => *probing += 1,
            Phase::HalfOpen { .. } | Phase::Open { .. } => {
                circuit.statistics.rejected += 1;
                return Err(Rejected);
            }
        }
        circuit.statistics.calls += 1;
        Ok(Permit { shared: Arc::clone(&self.shared), generation: circuit.generation, result: None })
    }

    /// Its state. It is open until a call asks after the reset time.
    pub fn state(&self) -> State {
        match self.shared.circuit().phase {
            Phase::Closed { .. } => State::Closed,
            Phase::Open { .. } => State::Open,
            Phase::HalfOpen { .. } => State::HalfOpen,
        }
    }

    /// What has happened to it; a reset takes nothing away.
    pub fn statistics(&self) -> Statistics {
        self.shared.circuit().statistics
    }

    /// Closes it and forgets its failures, also those of the calls in flight.
    pub fn reset(&self) {
        let mut circuit = self.shared.circuit();
        match circuit.phase {
            Phase::Closed { .. } => {
                circuit.phase = Phase::Closed { failed: 0 };
                circuit.generation += 1;
            }
            Phase::Open { .. } | Phase::HalfOpen { .. } => circuit.enter(Phase::Closed { failed: 0 }),
        }
    }
}

impl Default for Breaker {
    fn default() -> Self {
        Self::new(Settings::default())
    }
}

impl fmt::Debug for Breaker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Breaker").field("state", &self.state()).field("statistics", &self.statistics()).finish()
    }
}

impl Shared {
    fn circuit(&self) -> MutexGuard<'_, Circuit> {
        self.circuit.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Circuit {
    fn enter(&mut self, phase: Phase) {
        self.phase = phase;
        self.generation += 1;
        self.statistics.state_changes += 1;
    }

    /// A call of this generation of the state has ended; `None`: its caller went away.
    fn ended(&mut self, result: Option<bool>, settings: Settings) {
        match &mut self.phase {
            Phase::Closed { failed } => match result {
                Some(true) => *failed = 0,
                Some(false) => {
                    *failed += 1;
                    if *failed >= settings.failures {
                        self.enter(Phase::Open { since: Instant::now() });
                    }
                }
                None => {}
            },
            Phase::HalfOpen { probing, succeeded } => {
                *probing -= 1;
                match result {
                    Some(true) => {
                        *succeeded += 1;
                        if *succeeded >= settings.successes {
                            self.enter(Phase::Closed { failed: 0 });
                        }
                    }
                    Some(false) => self.enter(Phase::Open { since: Instant::now() }),
                    None => {}
                }
            }
            Phase::Open { .. } => {}
        }
    }
}

/// Leave to make one call. Dropped without a result it says that nobody knows how the call ended.
#[derive(Debug)]
#[must_use = "a permit that is dropped counts as a cancelled call"]
pub struct Permit {
    shared: Arc<Shared>,
    generation: u64,
    result: Option<bool>,
}

impl Permit {
    /// The call has ended.
    pub fn finish(mut self, success: bool) {
        self.result = Some(success);
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut circuit = self.shared.circuit();
        match self.result {
            Some(true) => circuit.statistics.successes += 1,
            Some(false) => circuit.statistics.failures += 1,
            None => circuit.statistics.cancelled += 1,
        }
        if circuit.generation == self.generation {
            circuit.ended(self.result, self.shared.settings);
        }
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").field("settings", &self.settings).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::advance;

    const RESET: Duration = Duration::from_millis(60_000);

    fn breaker() -> Breaker {
        Breaker::new(Settings::default())
    }

    fn calls(breaker: &Breaker, number: u32, success: bool) {
        (0..number).for_each(|_| breaker.permit().unwrap().finish(success));
    }

    async fn half_open() -> Breaker {
        let breaker = breaker();
        calls(&breaker, 5, false);
        advance(RESET).await;
        breaker
    }

    #[tokio::test(start_paused = true)]
    async fn it_opens_at_the_fifth_failure_in_a_row() {
        let breaker = breaker();
        assert_eq!(breaker.state(), State::Closed);
        calls(&breaker, 4, false);
        calls(&breaker, 1, true);
        calls(&breaker, 4, false);
        assert_eq!(breaker.state(), State::Closed);
        calls(&breaker, 1, false);
        assert_eq!(breaker.state(), State::Open);
        assert_eq!(breaker.permit().unwrap_err(), Rejected);
    }

    #[tokio::test(start_paused = true)]
    async fn it_probes_at_the_end_of_the_reset_time_and_not_a_millisecond_before() {
        let breaker = breaker();
        calls(&breaker, 5, false);
        advance(RESET - Duration::from_millis(1)).await;
        assert_eq!(breaker.permit().unwrap_err(), Rejected);
        advance(Duration::from_millis(1)).await;
        let probe = breaker.permit().unwrap();
        assert_eq!(breaker.state(), State::HalfOpen);
        probe.finish(true);
        assert_eq!(breaker.state(), State::HalfOpen, "one success is not enough");
        calls(&breaker, 1, true);
        assert_eq!(breaker.state(), State::Closed);
    }

    #[tokio::test(start_paused = true)]
    async fn a_failed_probe_opens_it_for_the_whole_reset_time() {
        let breaker = half_open().await;
        calls(&breaker, 1, true);
        calls(&breaker, 1, false);
        assert_eq!(breaker.state(), State::Open);
        advance(RESET - Duration::from_millis(1)).await;
        assert!(breaker.permit().is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn no_more_probes_are_in_flight_than_are_needed_and_cancelled_ones_give_their_place_back() {
        let breaker = half_open().await;
        for _ in 0..3 {
            let probes = [breaker.permit().unwrap(), breaker.permit().unwrap()];
            assert!(breaker.permit().is_err());
            drop(probes);
        }
        let late = breaker.permit().unwrap();
        calls(&breaker, 1, true);
        assert!(breaker.permit().is_err(), "one has succeeded and one is in flight");
        late.finish(true);
        assert_eq!(breaker.state(), State::Closed);
    }

    #[tokio::test(start_paused = true)]
    async fn results_of_an_earlier_state_change_nothing() {
        let breaker = breaker();
        let (good, bad) = (breaker.permit().unwrap(), breaker.permit().unwrap());
        calls(&breaker, 5, false);
        advance(RESET).await;
        calls(&breaker, 1, true);
        good.finish(true);
        assert_eq!(breaker.state(), State::HalfOpen);
        bad.finish(false);
        assert_eq!(breaker.state(), State::HalfOpen);
    }

    #[tokio::test(start_paused = true)]
    async fn a_reset_closes_it_and_forgets_calls_in_flight() {
        let breaker = breaker();
        calls(&breaker, 4, false);
        let late = breaker.permit().unwrap();
        breaker.reset();
        late.finish(false);
        assert_eq!(breaker.state(), State::Closed, "the fifth failure was of before the reset");
        calls(&breaker, 5, false);
        breaker.reset();
        assert_eq!(breaker.state(), State::Closed);
        calls(&breaker, 4, false);
        assert_eq!(breaker.state(), State::Closed);
    }

    #[tokio::test(start_paused = true)]
    async fn statistics_add_up() {
        let breaker = half_open().await;
        assert_eq!(breaker.call(async { Ok::<_, Rejected>(7) }).await, Ok(7));
        drop(breaker.permit());
        assert_eq!(breaker.call(async { Err::<u8, _>("down") }).await, Err(CallError::Failed("down")));
        assert_eq!(breaker.call(async { Ok::<u8, &str>(7) }).await, Err(CallError::Rejected(Rejected)));
        let expected = Statistics { calls: 8, successes: 1, failures: 6, cancelled: 1, rejected: 1, state_changes: 3 };
        assert_eq!(breaker.statistics(), expected);
    }

    #[tokio::test]
    async fn callers_at_once_lose_no_count() {
        let breaker = Breaker::new(Settings { failures: u32::MAX, ..Settings::default() });
        let callers: Vec<_> = (0..8)
            .map(|caller| {
                let breaker = breaker.clone();
                std::thread::spawn(move || calls(&breaker, 10_000, caller % 2 == 0))
            })
            .collect();
        callers.into_iter().for_each(|caller| caller.join().unwrap());
        let Statistics { calls, successes, failures, .. } = breaker.statistics();
        assert_eq!((calls, successes, failures), (80_000, 40_000, 40_000));
    }
}
