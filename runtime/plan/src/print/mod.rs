//! Printing of plans and targets: the parser reads the text back.

mod plan;
mod target;

use crate::parse::is_word;
use std::fmt::{self, Display, Formatter};

/// A name: without quotes if it is one word, else in quotes.
struct Named<'n>(&'n str);

impl Display for Named<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if is_word(self.0) { f.write_str(self.0) } else { write!(f, "{:?}", self.0) }
    }
}

/// The values, joined with commas.
pub(crate) fn join_with_commas<T: Display>(values: impl IntoIterator<Item = T>) -> String {
    values.into_iter().map(|value| value.to_string()).collect::<Vec<_>>().join(", ")
}
