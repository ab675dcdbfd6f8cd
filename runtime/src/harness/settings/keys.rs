//! Meaning of the keys, for environment and file alike: a setting of the run, or an option of the plan language.

use super::model::{Entry, FailOn, Inconclusive, PREFIX, Pass, ProgressMode, RunSettings, TestTimeLimit};
use super::{limits, require};
use crate::error::Error;
use brunt_plan::spelling::nearest_word;
use brunt_plan::{Kind, Plan, check, parse};
use std::time::Duration;

/// The key that chooses a profile; only the environment has it.
pub(super) const PROFILE: &str = "profile";

/// The description of a valid limit.
const LIMIT: &str = "how much longer than planned a test may take, such as `10min`, or `off`";
const SHORTEST_LIMIT: Duration = Duration::from_secs(1);

/// The settings of a run.
const RUN: [&str; 10] =
    ["out", "run", PROFILE, "fail_on", "inconclusive", "pass", "require", "junit", "progress", "limit"];

/// Applies an entry that is a setting of the run, or checks that it is an option of the language. Returns whether it
/// was a setting of the run.
pub(super) fn apply_setting(settings: &mut RunSettings, entry: &Entry) -> Result<bool, Error> {
    let value = entry.value.trim();
    match entry.key.as_str() {
        "out" => {
            settings.out = Some(value.into());
            settings.out_place = Some(entry.place.clone());
        }
        "run" => settings.run = Some(read_run(entry)?),
        PROFILE if entry.place.starts_with(PREFIX) => {}
        "fail_on" => {
            settings.fail_on = choose_value(entry, &[("target", FailOn::Target), ("critical", FailOn::Critical)])?
        }
        "inconclusive" => {
            settings.inconclusive = choose_value(entry, &[("fail", Inconclusive::Fail), ("warn", Inconclusive::Warn)])?;
        }
        "pass" => settings.pass = choose_value(entry, &[("seen", Pass::Seen), ("proven", Pass::Proven)])?,
        "limit" => settings.limit = read_limit(entry)?,
        "require" => settings.require = require::read_names(entry)?,
        "junit" => settings.strict_junit = choose_value(entry, &[("strict", true), ("plain", false)])?,
        "progress" => {
            let known = [("auto", ProgressMode::Auto), ("plain", ProgressMode::Plain), ("off", ProgressMode::Off)];
            settings.progress = choose_value(entry, &known)?;
        }
        _ => {
            check_option(entry)?;
            return Ok(false);
        }
    }
    Ok(true)
}

/// Checks that the entries are options of tests and no settings of the run.
pub(super) fn options_only(entries: Vec<Entry>) -> Result<Vec<Entry>, Error> {
    for entry in &entries {
        if RUN.contains(&entry.key.as_str()) {
            let message = format!("`{}` is a setting of the whole run: put it into `[profile.NAME]`", entry.key);
            return Err(Error::Setting { place: entry.place.clone(), message });
        }
        check_option(entry)?;
    }
    Ok(entries)
}

/// A text of what is `wanted`, with the `known` words and the one nearest to `word`.
pub(super) fn one_of(wanted: &str, word: &str, known: &[&str]) -> String {
    let list = known.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    match nearest_word(word, known.iter().copied()) {
        Some(meant) => format!("{wanted} ({list}): did you mean `{meant}`?"),
        None => format!("{wanted}: {list}"),
    }
}

/// Checks that the key is an option of some attribute and the value one of its values.
fn check_option(entry: &Entry) -> Result<(), Error> {
    if limits::is_one(entry) {
        return limits::check_entry(entry);
    }
    let mut mistakes = Vec::new();
    for kind in Kind::ALL {
        let mut plan = Plan::new(kind);
        match parse::set(&mut plan, &entry.key, &entry.value) {
            Ok(()) => match check::option(&plan).into_iter().next() {
                Some(mistake) => return Err(Error::Setting { place: entry.place.clone(), message: mistake.message }),
                None => return Ok(()),
            },
            Err(mistake) => mistakes.push(mistake.message),
        }
    }
    // The message of the attribute that has the option explains the value best.
    let own = mistakes.iter().find(|message| !message.contains("option")).or(mistakes.first());
    let message = own.cloned().unwrap_or_default();
    let message = match nearest_word(&entry.key, RUN.into_iter().chain(limits::KEYS)) {
        Some(meant) if message.starts_with("unknown option") && !message.contains("did you mean") => {
            format!("unknown setting `{}`: did you mean `{}`?", entry.key, entry.spelt(meant))
        }
        _ => message,
    };
    Err(Error::Setting { place: entry.place.clone(), message })
}

fn choose_value<T: Copy>(entry: &Entry, known: &[(&str, T)]) -> Result<T, Error> {
    let value = entry.value.trim();
    known.iter().find(|(name, _)| *name == value).map(|(_, meaning)| *meaning).ok_or_else(|| {
        let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
        entry.wrong(one_of("one of", value, &names))
    })
}

/// Parses a time limit for a whole test, or `off`.
fn read_limit(entry: &Entry) -> Result<TestTimeLimit, Error> {
    let value = entry.value.trim();
    if value == "off" {
        return Ok(TestTimeLimit(None));
    }
    let time = parse::quantity(value).map_err(|mistake| entry.wrong(format_args!("{LIMIT}: {}", mistake.message)))?;
    let time = time.duration().ok_or_else(|| entry.wrong(LIMIT))?;
    if time < SHORTEST_LIMIT {
        return Err(entry.wrong(format_args!("{LIMIT}, at least {SHORTEST_LIMIT:?}")));
    }
    Ok(TestTimeLimit(Some(time)))
}

/// Parses the name of a run, which must be usable as a folder's.
fn read_run(entry: &Entry) -> Result<String, Error> {
    let value = entry.value.trim();
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if value.chars().all(fits) && value.len() <= 100 && value.chars().any(|c| c != '.') {
        Ok(value.to_owned())
    } else {
        Err(entry.wrong("at most 100 letters, digits, `-`, `_` and `.`: it names a folder"))
    }
}
