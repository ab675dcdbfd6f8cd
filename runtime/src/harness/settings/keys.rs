//! What each key means: a setting of the run, or an option of the plan language. One table for both places.

use super::{Entry, FailOn, Inconclusive, Limit, Pass, Progress, Settings};
use super::{limits, require};
use crate::error::Error;
use brunt_plan::spelling::nearest;
use brunt_plan::{Kind, Plan, check, parse};
use std::time::Duration;

/// The key that chooses a profile; only the environment has it.
pub(super) const PROFILE: &str = "profile";

/// What a limit is to be.
const LIMIT: &str = "how much longer than planned a test may take, such as `10min`, or `off`";
const SHORTEST_LIMIT: Duration = Duration::from_secs(1);

/// The settings of a run.
const RUN: [&str; 10] =
    ["out", "run", PROFILE, "fail_on", "inconclusive", "pass", "require", "junit", "progress", "limit"];

/// Takes a setting of the run, or finds the key to be an option that the language has.
/// Returns whether it was a setting of the run.
pub(super) fn apply(settings: &mut Settings, entry: &Entry) -> Result<bool, Error> {
    let value = entry.value.trim();
    match entry.key.as_str() {
        "out" => {
            settings.out = Some(value.into());
            settings.out_place = Some(entry.place.clone());
        }
        "run" => settings.run = Some(run(entry)?),
        PROFILE if entry.place.starts_with(super::PREFIX) => {}
        "fail_on" => settings.fail_on = choice(entry, &[("target", FailOn::Target), ("critical", FailOn::Critical)])?,
        "inconclusive" => {
            settings.inconclusive = choice(entry, &[("fail", Inconclusive::Fail), ("warn", Inconclusive::Warn)])?;
        }
        "pass" => settings.pass = choice(entry, &[("seen", Pass::Seen), ("proven", Pass::Proven)])?,
        "limit" => settings.limit = limit(entry)?,
        "require" => settings.require = require::names(entry)?,
        "junit" => settings.strict_junit = choice(entry, &[("strict", true), ("plain", false)])?,
        "progress" => {
            let known = [("auto", Progress::Auto), ("plain", Progress::Plain), ("off", Progress::Off)];
            settings.progress = choice(entry, &known)?;
        }
        _ => {
            option(entry)?;
            return Ok(false);
        }
    }
    Ok(true)
}

/// Entries that may hold options only.
pub(super) fn options_only(entries: Vec<Entry>) -> Result<Vec<Entry>, Error> {
    for entry in &entries {
        if RUN.contains(&entry.key.as_str()) {
            let message = format!("`{}` is a setting of the whole run: put it into `[profile.NAME]`", entry.key);
            return Err(Error::Setting { place: entry.place.clone(), message });
        }
        option(entry)?;
    }
    Ok(entries)
}

/// `wanted` and what there is, with the nearest.
pub(super) fn one_of(wanted: &str, word: &str, known: &[&str]) -> String {
    let list = known.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    match nearest(word, known.iter().copied()) {
        Some(meant) => format!("{wanted} ({list}): did you mean `{meant}`?"),
        None => format!("{wanted}: {list}"),
    }
}

/// The option must be one of some attribute's, and the value one of its values.
fn option(entry: &Entry) -> Result<(), Error> {
    if limits::is_one(entry) {
        return limits::checked(entry);
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
    // The attribute that has the option knows best what is wrong with its value.
    let own = mistakes.iter().find(|message| !message.contains("option")).or(mistakes.first());
    let message = own.cloned().unwrap_or_default();
    let message = match nearest(&entry.key, RUN.into_iter().chain(limits::KEYS)) {
        Some(meant) if message.starts_with("unknown option") && !message.contains("did you mean") => {
            format!("unknown setting `{}`: did you mean `{}`?", entry.key, entry.spelt(meant))
        }
        _ => message,
    };
    Err(Error::Setting { place: entry.place.clone(), message })
}

impl Entry {
    /// Another key, as it would be spelt at this place.
    fn spelt(&self, key: &str) -> String {
        if self.place.starts_with(super::PREFIX) {
            format!("{}{}", super::PREFIX, key.to_uppercase())
        } else {
            key.to_owned()
        }
    }
}

fn choice<T: Copy>(entry: &Entry, known: &[(&str, T)]) -> Result<T, Error> {
    let value = entry.value.trim();
    known.iter().find(|(name, _)| *name == value).map(|(_, meaning)| *meaning).ok_or_else(|| {
        let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
        entry.wrong(one_of("one of", value, &names))
    })
}

/// A time that a test can be ended after, or `off`.
fn limit(entry: &Entry) -> Result<Limit, Error> {
    let value = entry.value.trim();
    if value == "off" {
        return Ok(Limit(None));
    }
    let time = parse::quantity(value).map_err(|mistake| entry.wrong(format_args!("{LIMIT}: {}", mistake.message)))?;
    let time = time.duration().ok_or_else(|| entry.wrong(LIMIT))?;
    if time < SHORTEST_LIMIT {
        return Err(entry.wrong(format_args!("{LIMIT}, at least {SHORTEST_LIMIT:?}")));
    }
    Ok(Limit(Some(time)))
}

/// The run names a folder, so it must be fit for one.
fn run(entry: &Entry) -> Result<String, Error> {
    let value = entry.value.trim();
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if value.chars().all(fits) && value.len() <= 100 && value.chars().any(|c| c != '.') {
        Ok(value.to_owned())
    } else {
        Err(entry.wrong("at most 100 letters, digits, `-`, `_` and `.`: it names a folder"))
    }
}
