//! Writes and reads `report.json`: the model, unchanged.

use super::Report;
use super::document::{Format, HeadCounts};
use super::model::{Environment, SCHEMA, TestReport, Verdict};
use crate::error::Error;
use crate::regular_file;
use serde::Serialize;
use std::io;
use std::path::Path;

/// The report of a run, as it grows.
#[derive(Debug)]
pub(super) struct GrowingJson {
    /// Whether each test is one line instead of one line for each figure. Machines read the report of a long run, and
    /// this halves the cost.
    pub(super) in_lines: bool,
}

impl Format for GrowingJson {
    fn head(&self, run: &str, environment: &Environment, counts: &HeadCounts) -> io::Result<String> {
        let verdict = format!("\"verdict\": {},", serde_json::to_string(&counts.verdict.unwrap_or(Verdict::Error))?);
        let incomplete = format!("\"incomplete\": {},", counts.incomplete);
        let (run, environment) = (serde_json::to_string(run)?, indented_json(environment, false)?);
        Ok(format!(
            "{{\n  \"schema\": \"{SCHEMA}\",\n  \"run\": {run},\n  {verdict:<26}\n  {incomplete:<20}\n  \
             \"environment\": {environment},\n  \"tests\": ["
        ))
    }

    fn records(&self, tests: &[&TestReport], is_first: bool) -> io::Result<String> {
        let mut text = String::new();
        for (i, test) in tests.iter().enumerate() {
            text.push_str(if is_first && i == 0 { "\n    " } else { ",\n    " });
            text.push_str(&if self.in_lines { serde_json::to_string(test)? } else { indented_json(*test, true)? });
        }
        Ok(text)
    }

    fn end(&self, notes: &[String], warnings: &[String]) -> io::Result<String> {
        let (notes, warnings) = (indented_json(notes, false)?, indented_json(warnings, false)?);
        Ok(format!("\n  ],\n  \"notes\": {notes},\n  \"warnings\": {warnings}\n}}\n"))
    }
}

/// Renders a value as JSON for its place in a document: indented by two spaces, or by four in a list. Writing the value
/// inside of nested lists costs less than indenting its text afterwards.
fn indented_json(value: &(impl Serialize + ?Sized), in_list: bool) -> io::Result<String> {
    let (text, outer) = if in_list {
        (serde_json::to_string_pretty(&[[value]])?, ("[\n  [\n    ", "\n  ]\n]"))
    } else {
        (serde_json::to_string_pretty(&[value])?, ("[\n  ", "\n]"))
    };
    let inner = text.strip_prefix(outer.0).and_then(|text| text.strip_suffix(outer.1));
    inner.map(str::to_owned).ok_or_else(|| io::Error::other("a list is written in another way"))
}

/// Writes a report to a file in one step: the file is complete or does not exist.
///
/// # Errors
/// When the file cannot be written.
pub fn write(path: &Path, report: &Report) -> Result<(), Error> {
    let mut text = serde_json::to_vec_pretty(report).map_err(|cause| Error::file(path, cause.into()))?;
    text.push(b'\n');
    super::file::replace_file(path, &text)
}

/// Writes a part of a report, which is mainly read by other processes of the run.
pub(super) fn write_part(path: &Path, part: &Report) -> Result<(), Error> {
    let text = serde_json::to_vec(part).map_err(|cause| Error::file(path, cause.into()))?;
    super::file::replace_file(path, &text)
}

/// Reads a report that [`write()`] or a run wrote.
///
/// # Errors
/// When the file cannot be read, or is no report of a schema that this version knows.
pub fn read(path: &Path) -> Result<Report, Error> {
    parse_report(path, std::fs::read(path))
}

/// Reads a report from a run's folder, where another process may have put something that is no regular file in its
/// place.
pub(super) fn read_own(path: &Path) -> Result<Report, Error> {
    parse_report(path, regular_file::read(path))
}

fn parse_report(path: &Path, text: io::Result<Vec<u8>>) -> Result<Report, Error> {
    let text = text.map_err(|cause| Error::file(path, cause))?;
    let report: Report = serde_json::from_slice(&text).map_err(|cause| Error::file(path, cause.into()))?;
    if report.schema != SCHEMA {
        let why = format!("its schema is `{}`, and this is `{SCHEMA}`", report.schema);
        return Err(Error::file(path, io::Error::new(io::ErrorKind::InvalidData, why)));
    }
    Ok(report)
}
