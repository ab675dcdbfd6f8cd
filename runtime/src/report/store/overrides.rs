//! Overrides in the settings for tests by name. In a workspace of many binaries each process has its own tests only, so
//! that a misspelt name can only be found for the run as a whole.

use serde::{Deserialize, Serialize};

/// An override, and whether a test of its name has been seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Override {
    /// The file and line.
    pub(crate) place: String,
    /// The name or pattern.
    pub(crate) name: String,
    /// Whether a binary of the run has such a test.
    pub(crate) has_test: bool,
    /// The name of a test that may have been meant.
    pub(crate) near: Option<String>,
}

impl Override {
    /// The warning about an override without a test in any binary of the run so far.
    fn warning(&self) -> Option<String> {
        let near = self.near.as_ref().map(|near| format!(": did you mean `{near}`?")).unwrap_or_default();
        let text = format!("{}: no test of this run so far is named `{}`{near}", self.place, self.name);
        (!self.has_test).then_some(text)
    }
}

/// Merges the overrides of one process into those of the run.
pub(super) fn merge_overrides(own: &[Override], all: &mut Vec<Override>) {
    for own in own {
        match all.iter_mut().find(|other| (&other.place, &other.name) == (&own.place, &own.name)) {
            Some(other) => {
                other.has_test |= own.has_test;
                other.near = other.near.take().or_else(|| own.near.clone());
            }
            None => all.push(own.clone()),
        }
    }
}

/// The warnings about overrides without a test.
pub(super) fn override_warnings(all: &[Override]) -> Vec<String> {
    all.iter().filter_map(Override::warning).collect()
}
