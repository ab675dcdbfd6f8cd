//! Types of the settings: those of the run, and options for tests by name.

use super::pattern;
use crate::error::Error;
use std::path::PathBuf;
use std::time::Duration;

/// Prefix of brunt's environment variables.
pub(super) const PREFIX: &str = "BRUNT_";

/// A key, its value and the place where they are written.
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

    /// `key` in the spelling of this entry's place.
    pub(super) fn spelt(&self, key: &str) -> String {
        if self.place.starts_with(PREFIX) { format!("{}{}", PREFIX, key.to_uppercase()) } else { key.to_owned() }
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

/// Effect of an inconclusive verdict.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Inconclusive {
    /// Fails the run.
    #[default]
    Fail,
    /// Is shown as a warning.
    Warn,
}

/// Requirement for a pass.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Pass {
    /// The target holds in the measurements, and there are enough of them.
    #[default]
    Seen,
    /// Noise does not explain the pass either, as if every target were `proven`.
    Proven,
}

/// Time that a whole test may take beyond its planned time; `None` is no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TestTimeLimit(pub(crate) Option<Duration>);

impl Default for TestTimeLimit {
    fn default() -> Self {
        Self(Some(Duration::from_secs(600)))
    }
}

/// How progress is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum ProgressMode {
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
pub(crate) struct TestOptions {
    /// The name or pattern of the tests; `None`: all of them.
    pub(crate) tests: Option<String>,
    /// The options.
    pub(crate) options: Vec<Entry>,
}

impl TestOptions {
    /// Whether the options are for the test of this name.
    pub(crate) fn is_for(&self, test: &str) -> bool {
        self.tests.as_deref().is_none_or(|tests| pattern::matches(tests, test))
    }
}

/// The settings of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct RunSettings {
    /// `BRUNT_OUT`: the folder of the reports.
    pub(crate) out: Option<PathBuf>,
    /// The place of the setting `out`.
    pub(crate) out_place: Option<String>,
    /// `BRUNT_RUN`: the name of the run; tests with the same name belong to one run.
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
    pub(crate) progress: ProgressMode,
    /// `BRUNT_LIMIT`
    pub(crate) limit: TestTimeLimit,
    /// `BRUNT_REQUIRE`: servers whose absence fails a test instead of skipping it.
    pub(crate) require: Vec<String>,
    /// Options for tests, weakest first.
    pub(crate) rules: Vec<TestOptions>,
    /// The test patterns of all `[[override]]`s in the file, including those of other profiles.
    pub(crate) overrides: Vec<Entry>,
}
