//! A load that went on: what the report says of it, in every form.

use super::*;
use crate::record::Settled;
use crate::report::{JSON_SCHEMA, junit};
use std::time::Duration;

/// A test that went on for two targets, of which one is decided.
fn went_on() -> TestReport {
    let mut sample = spiked();
    let undecided = targets_with_lines(&["p50 < 50ms", "spike.login.p99.9 < 1s"]);
    let time = Duration::from_secs(20);
    sample.measurements.settled = Some(Settled { rounds: 2, time, undecided, ..Settled::default() });
    report(&facts("store::went_on"), &sample, &["p50 < 50ms", "spike.login.p99.9 < 1s"])
}

#[test]
fn json_junit_and_console_say_how_long_and_for_what() {
    let test = went_on();
    let settled = test.settled.clone().unwrap();
    assert_eq!((settled.rounds, settled.seconds, settled.targets.len()), (2, 20.0, 2));
    let json = serde_json::to_value(Report::of("run-1", vec![test.clone()])).unwrap();
    let schema = serde_json::from_str(JSON_SCHEMA).unwrap();
    let errors: Vec<String> =
        jsonschema::validator_for(&schema).unwrap().iter_errors(&json).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    assert_eq!(json["tests"][0]["settled"]["for"][0], "p50 < 50ms");
    assert_eq!(serde_json::from_value::<Report>(json).unwrap().tests[0], test);
    let xml = junit::render_junit(&Report::of("run-1", vec![test.clone()])).unwrap();
    assert!(xml.contains(r#"<property name="settled.rounds" value="2"/>"#), "{xml}");
    assert!(xml.contains(r#"<property name="settled.seconds" value="20"/>"#), "{xml}");
    let text = crate::report::console::render_test(&test, Style { color: false, width: 200 });
    let note = "went on for 20 s (2 more rounds) until `p50 < 50ms` and `spike.login.p99.9 < 1s` were decided";
    assert!(text.contains(note), "{text}");
}

#[test]
fn a_load_that_ended_as_planned_has_no_word_of_it() {
    let json = serde_json::to_value(missed()).unwrap();
    assert_eq!(json.get("settled"), None);
}
