//! The data: that it is what its JSON Schema says, and that nothing is lost on the way.

use super::{facts, missed, report, run, spiked};
use crate::judge::sample::Sample;
use crate::record::CallMemory;
use crate::record::hdr::decode_hdr_base64;
use crate::report::{JSON_SCHEMA, Report, TestReport};
use brunt_plan::{Kind, parse};
use serde_json::{Value, json};

#[test]
fn a_report_is_what_the_schema_says() {
    let schema: Value = serde_json::from_str(JSON_SCHEMA).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let report = serde_json::to_value(run()).unwrap();
    let errors: Vec<String> =
        validator.iter_errors(&report).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    // A schema that accepts anything would be no schema.
    for (pointer, wrong) in [
        ("/schema", Value::from("brunt-report/2")),
        ("/tests/0/verdict", Value::from("green")),
        ("/tests/0/metrics/count", Value::from(-1)),
        ("/tests/0/targets/0/observed", Value::from("12 ms")),
        ("/tests/0/environment/profile", Value::Null),
        ("/tests/0/metrics/latency_ns/p95", Value::from("NaN")),
    ] {
        let mut report = report.clone();
        *report.pointer_mut(pointer).unwrap() = wrong;
        assert!(!validator.is_valid(&report), "{pointer}");
    }
}

#[test]
fn every_field_is_in_the_schema_and_none_is_missing() {
    let schema: Value = serde_json::from_str(JSON_SCHEMA).unwrap();
    let mut report = serde_json::to_value(run()).unwrap();
    report.as_object_mut().unwrap().insert("surprise".to_owned(), Value::Null);
    assert!(!jsonschema::is_valid(&schema, &report), "an unknown field");
    let mut report = serde_json::to_value(run()).unwrap();
    report["tests"][0].as_object_mut().unwrap().remove("targets");
    assert!(!jsonschema::is_valid(&schema, &report), "a missing field");
}

#[test]
fn json_snapshot() {
    let mut test = missed();
    test.timeline.truncate(1);
    test.resources.samples.truncate(1);
    insta::assert_snapshot!(serde_json::to_string_pretty(&test).unwrap());
}

#[test]
fn a_report_reads_back_as_it_was() {
    let text = serde_json::to_string(&run()).unwrap();
    assert_eq!(serde_json::from_str::<Report>(&text).unwrap(), run());
}

#[test]
fn the_histogram_has_every_latency() {
    let test = missed();
    let latency = decode_hdr_base64(test.histogram.as_deref().unwrap()).unwrap();
    assert_eq!(latency.count(), test.metrics.unwrap().latency_ns.count);
}

#[test]
fn named_combinations_are_listed() {
    let sample = spiked().ok("stage=spike tenant=acme", 5, 10, 1.0).ok("stage=spike tenant=umbrella", 5, 20, 1.0);
    let texts =
        ["spike.login.p50 < 1s", "spike.p50 < 1s", "each(2s).p50 < 1s", "spike.each(tenant).p50 < 2x login.p50"];
    let selections = report(&facts("listed"), &sample, &texts).selections;
    let listed: Vec<(&str, u64)> = selections.iter().map(|part| (part.name.as_str(), part.metrics.count)).collect();
    assert_eq!(listed, [("spike.login", 4_500), ("spike.tenant(\"acme\")", 10), ("spike.tenant(\"umbrella\")", 20)]);
}

/// A stress test of which five calls of each input were counted: two allocations each of the first, three of the next …
fn counted(options: &str, inputs: &[Option<&str>]) -> TestReport {
    let mut sample = Sample::new("");
    sample.plan = parse::plan(Kind::Stress, options).0;
    for (allocations, input) in (2..).zip(inputs) {
        let mut memory = CallMemory::default();
        (0..5).for_each(|_| memory.record(allocations, 64 * allocations, 32 * allocations));
        sample.measurements.call_memory.insert(input.map(Into::into), memory);
        let place = input.map(|input| format!("case={input}")).unwrap_or_default();
        sample = sample.ok(&place, 0, 200, 5.0 * allocations as f64);
    }
    report(&facts("tree::stress"), &sample, &[])
}

#[test]
fn what_calls_allocate_is_there_for_sizes_for_cases_and_without_either() {
    let schema: Value = serde_json::from_str(JSON_SCHEMA).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let written = |test: TestReport| {
        let report = serde_json::to_value(Report::of("run-1", vec![test])).unwrap();
        let errors: Vec<String> =
            validator.iter_errors(&report).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert!(errors.is_empty(), "{errors:#?}");
        report["tests"][0].clone()
    };
    let cases = written(counted("cases = [wide: 1, deep: 2]", &[Some("wide"), Some("deep")]));
    let of = |case: Value, n: f64| {
        let (bytes, peak) = (64.0 * n, 32.0 * n);
        json!({"case": case, "calls": 5, "allocations": n, "allocated_bytes": bytes, "peak_bytes": peak})
    };
    assert_eq!(cases["call_memory"], Value::from(vec![of("wide".into(), 2.0), of("deep".into(), 3.0)]));
    let bare = written(counted("iterations = 200", &[None]));
    assert_eq!(bare["call_memory"], Value::from(vec![of(Value::Null, 2.0)]));
    let sizes = ["size(10)", "size(100)", "size(1000)"].map(Some);
    let sizes = written(counted("sizes = [10, 100, 1_000]", &sizes));
    assert_eq!((sizes.get("call_memory"), sizes["sizes"][2]["allocations"].as_f64()), (None, Some(4.0)));
    assert_eq!(written(missed()).get("call_memory"), None);
}
