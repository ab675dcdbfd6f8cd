//! Selection of samples: which series a question to the measurements is about.

use std::sync::Arc;

/// What a series is about.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// Whole iterations.
    #[default]
    Iteration,
    /// The step of this name.
    Step(Arc<str>),
    /// The recorded value or gauge of this name.
    Value(Arc<str>),
}

/// Which samples are meant. `None` means "of any".
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Selection {
    /// Of this stage.
    pub stage: Option<Arc<str>>,
    /// Of this scenario.
    pub scenario: Option<Arc<str>>,
    /// Of this case.
    pub case: Option<Arc<str>>,
    /// Of this subject.
    pub subject: Subject,
    /// Carrying this tag.
    pub tag: Option<(Arc<str>, Arc<str>)>,
    /// Of this user.
    pub user: Option<u64>,
}
