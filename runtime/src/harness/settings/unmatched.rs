//! `[[override]]`s that are for no test: a slip in a name would change nothing, and nobody would know. In a workspace of
//! many binaries the test may be in another one, so that the run as a whole decides, and it is a warning and no error.

use super::model::{Entry, RunSettings};
use super::pattern;
use crate::report::store::overrides::Override;
use brunt_plan::spelling::nearest;

/// The overrides, and whether these tests are what they are for.
pub(crate) fn overrides_with_tests(settings: &RunSettings, tests: &[String]) -> Vec<Override> {
    let of = |item: &Entry| Override {
        place: item.place.clone(),
        name: item.value.clone(),
        has_test: tests.iter().any(|test| pattern::matches(&item.value, test)),
        near: nearest(&item.value, tests.iter().map(String::as_str)).map(str::to_owned),
    };
    settings.overrides.iter().map(of).collect()
}

/// What the report of a test must say: an override is for a name that is nearly this test's.
pub(crate) fn near_overrides(settings: &RunSettings, test: &str) -> Vec<String> {
    let for_it = |name: &str| pattern::matches(name, test);
    if settings.overrides.iter().any(|item| for_it(&item.value)) {
        return Vec::new();
    }
    let near =
        settings.overrides.iter().filter(|item| !item.value.contains('*') && nearest(&item.value, [test]).is_some());
    near.map(|item| {
        let (place, name) = (&item.place, &item.value);
        format!("{place}: an override is for `{name}`, which is not this test: did you mean `{test}`?")
    })
    .collect()
}
