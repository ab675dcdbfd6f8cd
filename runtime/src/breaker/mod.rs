//! A model check for circuit breakers: random histories of calls are played to a breaker and to a reference model. If
//! the two differ, the check returns a minimal history that shows the difference. No real time passes, since the
//! history also moves the clock of the breaker.
//!
//! It finds hazards that breakers in use have shown: a threshold that is off by one, probes that are not limited, a
//! half-open state that never ends after cancelled probes, results of an earlier state that close or open it, a single
//! success that closes it, a clock that tests cannot move. [`Settings`] describe breakers that count failures, and
//! breakers that open at a rate of failures or slow calls over a number of calls or a time.
//!
//! ```
//! use brunt::breaker::{Breaker, Settings, State, check};
//! use std::time::Duration;
//!
//! /// A breaker that counts and never opens.
//! struct Fuse;
//!
//! impl Breaker for Fuse {
//!     type Call = ();
//!     fn begin(&mut self) -> Option<()> { Some(()) }
//!     fn finish(&mut self, _: (), _success: bool) {}
//!     fn cancel(&mut self, _: ()) {}
//!     fn advance(&mut self, _: Duration) {}
//!     fn state(&self) -> Option<State> { None }
//! }
//!
//! let settings = Settings::new(3, Duration::from_secs(60), 2);
//! let found = check(&settings, 1, || Fuse).unwrap_err();
//! assert_eq!(found.deviations()[0].history().len(), 3);          // three failures
//! println!("{found}");
//! ```

mod check;
mod deviation;
mod history;
mod play;
mod reference;
mod results;
mod settings;

pub use check::check;
pub use deviation::{Deviation, Deviations, Hazard};
pub use history::Event;
pub use reference::State;
pub use settings::Settings;

use std::time::Duration;

/// A circuit breaker to be checked. Calls are begun and finished by two methods, so that results can come late.
///
/// To adapt a breaker that wraps futures, keep the future of a call in `Call`: `begin` polls it once, and `finish`
/// polls it again after the scripted result has been set. `advance` is `tokio::time::advance` on a paused clock. A
/// breaker whose clock cannot be moved is reported with [`Hazard::IgnoresTime`]. To find its other hazards, check it a
/// second time with a reset time of milliseconds, an `advance` that sleeps, and an `elapsed` that reads the clock.
pub trait Breaker {
    /// A call in flight, with the data that the breaker needs at its end.
    type Call;

    /// Begins a call; `None` if the breaker rejects it.
    fn begin(&mut self) -> Option<Self::Call>;

    /// Ends a call with its result.
    fn finish(&mut self, call: Self::Call, success: bool);

    /// Ends a call that was cancelled and has no result.
    fn cancel(&mut self, call: Self::Call);

    /// Moves the clock of the breaker.
    fn advance(&mut self, by: Duration);

    /// Time since any start, for a breaker with a real clock (`Instant::elapsed`). The reference then uses these
    /// readings, and reports nothing that depends on the exact moment between two of them. The provided method returns
    /// `None`: only `advance` moves the clock.
    fn elapsed(&self) -> Option<Duration> {
        None
    }

    /// The state, if it is visible. A breaker may change its state only at the next call after the reset time. If the
    /// state is hidden (`None`), the check begins a call after every failure that may have opened the breaker, and
    /// cancels it at once.
    fn state(&self) -> Option<State>;
}

#[cfg(test)]
mod tests;
