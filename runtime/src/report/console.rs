//! A test's report for people at a terminal: the load, its results, and each target with its margin. The caller passes
//! whether to colour and the width.

mod experiment_section;
mod page;
mod parts;
mod search_section;
mod sizes;
mod sparkline;
mod table;

use super::TestReport;
use super::foreign;
use super::model::{Backtrace, Failures, Message, Metrics, Resources, Summary, Verdict};
use crate::units::{self, Figure};
use brunt_plan::Dimension;
#[cfg(feature = "junit")]
pub(super) use experiment_section::fault_timeline;
pub(crate) use page::Style;
use page::{NAME, Page, Tone};

/// The most kinds of failures that are shown; the report has all.
const KINDS: usize = 5;
/// The most messages of one kind that are shown.
const MESSAGES: usize = 3;
/// The most characters of a failure's example that are shown.
const EXAMPLE: usize = 120;

/// The most lines of a backtrace that are shown.
const FRAMES: usize = 40;

/// Renders the report of a test as text that ends with a line break.
pub(crate) fn render_test(test: &TestReport, style: Style) -> String {
    render_shown(&foreign::shown_report(test), style)
}

/// Renders the same for a test that [`foreign::shown`] has gone through.
pub(super) fn render_shown(test: &TestReport, style: Style) -> String {
    let mut page = Page::new(style);
    add_title(&mut page, test);
    if let Some(metrics) = &test.metrics {
        page.row("load", &format!("{}: {}", test.load, describe_outcome(metrics, &test.resources)));
        if test.capacity.is_none() {
            // The overall metrics mix levels that held and levels that broke, so they would mislead.
            add_course(&mut page, test, metrics);
        }
        experiment_section::add_experiment(&mut page, test);
        sizes::add_sizes(&mut page, test);
        parts::add_parts(&mut page, test);
        search_section::add_levels(&mut page, test.capacity.as_ref(), &test.levels);
        table::add_targets(&mut page, &test.targets);
        add_errors(&mut page, &metrics.errors);
        experiment_section::add_output(&mut page, test);
    }
    add_backtraces(&mut page, &test.backtraces);
    if matches!(test.verdict, Verdict::Skipped | Verdict::Error) {
        page.row("reason", test.message.as_deref().unwrap_or_default());
    }
    if test.environment.is_debug() && test.metrics.is_some() && !test.virtual_time {
        page.row("build", "debug: times are not those of a release build");
    }
    test.notes.iter().for_each(|note| page.row("note", note));
    page.text
}

/// Renders only what the experiment did and saw, for a test that [`foreign::shown`] has gone through; empty without an
/// experiment.
#[cfg(feature = "junit")]
pub(super) fn experiment_of(test: &TestReport, style: Style) -> String {
    let mut page = Page::new(style);
    experiment_section::add_experiment(&mut page, test);
    page.text
}

/// Adds how the load went as a whole.
fn add_course(page: &mut Page, test: &TestReport, metrics: &Metrics) {
    page.row("latency", &describe_latency(&metrics.latency_ns));
    if metrics.service_ns != metrics.latency_ns {
        page.row("service", &describe_latency(&metrics.service_ns));
    }
    page.row("rate", &sparkline::throughput_bars(&test.timeline, page.room()));
    add_network(page, &test.resources);
}

/// Adds the network traffic, and whose it was.
fn add_network(page: &mut Page, resources: &Resources) {
    let (Some((received, sent)), Some(scope)) = (resources.bandwidth(), &resources.network) else { return };
    if received + sent > 0.0 {
        let flow = |value| units::describe_figure(Figure { value, dimension: Dimension::Flow });
        let of = format!("by all processes of this {scope}, loopback counted once");
        page.row("network", &format!("{} sent, {} received, {of}", flow(sent), flow(received)));
    }
}

