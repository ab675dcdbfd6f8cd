//! Drives the virtual users of one test and records their operations. It judges nothing and prints nothing.
//!
//! The floors of the engine; each uses only those below it, so that a user is below the code that drives it:
//!
//! ```text
//! run  levels                 pick how a test is measured
//! loads                       the test's loads, round by round
//! experiment  sweep/          the other ways to measure it
//! test                        a running test
//! fixture  guard              the test's fixture, and the wait for its thread
//! shared  job
//! spec  counted               one annotated test
//! lab/                        the parts of an experiment
//! drive/                      conducts streams, drains and watches them
//! supervision/                questions to the waiting thread, and its view
//! users/                      virtual users: pools, tasks, threads
//! user/                       a virtual user, as its body sees it
//! load/  batch  rounds        one load: clock, timeline, roster
//! rt/  schedule/              time, randomness, runtime; resolved plans
//! ```

mod batch;
mod counted;
mod drive;
mod experiment_run;
mod fixture;
mod guard;
mod job;
mod lab;
mod levels;
mod load;
mod loads;
mod rounds;
pub(crate) mod rt;
mod run;
mod schedule;
pub(crate) mod shared;
pub(crate) mod spec;
mod supervision;
mod sweep;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
pub(crate) mod systems;
mod test;
#[cfg(test)]
pub(crate) mod testkit;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
pub(crate) mod user;
mod users;

pub use batch::Batch;
pub use counted::{Counted, Counts};
pub(crate) use guard::HOOK_NOTICE;
pub(crate) use job::Job;
pub(crate) use lab::NOT_RECOVERED;
pub use lab::{Amount, Amounts, Attempts, Background, Injection, Lab, Recovering, millis, secs};
pub(crate) use levels::{can_remake, run_levels};
pub(crate) use rt::runtime::out_of_time;
pub(crate) use rt::stop::{Halt, Stop};
pub(crate) use run::run_job;
pub(crate) use supervision::outcome::RunOutcome;
pub(crate) use supervision::questions::{Hypothesis, NextLoad};
pub use user::User;
#[cfg(feature = "csv")]
pub use user::csv::{Csv, Row};
pub use user::feed::Feed;
pub use user::pick::Pick;
pub use user::step::Steps;
pub use user::value::{Bytes, Samples, Value};
