//! The table of a sweep's sizes, each with a bar, and how the cost grows over them.

use super::page::{Page, Tone, text_width};
use crate::report::TestReport;
use crate::report::model::{Growth, Size};
use crate::units::{self, Figure};
use brunt_plan::Dimension;

/// The most sizes that are shown; the report has all.
const ROWS: usize = 16;
/// The columns of the longest bar.
const BAR: usize = 16;
const COLUMNS: [&str; 8] = ["size", "calls", "failed", "p50", "p95", "max", "allocations", "peak"];

/// Adds the table of sizes and a line for each growth.
pub(super) fn add_sizes(page: &mut Page, test: &TestReport) {
    if test.sizes.is_empty() {
        return;
    }
    let rows: Vec<[String; COLUMNS.len()]> = test.sizes.iter().take(ROWS).map(size_cells).collect();
    let widths: [usize; COLUMNS.len()] = std::array::from_fn(|i| {
        let widest = rows.iter().map(|row| text_width(&row[i])).max().unwrap_or(0);
        if widest == 0 { 0 } else { widest.max(text_width(COLUMNS[i])) }
    });
    let line = |cells: [&str; COLUMNS.len()]| {
        let shown = cells.iter().zip(widths).filter(|(_, width)| *width > 0);
        shown.map(|(cell, width)| format!("{cell:>width$}")).collect::<Vec<_>>().join("  ")
    };
    let heading = page.toned(Tone::Faint, &line(COLUMNS));
    page.labelled("sizes", &heading);
    for (row, bar) in rows.iter().zip(size_bars(&test.sizes)) {
        page.labelled("", &format!("{}  {bar}", line(std::array::from_fn(|i| row[i].as_str()))));
    }
    if test.sizes.len() > ROWS {
        page.labelled("", &format!("and {} more", test.sizes.len() - ROWS));
    }
    for (label, growth) in [("growth", &test.growth), ("memory", &test.memory_growth)] {
        growth.iter().for_each(|growth| page.row(label, &describe_growth(growth)));
    }
}

fn size_cells(size: &Size) -> [String; COLUMNS.len()] {
    let metrics = &size.metrics;
    let time = |time: Option<f64>| time.map(units::describe_time).unwrap_or_default();
    let figure = |value: Option<f64>, dimension| value.map(|value| units::describe_figure(Figure { value, dimension }));
    let failed = metrics.failures + metrics.interrupted;
    [
        units::describe_count(size.size),
        units::describe_count(metrics.count),
        if failed > 0 { units::describe_count(failed) } else { String::new() },
        time(metrics.latency_ns.p50),
        time(metrics.latency_ns.p95),
        time(metrics.latency_ns.max),
        figure(size.allocations, Dimension::Count).unwrap_or_default(),
        figure(size.peak_bytes, Dimension::Size).unwrap_or_default(),
    ]
}

/// Draws a bar for each size on a logarithmic scale: if the ends form a straight line, the cost is a power of the size.
fn size_bars(sizes: &[Size]) -> Vec<String> {
    let of = |size: &Size| size.metrics.latency_ns.p50.filter(|median| *median > 0.0).map(f64::ln);
    let logarithms: Vec<f64> = sizes.iter().filter_map(of).collect();
    let (least, most) = logarithms.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), x| (a.min(*x), b.max(*x)));
    // The whole bar is at least a factor of ten, so that noise does not look like growth.
    let range = (most - least).max(10_f64.ln());
    let columns = |logarithm: f64| 1 + ((logarithm - least) / range * (BAR - 1) as f64).round() as usize;
    sizes.iter().map(|size| of(size).map(|logarithm| "█".repeat(columns(logarithm))).unwrap_or_default()).collect()
}

/// `n log n (exponent 1.08, 1.02..1.14, R² 0.9987); n not excluded`, or `between n and n² (exponent 1.50, 1.45..1.55)`
fn describe_growth(growth: &Growth) -> String {
    if let Some(reason) = &growth.reason {
        return format!("cannot be told: {reason}");
    }
    let candidates: Vec<&str> = growth.candidates.iter().map(|class| units::class_of_word(class)).collect();
    let best = growth.best.as_deref().map(units::class_of_word);
    let mut text = best.map_or_else(|| format!("between {}", candidates.join(" and ")), str::to_owned);
    if let (Some(exponent), Some(low), Some(high)) = (growth.exponent, growth.exponent_low, growth.exponent_high) {
        text.push_str(&format!(" (exponent {exponent:.2}, {low:.2}..{high:.2}"));
        // A constant has no R² to show: it explains none of the variance, however well it fits.
        let r_squared = growth.r_squared.filter(|_| growth.best.as_deref() != Some("1"));
        text.push_str(&r_squared.map(|r_squared| format!(", R² {r_squared:.4}")).unwrap_or_default());
        text.push(')');
    }
    let others = candidates.into_iter().filter(|class| best.is_some_and(|best| best != *class));
    let others: Vec<&str> = others.collect();
    if !others.is_empty() {
        text.push_str(&format!("; {} not excluded", others.join(", ")));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn growth(best: &str, candidates: &[&str], r_squared: f64) -> Growth {
        Growth {
            unit: crate::report::model::Unit::Ns,
            candidates: candidates.iter().map(ToString::to_string).collect(),
            best: Some(best.to_owned()),
            exponent: Some(1.08),
            exponent_low: Some(1.02),
            exponent_high: Some(1.14),
            r_squared: Some(r_squared),
            reason: None,
            points: Vec::new(),
            fits: Vec::new(),
        }
    }

    #[test]
    fn the_best_class_comes_first_and_then_what_else_may_be() {
        let found = growth("n_log_n", &["n", "n_log_n"], 0.99871);
        assert_eq!(describe_growth(&found), "n log n (exponent 1.08, 1.02..1.14, R² 0.9987); n not excluded");
        let found = growth("n", &["n"], 0.9987);
        assert_eq!(describe_growth(&found), "n (exponent 1.08, 1.02..1.14, R² 0.9987)");
        let found = growth("1", &["1", "log_n", "n"], 0.0);
        assert_eq!(describe_growth(&found), "1 (exponent 1.08, 1.02..1.14); log n, n not excluded");
        let found = Growth { best: None, r_squared: None, ..growth("n", &["n_log_n", "n2"], 0.0) };
        assert_eq!(describe_growth(&found), "between n log n and n² (exponent 1.08, 1.02..1.14)");
        let found = Growth { reason: Some("2 sizes".to_owned()), ..growth("n", &[], 1.0) };
        assert_eq!(describe_growth(&found), "cannot be told: 2 sizes");
    }
}
