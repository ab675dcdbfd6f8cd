//! Parts of an attribute that are Rust code: their text, and the bytes at which it stands.

use std::fmt::{self, Display, Formatter};
use std::ops::Range;

/// A path or an expression of Rust. Two are equal if their texts are, wherever they stand.
#[derive(Clone, Debug, Eq)]
pub struct RustText {
    /// The Rust.
    pub text: String,
    /// Its bytes in the text of the attribute; `None` where it stands in a string literal, or in no attribute.
    pub range: Option<Range<usize>>,
}

impl PartialEq for RustText {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl From<&str> for RustText {
    fn from(text: &str) -> Self {
        Self { text: text.to_owned(), range: None }
    }
}

impl Display for RustText {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
