//! Implicit rules, which must hold in every test without being declared as targets.

use std::fmt;
use std::sync::Arc;

/// An implicit rule. Its text stands in reports where a declared target has its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Rule {
    /// Something was measured.
    Measured,
    /// At least one iteration succeeded.
    SomethingSucceeds,
    /// No iteration failed in a way that no target covers.
    NoErrors,
    /// No run of this step failed while its iteration went on, in a way that no target covers.
    NoStepErrors(Arc<str>),
    /// No iteration was interrupted, unless a target covers it.
    NoneInterrupted,
    /// No arrival was dropped, unless a target covers it.
    NoneDropped,
    /// The load generator sent nearly all arrivals.
    ArrivalsSent,
    /// No failure of this kind (a failed check or a panic) happened in a disturbed phase.
    Invariant(Arc<str>),
    /// The load came to an end by itself.
    LoadEnds,
    /// The test came to an end within its limit.
    TestEnds,
    /// The test's `verify` succeeded.
    VerifySucceeds,
    /// The body of the experiment succeeded.
    ExperimentSucceeds,
    /// No process of the test ended by itself.
    NoProcessEnds,
    /// Every call of `sample` succeeded.
    SampleSucceeds,
    /// No virtual user was lost to a panic.
    NoUserLost,
    /// No task that a body started panicked outside of an iteration.
    NoTaskPanics,
    /// The targets held in the baseline.
    BaselineSteady,
    /// Most operations of the baseline succeeded.
    BaselineServes,
    /// Every recovery that was waited for happened.
    SystemRecovers,
    /// The targets held at the end, where no recovery was waited for.
    WellAtEnd,
    /// A recovery was waited for where operations failed after healing.
    RecoveryAwaited,
    /// Every fault affected an operation.
    FaultsMet,
    /// Every fault could be healed.
    FaultsHeal,
    /// No backlog grew at a constant rate.
    NoBacklog,
    /// The search found a capacity.
    CapacityFound,
}

impl Rule {
    /// Whether breaking this rule means that there was nothing to judge. No setting forgives that.
    pub(crate) fn is_of_nothing(&self) -> bool {
        matches!(self, Self::Measured | Self::BaselineServes)
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Measured => "count > 0",
            Self::SomethingSucceeds => "something succeeds",
            Self::NoErrors => "errors = 0",
            Self::NoStepErrors(step) => return write!(f, "{step}.errors = 0"),
            Self::NoneInterrupted => "interrupted = 0",
            Self::NoneDropped => "dropped = 0",
            Self::ArrivalsSent => "unsent <= 1%",
            Self::Invariant(kind) => return write!(f, "always.errors({kind:?}) = 0"),
            Self::LoadEnds => "the load ends",
            Self::TestEnds => "the test ends",
            Self::VerifySucceeds => "verify succeeds",
            Self::ExperimentSucceeds => "the experiment ends without an error",
            Self::NoProcessEnds => "no process ends by itself",
            Self::SampleSucceeds => "`sample` succeeds",
            Self::NoUserLost => "no user is lost",
            Self::NoTaskPanics => "no task panics unseen",
            Self::BaselineSteady => "the baseline is steady",
            Self::BaselineServes => "the baseline serves",
            Self::SystemRecovers => "the system recovers",
            Self::WellAtEnd => "the system is well at the end",
            Self::RecoveryAwaited => "the recovery is waited for",
            Self::FaultsMet => "every fault affects an operation",
            Self::FaultsHeal => "every fault heals",
            Self::NoBacklog => "no backlog",
            Self::CapacityFound => "search = capacity",
        })
    }
}
