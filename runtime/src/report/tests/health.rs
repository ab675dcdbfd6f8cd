//! The generator's own health in every report: figures as data, words for people.

use super::{Style, TestReport, facts, report};
use crate::judge::sample::Sample;
use crate::record::{Distribution, Selection};
use crate::report::console::render_test;

const PLAIN: Style = Style { color: false, width: 160 };

/// A load of which nine in ten arrivals were never started, in a process that was paused.
fn unhealthy() -> TestReport {
    let mut sample = Sample::new("rate = 100/s, duration = 10s").ok("", 0, 100, 5.0);
    let generator = &mut sample.measurements.generator;
    generator.unsent.insert(Selection::default(), 900);
    let mut pauses = Distribution::default();
    pauses.record_n(80e6, 100);
    generator.pauses = pauses;
    report(&facts("short"), &sample, &["p95 < 30s"])
}

#[test]
fn a_load_that_was_not_put_on_is_told_on_the_console() {
    let text = render_test(&unhealthy(), PLAIN);
    for told in ["? inconclusive", "900 not sent", "10/s of 100/s were sent", "stopped or starved of CPU for 80 %"] {
        assert!(text.contains(told), "{told} in {text}");
    }
}

#[test]
fn its_figures_are_in_the_report_as_data() {
    let resources = unhealthy().resources;
    assert_eq!((resources.unsent, resources.pauses_ns.count), (900, 100));
    assert!((resources.paused_share - 0.8).abs() < 1e-3);
    assert_eq!(resources.health.len(), 2);
}

#[cfg(feature = "junit")]
#[test]
fn junit_has_its_figures_as_properties_whatever_the_verdict() {
    use crate::report::junit::render_junit;
    use crate::report::model::{Report, Verdict};
    let mut test = unhealthy();
    for verdict in [Verdict::Inconclusive, Verdict::Pass] {
        test.verdict = verdict;
        let text = render_junit(&Report::of("1", vec![test.clone()])).unwrap();
        assert!(text.contains(r#"<property name="unsent" value="900"/>"#), "{text}");
        assert!(text.contains(r#"<property name="generator" value="the load generator was too late"#), "{text}");
    }
}
