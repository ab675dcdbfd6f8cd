//! `junit.xml`: a test suite for each binary, a testcase for each test. A missed target is a `<failure>`, trouble of
//! the framework an `<error>`; the whole verdict is in the body, and metrics are properties of the testcase.
//!
//! The strict form is one `TEST-<binary>.xml` for each binary, rooted at `<testsuite>` and without properties of
//! testcases, as the schema of Maven's Surefire has it and some readers insist on.

mod growing;
mod suites;

pub(super) use growing::{OneSuite, Suites};

use super::model::Report;
use super::{Sink, document, file, folder};
use crate::error::Error;
use std::io;
use std::path::PathBuf;
use suites::group_by_suite;

/// Writes `junit.xml`.
#[derive(Clone, Debug)]
pub struct Junit {
    /// The file.
    pub path: PathBuf,
}

impl Sink for Junit {
    fn write(&self, report: &Report) -> Result<(), Error> {
        let text = render_junit(report).map_err(|cause| Error::file(&self.path, cause))?;
        file::replace_file(&self.path, text.as_bytes())
    }
}

/// Writes one `TEST-<suite>.xml` for each binary, which the Surefire schema accepts.
#[derive(Clone, Debug)]
pub struct StrictJunit {
    /// The folder that the files go to.
    pub folder: PathBuf,
}

impl Sink for StrictJunit {
    fn write(&self, report: &Report) -> Result<(), Error> {
        for (suite, tests) in group_by_suite(&report.tests.iter().collect::<Vec<_>>()) {
            let path = self.folder.join(file_of(&suite));
            let text = document::render_document(&OneSuite(suite), report, &tests)
                .map_err(|cause| Error::file(&path, cause))?;
            file::replace_file(&path, text.as_bytes())?;
        }
        Ok(())
    }
}

/// The strict file of a suite: `TEST-shop.load.xml`.
pub(super) fn file_of(suite: &str) -> String {
    format!("TEST-{}.xml", folder::file_name(&suite.replace("::", ".").replace('/', ".")))
}

/// The report as one document rooted at `<testsuites>`, for a file and for stdout.
pub(crate) fn render_junit(report: &Report) -> io::Result<String> {
    document::render_document(&Suites { run: report.run.clone() }, report, &report.tests.iter().collect::<Vec<_>>())
}
