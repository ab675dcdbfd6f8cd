//! The parser of whole targets: the comparison, the limit, and whether the limit fits the measure.

use super::cursor::{Cursor, Parsed, read_literal};
use super::lexer::TokenKind;
use super::measure::read_measure;
use super::quantity::read_quantity;
use crate::metric::{Direction, Metric, Stat};
use crate::mistake::Mistake;
use crate::quantity::{Dimension, Quantity, Unit};
use crate::spelling::is_slip;
use crate::target::{Comparison, Growth, Level, Limit, Measure, Reference, Run, Target};
use std::ops::Range;

/// Reads one whole target.
pub(super) fn read_target(level: Level, cursor: &mut Cursor<'_>) -> Parsed<Target> {
    let proven = eat_proven(cursor)?;
    let mut measured = read_measure(cursor)?;
    let comparison = read_comparison(cursor, &measured)?;
    let start = *cursor;
    let limit = match (cursor.peek(), cursor.nth(1)) {
        (Some(only), None) if only.kind == TokenKind::Text => {
            let text = cursor.string().unwrap_or_else(|| Ok(String::new()))?;
            read_literal(&text, cursor.range_since(&start), |mut inner| {
                read_limit(&mut inner, &mut measured, comparison)
            })?
        }
        _ => read_limit(cursor, &mut measured, comparison)?,
    };
    Ok(Target { level, measure: measured, comparison, limit, proven, line: None })
}

/// Takes the word `proven` before the measure, if it is there. Before a dot or a bracket `proven` is the name of a
/// step, value or tag.
fn eat_proven(cursor: &mut Cursor<'_>) -> Parsed<bool> {
    const PROVEN: &str = "proven";
    let Some(word) = cursor.peek().filter(|token| token.kind == TokenKind::Word) else { return Ok(false) };
    let before_measure = cursor.nth(1).is_some_and(|next| matches!(next.kind, TokenKind::Word | TokenKind::Text));
    match cursor.text(word) {
        PROVEN if before_measure => {
            cursor.next();
            Ok(true)
        }
        PROVEN if !matches!(cursor.nth_text(1), "." | "(") => {
            Err(Mistake::at(word.range(), "`proven` stands before a measure: `proven p95 < 50ms`"))
        }
        near if before_measure && is_slip(near, PROVEN) => {
            Err(Mistake::at(word.range(), format!("`{near}` before a measure: did you mean `{PROVEN}`?")))
        }
        _ => Ok(false),
    }
}

fn read_comparison(cursor: &mut Cursor<'_>, measure: &Measure) -> Parsed<Comparison> {
    let comparison = match cursor.nth_text(0) {
        "<" => Comparison::Less,
        "<=" | "≤" => Comparison::AtMost,
        ">" => Comparison::Greater,
        ">=" | "≥" => Comparison::AtLeast,
        "=" => Comparison::Meets,
        "==" => return Err(Mistake::at(cursor.here(), "`==`: wanted `=`, which means \"meets\"")),
        "=>" => return Err(Mistake::at(cursor.here(), "`=>`: did you mean `>=`?")),
        "!=" => return Err(Mistake::at(cursor.here(), "`!=` is no comparison: wanted `<`, `<=`, `>`, `>=` or `=`")),
        _ => return Err(cursor.wanted(&format!("`<`, `<=`, `>`, `>=` or `=` after `{}`", measure.metric))),
    };
    cursor.next();
    Ok(comparison)
}

