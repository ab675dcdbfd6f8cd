//! Checks beyond a single option or target: conflicts between options, and targets that the plan cannot answer.

mod contradiction;
mod findings;
mod names;
mod plan;
mod plan_parts;
mod size;
mod targets;
#[cfg(test)]
mod tests;

pub use contradiction::disagreement;
pub use plan::{option, plan};
pub use size::too_small;
pub use targets::targets;
