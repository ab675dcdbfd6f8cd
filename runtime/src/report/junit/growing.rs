//! `junit.xml` and its strict form as documents that grow. Every extension writes suites of its own: if several
//! processes of a run add tests to one suite, it appears several times, and readers add these up.

use super::suites::{STYLE, group_by_suite, suites_to_xml, test_suite};
use crate::report::document::{Format, HeadCounts};
use crate::report::model::{Environment, TestReport};
use quick_junit::{NonSuccessKind, TestCase, TestCaseStatus, TestSuite, XmlString};
use std::io;

const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
const SUITES_END: &str = "</testsuites>\n";

/// The whole run, rooted at `<testsuites>`.
#[derive(Debug)]
pub(crate) struct Suites {
    pub(crate) run: String,
}

impl Format for Suites {
    fn head(&self, _: &str, _: &Environment, counts: &HeadCounts) -> io::Result<String> {
        Ok(format!("{DECLARATION}<testsuites name=\"brunt\" {}>\n", totals_attributes(counts)))
    }

    fn records(&self, tests: &[&TestReport], _: bool) -> io::Result<String> {
        if tests.is_empty() {
            return Ok(String::new());
        }
        let of_run = |(name, tests): &(String, Vec<&TestReport>)| {
            let mut suite = test_suite(name, tests, true);
            suite.add_property(("run", self.run.as_str()));
            suite
        };
        text_between(&suites_to_xml(group_by_suite(tests).iter().map(of_run))?, "    <testsuite ", SUITES_END)
    }

    fn end(&self, notes: &[String], _: &[String]) -> io::Result<String> {
        if notes.is_empty() {
            return Ok(SUITES_END.to_owned());
        }
        let mut suite = TestSuite::new("brunt");
        for (i, note) in notes.iter().enumerate() {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
            status.set_type("report").set_message(XmlString::new(note));
            suite.add_test_case(TestCase::new(format!("report {}", i + 1), status));
        }
        Ok(text_between(&suites_to_xml([suite])?, "    <testsuite ", SUITES_END)? + SUITES_END)
    }
}

/// One suite, rooted at `<testsuite>`.
#[derive(Debug)]
pub(crate) struct OneSuite(pub(crate) String);

impl Format for OneSuite {
    fn head(&self, _: &str, _: &Environment, counts: &HeadCounts) -> io::Result<String> {
        let name = self.0.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;");
        Ok(format!("{DECLARATION}<testsuite name=\"{name}\" {}>\n", totals_attributes(counts)))
    }

    fn records(&self, tests: &[&TestReport], _: bool) -> io::Result<String> {
        if tests.is_empty() {
            return Ok(String::new());
        }
        text_between(&suites_to_xml([test_suite(&self.0, tests, false)])?, "        <testcase ", "    </testsuite>")
    }

    fn end(&self, _: &[String], _: &[String]) -> io::Result<String> {
        Ok("</testsuite>\n".to_owned())
    }
}

/// The counts as attributes, whose width does not depend on the counts.
fn totals_attributes(counts: &HeadCounts) -> String {
    let HeadCounts { tests, failures, errors, skipped, seconds, .. } = counts;
    let text = format!(
        "tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\" skipped=\"{skipped}\" time=\"{seconds:.3}\""
    );
    format!("{text:<width$}", width = STYLE.width)
}

/// The text from the first `start` to before the last `end`. As `<` and `"` are escaped in texts, only the tags
/// themselves match.
fn text_between(text: &str, start: &str, end: &str) -> io::Result<String> {
    match (text.find(start), text.rfind(end)) {
        (Some(from), Some(to)) if from <= to => Ok(text[from..to].to_owned()),
        _ => Err(io::Error::other("a document without a suite")),
    }
}
