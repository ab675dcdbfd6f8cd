//! The table of targets: target, observed, margin, and whether it held, in a mark and a word.

use super::page::{Page, Tone, text_width, wrap_text};
use crate::report::model::{Target, TargetLevel, Verdict};
use crate::units;

/// The widest column of targets; a longer target stands on a line of its own.
const WIDEST: usize = 60;
/// The narrowest column of targets.
const NARROWEST: usize = 12;
const INDENT: &str = "    ";
/// The columns of the widest mark, with the space before it.
const MARK: usize = 2 + 14;

/// Adds the table, with the reason under each target that did not hold.
pub(super) fn add_targets(page: &mut Page, targets: &[Target]) {
    if targets.is_empty() {
        return;
    }
    let rows: Vec<[String; 3]> = targets.iter().map(target_cells).collect();
    let column = |i: usize, heading: &str| {
        rows.iter().map(|row| text_width(&row[i])).max().unwrap_or(0).max(text_width(heading))
    };
    let (observed, margin) = (column(1, "observed"), column(2, "margin"));
    let room = page.width().saturating_sub(2 + 2 + observed + 2 + margin + MARK);
    let widths = [column(0, "target").min(WIDEST).min(room.max(NARROWEST)), observed, margin];
    let heading = table_line(&["target".to_owned(), "observed".to_owned(), "margin".to_owned()], widths);
    let heading = page.toned(Tone::Faint, &format!("  {heading}"));
    page.line(&heading);
    for (target, row) in targets.iter().zip(&rows) {
        let (tone, mark) = verdict_mark(target.verdict);
        let mut row = row.clone();
        if text_width(&row[0]) > widths[0] {
            let text = std::mem::take(&mut row[0]);
            let mut lines = wrap_text(&text, page.width() - INDENT.len()).into_iter();
            page.line(&format!("  {}", lines.next().unwrap_or_default()));
            lines.for_each(|more| page.line(&format!("{INDENT}{more}")));
        }
        let figures = table_line(&row, widths);
        let worst = target.worst.as_ref().map(|worst| format!("worst {worst}"));
        let used = 2 + text_width(&figures) + 2 + text_width(mark);
        let (beside, below) = match worst {
            Some(worst) if used + 2 + text_width(&worst) > page.width() => (None, Some(worst)),
            worst => (worst, None),
        };
        let beside = beside.map(|worst| page.toned(Tone::Faint, &format!("  {worst}"))).unwrap_or_default();
        let mark = page.toned(tone, mark);
        page.line(&format!("  {figures}  {mark}{beside}"));
        below.iter().for_each(|worst| page.line(&format!("{INDENT}{worst}")));
        add_reason(page, target);
    }
}

fn target_cells(target: &Target) -> [String; 3] {
    let level = if target.level == TargetLevel::Critical { "critical: " } else { "" };
    let margin = target.margin.map(describe_margin).unwrap_or_default();
    [format!("{level}{}", target.text), target.observed_text.clone().unwrap_or_default(), margin]
}

/// `+24 %` of the limit left, `-24 %` beyond it.
fn describe_margin(margin: f64) -> String {
    match margin {
        ..-9.99 => "< -999 %".to_owned(),
        9.99.. => "> +999 %".to_owned(),
        ..0.0 => units::describe_margin(margin),
        _ => format!("+{}", units::describe_margin(margin)),
    }
}

fn verdict_mark(verdict: Verdict) -> (Tone, &'static str) {
    match verdict {
        Verdict::Pass => (Tone::Good, "✓ held"),
        Verdict::Inconclusive => (Tone::Unsure, "? inconclusive"),
        Verdict::Skipped => (Tone::Faint, "- not judged"),
        Verdict::Fail | Verdict::Error => (Tone::Bad, "✗ missed"),
    }
}

fn table_line(cells: &[String; 3], widths: [usize; 3]) -> String {
    let [target, observed, margin] = cells;
    format!("{target:<0$}  {observed:>1$}  {margin:>2$}", widths[0], widths[1], widths[2])
}

fn add_reason(page: &mut Page, target: &Target) {
    let Some(reason) = &target.reason else { return };
    let mut facts = Vec::new();
    if target.samples > 0 {
        facts.push(format!(
            "{} sample{}",
            units::describe_count(target.samples),
            if target.samples == 1 { "" } else { "s" }
        ));
    }
    if let (Some(interval), Verdict::Fail) = (&target.interval_text, target.verdict) {
        facts.push(format!("{interval} with 95 % confidence"));
    }
    let samples = if facts.is_empty() { String::new() } else { format!(" ({})", facts.join(", ")) };
    for text in wrap_text(&format!("{reason}{samples}"), page.room()) {
        page.line(&format!("{INDENT}{text}"));
    }
}
