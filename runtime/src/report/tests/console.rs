//! What a reader of the terminal sees.

use super::{Sample, Style, errored, facts, inconclusive, missed, passed, report, skipped};
use crate::report::console::render;

const PLAIN: Style = Style { color: false, width: 100 };

#[test]
fn every_verdict_reads_well() {
    let all: Vec<String> =
        [passed(), missed(), inconclusive(), skipped(), errored()].iter().map(|test| render(test, PLAIN)).collect();
    insta::assert_snapshot!(all.join("\n"));
}

#[test]
fn colour_is_never_alone() {
    let coloured = render(&missed(), Style { color: true, width: 100 });
    assert!(coloured.contains("\x1b[31m✗ missed\x1b[0m") && coloured.contains("\x1b[32m✓ held\x1b[0m"), "{coloured}");
    let mut plain = String::new();
    for (i, part) in coloured.split('\x1b').enumerate() {
        plain.push_str(if i == 0 { part } else { part.split_once('m').unwrap().1 });
    }
    assert_eq!(plain, render(&missed(), PLAIN), "the same words without colour");
}

#[test]
fn lines_fit_a_narrow_terminal() {
    let text = render(&missed(), Style { color: false, width: 60 });
    let longest = text.lines().filter(|line| line.starts_with("           ")).map(|line| line.chars().count()).max();
    assert!(longest.unwrap() <= 60, "{text}");
}

#[test]
fn at_80_columns_nothing_is_lost_and_nothing_is_wider() {
    let mut test = missed();
    let long = "a scenario whose name is as long as the names of scenarios come to be".to_owned();
    test.stages[1].name = long.clone();
    test.targets[1].text = format!("{:?}.mean < 3x low.mean", long);
    test.targets[0].worst = Some("tenant(\"a tenant with a long name\")".to_owned());
    let text = render(&test, Style { color: false, width: 80 });
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    let line_of = |part: &str| text.lines().position(|line| line.contains(part)).unwrap();
    let figures = |at: usize| text.lines().nth(at).unwrap().split("  ").filter(|cell| !cell.trim().is_empty()).count();
    for heading in ["count  failed", "mean", "p50", "p95", "max"] {
        assert!(text.contains(heading), "no column {heading}: {text}");
    }
    assert!(figures(line_of("the names of scenarios …") + 1) >= 6, "the figures stand below a long name: {text}");
    assert!(text.lines().nth(line_of("< 3x low.mean") + 1).unwrap().contains("✗ missed"), "{text}");
    assert!(text.contains("a tenant with a long name"), "{text}");
}

#[test]
fn one_failure_of_many_is_never_hidden_by_rounding() {
    let sample = Sample::new("users = 10, total_iterations = 5000").ok("", 0, 4_999, 1.0).failed("", 0, 1, "shed");
    let text = render(&report(&facts("one_fails"), &sample, &["errors < 1%"]), PLAIN);
    assert!(text.contains("99.98 % succeeded") && !text.contains("100 % succeeded"), "{text}");
}

#[test]
fn traffic_is_shown_with_whose_it_is() {
    let mut test = missed();
    assert!(!render(&test, PLAIN).contains("network"));
    test.resources.network = Some("network namespace".to_owned());
    let wanted = "network  1 MiB/s sent, 1 MiB/s received, by all processes of this network namespace";
    assert!(render(&test, PLAIN).contains(wanted), "{}", render(&test, PLAIN));
}

#[test]
fn the_message_says_metric_limit_observed_samples_and_where() {
    insta::assert_snapshot!(missed().message.unwrap());
    let mut debug = missed();
    debug.environment.profile = "debug".to_owned();
    assert!(crate::report::message::of(&debug, true).unwrap().contains("a debug build"));
}

/// What a debug build says of a miss.
fn hint(sample: &Sample, target: &str) -> bool {
    let mut facts = facts("debug");
    facts.environment.profile = "debug".to_owned();
    report(&facts, sample, &[target]).message.unwrap().contains("a debug build")
}

#[test]
fn a_release_build_is_proposed_only_where_it_could_hold_what_was_missed() {
    let real = Sample::new("users = 1, iterations = 100").ok("", 0, 100, 20.0).failed("", 0, 100, "shed");
    assert!(hint(&real, "p50 < 10ms"));
    assert!(hint(&real, "throughput > 500/s"));
    for not_of_speed in ["p50 > 50ms", "throughput < 5/s", "errors < 1%", "count < 50"] {
        assert!(!hint(&real, not_of_speed), "{not_of_speed}");
    }
    let in_virtual_time = Sample::new("users = 1, iterations = 100, virtual_time").ok("", 0, 100, 20.0);
    assert!(!hint(&in_virtual_time, "p50 < 10ms"));
    assert!(!hint(&in_virtual_time, "throughput > 500/s"));
}
