//! What the settings are once they are read: those of the run, and options for tests by their names. Where they were
//! written is known here only as a text.

use super::pattern;
use crate::error::Error;
use std::path::PathBuf;
use std::time::Duration;

/// What the names of all variables of brunt begin with.
pub(super) const PREFIX: &str = "BRUNT_";

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

    /// Another key, as it would be spelt at this place.
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
    /// Whether it is for the test of this name.
    pub(crate) fn is_for(&self, test: &str) -> bool {
        self.tests.as_deref().is_none_or(|tests| pattern::matches(tests, test))
    }
}

/// What all settings together say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct RunSettings {
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
    pub(crate) progress: ProgressMode,
    /// `BRUNT_LIMIT`
    pub(crate) limit: TestTimeLimit,
    /// `BRUNT_REQUIRE`: servers without which a test must fail, not be skipped.
    pub(crate) require: Vec<String>,
    /// What is set for tests, weakest first.
    pub(crate) rules: Vec<TestOptions>,
    /// The tests that every `[[override]]` of the file is for, those of other profiles too.
    pub(crate) overrides: Vec<Entry>,
}
