//! The judge's rules, each on measurements built by hand.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod early;
mod generator;
mod groups;
mod hypothesis;
mod metrics;
mod noise;
mod properties;
mod relative;
mod resilience;
mod selectors;
mod settle;
mod sweep;
mod unseen;
mod unspoken;
