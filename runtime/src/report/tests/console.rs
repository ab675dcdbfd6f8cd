//! What a reader of the terminal sees.

use super::{Style, errored, inconclusive, missed, passed, skipped};
use crate::report::console::render;
use std::path::Path;

const PLAIN: Style = Style { color: false, width: 100 };

#[test]
fn every_verdict_reads_well() {
    let path = Path::new("target/brunt/report.json");
    let all: Vec<String> = [passed(), missed(), inconclusive(), skipped(), errored()]
        .iter()
        .map(|test| render(test, PLAIN, Some(path)))
        .collect();
    insta::assert_snapshot!(all.join("\n"));
}

#[test]
fn colour_is_never_alone() {
    let coloured = render(&missed(), Style { color: true, width: 100 }, None);
    assert!(coloured.contains("\x1b[31m✗ missed\x1b[0m") && coloured.contains("\x1b[32m✓ held\x1b[0m"), "{coloured}");
    let mut plain = String::new();
    for (i, part) in coloured.split('\x1b').enumerate() {
        plain.push_str(if i == 0 { part } else { part.split_once('m').unwrap().1 });
    }
    assert_eq!(plain, render(&missed(), PLAIN, None), "the same words without colour");
}

#[test]
fn lines_fit_a_narrow_terminal() {
    let text = render(&missed(), Style { color: false, width: 60 }, None);
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
