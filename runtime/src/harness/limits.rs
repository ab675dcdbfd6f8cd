//! The settings `targets` and `slack` applied to a test's targets: `targets` replaces declared targets or adds to them,
//! `slack` widens the limits of times and rates for slower machines.

use super::settings::limits::{self, SLACK};
use super::settings::model::{Entry, TestOptions};
use crate::error::Error;
use brunt_plan::{Plan, Target, check};

/// The targets of a test after the settings are applied.
#[derive(Debug)]
pub(crate) struct Limited {
    pub(crate) targets: Vec<Target>,
    /// Notes for the report.
    pub(crate) notes: Vec<String>,
}

/// Applies the settings for `test` to its `declared` targets, weakest first. Tests in virtual time get no slack, since
/// no machine's speed is in their times.
///
/// # Errors
/// A target from an override that names this test but does not fit it.
pub(crate) fn apply_limits<'r>(
    declared: Vec<Target>,
    plan: &Plan,
    test: &str,
    rules: impl IntoIterator<Item = &'r TestOptions>,
) -> Result<Limited, Error> {
    let mut limited = Limited { targets: declared, notes: Vec::new() };
    let mut slack = None;
    for rule in rules.into_iter().filter(|rule| rule.is_for(test)) {
        for entry in rule.options.iter().filter(|entry| limits::is_one(entry)) {
            if entry.key == SLACK {
                slack = Some((entry, limits::read_factor(entry)?));
                continue;
            }
            for target in limits::read_targets(entry)? {
                if let Err(why) = put_target(&mut limited, plan, entry, target) {
                    let message = format!("`{}` does not fit the test `{test}`: {why}", entry.key);
                    if rule.tests.is_some() {
                        return Err(Error::Setting { place: entry.place.clone(), message });
                    }
                    limited.notes.push(format!("not applied: {message}"));
                }
            }
        }
    }
    if let Some((entry, factor)) = slack.filter(|(_, factor)| *factor != 1.0 && !plan.virtual_time) {
        for target in &mut limited.targets {
            let wider = target.with_slack(factor);
            if wider != *target {
                limited.notes.push(format!("`{target}` is judged as `{wider}`: {}", describe_slack(entry)));
                *target = wider;
            }
        }
    }
    Ok(limited)
}

/// Replaces the targets that limit the same measure, whose level the new target takes; adds the target if there are
/// none.
fn put_target(limited: &mut Limited, plan: &Plan, entry: &Entry, target: Target) -> Result<(), String> {
    let mut after = limited.targets.clone();
    let replaced: Vec<usize> = (0..after.len()).filter(|index| after[*index].limits_the_same(&target)).collect();
    for index in &replaced {
        after[*index] = Target { level: after[*index].level, line: after[*index].line, ..target.clone() };
    }
    if replaced.is_empty() {
        after.push(target.clone());
    }
    let mistakes = |targets: &[Target]| check::targets(plan, targets).into_iter().map(|mistake| mistake.message);
    let before: Vec<String> = mistakes(&limited.targets).collect();
    if let Some(new) = mistakes(&after).find(|message| !before.contains(message)) {
        return Err(new);
    }
    let note = |index: &usize| format!("`{target}` in place of `{}`: {}", limited.targets[*index], entry.place);
    let mut notes: Vec<String> = replaced.iter().map(note).collect();
    if notes.is_empty() {
        notes.push(format!("`{target}` beside what is declared: {}", entry.place));
    }
    limited.notes.extend(notes);
    limited.targets = after;
    Ok(())
}

/// `slack = 3x (.config/brunt.toml:3)`.
fn describe_slack(entry: &Entry) -> String {
    let place = entry.place.strip_suffix(&format!(" ({SLACK})")).unwrap_or(&entry.place);
    format!("{SLACK} = {} ({place})", entry.value.trim())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use brunt_plan::{Kind, Level, parse};

    fn entry(key: &str, value: &str) -> Entry {
        let (key, value) = (key.to_owned(), value.to_owned());
        Entry { place: format!(".config/brunt.toml:3 ({key})"), key, value }
    }

    fn limited(plan: &str, declared: &str, tests: Option<&str>, options: &[(&str, &str)]) -> Result<Limited, String> {
        let (plan, mistakes) = parse::plan(Kind::Load, plan);
        let (declared, wrong) = parse::targets(Level::Critical, declared);
        assert!(mistakes.is_empty() && wrong.is_empty(), "{mistakes:?} {wrong:?}");
        let declared = declared.into_iter().map(|(target, _)| target).collect();
        let options = options.iter().map(|(key, value)| entry(key, value)).collect();
        let rule = TestOptions { tests: tests.map(str::to_owned), options };
        apply_limits(declared, &plan, "spike", [&rule]).map_err(|error| error.to_string())
    }

    fn shown(limited: &Limited) -> Vec<String> {
        limited.targets.iter().map(|target| format!("{:?} {target}", target.level)).collect()
    }

    const PLAN: &str = "users = 100, duration = 10s";

    #[test]
    fn a_target_stands_in_place_of_the_declared_one_or_beside_it() {
        let declared = "p95 < 50ms, errors < 1%";
        let found = limited(PLAN, declared, None, &[("targets", "p95 <= 300ms,throughput > 5/s")]).unwrap();
        assert_eq!(shown(&found), ["Critical p95 <= 300ms", "Critical errors < 1%", "Target throughput > 5/s"]);
        assert_eq!(
            found.notes,
            [
                "`p95 <= 300ms` in place of `p95 < 50ms`: .config/brunt.toml:3 (targets)",
                "`throughput > 5/s` beside what is declared: .config/brunt.toml:3 (targets)",
            ]
        );
    }

    #[test]
    fn slack_widens_what_is_judged_at_the_end_and_says_so() {
        let options = &[("slack", "3x"), ("targets", "p95 < 60ms")];
        let found = limited(PLAN, "p95 < 50ms, errors < 1%, throughput > 90/s", None, options).unwrap();
        assert_eq!(shown(&found), ["Critical p95 < 180ms", "Critical errors < 1%", "Critical throughput > 30/s"]);
        assert_eq!(found.notes[1], "`p95 < 60ms` is judged as `p95 < 180ms`: slack = 3x (.config/brunt.toml:3)");
        let in_virtual_time = limited("users = 1, duration = 1s, virtual_time", "p95 < 50ms", None, options).unwrap();
        assert_eq!(shown(&in_virtual_time), ["Critical p95 < 60ms"]);
    }

    #[test]
    fn what_does_not_fit_a_test_is_noted_or_where_it_is_named_an_error() {
        let options = &[("targets", "dropped < 1%")];
        let noted = limited(PLAN, "p95 < 50ms", None, options).unwrap();
        assert_eq!(shown(&noted), ["Critical p95 < 50ms"]);
        assert!(noted.notes[0].starts_with("not applied: `targets` does not fit the test `spike`"), "{noted:?}");
        let error = limited(PLAN, "p95 < 50ms", Some("spike"), options).unwrap_err();
        assert!(error.contains(".config/brunt.toml:3") && error.contains("`dropped` counts arrivals"), "{error}");
        assert!(limited(PLAN, "p95 < 50ms", Some("other"), options).unwrap().notes.is_empty());
    }
}
