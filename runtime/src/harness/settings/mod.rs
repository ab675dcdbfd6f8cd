//! What the environment (`BRUNT_*`) and `.config/brunt.toml` say, checked before the first test runs.
//!
//! Of two places that set the same, the stronger wins: environment, `[[override]]`, the chosen `[profile.NAME]`,
//! `[profile.default]`, attribute. Whether an option fits a test is not known here, only whether it is one.

mod file;
mod keys;
pub(in crate::harness) mod limits;
mod pattern;
mod require;
mod unmatched;

use crate::error::Error;
use crate::servers;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// One key and its value, and where they are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// `BRUNT_USERS`, `.config/brunt.toml:3 (users)`.
    pub(crate) place: String,
    /// `users`
    pub(crate) key: String,
    /// As written.
    pub(crate) value: String,
}

impl Entry {
    pub(super) fn wrong(&self, wanted: impl std::fmt::Display) -> Error {
        let place = self.place.clone();
        Error::Setting { place, message: format!("`{}`: wanted {wanted}", self.value) }
    }
}

/// Which missed targets fail a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum FailOn {
    /// Every one.
    #[default]
    Target,
    /// Only `#[critical]` ones; others are shown as warnings.
    Critical,
}

/// What an inconclusive verdict does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Inconclusive {
    /// Fails the run.
    #[default]
    Fail,
    /// Is shown as a warning.
    Warn,
}

/// What a pass wants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Pass {
    /// That the target holds in what was seen, and that enough was seen.
    #[default]
    Seen,
    /// That noise does not explain it either, as if every target said `proven`.
    Proven,
}

/// How much longer than planned a whole test may take; `None`: for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limit(pub(crate) Option<Duration>);

impl Default for Limit {
    fn default() -> Self {
        Self(Some(Duration::from_secs(600)))
    }
}

/// How progress is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Progress {
    /// A live line on a terminal, elsewhere a plain line every ten seconds.
    #[default]
    Auto,
    /// A plain line every ten seconds.
    Plain,
    /// Not at all.
    Off,
}

/// Options for the tests whose name matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rule {
    /// The name or pattern of the tests; `None`: all of them.
    pub(crate) tests: Option<String>,
    /// The options.
    pub(crate) options: Vec<Entry>,
}

impl Rule {
    /// Whether it is for the test of this name.
    pub(crate) fn is_for(&self, test: &str) -> bool {
        self.tests.as_deref().is_none_or(|tests| pattern::matches(tests, test))
    }
}

/// What all settings together say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Settings {
    /// `BRUNT_OUT`: the folder of the reports.
    pub(crate) out: Option<PathBuf>,
    /// Where that is said.
    pub(crate) out_place: Option<String>,
    /// `BRUNT_RUN`: which tests belong to one run.
    pub(crate) run: Option<String>,
    /// `BRUNT_PROFILE`
    pub(crate) profile: Option<String>,
    /// `BRUNT_FAIL_ON`
    pub(crate) fail_on: FailOn,
    /// `BRUNT_INCONCLUSIVE`
    pub(crate) inconclusive: Inconclusive,
    /// `BRUNT_PASS`
    pub(crate) pass: Pass,
    /// `BRUNT_JUNIT=strict`
    pub(crate) strict_junit: bool,
    /// `BRUNT_PROGRESS`
    pub(crate) progress: Progress,
    /// `BRUNT_LIMIT`
    pub(crate) limit: Limit,
    /// `BRUNT_REQUIRE`: servers without which a test must fail, not be skipped.
    pub(crate) require: Vec<String>,
    /// What is set for tests, weakest first.
    pub(crate) rules: Vec<Rule>,
    /// The tests that every `[[override]]` of the file is for, those of other profiles too.
    pub(crate) overrides: Vec<Entry>,
}

/// The profile that every installation has: a quick look whether the tests work at all.
pub(crate) const SMOKE: &str = "smoke";
/// The profile that always holds.
const DEFAULT: &str = "default";
const PREFIX: &str = "BRUNT_";
/// Left to the user's own code.
const FOREIGN: &str = "BRUNT_TEST_";
/// What others read, beside where servers' programs are: by this a process knows whose descendant it is (a run of brunt in
/// a process that a test of brunt's has started).
const OTHERS: [&str; 1] = ["BRUNT_PROCESS"];

impl Settings {
    /// The settings of a crate.
    ///
    /// # Errors
    /// The first unknown name or bad value, with its place.
    pub(crate) fn load(variables: impl Iterator<Item = (String, String)>, crate_dir: &Path) -> Result<Self, Error> {
        let file = file::find(crate_dir).map_or_else(|| Ok(file::File::default()), |path| file::read(&path))?;
        Self::resolve(environment(variables), file)
    }

    fn resolve(environment: Vec<Entry>, file: file::File) -> Result<Self, Error> {
        let mut settings = Self::default();
        settings.choose_profile(&environment, &file)?;
        let chosen = settings.profile.clone();
        if chosen.as_deref() == Some(SMOKE) {
            settings.inconclusive = Inconclusive::Warn;
        }
        // Every line is checked, also of profiles that were not chosen: a typo must not wait for the nightly run.
        for (_, entries) in &file.profiles {
            Self::default().take(entries.clone(), None)?;
        }
        for wanted in [Some(DEFAULT), chosen.as_deref()].into_iter().flatten() {
            for (_, entries) in file.profiles.iter().filter(|(name, _)| name == wanted) {
                settings.take(entries.clone(), None)?;
            }
        }
        for item in file.overrides {
            let holds = item.profile.as_ref().is_none_or(|profile| Some(&profile.value) == chosen.as_ref());
            let rule = keys::options_only(item.entries)?;
            if holds {
                settings.rules.push(Rule { tests: Some(item.name.value.clone()), options: rule });
            }
            settings.overrides.push(item.name);
        }
        settings.take(environment, None)?;
        Ok(settings)
    }

    fn choose_profile(&mut self, environment: &[Entry], file: &file::File) -> Result<(), Error> {
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
        self.profile = asked.map(|entry| entry.value.clone());
        Ok(())
    }

    /// Takes entries over what is there: settings of the run at once, options of tests as a rule.
    fn take(&mut self, entries: Vec<Entry>, tests: Option<String>) -> Result<(), Error> {
        let mut options = Vec::new();
        for entry in entries {
            if !keys::apply(self, &entry)? {
                options.push(entry);
            }
        }
        if !options.is_empty() {
            self.rules.push(Rule { tests, options });
        }
        Ok(())
    }
}

/// The variables that are brunt's. An empty one is one that is not set, as CI systems leave them.
fn environment(variables: impl Iterator<Item = (String, String)>) -> Vec<Entry> {
    let mut entries: Vec<Entry> = variables
        .filter(|(name, value)| name.starts_with(PREFIX) && !name.starts_with(FOREIGN) && !value.trim().is_empty())
        .filter(|(name, _)| !OTHERS.contains(&name.as_str()) && !servers::is_variable(name))
        .map(|(name, value)| Entry { key: name[PREFIX.len()..].to_lowercase(), value, place: name })
        .collect();
    entries.sort_by(|a, b| a.key.cmp(&b.key));
    entries
}

#[cfg(test)]
mod tests;
