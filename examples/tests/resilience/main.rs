//! What becomes of the service when a part that it depends on breaks: its owner breaks real parts, under load, and
//! measures when that was noticed, when the service was itself again, and what was lost.
//!
//! The parts are PostgreSQL servers, a primary and a replica for each test, and processes of the service itself. Where
//! PostgreSQL is not installed its tests are ignored.

mod database;
mod failover;
mod neighbours;
mod outage;
mod saga;
mod system;

brunt::main!();
