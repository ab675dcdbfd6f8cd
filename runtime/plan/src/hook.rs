//! Hooks: the functions that an attribute names, as text. Whether such a function exists and fits is checked by the
//! compiler.

use crate::rust_text::RustText;
use std::fmt::{self, Display, Formatter};

/// A function that an attribute may name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Hook {
    /// Makes the fixture that the body gets by reference.
    Setup,
    /// Ends the fixture.
    Teardown,
    /// Checks the fixture after the load.
    Verify,
    /// Records gauges every second.
    Sample,
    /// Makes one user's state.
    UserSetup,
    /// Ends one user's state.
    UserTeardown,
    /// Stress: checks one result.
    Check,
}

impl Hook {
    /// Every hook.
    pub const ALL: [Self; 7] =
        [Self::Setup, Self::Teardown, Self::Verify, Self::Sample, Self::UserSetup, Self::UserTeardown, Self::Check];

    /// The option's name.
    pub const fn option(self) -> &'static str {
        match self {
            Self::Setup => "setup",
            Self::Teardown => "teardown",
            Self::Verify => "verify",
            Self::Sample => "sample",
            Self::UserSetup => "user_setup",
            Self::UserTeardown => "user_teardown",
            Self::Check => "check",
        }
    }
}

/// The form in which a hook's function is named. [`HookForm::Plain`] is the path alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HookForm {
    /// `setup = f`
    Plain,
    /// `setup = shared(f)`: all tests of the process share the fixture.
    Shared,
    /// `setup = shared_by_run(f)`: all processes of the run share the fixture.
    SharedByRun,
    /// `verify = counted(f)`: the function receives the counts of the load.
    Counted,
}

impl HookForm {
    /// The forms with a word around the path.
    pub(crate) const WORDS: [Self; 3] = [Self::Shared, Self::SharedByRun, Self::Counted];

    /// The word around the path; empty for `Plain`.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Shared => "shared",
            Self::SharedByRun => "shared_by_run",
            Self::Counted => "counted",
        }
    }

    /// The reason why this hook cannot have the form; `None` if it can.
    pub(crate) const fn refusal(self, hook: Hook) -> Option<&'static str> {
        match (self, hook) {
            (Self::Plain, _) | (Self::Shared | Self::SharedByRun, Hook::Setup) | (Self::Counted, Hook::Verify) => None,
            (Self::Shared | Self::SharedByRun, _) => Some("only a `setup` is shared between tests"),
            (Self::Counted, _) => Some("only a `verify` is told what was counted"),
        }
    }
}

/// A hook and the function given for it. It prints as it is written: `open_store`, `shared(open_store)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedHook {
    /// The hook that is given.
    pub hook: Hook,
    /// The path of its function.
    pub path: RustText,
    /// The form in which the function is named.
    pub form: HookForm,
}

impl Display for NamedHook {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.form {
            HookForm::Plain => write!(f, "{}", self.path),
            form => write!(f, "{}({})", form.word(), self.path),
        }
    }
}
