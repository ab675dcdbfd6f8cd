//! Circuit breakers against `brunt::breaker`, each set to 5 failures, a reset time and 2 half-open successes: our own is
//! as its settings say, and of three others the check reports what a user would want to know before relying on them.
//!
//! Each is checked twice. In virtual time a minute costs nothing; a breaker that goes by std's clock cannot be moved,
//! and the check says so. What is behind that shows with a reset time of two milliseconds that is really waited for.
//!
//! ```sh
//! cargo test -p workflow-service --test breakers -- --nocapture      # prints the reports
//! ```

#![allow(clippy::unwrap_used)]

mod wrapped;

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use brunt::breaker::{Deviations, Event, Hazard, Settings, State, check};
use failsafe::futures::CircuitBreaker;
use tokio::runtime::Runtime;
use tower::ServiceExt;
use tower_resilience::circuitbreaker::{CircuitBreakerError, CircuitBreakerLayer, CircuitState};
use workflow_service::breaker as own;
use wrapped::{Call, Ended, Time, Wrapped};

const FAILURES: u32 = 5;
const SUCCESSES: u32 = 2;
const RESET: Duration = Duration::from_millis(60_000);
/// A reset time that can be waited for a thousand times.
const SHORT_RESET: Duration = Duration::from_millis(2);

#[test]
fn our_own_is_as_its_settings_say() {
    for seed in 0..10 {
        let found = in_virtual_time(seed, own);
        assert!(found.is_ok(), "{}", found.unwrap_err());
    }
    let found = in_real_time(own);
    assert!(found.is_ok(), "{}", found.unwrap_err());
}

#[test]
fn recloser_opens_late_and_hears_failed_probes_late() {
    let found = reported("recloser 1.4 in virtual time", in_virtual_time(1, recloser));
    assert!(found.shows(Hazard::IgnoresTime));
    assert_eq!(history(&found, Hazard::OpensLate), [Event::Failure; 5], "only the sixth opens it");
    let found = reported("recloser 1.4 in real time", in_real_time(recloser));
    assert!(!found.shows(Hazard::IgnoresTime));
    assert!(found.shows(Hazard::OpensLate) && found.shows(Hazard::TooManyProbes));
    assert!(found.shows(Hazard::IgnoresFailedProbe));
}

#[test]
fn failsafe_closes_at_one_success_and_does_not_limit_probes() {
    let found = reported("failsafe 1.3 in virtual time", in_virtual_time(1, failsafe));
    assert!(found.shows(Hazard::IgnoresTime));
    let found = reported("failsafe 1.3 in real time", in_real_time(failsafe));
    assert!(!found.shows(Hazard::IgnoresTime) && !found.shows(Hazard::OpensLate));
    assert!(found.shows(Hazard::TooManyProbes) && found.shows(Hazard::ClosesEarly));
    assert!(found.shows(Hazard::StaleSuccess) && found.shows(Hazard::StaleFailure));
}

#[test]
fn tower_resilience_ignores_virtual_time_and_is_closed_by_stale_successes() {
    let found = reported("tower-resilience 0.13 in virtual time", in_virtual_time(1, tower_resilience));
    assert!(found.shows(Hazard::IgnoresTime));
    let found = reported("tower-resilience 0.13 in real time", in_real_time(tower_resilience));
    assert!(found.shows(Hazard::StaleSuccess) && found.shows(Hazard::StaleFailure));
    for right in [Hazard::IgnoresTime, Hazard::OpensLate, Hazard::TooManyProbes, Hazard::ClosesEarly] {
        assert!(!found.shows(right), "{right}");
    }
}

// Two ways for time to pass

fn in_virtual_time(seed: u64, make: impl Fn(Duration, Time) -> Wrapped) -> Result<(), Deviations> {
    let runtime = paused();
    let _in = runtime.enter();
    check(&Settings::new(FAILURES, RESET, SUCCESSES), seed, || make(RESET, Time::told(&runtime)))
}

fn in_real_time(make: impl Fn(Duration, Time) -> Wrapped) -> Result<(), Deviations> {
    let settings = Settings::new(FAILURES, SHORT_RESET, SUCCESSES).histories(600);
    check(&settings, 1, || make(SHORT_RESET, Time::real()))
}

