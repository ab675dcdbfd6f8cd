//! Drives the virtual users of one test and records what they see. It judges nothing and prints nothing.

mod alarm;
mod batch;
pub(crate) mod body;
mod clock;
mod conductor;
mod counted;
mod crew;
#[cfg(feature = "csv")]
mod csv;
mod drive;
mod feed;
mod fixture;
mod gauges;
mod guard;
mod health;
mod home;
mod in_flight;
mod interrupted;
mod iteration;
mod job;
#[cfg(test)]
pub(crate) mod known;
mod lab;
mod levels;
mod load;
pub(crate) mod made;
mod membership;
mod outcome;
mod over;
mod pacer;
mod panic;
mod pick;
mod place;
mod probe;
#[cfg(unix)]
mod process_end;
mod questions;
mod relay;
mod roster;
mod rounds;
mod run;
mod run_delay;
mod schedule;
mod seed;
pub(crate) mod shared;
pub(crate) mod spec;
mod stall;
mod standing;
mod start;
mod step;
mod stop;
mod stream;
mod sweep;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
pub(crate) mod systems;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
mod thread_user;
mod timeline;
mod user;
mod value;
mod virtual_user;
mod watch;
mod whereabouts;
mod writes;

pub use batch::Batch;
pub use counted::{Counted, Counts};
#[cfg(feature = "csv")]
pub use csv::{Csv, Row};
pub use feed::Feed;
pub(crate) use guard::NOTICE;
pub(crate) use home::out_of_time;
pub(crate) use job::Job;
pub(crate) use lab::NOT_RECOVERED;
pub use lab::{Amount, Amounts, Attempts, Background, Injection, Lab, Recovering, millis, secs};
pub(crate) use levels::{can_remake, run_levels};
pub(crate) use outcome::Outcome;
pub use pick::Pick;
pub(crate) use questions::{Hypothesis, NextLoad};
pub(crate) use run::run;
pub use step::Steps;
pub(crate) use stop::{Halt, Stop};
pub use user::User;
pub use value::{Bytes, Samples, Value};
