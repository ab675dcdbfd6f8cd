//! `[[override]]`s that match no test, as after a typo in a name. In a workspace the test may be in another binary, so
//! the check is made over the whole run and gives a warning, no error.

use super::model::{Entry, RunSettings};
use super::pattern;
use crate::report::store::overrides::Override;
use brunt_plan::spelling::nearest_word;

/// The overrides, each with whether it matches one of `tests`.
pub(crate) fn overrides_with_tests(settings: &RunSettings, tests: &[String]) -> Vec<Override> {
    let of = |item: &Entry| Override {
        place: item.place.clone(),
        name: item.value.clone(),
        has_test: tests.iter().any(|test| pattern::matches(&item.value, test)),
        near: nearest_word(&item.value, tests.iter().map(String::as_str)).map(str::to_owned),
    };
    settings.overrides.iter().map(of).collect()
}

/// Notes for the report of `test`: overrides for a name similar to it, if none matches it.
pub(crate) fn near_overrides(settings: &RunSettings, test: &str) -> Vec<String> {
    let for_it = |name: &str| pattern::matches(name, test);
    if settings.overrides.iter().any(|item| for_it(&item.value)) {
        return Vec::new();
    }
    let near = settings
        .overrides
        .iter()
        .filter(|item| !item.value.contains('*') && nearest_word(&item.value, [test]).is_some());
    near.map(|item| {
        let (place, name) = (&item.place, &item.value);
        format!("{place}: an override is for `{name}`, which is not this test: did you mean `{test}`?")
    })
    .collect()
}
