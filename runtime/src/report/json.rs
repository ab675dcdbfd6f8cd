//! `report.json`: the model as it is.

use super::{Report, Sink};
use crate::error::Error;
use std::io;
use std::path::{Path, PathBuf};

/// Writes `report.json`.
#[derive(Clone, Debug)]
pub struct Json {
    /// The file.
    pub path: PathBuf,
}

impl Sink for Json {
    fn write(&self, report: &Report) -> Result<(), Error> {
        write(&self.path, report)
    }
}

/// Writes a report to a file, which is there whole or not at all.
///
/// # Errors
/// When the file cannot be written.
pub fn write(path: &Path, report: &Report) -> Result<(), Error> {
    let mut text = serde_json::to_vec_pretty(report).map_err(|cause| not(path, cause.into()))?;
    text.push(b'\n');
    super::store::replace(path, &text)
}

/// Reads a report that [`write()`] wrote.
///
/// # Errors
/// When the file cannot be read, or is no report of a schema that this version knows.
pub fn read(path: &Path) -> Result<Report, Error> {
    let text = std::fs::read(path).map_err(|cause| not(path, cause))?;
    let report: Report = serde_json::from_slice(&text).map_err(|cause| not(path, cause.into()))?;
    if report.schema != super::model::SCHEMA {
        let why = format!("its schema is `{}`, and this is `{}`", report.schema, super::model::SCHEMA);
        return Err(not(path, io::Error::new(io::ErrorKind::InvalidData, why)));
    }
    Ok(report)
}

fn not(path: &Path, cause: io::Error) -> Error {
    Error::File { path: path.to_owned(), cause }
}
