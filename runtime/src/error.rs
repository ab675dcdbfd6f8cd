//! `Error`: a failure of the framework. A failed iteration is a `Failed`, a missed target a `Verdict`.

use crate::failure::Failed;
use std::fmt;
use std::path::PathBuf;

/// A failure of the framework.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The plan is invalid after overrides, by mistakes that the macros could not find at compile time.
    Plan(Vec<brunt_plan::Mistake>),
    /// A setting from the environment or the configuration file is wrong.
    Setting {
        /// Its place: `BRUNT_USERS`, `.config/brunt.toml`.
        place: String,
        /// The mistake and the expected value.
        message: String,
    },
    /// `setup`, `teardown`, `user_setup` or `user_teardown` failed.
    Hook {
        /// The function.
        hook: &'static str,
        /// Its failure.
        cause: Failed,
    },
    /// The engine could not start something that it needs.
    Engine {
        /// The action that failed.
        doing: &'static str,
        /// The cause.
        cause: std::io::Error,
    },
    /// A file could not be read or written.
    File {
        /// The file.
        path: PathBuf,
        /// The cause.
        cause: std::io::Error,
    },
    /// Two tests have the same name.
    DuplicateName(String),
    /// No test is registered in this binary.
    NoTests,
    /// Stopped by Ctrl-C or a termination signal.
    Stopped,
}

impl Error {
    /// A file that could not be read or written.
    pub(crate) fn file(path: &std::path::Path, cause: std::io::Error) -> Self {
        Self::File { path: path.to_owned(), cause }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plan(mistakes) => {
                f.write_str("the plan cannot be run: ")?;
                for (i, mistake) in mistakes.iter().enumerate() {
                    write!(f, "{}{mistake}", if i == 0 { "" } else { "; " })?;
                }
                Ok(())
            }
            Self::Setting { place, message } => write!(f, "{place}: {message}"),
            Self::Hook { hook, cause } => write!(f, "`{hook}` failed: {cause}"),
            Self::Engine { doing, cause } => write!(f, "{doing}: {cause}"),
            Self::File { path, cause } => write!(f, "{}: {cause}", path.display()),
            Self::DuplicateName(name) => write!(f, "two tests are named `{name}`: rename one of them"),
            Self::NoTests => f.write_str(
                "no brunt test is registered in this binary: annotate a function with `#[brunt::load_test]`, or, when \
                 the tests live in a dependency, name that crate: `brunt::main!(my_suites)`",
            ),
            Self::Stopped => f.write_str("stopped by a signal"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Engine { cause, .. } | Self::File { cause, .. } => Some(cause),
            _ => None,
        }
    }
}
