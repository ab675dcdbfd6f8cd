//! `junit.xml`: a test suite for each binary, a testcase for each test. A missed target is a `<failure>`, trouble of
//! the framework an `<error>`; the whole verdict is in the body, and metrics are properties of the testcase.
//!
//! The strict form is one `TEST-<binary>.xml` for each binary, rooted at `<testsuite>` and without properties of
//! testcases, as the schema of Maven's Surefire has it and some readers insist on.

mod growing;
mod suites;

use super::document;
use super::folder::file_name;
use super::model::Report;
pub(super) use growing::{OneSuite, Suites};
use std::io;
#[cfg(test)]
pub(super) use suites::group_by_suite;

/// The strict file of a suite: `TEST-shop.load.xml`.
pub(super) fn file_of(suite: &str) -> String {
    format!("TEST-{}.xml", file_name(&suite.replace("::", ".").replace('/', ".")))
}

/// The report as one document rooted at `<testsuites>`, for a file and for stdout.
pub(crate) fn render_junit(report: &Report) -> io::Result<String> {
    document::render_document(&Suites { run: report.run.clone() }, report, &report.tests.iter().collect::<Vec<_>>())
}
