//! Why a test did not pass, in words: what libtest prints, what JUnit carries, what a reader gets without any file.

use super::TestReport;
use super::model::{Target, Verdict};
use crate::units;

/// The message of a test that did not pass: one line that sums up, then one for each target that did not hold with
/// metric, limit, observed value, samples and place.
pub(super) fn of(report: &TestReport) -> Option<String> {
    if report.verdict == Verdict::Pass {
        return None;
    }
    let not_held: Vec<&Target> = report
        .targets
        .iter()
        .filter(|target| matches!(target.verdict, Verdict::Fail | Verdict::Inconclusive))
        .collect();
    let mut lines = vec![summary(report, &not_held)];
    lines.extend(not_held.iter().map(|target| line(report, target)));
    Some(lines.join("\n"))
}

fn summary(report: &TestReport, not_held: &[&Target]) -> String {
    let of = |verdict: Verdict| not_held.iter().filter(|target| target.verdict == verdict).count();
    let all = report.targets.len();
    let mut parts = Vec::new();
    for (count, word) in [(of(Verdict::Fail), "missed"), (of(Verdict::Inconclusive), "inconclusive")] {
        if count > 0 {
            parts.push(format!("{count} of {all} target{} {word}", if all == 1 { "" } else { "s" }));
        }
    }
    if report.critical {
        parts.push("critical".to_owned());
    }
    let mut text = parts.join(", ");
    if report.environment.is_debug() && !report.virtual_time && not_held.iter().any(|target| is_time(target)) {
        text.push_str(" (a debug build: times are not those of a release build; try `--release`)");
    }
    text
}

/// Whether a faster build might have held it: a time that was too long, a rate that was too low. What an experiment waits
/// for is not that.
fn is_time(target: &Target) -> bool {
    let is_speed = match (target.unit.as_deref(), target.observed.zip(target.limit)) {
        (Some("ns"), Some((observed, limit))) => observed >= limit,
        (Some("per_s"), Some((observed, limit))) => observed <= limit,
        _ => false,
    };
    let is_waited_for = ["recovery_time", "detection_time", "the system recovers"];
    let is_waited_for = is_waited_for.iter().any(|metric| target.text.contains(metric));
    target.verdict == Verdict::Fail && is_speed && !is_waited_for
}

fn line(report: &TestReport, target: &Target) -> String {
    let level = if target.level == "critical" { "critical " } else { "" };
    let word = if target.verdict == Verdict::Fail { "missed" } else { "inconclusive" };
    let mut parts = vec![format!("  {level}{}: {word}: {}", target.text, target.reason.as_deref().unwrap_or_default())];
    if target.observed.is_some() {
        if target.limit.is_none()
            && let (Some(observed), Some(_)) = (&target.observed_text, target.line)
        {
            parts.push(format!("observed {observed}"));
        }
        parts.push(format!("{} sample{}", units::count(target.samples), if target.samples == 1 { "" } else { "s" }));
    }
    // What is inconclusive by noise says so itself.
    if let (Some(interval), Verdict::Fail) = (&target.interval_text, target.verdict) {
        parts.push(format!("within {interval} with 95 % confidence"));
    }
    if let Some(worst) = &target.worst {
        parts.push(format!("worst {worst}"));
    }
    if let Some(line) = target.line {
        parts.push(format!("at {}:{line}", report.file));
    }
    parts.join("; ")
}