fn paused() -> Arc<Runtime> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    Arc::new(runtime.unwrap())
}

/// What is found wrong, printed as a user would read it.
fn reported(what: &str, found: Result<(), Deviations>) -> Deviations {
    let found = found.unwrap_err();
    println!("{what}: {found}");
    found
}

fn history(found: &Deviations, hazard: Hazard) -> &[Event] {
    let shown = found.deviations().iter().find(|deviation| deviation.hazard() == hazard);
    shown.unwrap().history()
}

// The breakers

fn own(reset: Duration, time: Time) -> Wrapped {
    let breaker = own::Breaker::new(own::Settings { failures: FAILURES, reset, successes: SUCCESSES });
    let shown = breaker.clone();
    let wrap = move |call: Call| {
        let breaker = breaker.clone();
        async move { Ended::unless(matches!(breaker.call(call).await, Err(own::CallError::Rejected(_)))) }
    };
    let state = move || {
        Some(match shown.state() {
            own::State::Closed => State::Closed,
            own::State::Open => State::Open,
            own::State::HalfOpen => State::HalfOpen,
        })
    };
    Wrapped::new(time, wrap, state)
}

/// All of the last five calls; in half-open state any failure among two. It hides its state.
fn recloser(reset: Duration, time: Time) -> Wrapped {
    let breaker = recloser::Recloser::custom()
        .closed_len(FAILURES as usize)
        .error_rate_closed(1.0)
        .half_open_len(SUCCESSES as usize)
        .error_rate_half_open(0.01)
        .open_wait(reset)
        .build();
    let breaker = recloser::AsyncRecloser::from(breaker);
    let wrap = move |call: Call| {
        let called = breaker.call(call);
        async move { Ended::unless(matches!(called.await, Err(recloser::Error::Rejected))) }
    };
    Wrapped::new(time, wrap, || None)
}

/// How many successes close it cannot be set.
fn failsafe(reset: Duration, time: Time) -> Wrapped {
    let policy = failsafe::failure_policy::consecutive_failures(FAILURES, failsafe::backoff::constant(reset));
    let shown = Shown::default();
    let breaker = failsafe::Config::new().failure_policy(policy).instrument(shown.clone()).build();
    let wrap = move |call: Call| {
        let called = breaker.call(call);
        async move { Ended::unless(matches!(called.await, Err(failsafe::Error::Rejected))) }
    };
    Wrapped::new(time, wrap, move || Some(shown.state()))
}

/// The state that failsafe tells its instrument.
#[derive(Clone, Default)]
struct Shown(Arc<AtomicU8>);

impl Shown {
    fn state(&self) -> State {
        [State::Closed, State::Open, State::HalfOpen][usize::from(self.0.load(Ordering::Relaxed))]
    }
}

impl failsafe::Instrument for Shown {
    fn on_call_rejected(&self) {}

    fn on_closed(&self) {
        self.0.store(0, Ordering::Relaxed);
    }

    fn on_open(&self) {
        self.0.store(1, Ordering::Relaxed);
    }

    fn on_half_open(&self) {
        self.0.store(2, Ordering::Relaxed);
    }
}

fn tower_resilience(reset: Duration, time: Time) -> Wrapped {
    let (layer, handle) = CircuitBreakerLayer::builder()
        .consecutive_failures(FAILURES as usize)
        .wait_duration_in_open(reset)
        .permitted_calls_in_half_open(SUCCESSES as usize)
        .build_with_handle()
        .unwrap();
    let service = layer.layer_fn(tower::service_fn(|call: Call| call));
    let wrap = move |call: Call| {
        let called = service.clone().oneshot(call);
        async move { Ended::unless(matches!(called.await, Err(CircuitBreakerError::OpenCircuit))) }
    };
    let state = move || {
        Some(match handle.state() {
            CircuitState::Closed => State::Closed,
            CircuitState::Open => State::Open,
            CircuitState::HalfOpen => State::HalfOpen,
        })
    };
    Wrapped::new(time, wrap, state)
}
