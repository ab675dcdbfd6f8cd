//! Drives the virtual users of one test and records what they see. It judges nothing and prints nothing.
//!
//! A user is below what drives it. The floors, each of which names only those under it:
//!
//! ```text
//! run  levels                 pick how a test is measured
//! loads                       its loads, round by round
//! experiment  sweep/          the other ways to measure it
//! test                        a test under way
//! fixture  guard              what it is run on, and who waits for it
//! shared  job
//! spec  counted               one annotated test
//! lab/                        what leads an experiment
//! drive/                      streams conducted, ends, watching
//! supervision/                what the thread that waits is asked, and sees
//! users/                      virtual users: pools, tasks, threads
//! user/                       what a body sees
//! load/  batch  rounds        one load: clock, timeline, roster
//! rt/  schedule/              what everything stands on
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
