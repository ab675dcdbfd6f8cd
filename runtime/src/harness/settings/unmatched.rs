//! `[[override]]`s that are for no test: a slip in a name would change nothing, and nobody would know. In a workspace of
//! many binaries the test may be in another one, so that it is a warning and no error.

use super::{Settings, pattern};
use brunt_plan::spelling::nearest;

impl Settings {
    /// A warning for every override that matches none of these tests.
    pub(crate) fn unmatched_overrides(&self, tests: &[String]) -> Vec<String> {
        let unmatched =
            self.overrides.iter().filter(|item| !tests.iter().any(|test| pattern::matches(&item.value, test)));
        unmatched
            .map(|item| {
                let near = nearest(&item.value, tests.iter().map(String::as_str));
                let near = near.map(|near| format!(": did you mean `{near}`?")).unwrap_or_default();
                format!("{}: no test of this binary is named `{}`{near}", item.place, item.value)
            })
            .collect()
    }

    /// What the report of a test must say: an override is for a name that is nearly this test's.
    pub(crate) fn near_overrides(&self, test: &str) -> Vec<String> {
        let for_it = |name: &str| pattern::matches(name, test);
        if self.overrides.iter().any(|item| for_it(&item.value)) {
            return Vec::new();
        }
        let near =
            self.overrides.iter().filter(|item| !item.value.contains('*') && nearest(&item.value, [test]).is_some());
        near.map(|item| {
            let (place, name) = (&item.place, &item.value);
            format!("{place}: an override is for `{name}`, which is not this test: did you mean `{test}`?")
        })
        .collect()
    }
}
