//! The message about why a test did not pass: libtest prints it, JUnit files contain it, and a reader gets it without
//! any file.

use super::TestReport;
use super::figures::nearest_end;
use super::model::{Target, TargetLevel, Verdict};
use crate::judge::{Outcome, TargetVerdict};
use crate::units::{self, Figure};
use brunt_plan::Dimension;

/// Makes the message of a test that did not pass: a summary line, then one line for each target that did not hold, with
/// metric, limit, observed value, samples and place.
///
/// `is_slow` is whether a release build [might have held](may_be_build) a target that was missed.
pub(super) fn failure_message(report: &TestReport, is_slow: bool) -> Option<String> {
    if report.verdict == Verdict::Pass {
        return None;
    }
    let not_held: Vec<&Target> = report
        .targets
        .iter()
        .filter(|target| matches!(target.verdict, Verdict::Fail | Verdict::Inconclusive))
        .collect();
    let mut lines = vec![summary_line(report, &not_held, is_slow)];
    lines.extend(not_held.iter().map(|target| target_line(report, target)));
    Some(lines.join("\n"))
}

fn summary_line(report: &TestReport, not_held: &[&Target], is_slow: bool) -> String {
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
    if report.environment.is_debug() && !report.virtual_time && is_slow {
        text.push_str(" (a debug build: times are not those of a release build; try `--release`)");
    }
    text
}

/// Whether a release build might have held the target: a time that was too long or a rate that was too low, except the
/// time of a recovery or detection, for which an experiment waits.
pub(super) fn may_be_build(verdict: &TargetVerdict) -> bool {
    let Some(target) = verdict.target().filter(|_| verdict.outcome == Outcome::Fail) else { return false };
    let limit = verdict.limit.as_ref().and_then(|bound| nearest_end(bound, verdict.observed));
    let is_speed = match verdict.observed.zip(limit) {
        Some((Figure { value, dimension: Dimension::Time }, limit)) => value >= limit,
        Some((Figure { value, dimension: Dimension::Rate }, limit)) => value <= limit,
        _ => false,
    };
    is_speed && !target.measure.metric.is_waited_for()
}

fn target_line(report: &TestReport, target: &Target) -> String {
    let level = if target.level == TargetLevel::Critical { "critical " } else { "" };
    let word = if target.verdict == Verdict::Fail { "missed" } else { "inconclusive" };
    let mut parts = vec![format!("  {level}{}: {word}: {}", target.text, target.reason.as_deref().unwrap_or_default())];
    if target.observed.is_some() {
        if target.limit.is_none()
            && let (Some(observed), Some(_)) = (&target.observed_text, target.line)
        {
            parts.push(format!("observed {observed}"));
        }
        parts.push(format!(
            "{} sample{}",
            units::describe_count(target.samples),
            if target.samples == 1 { "" } else { "s" }
        ));
    }
    // The reason of a target that is inconclusive by noise already mentions this.
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
