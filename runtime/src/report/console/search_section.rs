//! The section on the levels of a search, lowest first: whether each held, its figures, and why it did not hold.

use super::page::{Page, Tone, text_width, wrap_text};
use crate::report::model::{Capacity, Level, Unit, Verdict};
use crate::units;

/// The fewest columns with which a reason is put beside its level.
const NARROWEST: usize = 20;

/// Adds the capacity and the table of levels.
pub(super) fn add_levels(page: &mut Page, capacity: Option<&Capacity>, levels: &[Level]) {
    let Some(capacity) = capacity else { return };
    page.row("capacity", &describe_capacity(capacity));
    let mut sorted: Vec<&Level> = levels.iter().collect();
    sorted.sort_by(|a, b| a.level.total_cmp(&b.level));
    let rows: Vec<[String; 4]> = sorted.iter().map(|level| level_cells(level)).collect();
    let heading = ["", "p95", "throughput", "errors"].map(str::to_owned);
    let widths = [0, 1, 2, 3].map(|i| rows.iter().chain([&heading]).map(|row| text_width(&row[i])).max().unwrap_or(0));
    if !rows.is_empty() {
        let heading = page.toned(Tone::Faint, &level_line(&heading, widths));
        page.labelled("levels", &heading);
    }
    for (level, row) in sorted.iter().zip(&rows) {
        let (tone, mark) = level_mark(level.verdict);
        let before = level_line(row, widths);
        let used = text_width(&before) + 2 + text_width(mark) + 2;
        let room = page.room().saturating_sub(used).max(NARROWEST);
        let mut reason = wrap_text(level.reason.as_deref().unwrap_or_default(), room).into_iter();
        let mark = page.toned(tone, mark);
        page.labelled("", &format!("{before}  {mark}  {}", reason.next().unwrap_or_default()));
        reason.for_each(|more| page.labelled("", &format!("{}{more}", " ".repeat(used))));
    }
}

fn describe_capacity(capacity: &Capacity) -> String {
    let shown = |level: f64| match capacity.unit {
        Unit::PerS => units::describe_rate(level),
        _ => format!("{} users", units::describe_count(level as u64)),
    };
    let mut parts = vec![match (capacity.level, capacity.unconfirmed) {
        (Some(level), _) if capacity.at_least => format!("at least {}", shown(level)),
        (Some(level), _) => shown(level),
        (None, Some(level)) => format!("not confirmed; {} held once", shown(level)),
        (None, None) => "no level held".to_owned(),
    }];
    parts.extend(capacity.broke_at.map(|level| format!("{} broke", shown(level))));
    parts.extend(capacity.unsent_at.map(|level| format!("{} could not be sent", shown(level))));
    parts.extend(capacity.recovery_s.map(|seconds| format!("recovered after {}", units::describe_time(seconds * 1e9))));
    parts.extend((capacity.fixtures > 1).then(|| format!("{} fixtures", capacity.fixtures)));
    parts.join(", ")
}

fn level_cells(level: &Level) -> [String; 4] {
    let metrics = &level.metrics;
    let p95 = metrics.latency_ns.p95.map(units::describe_time).unwrap_or_default();
    let throughput = metrics.throughput_per_s.map(units::describe_rate).unwrap_or_default();
    let errors = metrics.failures + metrics.interrupted + metrics.dropped;
    [level.name.clone(), p95, throughput, units::describe_count(errors)]
}

fn level_mark(verdict: Verdict) -> (Tone, &'static str) {
    match verdict {
        Verdict::Pass => (Tone::Good, "✓ held"),
        Verdict::Inconclusive | Verdict::Skipped => (Tone::Unsure, "? unclear"),
        Verdict::Fail | Verdict::Error => (Tone::Bad, "✗ broke"),
    }
}

fn level_line(cells: &[String; 4], widths: [usize; 4]) -> String {
    let [level, p95, throughput, errors] = cells;
    let [of_level, of_p95, of_throughput, of_errors] = widths;
    format!("{level:<of_level$}  {p95:>of_p95$}  {throughput:>of_throughput$}  {errors:>of_errors$}")
}
