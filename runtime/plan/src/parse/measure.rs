//! The parser of measures: the left side of a target, and the measure that a relative limit multiplies.

use super::cursor::{Cursor, Parsed};
use super::selector::{Part, measure_parts, quantifier_group, selector_name};
use crate::metric::{self, Kinds, Metric, STATS, Stat};
use crate::mistake::Mistake;
use crate::spelling::nearest_word;
use crate::target::{Group, Measure, Name};

/// Reads a measure: the whole dotted path that comes next.
pub(super) fn read_measure(cursor: &mut Cursor<'_>) -> Parsed<Measure> {
    let parts = measure_parts(cursor)?;
    let mut each = None;
    let mut selector = Vec::new();
    let mut rest = parts.iter().peekable();
    while let Some(part) = rest.next_if(|part| !part.is_metric()) {
        if part.head == "each" && !part.quoted {
            if each.is_some() {
                return Err(part.mistake("a second `each(…)`: one measure has one quantifier"));
            }
            each = Some(quantifier_group(part)?);
        } else {
            let next = selector_name(part)?;
            check_name_sorts(&selector, &next).map_err(|message| part.mistake(message))?;
            selector.push(next);
        }
    }
    let Some(head) = rest.next() else {
        return Err(no_metric(&parts));
    };
    let (metric, over) = metric_and_stat(head, &rest.collect::<Vec<_>>(), each.is_some())?;
    let tag = selector.iter().find(|name| matches!(name, Name::Tag { .. }));
    if let (Some(Group::Tag(key)), Some(tag)) = (&each, tag) {
        return Err(head.mistake(format!("`{tag}` beside `each({key})`: a target selects by one tag")));
    }
    Ok(Measure { each, selector, metric, over })
}

/// Refuses a second tag, size or process in one selector.
fn check_name_sorts(selector: &[Name], next: &Name) -> Result<(), String> {
    let other = selector.iter().find(|known| std::mem::discriminant(*known) == std::mem::discriminant(next));
    let Some(other) = other else { return Ok(()) };
    let why = match next {
        Name::Plain(_) => return Ok(()),
        Name::Tag { .. } => {
            "a target selects by one tag: give what both say together a tag of its own, such as \
             `user.tag(\"tenant_plan\", \"acme gold\")`"
        }
        Name::Size(_) => "a call is of one size",
        Name::Process(_) => "a target is of one process",
    };
    Err(format!("`{next}` beside `{other}`: {why}"))
}

/// The metric at `head`, and the stat over groups, if the parts behind it have one.
fn metric_and_stat(head: &Part<'_>, rest: &[&Part<'_>], each: bool) -> Parsed<(Metric, Option<Stat>)> {
    if head.head != "errors" {
        refuse_arguments(head)?;
    }
    let (metric, used) = match head.head.as_str() {
        "errors" => errors_metric(head, rest, each)?,
        "service" => service_metric(head, rest)?,
        word => match Metric::PLAIN.iter().find(|metric| metric.row().word == word) {
            Some(metric) => (metric.clone(), 0),
            None => (Metric::Stat(read_stat(head)?), 0),
        },
    };
    let over = stat_over_groups(head, &rest[used..], each)?;
    Ok((metric, over))
}

/// `errors`, `errors("shed")`, `errors(except "shed").p99`. With a quantifier, a single stat is taken over the errors
/// of the groups; if the limit is a time, the parser of limits makes it the latency of the failures.
fn errors_metric(head: &Part<'_>, rest: &[&Part<'_>], each: bool) -> Parsed<(Metric, usize)> {
    let kinds = match head.arguments {
        Some(arguments) => failure_kinds(arguments, head)?,
        None => Kinds::All,
    };
    match rest {
        [] => Ok((Metric::Errors(kinds), 0)),
        [_] if each => Ok((Metric::Errors(kinds), 0)),
        [of, ..] => Ok((Metric::ErrorLatency(kinds, stat_of(of, "errors")?), 1)),
    }
}

fn failure_kinds(mut inside: Cursor<'_>, head: &Part<'_>) -> Parsed<Kinds> {
    let except = inside.eat("except");
    let mut mistakes = Vec::new();
    let mut kinds = Vec::new();
    for mut item in inside.items(&mut mistakes) {
        match item.string() {
            Some(kind) => {
                let kind = kind?;
                if kind.is_empty() {
                    return Err(head.mistake("the kind `\"\"` is empty: name one, as in `errors(\"shed\")`"));
                }
                kinds.push(kind);
            }
            None => {
                let message =
                    format!("`{}` is no kind: a kind of error is a string, as in `errors(\"shed\")`", item.rest());
                return Err(Mistake::at(item.range(), message));
            }
        }
        item.finish("the kind")?;
    }
    if let Some(mistake) = mistakes.pop() {
        return Err(mistake);
    }
    if kinds.is_empty() {
        return Err(head.mistake("no kind is named: wanted `errors`, `errors(\"shed\")` or `errors(except \"shed\")`"));
    }
    Ok(if except { Kinds::Except(kinds) } else { Kinds::Only(kinds) })
}

