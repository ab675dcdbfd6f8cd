//! The parser of an attribute's option list.

use super::cursor::{Cursor, Parsed};
use super::lexer::{self, TokenKind};
use super::option_spec::{OptionSpec, find_option};
use crate::kind::Kind;
use crate::load::Plan;
use crate::mistake::Mistake;

/// Reads `name = value` between commas into a plan.
pub(super) fn read_plan(kind: Kind, cursor: Cursor<'_>, mistakes: &mut Vec<Mistake>) -> Plan {
    let mut plan = Plan::new(kind);
    let mut seen: Vec<&'static str> = Vec::new();
    for mut item in cursor.items(mistakes) {
        match option_name(kind, &mut item) {
            Ok((option, range)) if seen.contains(&option.name) => {
                mistakes.push(Mistake::at(range, format!("`{}` is given twice: leave one out", option.name)));
            }
            Ok((option, _)) => {
                seen.push(option.name);
                read_option(&mut plan, &option, item, mistakes);
            }
            Err(mistake) => mistakes.push(mistake),
        }
    }
    plan
}

/// Reads an option's name and leaves its `=` and value.
fn option_name(kind: Kind, item: &mut Cursor<'_>) -> Parsed<(OptionSpec, std::ops::Range<usize>)> {
    let Some(token) = item.eat_kind(TokenKind::Word) else {
        return Err(item.wanted("an option such as `users = 10`"));
    };
    match find_option(kind, item.text(token)) {
        Ok(option) => Ok((option, token.range())),
        Err(message) => Err(Mistake::at(token.range(), message)),
    }
}

/// Reads what follows an option's name: `=` and a value, or nothing for a flag.
fn read_option(plan: &mut Plan, option: &OptionSpec, mut item: Cursor<'_>, mistakes: &mut Vec<Mistake>) {
    let OptionSpec { name, example, .. } = option;
    if item.is_empty() && option.is_flag {
        let on = "true";
        read_value(plan, option, Cursor::new(on, &lexer::lex(on)), mistakes);
    } else if item.is_empty() {
        let message = format!("`{name}` lacks its value: wanted `{name} = {example}`");
        mistakes.push(Mistake::at(item.here(), message));
    } else if !item.eat("=") {
        mistakes.push(item.wanted(&format!("`=` after `{name}`")));
    } else if item.is_empty() {
        mistakes.push(item.wanted(&format!("the value of `{name}`, such as `{example}`")));
    } else {
        read_value(plan, option, item, mistakes);
    }
}

/// Reads an option's value, or the same text in a string, into the plan.
pub(super) fn read_value(plan: &mut Plan, option: &OptionSpec, mut cursor: Cursor<'_>, mistakes: &mut Vec<Mistake>) {
    if cursor.len() == 1 && cursor.peek().is_some_and(|token| token.kind == TokenKind::Text) {
        let literal = cursor.here();
        match cursor.string() {
            Some(Ok(text)) => {
                let tokens = lexer::lex(&text);
                let mut inner = Vec::new();
                let read = (option.read)(plan, Cursor::on_literal(&text, &tokens), &mut inner);
                inner.extend(read.err());
                mistakes.extend(inner.into_iter().map(|mistake| Mistake::at(literal.clone(), mistake.message)));
            }
            Some(Err(mistake)) => mistakes.push(mistake),
            None => {}
        }
        return;
    }
    if let Err(mistake) = (option.read)(plan, cursor, mistakes) {
        mistakes.push(mistake);
    }
}
