//! The guide: how to describe a load, judge it, and read what came of it. Pages, no code.
//!
//! 1. [First test](first_test): from an empty file to a verdict.
//! 2. [Load](load): users, rates, stages, scenarios, cases.
//! 3. [Body and fixtures](body): what a body can do, and what is made for it.
//! 4. [Targets](targets): what must hold, and how it is judged.
//! 5. [Verdicts](verdicts): what pass, fail and inconclusive mean, and what noise has to do with it.
//! 6. [Stress](stress): sizes, growth, memory.
//! 7. [Capacity](capacity): how much load a system carries.
//! 8. [Resilience](resilience): break things under load, and see the system recover.
//! 9. [Running](running): `cargo test`, nextest, settings, profiles.
//! 10. [Reports](reports): console, JSON, JUnit.
//!
//! What can be broken under a test is described with the parts: [`fault`](crate::fault), [`breaker`](crate::breaker),
//! [`saga`](crate::saga).

pub mod body;
pub mod capacity;
pub mod first_test;
pub mod load;
pub mod reports;
pub mod resilience;
pub mod running;
pub mod stress;
pub mod targets;
pub mod verdicts;