fn read_limit(cursor: &mut Cursor<'_>, measured: &mut Measure, comparison: Comparison) -> Parsed<Limit> {
    if cursor.is_empty() {
        return Err(cursor.wanted(&format!("what `{}` is compared with", measured.metric)));
    }
    if let Some(growth) = growth_limit(cursor, measured)? {
        return Ok(Limit::Growth(growth));
    }
    if begins_measure(cursor) {
        return Ok(Limit::Relative { factor: 1.0, of: read_reference(cursor, measured)? });
    }
    let (first, first_at) = read_quantity(cursor)?;
    let second = if cursor.eat("..") || cursor.eat("..=") { Some(read_quantity(cursor)?) } else { None };
    if begins_measure(cursor) && matches!(first.unit, Unit::Factor | Unit::Count) {
        return relative_limit(cursor, measured, comparison, (first, first_at), second);
    }
    if cursor.next_is("*") {
        let message =
            format!("`*`: a factor stands before its selector, as in `{}x baseline.{}`", first.value, measured.metric);
        return Err(Mistake::at(cursor.here(), message));
    }
    cursor.finish("the target")?;
    check_dimension(measured, first, first_at.clone())?;
    let Some((second, second_at)) = second else {
        check_possible(measured, comparison, first, first_at)?;
        return Ok(Limit::Quantity(first));
    };
    check_dimension(measured, second, second_at.clone())?;
    let whole = first_at.start..second_at.end;
    if first.dimension() != second.dimension() {
        let (one, two) = (first.dimension().described_as_found(), second.dimension().described_as_found());
        return Err(Mistake::at(whole, format!("`{first}` {one} and `{second}` {two}: a range has one kind")));
    }
    check_range(measured, comparison, (first.base(), second.base()), &format!("{first}..{second}"), whole.clone())?;
    possible_range(measured, first, second, &whole)?;
    Ok(Limit::Range(first, second))
}

/// Whether a measure is next, not a quantity in a string.
fn begins_measure(cursor: &Cursor<'_>) -> bool {
    match cursor.peek().map(|token| token.kind) {
        Some(TokenKind::Word) => true,
        Some(TokenKind::Text) => matches!(cursor.nth_text(1), "." | "("),
        _ => false,
    }
}

/// Reads the measure at the end of a relative limit. It refers to the run that is judged.
fn read_reference(cursor: &mut Cursor<'_>, measured: &mut Measure) -> Parsed<Reference> {
    let start = *cursor;
    let mut of = read_measure(cursor)?;
    cursor.finish("the target")?;
    check_comparable(measured, &mut of, cursor.range_since(&start))?;
    of_itself(measured, &of, &cursor.range_since(&start))?;
    Ok(Reference { run: Run::This, measure: of })
}

/// `3x baseline.mean`, `1.5x..2.5x single.mean`.
fn relative_limit(
    cursor: &mut Cursor<'_>,
    measured: &mut Measure,
    comparison: Comparison,
    (first, first_at): (Quantity, Range<usize>),
    second: Option<(Quantity, Range<usize>)>,
) -> Parsed<Limit> {
    let of = read_reference(cursor, measured)?;
    for (factor, at) in [Some((first, first_at.clone())), second.clone()].into_iter().flatten() {
        if factor.unit != Unit::Factor {
            let wanted = format!("did you mean `{}x {of}`?", factor.value);
            return Err(Mistake::at(at, format!("`{factor}` before `{of}` is no factor: {wanted}")));
        }
        if factor.value == 0.0 {
            return Err(Mistake::at(at, format!("`{factor}` of `{of}` is nothing: wanted a factor above zero")));
        }
    }
    let Some((second, second_at)) = second else {
        return Ok(Limit::Relative { factor: first.value, of });
    };
    let ends = (first.value, second.value);
    check_range(measured, comparison, ends, &format!("{first}..{second} {of}"), first_at.start..second_at.end)?;
    Ok(Limit::RelativeRange { low: first.value, high: second.value, of })
}

fn check_range(
    measure: &Measure,
    comparison: Comparison,
    ends: (f64, f64),
    text: &str,
    at: Range<usize>,
) -> Parsed<()> {
    if comparison != Comparison::Meets {
        return Err(Mistake::at(at, format!("a range is met or not: wanted `{measure} = {text}`")));
    }
    if ends.0 > ends.1 {
        return Err(Mistake::at(at, format!("the range `{text}` is empty: the smaller end stands first")));
    }
    Ok(())
}

/// Reads a class of growth as the whole limit, if the metric has one.
fn growth_limit(cursor: &mut Cursor<'_>, measure: &Measure) -> Parsed<Option<Growth>> {
    if measure.over.is_some() || !matches!(measure.metric, Metric::Growth | Metric::MemoryGrowth) {
        return Ok(None);
    }
    let text = cursor.rest();
    if let Some(class) = growth_class(text) {
        while cursor.next().is_some() {}
        return Ok(Some(class));
    }
    let wanted = "a class of growth: 1, log_n, n, n_log_n, n2 or n3";
    let dotted = (0..cursor.len()).any(|ahead| cursor.nth_text(ahead) == ".");
    let message = match measure.metric {
        Metric::Growth => format!("`growth` is {wanted}; `{text}` is none"),
        _ if begins_measure(cursor) && !dotted => format!(
            "`memory_growth` is {wanted}; a share (50%) or size (50MiB) over the run; or a slope (1MiB/h); \
             `{text}` is none"
        ),
        _ => return Ok(None),
    };
    Err(Mistake::at(cursor.range(), message))
}

