//! A small workflow service: user profiles, a five-stage workflow with artifacts, and subscriptions, as an HTTP API
//! over SQLite, or over PostgreSQL servers of which one may fail.
//!
//! Layers, each of which knows only those to its right: [`server`] → `api` → what [`profile`], [`workflow`] and
//! [`subscription`] do, `last_known` and `suggestion` → [`store`], [`partner`] → the types → [`breaker`], [`error`].
//! [`client`] speaks to a running service and shares its types.
//!
//! Beside the service stand two parts that need none: calculations on [value trees](value_tree), and
//! [agents](agent) that answer requests. Calls to what may be down go through a [circuit breaker](breaker) and are
//! [retried](retry).

pub mod agent;
pub mod breaker;
pub mod client;
pub mod error;
pub mod partner;
pub mod profile;
pub mod retry;
pub mod seen;
pub mod server;
pub mod store;
pub mod subscription;
pub mod value_tree;
pub mod workflow;

mod api;
mod last_known;
mod suggestion;

pub use client::Client;
pub use error::Error;
pub use partner::Partner;
pub use server::Server;
pub use store::{Postgres, Sqlite, Store};
