//! What keeps the framework from doing its job; a failed iteration is a `Failed`, a missed target a `Verdict`.

use crate::failure::Failed;
use std::fmt;
use std::path::PathBuf;

/// The framework could not do its job.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The plan cannot be run: after overrides, mistakes the compiler could not have seen.
    Plan(Vec<brunt_plan::Mistake>),
    /// A setting from the environment or the configuration file is wrong.
    Setting {
        /// Where it is: `BRUNT_USERS`, `.config/brunt.toml`.
        place: String,
        /// What is wrong and what was wanted.
        message: String,
    },
    /// `setup`, `teardown`, `user_setup` or `user_teardown` failed.
    Hook {
        /// Which function.
        hook: &'static str,
        /// Its failure.
        cause: Failed,
    },
    /// The engine could not start what it needs.
    Engine {
        /// What it was about to do.
        doing: &'static str,
        /// Why it could not.
        cause: std::io::Error,
    },
    /// A file could not be read or written.
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        cause: std::io::Error,
    },
    /// Two tests of one name.
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
