//! A model check for circuit breakers: random histories of calls are played to a breaker and to a reference model; where
//! the two differ, a minimal history shows how. No real time passes: the breaker is told how far the clock has moved.
//!
//! The hazards it finds are those that breakers in use have shown: a threshold that is off by one, probes that are not
//! limited, a half-open state that never ends after cancelled probes, results of an earlier state that close or open
//! it, a single success that closes it, a clock that tests cannot move. [`Settings`] describe breakers that
//! count failures, and breakers that go by the rate of failures or slow calls, over a number of calls or a time.
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

/// A circuit breaker as the check sees it. Calls are begun and finished apart, so that results can come late.
///
/// A breaker that wraps futures is adapted by keeping the future of a call in `Call`, polled once by `begin` and again
/// by `finish`, when what it waits for has been scripted; `advance` is `tokio::time::advance` on a paused clock. One whose
/// clock nobody can move is reported with [`Hazard::IgnoresTime`]; what else there is shows in a second check of it, with
/// a reset time of milliseconds, an `advance` that sleeps and an `elapsed` that reads the clock.
pub trait Breaker {
    /// A call in flight, with what the breaker wants back when it ends.
    type Call;

    /// Asks to make a call; `None` where it is rejected.
    fn begin(&mut self) -> Option<Self::Call>;

    /// The call has ended.
    fn finish(&mut self, call: Self::Call, success: bool);

    /// The call was cancelled; there is no result.
    fn cancel(&mut self, call: Self::Call);

    /// Moves the breaker's clock on by this time.
    fn advance(&mut self, by: Duration);

    /// How much time has passed, where time really passes: a reading of a clock (`Instant::elapsed`). The reference then
    /// goes by it and judges nothing that the moment between two readings leaves open. As provided (`None`), no time
    /// passes but what `advance` is told.
    fn elapsed(&self) -> Option<Duration> {
        None
    }

    /// The state, where it can be seen. A breaker may notice only at the next call that its time has come. One that
    /// hides its state (`None`) is asked for a call, cancelled at once, after every failure that may have opened it.
    fn state(&self) -> Option<State>;
}

#[cfg(test)]
mod tests;
