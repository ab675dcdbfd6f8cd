//! Selections of samples: the series that a query of the measurements covers.

use std::sync::Arc;

/// The subject of a series.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Subject {
    /// Whole iterations.
    #[default]
    Iteration,
    /// The step of this name.
    Step(Arc<str>),
    /// The recorded value or gauge of this name.
    Value(Arc<str>),
}

/// A selection of samples. `None` means "any".
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Selection {
    /// Of this stage.
    pub(crate) stage: Option<Arc<str>>,
    /// Of this scenario.
    pub(crate) scenario: Option<Arc<str>>,
    /// Of this case.
    pub(crate) case: Option<Arc<str>>,
    /// Of this subject.
    pub(crate) subject: Subject,
    /// Carrying this tag.
    pub(crate) tag: Option<(Arc<str>, Arc<str>)>,
    /// Of this user.
    pub(crate) user: Option<u64>,
}