/// `n_log_n` and its like: `n*log_n`, `n log n`, `n^2`, `n²`, `O(n)`.
fn growth_class(text: &str) -> Option<Growth> {
    let bare: String =
        text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '_' | '*' | '^' | '(' | ')')).collect();
    match bare.strip_prefix('O').unwrap_or(&bare) {
        "1" => Some(Growth::Constant),
        "logn" => Some(Growth::Logarithmic),
        "n" => Some(Growth::Linear),
        "nlogn" => Some(Growth::Linearithmic),
        "n2" | "n²" => Some(Growth::Quadratic),
        "n3" | "n³" => Some(Growth::Cubic),
        _ => None,
    }
}

/// A mistake if the quantity cannot be a limit of the measure.
fn check_dimension(measure: &mut Measure, quantity: Quantity, at: Range<usize>) -> Parsed<()> {
    settle_errors_metric(measure, quantity.dimension());
    let dimensions = measure.dimensions();
    if dimensions.contains(&quantity.dimension()) {
        return Ok(());
    }
    let metric = &measure.metric;
    if quantity.unit == Unit::Factor {
        let message =
            format!("the factor `{quantity}` lacks its selector: {quantity} of what? `{quantity} baseline.{metric}`");
        return Err(Mistake::at(at, message));
    }
    let what = measure.over.map_or_else(|| metric.to_string(), |stat| format!("{metric}.{stat}"));
    let wanted = match metric {
        Metric::Growth => "a class of growth (1, log_n, n, n_log_n, n2, n3)".to_owned(),
        Metric::MemoryGrowth => format!("a class of growth (n, n_log_n, …), {}", describe_dimensions(dimensions)),
        _ => describe_dimensions(dimensions),
    };
    let hint = match (dimensions, quantity.dimension()) {
        ([Dimension::Share], Dimension::Count) if quantity.value <= 1.0 => {
            format!(": did you mean `{}%`?", quantity.value * 100.0)
        }
        ([Dimension::Share], Dimension::Count) => format!(": did you mean `{quantity}%`?"),
        ([Dimension::Time], Dimension::Count) => format!(": did you mean `{quantity}ms` or `{quantity}s`?"),
        ([Dimension::Rate], Dimension::Count) => format!(": did you mean `{quantity}/s`?"),
        _ => String::new(),
    };
    Err(Mistake::at(
        at,
        format!("{what} is {wanted}, `{quantity}` {}{hint}", quantity.dimension().described_as_found()),
    ))
}

fn describe_dimensions(dimensions: &[Dimension]) -> String {
    dimensions.iter().map(|dimension| dimension.described()).collect::<Vec<_>>().join(" or ")
}

/// Decides what `each(10s).errors.max` means: compared with a time it is a latency of failures, else the share of
/// errors in the worst group.
fn settle_errors_metric(measure: &mut Measure, limit: Dimension) {
    if let (Metric::Errors(kinds), Some(stat), Dimension::Time) = (&measure.metric, measure.over, limit) {
        measure.metric = Metric::ErrorLatency(kinds.clone(), stat);
        measure.over = None;
    }
}

/// A mistake if the two sides of a relative target have different dimensions.
fn check_comparable(measured: &mut Measure, of: &mut Measure, at: Range<usize>) -> Parsed<()> {
    if measured.metric == Metric::Growth {
        return Err(Mistake::at(at, "`growth` is compared with a class: 1, log_n, n, n_log_n, n2 or n3"));
    }
    if let ([only], _) | (_, [only]) = (measured.dimensions(), of.dimensions()) {
        settle_errors_metric(measured, *only);
        settle_errors_metric(of, *only);
    }
    let (left, right) = (measured.dimensions(), of.dimensions());
    if left.iter().any(|dimension| right.contains(dimension)) {
        return Ok(());
    }
    let (one, other) = (describe_dimensions(left), describe_dimensions(right));
    Err(Mistake::at(at, format!("`{measured}` is {one}, but `{of}` is {other}: they cannot be compared")))
}

