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
fn the_message_says_metric_limit_observed_samples_and_where() {
    insta::assert_snapshot!(missed().message.unwrap());
    let mut debug = missed();
    debug.environment.profile = "debug".to_owned();
    assert!(crate::report::message::of(&debug).unwrap().contains("a debug build"));
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
