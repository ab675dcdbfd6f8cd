//! The parts of a test beside one another: its stages, scenarios, cases and steps, and its recorded values.

use super::page::{NAME, Page, Tone, width};
use crate::report::TestReport;
use crate::report::model::{Part, Summary, Unit, Value};
use crate::units::{self, Figure};
use brunt_plan::Dimension;

/// Rows of one kind that are shown; the report has all.
const ROWS: usize = 12;
/// Columns that names have before figures are left out.
const NARROWEST: usize = 12;
const COLUMNS: [&str; 6] = ["count", "failed", "mean", "p50", "p95", "max"];

type Row = (String, [String; COLUMNS.len()]);

/// Adds one table of all parts that there are, a kind after the other.
pub(super) fn parts(page: &mut Page, test: &TestReport) {
    // One stage, scenario or case is the whole test.
    let several = |parts: &[Part]| if parts.len() > 1 { rows(parts, of_part) } else { Vec::new() };
    // An experiment need not go through every phase.
    let is_seen = |part: &&Part| test.experiment.is_none() || part.metrics.count + part.metrics.dropped > 0;
    let stages: Vec<Part> = test.stages.iter().filter(is_seen).cloned().collect();
    let kinds = [
        // Those of a search are its levels, which have a table of their own.
        ("stage", if test.levels.is_empty() { several(&stages) } else { Vec::new() }),
        ("scenario", several(&test.scenarios)),
        // Sizes have a table of their own.
        ("case", if test.sizes.is_empty() { several(&test.cases) } else { Vec::new() }),
        ("step", rows(&test.steps, of_part)),
        ("value", rows(&test.values, of_value)),
    ];
    let all: Vec<&Row> = kinds.iter().flat_map(|(_, rows)| rows.iter().take(ROWS)).collect();
    if all.is_empty() {
        return;
    }
    let widths: [usize; COLUMNS.len()] = std::array::from_fn(|i| {
        all.iter().map(|(_, cells)| width(&cells[i])).max().unwrap_or(0).max(width(COLUMNS[i]))
    });
    let longest = all.iter().map(|(name, _)| width(name)).max().unwrap_or(0);
    let shown = fitting(page.room().saturating_sub(longest.min(NARROWEST)), widths);
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
            if width(name) > names {
                // A name that is longer than its column stands above its figures.
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

/// The columns for which there is room, those that say least left out first.
fn fitting(room: usize, widths: [usize; COLUMNS.len()]) -> Vec<usize> {
    let mut shown: Vec<usize> = (0..COLUMNS.len()).collect();
    for least in [2, 3, 5, 0, 1] {
        if shown.iter().map(|i| widths[*i] + 2).sum::<usize>() <= room {
            break;
        }
        shown.retain(|i| *i != least);
    }
    shown
}

fn rows<T>(of: &[T], row: impl Fn(&T) -> Row) -> Vec<Row> {
    let row = |of: &T| {
        let (name, cells) = row(of);
        (units::shortened(&name, NAME), cells)
    };
    of.iter().map(row).collect()
}

fn of_part(part: &Part) -> Row {
    let metrics = &part.metrics;
    let failed = units::count(metrics.failures + metrics.interrupted);
    let [mean, p50, p95, max] = figures(&metrics.latency_ns).map(|figure| shown(figure, units::time));
    (part.name.clone(), [units::count(metrics.count), failed, mean, p50, p95, max])
}

fn of_value(value: &Value) -> Row {
    let count = units::count(value.summary.count);
    let figures = figures(&value.summary);
    let cells = match value.unit {
        // Of a flag only the share says something.
        Unit::Flag => [shown(figures[0], units::share), String::new(), String::new(), String::new()],
        Unit::Ns => figures.map(|figure| shown(figure, units::time)),
        Unit::Bytes => figures.map(|figure| shown(figure, |value| sized(value, Dimension::Size))),
        _ => figures.map(|figure| shown(figure, |value| sized(value, Dimension::Count))),
    };
    let [mean, p50, p95, max] = cells;
    (value.name.clone(), [count, String::new(), mean, p50, p95, max])
}

fn figures(of: &Summary) -> [Option<f64>; 4] {
    [of.mean, of.p50, of.p95, of.max]
}

fn sized(value: f64, dimension: Dimension) -> String {
    units::figure(Figure { value, dimension })
}

fn shown(figure: Option<f64>, show: impl Fn(f64) -> String) -> String {
    figure.map(show).unwrap_or_default()
}
