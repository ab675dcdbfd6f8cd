//! Settings from the environment (`BRUNT_*`) and `.config/brunt.toml`, checked before the first test runs.
//!
//! The order of precedence is: environment, `[[override]]`, the chosen `[profile.NAME]`, `[profile.default]`,
//! attribute. Names and values are checked here; whether an option fits a test is checked with the test.

mod file;
mod keys;
pub(crate) mod limits;
pub(crate) mod model;
mod pattern;
pub(crate) mod require;
pub(crate) mod unmatched;

use crate::error::Error;
use crate::servers;
use model::{Entry, Inconclusive, PREFIX, RunSettings, TestOptions};
use std::path::Path;

/// The built-in profile for a quick check that the tests work at all.
pub(crate) const SMOKE: &str = "smoke";
/// The profile that always applies.
const DEFAULT: &str = "default";
/// Prefix of variables that are left to the user's own code.
const FOREIGN: &str = "BRUNT_TEST_";
/// The variable in which a process bears the marks of its ancestors, for a run of brunt in a process that a test of brunt
/// has started. It is no setting.
const ANCESTRY: &str = "BRUNT_PROCESS";

/// The settings of a crate.
///
/// # Errors
/// The first unknown name or bad value, with its place.
pub(crate) fn load_settings(
    variables: impl Iterator<Item = (String, String)>,
    crate_dir: &Path,
) -> Result<RunSettings, Error> {
    let file = file::find_settings_file(crate_dir)
        .map_or_else(|| Ok(file::SettingsFile::default()), |path| file::read_settings_file(&path))?;
    resolve(entries_of_environment(variables), file)
}

fn resolve(environment: Vec<Entry>, file: file::SettingsFile) -> Result<RunSettings, Error> {
    let mut settings = RunSettings::default();
    choose_profile(&mut settings, &environment, &file)?;
    let chosen = settings.profile.clone();
    if chosen.as_deref() == Some(SMOKE) {
        settings.inconclusive = Inconclusive::Warn;
    }
    // All profiles are checked, chosen or not, so that a typo is found before the nightly run.
    for (_, entries) in &file.profiles {
        take(&mut RunSettings::default(), entries.clone(), None)?;
    }
    for wanted in [Some(DEFAULT), chosen.as_deref()].into_iter().flatten() {
        for (_, entries) in file.profiles.iter().filter(|(name, _)| name == wanted) {
            take(&mut settings, entries.clone(), None)?;
        }
    }
    for item in file.overrides {
        let holds = item.profile.as_ref().is_none_or(|profile| Some(&profile.value) == chosen.as_ref());
        let rule = keys::options_only(item.entries)?;
        if holds {
            settings.rules.push(TestOptions { tests: Some(item.name.value.clone()), options: rule });
        }
        settings.overrides.push(item.name);
    }
    take(&mut settings, environment, None)?;
    Ok(settings)
}

fn choose_profile(settings: &mut RunSettings, environment: &[Entry], file: &file::SettingsFile) -> Result<(), Error> {
    let mut known: Vec<&str> = file.profiles.iter().map(|(name, _)| name.as_str()).collect();
    known.extend([DEFAULT, SMOKE]);
    known.sort_unstable();
    known.dedup();
    let asked = environment.iter().find(|entry| entry.key == keys::PROFILE);
    let conditions = file.overrides.iter().filter_map(|item| item.profile.as_ref());
    for entry in asked.into_iter().chain(conditions) {
        if !known.contains(&entry.value.as_str()) {
            return Err(entry.wrong(keys::one_of("a profile", &entry.value, &known)));
        }
    }
    settings.profile = asked.map(|entry| entry.value.clone());
    Ok(())
}

/// Applies entries: settings of the run at once; options of tests are collected for `tests`.
fn take(settings: &mut RunSettings, entries: Vec<Entry>, tests: Option<String>) -> Result<(), Error> {
    let mut options = Vec::new();
    for entry in entries {
        if !keys::apply_setting(settings, &entry)? {
            options.push(entry);
        }
    }
    if !options.is_empty() {
        settings.rules.push(TestOptions { tests, options });
    }
    Ok(())
}

/// The variables of brunt as entries. An empty variable counts as not set, since CI systems leave such ones.
fn entries_of_environment(variables: impl Iterator<Item = (String, String)>) -> Vec<Entry> {
    let mut entries: Vec<Entry> = variables
        .filter(|(name, value)| name.starts_with(PREFIX) && !name.starts_with(FOREIGN) && !value.trim().is_empty())
        .filter(|(name, _)| name != ANCESTRY && !servers::is_variable(name))
        .map(|(name, value)| Entry { key: name[PREFIX.len()..].to_lowercase(), value, place: name })
        .collect();
    entries.sort_by(|a, b| a.key.cmp(&b.key));
    entries
}

#[cfg(test)]
mod tests;
