//! A report as a file that grows. Records of settled tests are never written again. The records of tests that have not
//! ended and the end of the file follow them, and every extension replaces these. So a process only pays for its own
//! tests, however long the run is.
//!
//! `head | settled … | unsettled … | end`

use super::file::replace_file;
use super::model::{Environment, TestReport, Verdict};
use crate::error::Error;
use crate::regular_file;
use serde::{Deserialize, Serialize};
use std::fmt::Debug;
use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::Path;

/// A text format of reports, written in pieces.
pub(super) trait Format: Debug + Send + Sync {
    /// The beginning of the file. Its length in bytes does not depend on the counts.
    fn head(&self, run: &str, environment: &Environment, counts: &HeadCounts) -> io::Result<String>;

    /// A record for each test; `is_first` where no record precedes them.
    fn records(&self, tests: &[&TestReport], is_first: bool) -> io::Result<String>;

    /// The end of the file, with the notes and warnings for a reader of the whole report.
    fn end(&self, notes: &[String], warnings: &[String]) -> io::Result<String>;
}

/// The counts of tests in the head of a report.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct HeadCounts {
    pub(super) tests: u64,
    pub(super) failures: u64,
    pub(super) errors: u64,
    pub(super) skipped: u64,
    /// The sum of the tests' times.
    pub(super) seconds: f64,
    /// The worst verdict; `None` without any test.
    pub(super) verdict: Option<Verdict>,
    /// Whether a test has not ended.
    pub(super) incomplete: bool,
}

impl HeadCounts {
    pub(super) fn of(tests: &[&TestReport], notes: &[String]) -> Self {
        Self::default().and(tests, notes)
    }

    /// Adds tests and notes. A note is about a lost part of the report, and a run that lost a part has not passed.
    fn and(&self, tests: &[&TestReport], notes: &[String]) -> Self {
        let mut all = self.clone();
        for test in tests {
            all.tests += 1;
            all.failures += u64::from(matches!(test.verdict, Verdict::Fail | Verdict::Inconclusive));
            all.errors += u64::from(test.verdict == Verdict::Error);
            all.skipped += u64::from(test.verdict == Verdict::Skipped);
            all.seconds += test.seconds();
            all.verdict = all.verdict.max(Some(test.verdict));
            all.incomplete |= test.incomplete;
        }
        if !notes.is_empty() {
            all.tests += notes.len() as u64;
            all.errors += notes.len() as u64;
            all.verdict = Some(Verdict::Error);
        }
        all
    }
}

/// The extent of the settled part of a document, and its counts.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Extent {
    end: u64,
    pub(super) counts: HeadCounts,
}

/// The contents of a document.
#[derive(Clone, Copy, Debug)]
pub(super) struct Contents<'a> {
    pub(super) run: &'a str,
    pub(super) environment: &'a Environment,
    /// Tests that have ended: all of them, or those since the last extension.
    pub(super) settled: &'a [&'a TestReport],
    /// Tests that have not ended, or may be run again.
    pub(super) unsettled: &'a [&'a TestReport],
    pub(super) notes: &'a [String],
    /// Warnings about the settings.
    pub(super) warnings: &'a [String],
}

/// Renders some tests of a report as a complete text.
#[cfg(feature = "junit")]
pub(super) fn render_document(
    format: &dyn Format,
    report: &super::Report,
    tests: &[&TestReport],
) -> io::Result<String> {
    let counts = HeadCounts::of(tests, &report.notes);
    let head = format.head(&report.run, &report.environment, &counts)?;
    Ok(head + &format.records(tests, true)? + &format.end(&report.notes, &report.warnings)?)
}

/// Writes a whole document in one step.
pub(super) fn write_document(path: &Path, format: &dyn Format, contents: Contents<'_>) -> Result<Extent, Error> {
    let render = || {
        let counts = HeadCounts::of(contents.settled, &[]);
        let all = counts.and(contents.unsettled, contents.notes);
        let mut text = format.head(contents.run, contents.environment, &all)?;
        text.push_str(&format.records(contents.settled, true)?);
        let end = text.len() as u64;
        text.push_str(&format.records(contents.unsettled, counts.tests == 0)?);
        text.push_str(&format.end(contents.notes, contents.warnings)?);
        Ok((text, Extent { end, counts }))
    };
    let (text, extent) = render().map_err(|cause| Error::file(path, cause))?;
    replace_file(path, text.as_bytes())?;
    Ok(extent)
}

/// Extends a document in place. If the process dies meanwhile, the next extension begins at the same position.
pub(super) fn extend_document(
    path: &Path,
    format: &dyn Format,
    extent: &Extent,
    contents: Contents<'_>,
) -> Result<Extent, Error> {
    let extend = || {
        let mut file = regular_file::open(File::options().read(true).write(true), path)?;
        if file.metadata()?.len() < extent.end {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "it is shorter than it was left"));
        }
        let counts = extent.counts.and(contents.settled, &[]);
        let mut text = format.records(contents.settled, extent.counts.tests == 0)?;
        let end = extent.end + text.len() as u64;
        text.push_str(&format.records(contents.unsettled, counts.tests == 0)?);
        text.push_str(&format.end(contents.notes, contents.warnings)?);
        file.seek(SeekFrom::Start(extent.end))?;
        file.write_all(text.as_bytes())?;
        file.set_len(extent.end + text.len() as u64)?;
        let all = counts.and(contents.unsettled, contents.notes);
        file.rewind()?;
        file.write_all(format.head(contents.run, contents.environment, &all)?.as_bytes())?;
        Ok(Extent { end, counts })
    };
    extend().map_err(|cause| Error::file(path, cause))
}
