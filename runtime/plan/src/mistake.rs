//! Mistakes: what is wrong with a text of the language, where, and what was wanted.

use std::fmt;
use std::ops::Range;

/// Where a mistake is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// These bytes of the text that was parsed.
    Text(Range<usize>),
    /// The option of this name; used by checks of a plan, which have no text.
    Option(&'static str),
    /// The target at this index.
    Target(usize),
}

/// One mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// Where it is.
    pub place: Place,
    /// The message: the wrong part in quotes, and what was wanted.
    pub message: String,
}

impl Mistake {
    /// A mistake in these bytes of the text.
    pub fn at(text: Range<usize>, message: impl Into<String>) -> Self {
        Self { place: Place::Text(text), message: message.into() }
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Mistake {}
