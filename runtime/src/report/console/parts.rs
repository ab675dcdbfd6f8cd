//! The table of a test's parts: its stages, scenarios, cases and steps, and its recorded values.

use super::page::{NAME, Page, Tone, text_width};
use crate::report::TestReport;
use crate::report::model::{Part, Summary, Unit, Value};
use crate::units::{self, Figure};
use brunt_plan::Dimension;

/// The most rows of one kind that are shown; the report has all.
const ROWS: usize = 12;
/// The fewest columns of names; figures are left out rather than making names narrower.
const NARROWEST: usize = 12;
const COLUMNS: [&str; 6] = ["count", "failed", "mean", "p50", "p95", "max"];

type PartRow = (String, [String; COLUMNS.len()]);

/// Adds one table of all parts, one kind after the other.
pub(super) fn add_parts(page: &mut Page, test: &TestReport) {
    // A single stage, scenario or case is the whole test and needs no row.
    let several = |parts: &[Part]| if parts.len() > 1 { part_rows(parts, of_part) } else { Vec::new() };
    // An experiment may skip phases: those without operations are left out.
    let is_seen = |part: &&Part| test.experiment.is_none() || part.metrics.count + part.metrics.dropped > 0;
    let stages: Vec<Part> = test.stages.iter().filter(is_seen).cloned().collect();
    let kinds = [
        // The stages of a search are its levels, which have a table of their own.
        ("stage", if test.levels.is_empty() { several(&stages) } else { Vec::new() }),
        ("scenario", several(&test.scenarios)),
        // Sizes have a table of their own.
        ("case", if test.sizes.is_empty() { several(&test.cases) } else { Vec::new() }),
        ("step", part_rows(&test.steps, of_part)),
        ("value", part_rows(&test.values, of_value)),
    ];
    let all: Vec<&PartRow> = kinds.iter().flat_map(|(_, rows)| rows.iter().take(ROWS)).collect();
    if all.is_empty() {
        return;
    }
    let widths: [usize; COLUMNS.len()] = std::array::from_fn(|i| {
        all.iter().map(|(_, cells)| text_width(&cells[i])).max().unwrap_or(0).max(text_width(COLUMNS[i]))
    });
    let longest = all.iter().map(|(name, _)| text_width(name)).max().unwrap_or(0);
    let shown = fitting_columns(page.room().saturating_sub(longest.min(NARROWEST)), widths);
    let figures = shown.iter().map(|i| widths[*i] + 2).sum::<usize>();
    let names = longest.min(page.room().saturating_sub(figures));
    let line = |name: &str, cells: [&str; COLUMNS.len()]| {
        let cells: String = shown.iter().map(|i| format!("  {:>1$}", cells[*i], widths[*i])).collect();
        format!("{name:<names$}{cells}")
    };
    let heading = page.toned(Tone::Faint, &line("", COLUMNS));
    page.labelled("", &heading);
    for (kind, rows) in &kinds {
        for (i, (name, cells)) in rows.iter().take(ROWS).enumerate() {
            let mut label = if i == 0 { *kind } else { "" };
            let mut beside = name.as_str();
            if text_width(name) > names {
                // A name that is longer than its column is put above its figures.
                page.labelled(label, name);
                (label, beside) = ("", "");
            }
            page.labelled(label, &line(beside, std::array::from_fn(|i| cells[i].as_str())));
        }
        if rows.len() > ROWS {
            page.labelled("", &format!("and {} more", rows.len() - ROWS));
        }
    }
}

/// The columns that fit; the least informative ones are left out first.
fn fitting_columns(room: usize, widths: [usize; COLUMNS.len()]) -> Vec<usize> {
    let mut shown: Vec<usize> = (0..COLUMNS.len()).collect();
    for least in [2, 3, 5, 0, 1] {
        if shown.iter().map(|i| widths[*i] + 2).sum::<usize>() <= room {
            break;
        }
        shown.retain(|i| *i != least);
    }
    shown
}

fn part_rows<T>(of: &[T], row: impl Fn(&T) -> PartRow) -> Vec<PartRow> {
    let row = |of: &T| {
        let (name, cells) = row(of);
        (units::shorten_text(&name, NAME), cells)
    };
    of.iter().map(row).collect()
}

fn of_part(part: &Part) -> PartRow {
    let metrics = &part.metrics;
    let failed = units::describe_count(metrics.failures + metrics.interrupted);
    let [mean, p50, p95, max] =
        summary_figures(&metrics.latency_ns).map(|figure| format_figure(figure, units::describe_time));
    (part.name.clone(), [units::describe_count(metrics.count), failed, mean, p50, p95, max])
}

fn of_value(value: &Value) -> PartRow {
    let count = units::describe_count(value.summary.count);
    let figures = summary_figures(&value.summary);
    let cells = match value.unit {
        // Only the share of a flag is informative.
        Unit::Flag => [format_figure(figures[0], units::describe_share), String::new(), String::new(), String::new()],
        Unit::Ns => figures.map(|figure| format_figure(figure, units::describe_time)),
        Unit::Bytes => figures.map(|figure| format_figure(figure, |value| format_value(value, Dimension::Size))),
        _ => figures.map(|figure| format_figure(figure, |value| format_value(value, Dimension::Count))),
    };
    let [mean, p50, p95, max] = cells;
    (value.name.clone(), [count, String::new(), mean, p50, p95, max])
}

fn summary_figures(of: &Summary) -> [Option<f64>; 4] {
    [of.mean, of.p50, of.p95, of.max]
}

fn format_value(value: f64, dimension: Dimension) -> String {
    units::describe_figure(Figure { value, dimension })
}

fn format_figure(figure: Option<f64>, show: impl Fn(f64) -> String) -> String {
    figure.map(show).unwrap_or_default()
}