fn add_title(page: &mut Page, test: &TestReport) {
    let (tone, word) = match test.verdict {
        Verdict::Pass if test.forgiven.is_some() => (Tone::Unsure, "✓ pass, forgiven"),
        Verdict::Pass => (Tone::Good, "✓ pass"),
        Verdict::Fail if test.critical => (Tone::Bad, "✗ fail, critical"),
        Verdict::Fail => (Tone::Bad, "✗ fail"),
        Verdict::Inconclusive => (Tone::Unsure, "? inconclusive"),
        Verdict::Skipped => (Tone::Faint, "- skipped"),
        Verdict::Error => (Tone::Bad, "✗ error"),
    };
    let place = format!("{}:{}", test.file, test.line);
    page.title(tone, word, &test.name, &place);
}

/// `5,000 iterations in 3.2 s, 1,560/s, all succeeded`
fn describe_outcome(metrics: &Metrics, resources: &Resources) -> String {
    let plural = if metrics.count == 1 { "" } else { "s" };
    let mut parts = vec![format!(
        "{} iteration{plural} in {}",
        units::describe_count(metrics.count),
        units::describe_time(metrics.elapsed_s * 1e9)
    )];
    parts.extend(metrics.throughput_per_s.map(units::describe_rate));
    parts.extend(metrics.success_rate.map(|rate| match metrics.failures + metrics.interrupted {
        0 => "all succeeded".to_owned(),
        _ => format!("{} succeeded", units::describe_share(rate)),
    }));
    let counts = [(metrics.interrupted, "interrupted"), (metrics.dropped, "dropped"), (resources.unsent, "not sent")];
    for (count, word) in counts {
        if count > 0 {
            parts.push(format!("{} {word}", units::describe_count(count)));
        }
    }
    if resources.peak_users > 0 {
        parts.push(format!("at most {} at once", units::describe_count(resources.peak_users)));
    }
    parts.join(", ")
}

fn describe_latency(of: &Summary) -> String {
    let figures = [
        ("min", of.min),
        ("mean", of.mean),
        ("p50", of.p50),
        ("p75", of.p75),
        ("p90", of.p90),
        ("p95", of.p95),
        ("p99", of.p99),
        ("p99.9", of.p99_9),
        ("max", of.max),
    ];
    let shown =
        figures.iter().filter_map(|(name, value)| value.map(|value| format!("{name} {}", units::describe_time(value))));
    shown.collect::<Vec<_>>().join(" · ")
}

fn add_errors(page: &mut Page, errors: &[Failures]) {
    for (i, failures) in errors.iter().take(KINDS).enumerate() {
        let Failures { kind, count, share, first_s, last_s, example, messages } = failures;
        let kind = units::shorten_text(kind, NAME);
        let text = if messages.is_empty() { units::first_line(example, EXAMPLE) } else { String::new() };
        let text = format!(
            "{kind} {} × ({}), {}..{}: {text}",
            units::describe_count(*count),
            units::describe_share(*share),
            units::describe_time(first_s * 1e9),
            units::describe_time(last_s * 1e9),
        );
        page.row(if i == 0 { "errors" } else { "" }, text.trim_end());
        for Message { message, count } in messages.iter().take(MESSAGES) {
            page.row("", &format!("  {} × {}", units::describe_count(*count), units::first_line(message, EXAMPLE)));
        }
        let shown: u64 = messages.iter().take(MESSAGES).map(|message| message.count).sum();
        if !messages.is_empty() && shown < *count {
            page.row("", &format!("  {} × something else", units::describe_count(count - shown)));
        }
    }
    if errors.len() > KINDS {
        page.row("", &format!("and {} more kinds", errors.len() - KINDS));
    }
}

fn add_backtraces(page: &mut Page, all: &[Backtrace]) {
    for Backtrace { panic, frames } in all {
        page.row("panic", &units::shorten_text(panic, EXAMPLE));
        frames.iter().take(FRAMES).for_each(|frame| page.labelled("", frame));
        if frames.len() > FRAMES {
            page.row("", &format!("and {} more lines", frames.len() - FRAMES));
        }
    }
}
