//! What CI systems read.

use super::run;
use crate::report::Report;
use crate::report::document::render_document;
use crate::report::junit::{OneSuite, group_by_suite, render_junit};

#[test]
fn one_testcase_a_test() {
    insta::assert_snapshot!(render_junit(&run()).unwrap());
}

#[test]
fn the_strict_form_is_what_surefire_accepts() {
    let text = strict(&run());
    let seen = elements(&text);
    assert_eq!(seen.iter().filter(|name| **name == "testcase").count(), 5);
    assert_eq!(seen.iter().filter(|name| **name == "failure").count(), 2);
    assert_eq!(seen.iter().filter(|name| **name == "error").count(), 1);
}

/// The strict document of the only suite of a report.
pub(super) fn strict(report: &Report) -> String {
    let tests: Vec<_> = report.tests.iter().collect();
    let mut suites = group_by_suite(&tests);
    let (suite, tests) = suites.pop().unwrap();
    assert!(suites.is_empty());
    render_document(&OneSuite(suite), report, &tests).unwrap()
}

/// The elements of a document that is what Surefire's schema says.
pub(super) fn elements(text: &str) -> Vec<String> {
    let (mut open, mut seen) = (Vec::new(), Vec::new());
    for tag in text.split('<').skip(1).filter_map(|part| part.split_once('>')).map(|(tag, _)| tag) {
        if tag.starts_with('?') {
            continue;
        } else if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name), "{text}");
            continue;
        }
        let (name, rest) = tag.split_once(' ').unwrap_or((tag, ""));
        let attributes: Vec<&str> = rest
            .trim_end_matches('/')
            .split("\" ")
            .filter_map(|pair| pair.split_once("=\""))
            .map(|(key, _)| key)
            .collect();
        let (parent, allowed, required): (Option<&str>, &[&str], &[&str]) = match name {
            "testsuite" => (
                None,
                &["name", "time", "tests", "errors", "skipped", "failures"],
                &["name", "tests", "errors", "skipped", "failures"],
            ),
            "testcase" => (Some("testsuite"), &["name", "classname", "time", "timestamp"], &["name", "time"]),
            "failure" | "error" => (Some("testcase"), &["message", "type"], &[]),
            "skipped" => (Some("testcase"), &["message"], &[]),
            "system-out" => (Some("testcase"), &[], &[]),
            other => panic!("`{other}` is not in the schema here"),
        };
        assert_eq!(open.last().copied(), parent, "{tag}");
        assert!(attributes.iter().all(|attribute| allowed.contains(attribute)), "{tag}");
        assert!(required.iter().all(|attribute| attributes.contains(attribute)), "{tag}");
        seen.push(name.to_owned());
        if !tag.ends_with('/') {
            open.push(name);
        }
    }
    seen
}

/// Whether every element of a document is closed where it must be, and how many tests it has.
pub(super) fn testcases(text: &str) -> usize {
    let mut open = Vec::new();
    for tag in text.split('<').skip(1).filter_map(|part| part.split_once('>')).map(|(tag, _)| tag) {
        match tag.strip_prefix('/') {
            Some(name) => assert_eq!(open.pop(), Some(name), "{text}"),
            None if tag.starts_with('?') || tag.ends_with('/') => {}
            None => open.extend(tag.split(' ').next()),
        }
    }
    assert!(open.is_empty(), "{open:?} in {text}");
    text.matches("<testcase ").count()
}

#[test]
fn control_characters_of_a_failure_do_not_break_the_document() {
    let mut report = run();
    report.tests.iter_mut().for_each(|test| test.message = Some("\u{1b}[31mred\u{0}\u{8} & <b>".to_owned()));
    let text = render_junit(&report).unwrap();
    assert!(!text.contains('\u{0}') && !text.contains('\u{1b}') && text.contains("&amp; &lt;b&gt;"), "{text}");
}
