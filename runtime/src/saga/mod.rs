//! A check of sagas: every stage is made to fail in turn, alone and together with every compensation before it, and the
//! journal of the saga is compared with the rules of sagas. The caller passes a clock.
//!
//! When a stage fails, all stages before it must be compensated, the latest first, and no others. A failed compensation
//! is logged, and the others go on. Afterwards the store contains nothing of the saga except what the failed
//! compensation left (H. Garcia-Molina, K. Salem: Sagas, SIGMOD 1987: backward recovery).
//!
//! ```
//! use brunt::saga::{Faults, Journal, Saga, check};
//! use std::sync::Mutex;
//! use std::time::Instant;
//!
//! /// Books a flight and a hotel; what is booked is its store.
//! #[derive(Default)]
//! struct Trip(Mutex<Vec<&'static str>>);
//!
//! const STAGES: [&str; 2] = ["flight", "hotel"];
//!
//! impl Saga for Trip {
//!     fn stages(&self) -> Vec<String> { STAGES.map(String::from).to_vec() }
//!
//!     async fn run(&self, faults: Faults<'_>, journal: &Journal<'_>) -> brunt::Result {
//!         let mut booked = self.0.lock().unwrap();
//!         booked.clear();
//!         for stage in STAGES {
//!             if faults.fails(stage) {
//!                 journal.failed(stage);
//!                 break;
//!             }
//!             booked.push(stage);
//!             journal.done(stage);
//!         }
//!         if faults.any() {
//!             booked.clear();                                    // cancels all, and does not say so
//!         }
//!         Ok(())
//!     }
//!
//!     async fn left(&self) -> brunt::Result<Vec<String>> {
//!         Ok(self.0.lock().unwrap().iter().map(|booked| (*booked).to_owned()).collect())
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> brunt::Result {
//! let start = Instant::now();
//! let checked = check(&Trip::default(), &|| start.elapsed()).await?;
//! assert_eq!((checked.runs, checked.orphans), (4, 0));
//! assert!(!checked.is_right());
//! println!("{checked}");                             // `flight` was done and is not compensated …
//! # Ok(())
//! # }
//! ```
//!
//! In a [resilience test](crate::resilience) its figures become `compensation_time` and `orphans`:
//! ```
//! # use brunt::saga::{Faults, Journal, Saga, check};
//! # struct Trip;
//! # fn trip() -> Trip { Trip }
//! # impl Saga for Trip {
//! #     fn stages(&self) -> Vec<String> { Vec::new() }
//! #     async fn run(&self, _: Faults<'_>, _: &Journal<'_>) -> brunt::Result { Ok(()) }
//! #     async fn left(&self) -> brunt::Result<Vec<String>> { Ok(Vec::new()) }
//! # }
//! use brunt::prelude::*;
//! use std::time::Instant;
//!
//! #[brunt::resilience(setup = trip)]
//! #[target(compensation_time < 5s, orphans = 0)]
//! async fn trip_is_cancelled(lab: &Lab, trip: &Trip) -> brunt::Result {
//!     let start = Instant::now();
//!     let checked = check(trip, &|| start.elapsed()).await?;
//!     lab.compensated(checked.compensation_time);
//!     lab.orphans(checked.orphans);
//!     checked.into_result()
//! }
//! ```

mod check;
mod checked;
mod deviation;
mod journal;
mod rules;

pub use check::check;
pub use checked::{Checked, Found};
pub use deviation::Deviation;
pub use journal::{Journal, What};

use crate::failure::Failed;
use std::fmt;

/// A saga to be checked. It runs with scripted failures and writes a journal.
pub trait Saga {
    /// Names of the stages, each once, in their order.
    fn stages(&self) -> Vec<String>;

    /// Runs the saga from a clean start with the failures `faults` until its end, and writes its events into the
    /// journal: during the run, or afterwards from the saga's own log ([`Journal::write`]).
    ///
    /// A stage that fails by `faults` is not an error.
    ///
    /// # Errors
    /// The saga could not be run; the check ends.
    fn run(&self, faults: Faults<'_>, journal: &Journal<'_>) -> impl Future<Output = Result<(), Failed>> + Send;

    /// Reads what the last run left in the real store: for each item the name of the stage that made it.
    ///
    /// # Errors
    /// The store could not be read; the check ends.
    fn left(&self) -> impl Future<Output = Result<Vec<String>, Failed>> + Send;
}

/// The failures of one run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Faults<'a> {
    stage: Option<&'a str>,
    compensation: Option<&'a str>,
}

impl<'a> Faults<'a> {
    /// Whether this stage must fail without leaving anything behind.
    pub fn fails(&self, stage: &str) -> bool {
        self.stage == Some(stage)
    }

    /// Whether the compensation of this stage must fail.
    pub fn compensation_fails(&self, stage: &str) -> bool {
        self.compensation == Some(stage)
    }

    /// Whether anything must fail.
    pub fn any(&self) -> bool {
        self.stage.is_some()
    }

    /// The stage that must fail.
    pub fn stage(&self) -> Option<&'a str> {
        self.stage
    }

    /// The stage whose compensation must fail.
    pub fn compensation(&self) -> Option<&'a str> {
        self.compensation
    }
}

impl fmt::Display for Faults<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.stage, self.compensation) {
            (None, _) => f.write_str("nothing fails"),
            (Some(stage), None) => write!(f, "`{stage}` fails"),
            (Some(stage), Some(undo)) => write!(f, "`{stage}` fails, and the compensation of `{undo}`"),
        }
    }
}

#[cfg(test)]
mod tests;
