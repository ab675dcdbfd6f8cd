//! Targets that the plan cannot answer.

use crate::load::Plan;
use crate::mistake::Mistake;
use crate::target::Target;

/// Every target that the plan cannot answer.
pub fn targets(_plan: &Plan, _targets: &[Target]) -> Vec<Mistake> {
    Vec::new()
}
