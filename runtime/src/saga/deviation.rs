//! Deviations of a saga from the rules, and their texts.

use std::fmt;

/// A deviation of a saga from the rules. The fields are names of stages.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Deviation {
    /// The journal or the store has a stage that is not one of the saga.
    Unknown(String),
    /// A stage is missing from a run that did not reach a failure.
    NotRun(String),
    /// A stage failed that did not have to.
    FailsUnasked(String),
    /// A stage had to fail, and the journal has no failure of it.
    DoesNotFail(String),
    /// A stage ran though an earlier one had failed.
    GoesOn(String),
    /// A stage was compensated though nothing had failed.
    CompensatesSuccess(String),
    /// A stage was done and was not compensated.
    Forgets(String),
    /// After the failed compensation of this stage no other compensation was tried.
    StopsAt(String),
    /// A stage was compensated that never ran.
    CompensatesUnrun(String),
    /// The failed stage itself was compensated, though it left nothing.
    CompensatesFailed(String),
    /// A stage was compensated more than once.
    Repeats(String),
    /// The first was compensated before the second, which was done after it.
    WrongOrder(String, String),
    /// The compensation of the stage had to fail, and the saga did not log it.
    NotLogged(String),
    /// The compensation of the stage failed although it did not have to.
    CompensationFails(String),
    /// This number of items of a stage is left in the store, though its compensation did not have to fail.
    Orphans(String, u64),
}

impl fmt::Display for Deviation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(stage) => write!(f, "`{stage}` is no stage of this saga"),
            Self::NotRun(stage) => write!(f, "`{stage}` was not done, though nothing before it failed"),
            Self::FailsUnasked(stage) => write!(f, "`{stage}` failed, and was not made to"),
            Self::DoesNotFail(stage) => write!(f, "`{stage}` was to fail and did not: nothing is proved by this run"),
            Self::GoesOn(stage) => write!(f, "`{stage}` was done after an earlier stage had failed"),
            Self::CompensatesSuccess(stage) => write!(f, "`{stage}` was compensated though no stage failed"),
            Self::Forgets(stage) => write!(f, "`{stage}` was done and is not compensated"),
            Self::StopsAt(stage) => {
                write!(
                    f,
                    "the compensation of `{stage}` failed, and the stages before it were not compensated any more"
                )
            }
            Self::CompensatesUnrun(stage) => write!(f, "`{stage}` was compensated and never ran"),
            Self::CompensatesFailed(stage) => write!(f, "`{stage}` itself failed, left nothing, and was compensated"),
            Self::Repeats(stage) => write!(f, "`{stage}` was compensated more than once"),
            Self::WrongOrder(first, then) => {
                write!(f, "`{first}` was compensated before `{then}`, which was done after it")
            }
            Self::NotLogged(stage) => write!(f, "the compensation of `{stage}` failed, and that is not in the log"),
            Self::CompensationFails(stage) => write!(f, "the compensation of `{stage}` failed, and was not made to"),
            Self::Orphans(stage, number) => {
                let what = if *number == 1 { "orphan" } else { "orphans" };
                write!(f, "{number} {what} of `{stage}` left in the store")
            }
        }
    }
}