fn service_metric(head: &Part<'_>, rest: &[&Part<'_>]) -> Parsed<(Metric, usize)> {
    let Some(of) = rest.first() else {
        return Err(
            head.mistake("`service` is the time without the wait for the start: wanted a stat of it, `service.p95`")
        );
    };
    Ok((Metric::Service(stat_of(of, "service")?), 1))
}

/// A stat of latencies: `share` and `last`, which flags and gauges have, are refused.
fn stat_of(part: &Part<'_>, of: &str) -> Parsed<Stat> {
    let is_stat = metric::is_percentile(&part.head) || STATS.iter().any(|(word, _)| *word == part.head);
    if part.quoted || !is_stat {
        let message = format!("`{}` is no stat of `{of}`: wanted one such as `{of}.p95` or `{of}.mean`", part.head);
        return Err(part.mistake(message));
    }
    match read_stat(part)? {
        Stat::Share | Stat::Last => {
            Err(part.mistake(format!("`{}` is of recorded values, not of the latency in `{of}`", part.head)))
        }
        stat => Ok(stat),
    }
}

fn stat_over_groups(head: &Part<'_>, rest: &[&Part<'_>], each: bool) -> Parsed<Option<Stat>> {
    let (part, more) = match rest {
        [] => return Ok(None),
        [part, more @ ..] => (part, more),
    };
    let stat = match read_stat(part) {
        Ok(stat) => stat,
        Err(_) if !part.is_metric() => return Err(after_metric(head, part)),
        Err(mistake) => return Err(mistake),
    };
    if !each {
        let (metric, stat) = (&head.head, &part.head);
        let message = format!(
            "`{metric}` is one figure, `{stat}` of it wants groups: `each(10s).{metric}.{stat}`; a step or value named \
             `{metric}` is written as a string: `\"{metric}\".{stat}`"
        );
        return Err(part.mistake(message));
    }
    if let Some(next) = more.first() {
        return Err(next.mistake(format!("`{}` stands after `{}`, which ends the measure", next.head, part.head)));
    }
    if stat == Stat::Share {
        return Err(part.mistake("`share` is of recorded flags, not of groups: wanted min, mean, max, cv, …"));
    }
    Ok(Some(stat))
}

fn after_metric(head: &Part<'_>, part: &Part<'_>) -> Mistake {
    let (metric, word) = (&head.head, &part.head);
    let stat = nearest_word(word, STATS.iter().map(|(stat, _)| *stat));
    part.mistake(match stat {
        Some(stat) if !part.quoted => format!("`{word}` after `{metric}` is no stat: did you mean `{stat}`?"),
        _ => format!("`{word}` stands after the metric `{metric}`; a selector stands before it: `{word}.{metric}`"),
    })
}

fn read_stat(part: &Part<'_>) -> Parsed<Stat> {
    refuse_arguments(part)?;
    if let Some((_, stat)) = STATS.iter().find(|(word, _)| *word == part.head && !part.quoted) {
        return Ok(*stat);
    }
    let Some(number) =
        part.head.strip_prefix('p').filter(|n| !part.quoted && n.starts_with(|c: char| c.is_ascii_digit()))
    else {
        return Err(
            part.mistake(format!("`{}` is no stat: wanted min, mean, p95, max, stddev, cv, count, sum", part.head))
        );
    };
    match number.parse::<f64>() {
        Ok(percent) if percent > 0.0 && percent < 100.0 => Ok(Stat::Percentile(percent)),
        _ => Err(part.mistake(no_percentile(number))),
    }
}

fn no_percentile(number: &str) -> String {
    let meant = match number {
        "0" => ": did you mean `min`?".to_owned(),
        "100" => ": did you mean `max`?".to_owned(),
        _ if number.len() > 2 && number.chars().all(|c| c.is_ascii_digit()) && !number.starts_with('0') => {
            format!(": did you mean `p{}.{}`?", &number[..2], &number[2..])
        }
        _ => String::new(),
    };
    format!("`p{number}` is no percentile; a percentile lies between 0 and 100, as p95 and p99.9 do{meant}")
}

fn refuse_arguments(part: &Part<'_>) -> Parsed<()> {
    match part.arguments {
        None => Ok(()),
        Some(_) => Err(part.mistake(format!("`{}` takes nothing in brackets; only `errors` does", part.head))),
    }
}

/// The mistake of a path without a metric.
fn no_metric(parts: &[Part<'_>]) -> Mistake {
    let Some(last) = parts.last() else {
        return Mistake::at(0..0, "a metric is missing");
    };
    let word = &last.head;
    if last.quoted || last.arguments.is_some() || last.head == "each" {
        let text = last.text;
        return last.mistake(format!("a metric is missing after `{text}`: wanted one such as `{text}.p95`"));
    }
    let end = match metric::metric_of_other_tools(word).or_else(|| nearest_word(word, metric::metric_words())) {
        Some(known) => format!("did you mean `{known}`?"),
        None => format!(
            "after a selector a metric is wanted, as in `{word}.p95`; the metrics are {}, any pN, service.pN",
            metric::metric_words().filter(|word| *word != "service").collect::<Vec<_>>().join(" ")
        ),
    };
    last.mistake(format!("unknown metric `{word}`: {end}"))
}
