//! The table of targets: target, observed, margin, and whether it held, in a mark and a word.

use super::page::{Page, Tone, width, wrapped};
use crate::report::model::{Target, TargetLevel, Verdict};
use crate::units;

/// The widest column of targets; a longer target stands on a line of its own.
const WIDEST: usize = 60;
/// The narrowest.
const NARROWEST: usize = 12;
const INDENT: &str = "    ";
/// The widest mark, with the space before it.
const MARK: usize = 2 + 14;

/// Adds the table, and under each target that did not hold the reason.
pub(super) fn targets(page: &mut Page, targets: &[Target]) {
    if targets.is_empty() {
        return;
    }
    let rows: Vec<[String; 3]> = targets.iter().map(cells).collect();
    let column = |i: usize, heading: &str| rows.iter().map(|row| width(&row[i])).max().unwrap_or(0).max(width(heading));
    let (observed, margin) = (column(1, "observed"), column(2, "margin"));
    let room = page.width().saturating_sub(2 + 2 + observed + 2 + margin + MARK);
    let widths = [column(0, "target").min(WIDEST).min(room.max(NARROWEST)), observed, margin];
    let heading = line(&["target".to_owned(), "observed".to_owned(), "margin".to_owned()], widths);
    let heading = page.toned(Tone::Faint, &format!("  {heading}"));
    page.line(&heading);
    for (target, row) in targets.iter().zip(&rows) {
        let (tone, mark) = mark(target.verdict);
        let mut row = row.clone();
        if width(&row[0]) > widths[0] {
            let text = std::mem::take(&mut row[0]);
            let mut lines = wrapped(&text, page.width() - INDENT.len()).into_iter();
            page.line(&format!("  {}", lines.next().unwrap_or_default()));
            lines.for_each(|more| page.line(&format!("{INDENT}{more}")));
        }
        let figures = line(&row, widths);
        let worst = target.worst.as_ref().map(|worst| format!("worst {worst}"));
        let used = 2 + width(&figures) + 2 + width(mark);
        let (beside, below) = match worst {
            Some(worst) if used + 2 + width(&worst) > page.width() => (None, Some(worst)),
            worst => (worst, None),
        };
        let beside = beside.map(|worst| page.toned(Tone::Faint, &format!("  {worst}"))).unwrap_or_default();
        let mark = page.toned(tone, mark);
        page.line(&format!("  {figures}  {mark}{beside}"));
        below.iter().for_each(|worst| page.line(&format!("{INDENT}{worst}")));
        reason(page, target);
    }
}

fn cells(target: &Target) -> [String; 3] {
    let level = if target.level == TargetLevel::Critical { "critical: " } else { "" };
    let margin = target.margin.map(margin).unwrap_or_default();
    [format!("{level}{}", target.text), target.observed_text.clone().unwrap_or_default(), margin]
}

/// `+24 %` of the limit left, `-24 %` beyond it.
fn margin(margin: f64) -> String {
    match margin {
        ..-9.99 => "< -999 %".to_owned(),
        9.99.. => "> +999 %".to_owned(),
        ..0.0 => units::room(margin),
        _ => format!("+{}", units::room(margin)),
    }
}

fn mark(verdict: Verdict) -> (Tone, &'static str) {
    match verdict {
        Verdict::Pass => (Tone::Good, "✓ held"),
        Verdict::Inconclusive => (Tone::Unsure, "? inconclusive"),
        Verdict::Skipped => (Tone::Faint, "- not judged"),
        Verdict::Fail | Verdict::Error => (Tone::Bad, "✗ missed"),
    }
}

fn line(cells: &[String; 3], widths: [usize; 3]) -> String {
    let [target, observed, margin] = cells;
    format!("{target:<0$}  {observed:>1$}  {margin:>2$}", widths[0], widths[1], widths[2])
}

fn reason(page: &mut Page, target: &Target) {
    let Some(reason) = &target.reason else { return };
    let mut facts = Vec::new();
    if target.samples > 0 {
        facts.push(format!("{} sample{}", units::count(target.samples), if target.samples == 1 { "" } else { "s" }));
    }
    if let (Some(interval), Verdict::Fail) = (&target.interval_text, target.verdict) {
        facts.push(format!("{interval} with 95 % confidence"));
    }
    let samples = if facts.is_empty() { String::new() } else { format!(" ({})", facts.join(", ")) };
    for text in wrapped(&format!("{reason}{samples}"), page.room()) {
        page.line(&format!("{INDENT}{text}"));
    }
}
