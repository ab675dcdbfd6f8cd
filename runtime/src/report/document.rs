//! A report as a file that grows. Its records of settled tests are never written again; behind them stand those of
//! tests that have not ended, and the end, which every extension replaces. So a run of any length costs each of its
//! processes what its own tests cost. It knows no folder and no format.
//!
//! `head | settled … | unsettled … | end`

use super::file::replace;
use super::model::{Environment, TestReport, Verdict};
use crate::error::Error;
use crate::regular_file;
use serde::{Deserialize, Serialize};
use std::fmt::Debug;
use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::Path;

/// How reports are written as text, in pieces.
pub(super) trait Format: Debug + Send + Sync {
    /// The beginning: as many bytes whatever the counts are.
    fn head(&self, run: &str, environment: &Environment, counts: &Counts) -> io::Result<String>;

    /// A record for each test; `is_first` where none stands before them.
    fn records(&self, tests: &[&TestReport], is_first: bool) -> io::Result<String>;

    /// What closes the file, with what a reader of the whole must know.
    fn end(&self, notes: &[String], warnings: &[String]) -> io::Result<String>;
}

/// What the head of a report says of its tests.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Counts {
    pub(super) tests: u64,
    pub(super) failures: u64,
    pub(super) errors: u64,
    pub(super) skipped: u64,
    /// The sum of what the tests took.
    pub(super) seconds: f64,
    /// The worst; `None` without any test.
    pub(super) verdict: Option<Verdict>,
    /// Whether a test has not ended.
    pub(super) incomplete: bool,
}

impl Counts {
    pub(super) fn of(tests: &[&TestReport], notes: &[String]) -> Self {
        Self::default().and(tests, notes)
    }

    /// With more tests. A note is about a part of the report that is lost, and no run that lost one has passed.
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

/// How far the settled part of a document goes, and what is in it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Extent {
    end: u64,
    pub(super) counts: Counts,
}

/// What a document is written from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Contents<'a> {
    pub(super) run: &'a str,
    pub(super) environment: &'a Environment,
    /// Tests that have ended: all of them, or those since the last extension.
    pub(super) settled: &'a [&'a TestReport],
    /// Tests that have not ended, or may be run again.
    pub(super) unsettled: &'a [&'a TestReport],
    pub(super) notes: &'a [String],
    /// What is said of the settings.
    pub(super) warnings: &'a [String],
}

/// Some tests of a report as a whole text.
#[cfg(feature = "junit")]
pub(super) fn render(format: &dyn Format, report: &super::Report, tests: &[&TestReport]) -> io::Result<String> {
    let counts = Counts::of(tests, &report.notes);
    let head = format.head(&report.run, &report.environment, &counts)?;
    Ok(head + &format.records(tests, true)? + &format.end(&report.notes, &report.warnings)?)
}

/// Writes a document anew, in one step.
pub(super) fn write(path: &Path, format: &dyn Format, contents: Contents<'_>) -> Result<Extent, Error> {
    let render = || {
        let counts = Counts::of(contents.settled, &[]);
        let all = counts.and(contents.unsettled, contents.notes);
        let mut text = format.head(contents.run, contents.environment, &all)?;
        text.push_str(&format.records(contents.settled, true)?);
        let end = text.len() as u64;
        text.push_str(&format.records(contents.unsettled, counts.tests == 0)?);
        text.push_str(&format.end(contents.notes, contents.warnings)?);
        Ok((text, Extent { end, counts }))
    };
    let (text, extent) = render().map_err(|cause| Error::file(path, cause))?;
    replace(path, text.as_bytes())?;
    Ok(extent)
}

/// Extends a document in place. Should the process die meanwhile, the next extension begins where this one did.
pub(super) fn extend(
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
