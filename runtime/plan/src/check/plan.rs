//! Conflicts between options, and options that no run can follow.

use crate::load::Plan;
use crate::mistake::Mistake;

/// Every conflict of the plan's options.
pub fn plan(_plan: &Plan) -> Vec<Mistake> {
    Vec::new()
}
