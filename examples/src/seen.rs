//! An answer, and whether it is less than it should be: what the API and the client say of degraded answers. Knows no
//! cause of one.

/// The header of the answers that are less than they should be.
pub(crate) const HEADER: &str = "degraded";

/// What was answered, whole and current or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen<T> {
    /// The answer.
    pub value: T,
    /// How it is less than it should be; `None`: it is not.
    pub degraded: Option<Degraded>,
}

/// How an answer is less than it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Degraded {
    /// It was right when it was last looked up; nobody knows whether it still is.
    LastKnown,
    /// Some of it is missing.
    Partial,
}

impl<T> Seen<T> {
    /// A whole and current answer.
    pub(crate) fn whole(value: T) -> Self {
        Self { value, degraded: None }
    }
}

impl Degraded {
    /// What the header says.
    pub(crate) const fn header(self) -> &'static str {
        match self {
            Self::LastKnown => "last-known",
            Self::Partial => "partial",
        }
    }

    /// What the header means; one that this version does not know is an answer of which something is missing.
    pub(crate) fn of_header(value: &str) -> Self {
        if value == Self::LastKnown.header() { Self::LastKnown } else { Self::Partial }
    }
}
