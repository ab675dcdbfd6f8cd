//! The settings applied to a test's plan. An option is applied only if the plan has a load of the kind that the option
//! belongs to.
//!
//! `iterations`, `total_iterations` and `duration` say when a load ends: giving one takes the others away. Any other
//! conflict means that the option does not fit this test (`BRUNT_RATE` on a test with `users`). If the option is for
//! all tests, from the environment or a profile, this is a note in the report; if it is for tests by name, it is an
//! error.

use super::settings::limits;
use super::settings::model::{Entry, TestOptions};
use crate::error::Error;
use brunt_plan::{Plan, check, parse};

/// A plan after the settings are applied.
#[derive(Debug)]
pub(crate) struct Overridden {
    /// The plan that is run.
    pub(crate) plan: Plan,
    /// Notes for the report.
    pub(crate) notes: Vec<String>,
}

/// Applies the settings for `test` to its `plan`, weakest first.
///
/// # Errors
/// An option from an override that names this test but does not fit it.
pub(crate) fn apply_overrides<'r>(
    plan: Plan,
    test: &str,
    rules: impl IntoIterator<Item = &'r TestOptions>,
) -> Result<Overridden, Error> {
    let mut result = Overridden { plan, notes: Vec::new() };
    for rule in rules.into_iter().filter(|rule| rule.is_for(test)) {
        for (entry, why) in put_options(&mut result.plan, &rule.options) {
            let place = &entry.place;
            let what = if place.starts_with("BRUNT_") { place } else { &entry.key };
            let message = format!("`{what} = {}` does not fit the test `{test}`: {why}", entry.value);
            if rule.tests.is_some() {
                return Err(Error::Setting { place: place.clone(), message });
            }
            result.notes.push(format!("not applied: {message}"));
        }
    }
    Ok(result)
}

/// Applies all options that fit, in any order in which they fit, and returns the others with the reason.
fn put_options<'e>(plan: &mut Plan, options: &'e [Entry]) -> Vec<(&'e Entry, String)> {
    let mut left: Vec<&Entry> = options.iter().filter(|entry| !limits::is_one(entry)).collect();
    loop {
        let before = left.len();
        let mut wrong = Vec::new();
        for entry in left {
            if let Err(why) = put_option(plan, entry) {
                wrong.push((entry, why));
            }
        }
        if wrong.is_empty() || wrong.len() == before {
            return wrong;
        }
        left = wrong.into_iter().map(|(entry, _)| entry).collect();
    }
}

fn put_option(plan: &mut Plan, entry: &Entry) -> Result<(), String> {
    let mut changed = plan.clone();
    match entry.key.as_str() {
        "iterations" => (changed.total_iterations, changed.duration) = (None, None),
        "total_iterations" => (changed.iterations, changed.duration) = (None, None),
        "duration" => (changed.iterations, changed.total_iterations) = (None, None),
        _ => {}
    }
    parse::set(&mut changed, &entry.key, &entry.value).map_err(|mistake| mistake.message)?;
    if let Some(conflict) = check::plan(&changed).into_iter().next() {
        return Err(conflict.message);
    }
    *plan = changed;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use brunt_plan::{Kind, parse};

    fn entry(place: &str, key: &str, value: &str) -> Entry {
        Entry { place: place.to_owned(), key: key.to_owned(), value: value.to_owned() }
    }

    fn overridden(plan: &str, tests: Option<&str>, options: &[(&str, &str)]) -> Result<(String, Vec<String>), Error> {
        let (plan, mistakes) = parse::plan(Kind::Load, plan);
        assert!(mistakes.is_empty(), "{mistakes:?}");
        let options = options.iter().map(|(key, value)| entry("BRUNT_X", key, value)).collect();
        let rule = TestOptions { tests: tests.map(str::to_owned), options };
        apply_overrides(plan, "spike", [&rule]).map(|result| (result.plan.to_string(), result.notes))
    }

    #[test]
    fn what_fits_is_put_in_place_of_what_was_there() {
        for (plan, options, wanted) in [
            ("users = 100, iterations = 50", &[("users", "5")][..], "users = 5, iterations = 50"),
            ("users = 100, iterations = 50", &[("duration", "10s")], "users = 100, duration = 10s"),
            ("users = 100, duration = 10s", &[("iterations", "3")], "users = 100, iterations = 3"),
            ("duration = 30s, rate = 500/s", &[("rate", "10/s"), ("duration", "2s")], "duration = 2s, rate = 10/s"),
            // The first only fits once the second is there.
            (
                "users = 100, iterations = 50",
                &[("ramp_up", "1s"), ("duration", "2s")],
                "users = 100, duration = 2s, ramp_up = 1s",
            ),
        ] {
            assert_eq!(overridden(plan, None, options).unwrap(), (wanted.to_owned(), Vec::new()), "{plan}");
        }
    }

    #[test]
    fn what_does_not_fit_is_noted_and_the_plan_stays() {
        for (plan, option) in [
            ("users = 100, iterations = 50", ("rate", "10/s")),
            ("duration = 30s, rate = 500/s", ("iterations", "3")),
            ("stages = [a: 10 for 5s]", ("duration", "3s")),
            ("stages = [a: 10 for 5s]", ("users", "3")),
        ] {
            let (after, notes) = overridden(plan, None, &[option]).unwrap();
            assert_eq!(after, plan);
            assert!(notes[0].contains("`spike`") && notes[0].contains(option.1), "{notes:?}");
        }
    }

    #[test]
    fn said_of_the_test_itself_it_is_an_error() {
        let error =
            overridden("users = 100, iterations = 50", Some("sp*"), &[("rate", "10/s")]).unwrap_err().to_string();
        assert!(error.contains("10/s") && error.contains("`spike`"), "{error}");
        assert!(overridden("users = 100, iterations = 50", Some("other"), &[("rate", "10/s")]).is_ok());
    }
}
