//! The dotted path of a measure: its parts, and the names and the quantifier among them.

use super::cursor::{Cursor, Parsed, read_literal};
use super::lexer::TokenKind;
use super::quantity::{quantity_of, whole_number};
use crate::metric;
use crate::mistake::Mistake;
use crate::quantity::Dimension;
use crate::target::{Group, Name};
use std::ops::Range;

/// One part between dots, before it is known whether it is a name, a quantifier or a metric.
pub(super) struct Part<'t> {
    /// The word or string at its start.
    pub(super) head: String,
    /// Whether the head is a string literal, which is always a name.
    pub(super) quoted: bool,
    /// The tokens in its brackets.
    pub(super) arguments: Option<Cursor<'t>>,
    /// All of it, as written.
    pub(super) text: &'t str,
    range: Range<usize>,
}

impl Part<'_> {
    pub(super) fn is_metric(&self) -> bool {
        !self.quoted && metric::is_metric(&self.head)
    }

    pub(super) fn mistake(&self, message: impl Into<String>) -> Mistake {
        Mistake::at(self.range.clone(), message)
    }
}

/// Reads the parts between the dots. The fraction of a percentile belongs to it: `p99.9` is one part.
pub(super) fn measure_parts<'t>(cursor: &mut Cursor<'t>) -> Parsed<Vec<Part<'t>>> {
    let mut parts = Vec::new();
    loop {
        let start = *cursor;
        let quoted = start.peek().is_some_and(|token| token.kind == TokenKind::Text);
        let Some(head) = cursor.name() else {
            return Err(cursor.wanted("a metric such as `p95`, `throughput` or `errors`, or a selector before it"));
        };
        let mut head = head?;
        if !quoted && metric::is_percentile(&head) && cursor.next_is(".") {
            let fraction = cursor.nth(1).filter(|token| token.kind == TokenKind::Number);
            if let Some(fraction) = fraction {
                head = format!("{head}.{}", cursor.text(fraction));
                cursor.next();
                cursor.next();
            }
        }
        let arguments = if cursor.next_is("(") { Some(cursor.group("(", "`(`")?) } else { None };
        parts.push(Part { head, quoted, arguments, text: cursor.since(&start), range: cursor.range_since(&start) });
        if !cursor.eat(".") {
            return Ok(parts);
        }
    }
}

/// A name in a selector.
pub(super) fn selector_name(part: &Part<'_>) -> Parsed<Name> {
    let Some(mut inside) = part.arguments else {
        return Ok(Name::Plain(part.head.clone()));
    };
    let name = match part.head.as_str() {
        "size" if !part.quoted => Name::Size(whole_number(&mut inside, "size")?),
        head => {
            let Some(value) = inside.string() else {
                let text = inside.rest();
                let message = if text.is_empty() {
                    format!("`{head}()` names nothing: wanted a tag's value, `{head}(\"…\")`")
                } else {
                    format!("`{head}({text})`: wanted a string in the brackets, `{head}(\"{text}\")`")
                };
                return Err(part.mistake(message));
            };
            let value = value?;
            if head == "process" && !part.quoted {
                Name::Process(value)
            } else {
                Name::Tag { key: part.head.clone(), value }
            }
        }
    };
    inside.finish("the value")?;
    Ok(name)
}

/// The groups of `each(…)`.
pub(super) fn quantifier_group(part: &Part<'_>) -> Parsed<Group> {
    let wanted =
        "`each(10s)`, `each(step)`, `each(stage)`, `each(scenario)`, `each(case)`, `each(user)` or a tag's key";
    let Some(mut inside) = part.arguments.filter(|inside| !inside.is_empty()) else {
        return Err(part.mistake(format!("`each` lacks what it goes over: wanted {wanted}")));
    };
    let group = match inside.peek() {
        Some(token) if token.kind == TokenKind::Word => {
            inside.next();
            match inside.text(token) {
                "step" => Group::Step,
                "stage" => Group::Stage,
                "scenario" => Group::Scenario,
                "case" => Group::Case,
                "user" => Group::User,
                word @ ("steps" | "stages" | "scenarios" | "cases" | "users") => {
                    let one = &word[..word.len() - 1];
                    return Err(Mistake::at(token.range(), format!("`each({word})`: did you mean `each({one})`?")));
                }
                word => Group::Tag(word.strip_prefix("r#").unwrap_or(word).to_owned()),
            }
        }
        Some(token) if token.kind == TokenKind::Text => string_group(&mut inside)?,
        _ => group_window(&mut inside)?,
    };
    inside.finish("the group")?;
    Ok(group)
}

/// `each("10s")` is a window as well; any other string is a tag's key.
fn string_group(inside: &mut Cursor<'_>) -> Parsed<Group> {
    let start = *inside;
    let text = inside.string().unwrap_or_else(|| Ok(String::new()))?;
    if text.starts_with(|c: char| c.is_ascii_digit()) {
        return read_literal(&text, inside.range_since(&start), |mut value| group_window(&mut value));
    }
    if text.is_empty() {
        return Err(Mistake::at(inside.range_since(&start), "`each(\"\")` names no tag"));
    }
    Ok(Group::Tag(text))
}

fn group_window(inside: &mut Cursor<'_>) -> Parsed<Group> {
    let start = *inside;
    let width = quantity_of(inside, "each", Dimension::Time)?;
    match width.duration().filter(|width| !width.is_zero()) {
        Some(width) => Ok(Group::Window(width)),
        None => {
            Err(Mistake::at(inside.range_since(&start), format!("`{width}` is no window: wanted one such as `10s`")))
        }
    }
}
