//! `junit.xml`: a test suite for each binary, a testcase for each test. A missed target is a `<failure>`, an error of
//! the framework an `<error>`; the whole verdict is in the body, and metrics are properties of the testcase.
//!
//! The strict form is one `TEST-<binary>.xml` for each binary, rooted at `<testsuite>` and without properties of
//! testcases. This is the schema of Maven's Surefire, which some readers require.

mod growing;
mod suites;

use super::document;
use super::folder::file_name;
use super::model::Report;
pub(super) use growing::{OneSuite, Suites};
use std::io;
#[cfg(test)]
pub(super) use suites::group_by_suite;

/// The name of a suite's strict file: `TEST-shop.load.xml`.
pub(super) fn file_of(suite: &str) -> String {
    format!("TEST-{}.xml", file_name(&suite.replace("::", ".").replace('/', ".")))
}

/// Renders the report as one document rooted at `<testsuites>`, for a file and for stdout.
pub(crate) fn render_junit(report: &Report) -> io::Result<String> {
    document::render_document(&Suites { run: report.run.clone() }, report, &report.tests.iter().collect::<Vec<_>>())
}