/// A mistake if the limit always or never holds.
fn check_possible(measure: &Measure, comparison: Comparison, limit: Quantity, at: Range<usize>) -> Parsed<()> {
    let share = at_most_whole(measure, limit, &at)?;
    let nothing = limit.value == 0.0 && !may_be_negative(measure);
    let whole = share && limit.value == 100.0;
    let text = format!("{measure} {comparison} {limit}");
    let rather = |comparison| format!("did you mean `{measure} {comparison} {limit}`?");
    let message = match (comparison, measure.direction()) {
        (Comparison::Less, _) if nothing => format!("`{text}` never holds: {}", rather(Comparison::AtMost)),
        (Comparison::Greater, _) if whole => format!("`{text}` never holds: {}", rather(Comparison::AtLeast)),
        (Comparison::AtLeast, _) if nothing => format!("`{text}` always holds: {}", suggest_limit(measure, limit)),
        (Comparison::AtMost, _) if whole => format!("`{text}` always holds: {}", suggest_limit(measure, limit)),
        (Comparison::Meets, Direction::Yield) if nothing => {
            let exactly = rather(Comparison::AtMost);
            format!("`{text}` always holds, as `=` means at least for `{}`: {exactly}", measure.metric)
        }
        (Comparison::Meets, Direction::Cost) if whole => {
            let exactly = rather(Comparison::AtLeast);
            format!("`{text}` always holds, as `=` means at most for `{}`: {exactly}", measure.metric)
        }
        _ => return Ok(()),
    };
    Err(Mistake::at(at, message))
}

/// Alternatives to a limit that always holds. Which one was meant cannot be known, so the message names examples.
fn suggest_limit(measure: &Measure, limit: Quantity) -> String {
    let half = Quantity { value: 50.0, ..limit };
    match (limit.dimension(), limit.value == 0.0) {
        (Dimension::Share, true) => format!("say how much there must be, such as `{measure} > {half}`"),
        (Dimension::Share, false) => format!("say how much there may be, such as `{measure} < {half}`"),
        _ => format!("say how much there must be, such as `{measure} > {limit}`"),
    }
}

/// Whether the limit is a share of a whole; one above the whole is a mistake.
fn at_most_whole(measure: &Measure, limit: Quantity, at: &Range<usize>) -> Parsed<bool> {
    let share = limit.dimension() == Dimension::Share && measure.is_part_of_whole();
    if share && limit.value > 100.0 {
        let message = format!("`{limit}`: {} is a share, which is at most 100%", measure.metric);
        return Err(Mistake::at(at.clone(), message));
    }
    Ok(share)
}

/// Whether it may be a recorded number, which may be negative. A share of flags may not.
fn may_be_negative(measure: &Measure) -> bool {
    matches!(measure.metric, Metric::Stat(stat) if !matches!(stat, Stat::Share | Stat::Count | Stat::Cv))
        && measure.dimensions().len() > 1
}

/// A mistake if a range of shares contains every share, or if an end is above 100 %.
fn possible_range(measure: &Measure, low: Quantity, high: Quantity, at: &Range<usize>) -> Parsed<()> {
    let share = at_most_whole(measure, high, at)?;
    if share && low.value == 0.0 && high.value == 100.0 {
        let end = if measure.direction() == Direction::Cost { high } else { low };
        let message = format!("`{measure} = {low}..{high}` always holds: {}", suggest_limit(measure, end));
        return Err(Mistake::at(at.clone(), message));
    }
    Ok(())
}

/// A mistake if a measure is compared with itself.
fn of_itself(measured: &Measure, of: &Measure, at: &Range<usize>) -> Parsed<()> {
    let selects_same =
        measured.selector.len() == of.selector.len() && measured.selector.iter().all(|name| of.selector.contains(name));
    if selects_same && *of == (Measure { selector: of.selector.clone(), ..measured.clone() }) {
        let message = format!(
            "`{of}` is compared with itself, which says nothing: compare it with a fixed limit or with another \
             selection, as in `after.p95 < 1.2x before.p95`"
        );
        return Err(Mistake::at(at.clone(), message));
    }
    Ok(())
}
