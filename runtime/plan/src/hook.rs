//! The functions that an attribute names, as text. What they are is for the compiler to know.

/// The functions an attribute may name.
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

/// A hook and the Rust path given for it, as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedHook {
    /// Which function.
    pub hook: Hook,
    /// The path; `shared(path)` for a setup whose fixture all tests of the process share, `shared_by_run(path)` for one
    /// that all processes of the run share, `counted(path)` for a `verify` that is told what was counted.
    pub path: String,
}
