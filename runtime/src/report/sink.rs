//! Where a report goes. Each format is one file that implements [`Sink`].

use super::Report;
use crate::error::Error;
use std::fmt::Debug;

/// Writes a whole report somewhere: it writes what it is given and keeps nothing. The files of a run that goes on are
/// written in the same formats, piece by piece.
///
/// ```
/// use brunt::report::{Report, Sink};
///
/// #[derive(Debug)]
/// struct Names;
///
/// impl Sink for Names {
///     fn write(&self, report: &Report) -> Result<(), brunt::Error> {
///         report.tests.iter().for_each(|test| println!("{} {:?}", test.name, test.verdict));
///         Ok(())
///     }
/// }
/// assert!(Names.write(&Report::of("run", Vec::new())).is_ok());
/// ```
pub trait Sink: Debug + Send + Sync {
    /// Writes the report.
    ///
    /// # Errors
    /// What kept it from being written.
    fn write(&self, report: &Report) -> Result<(), Error>;
}
