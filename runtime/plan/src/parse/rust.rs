//! The parsers of Rust in an attribute: paths of functions, and the values of cases.

use super::cursor::{Cursor, Parsed};
use super::lexer::TokenKind;
use crate::hook::{Hook, HookForm, NamedHook};
use crate::load::Case;
use crate::mistake::Mistake;
use crate::rust_text::RustText;

/// `open_store`, `path::to::f`, `make::<u8>`; for a setup also `shared(open_store)` and
/// `shared_by_run(open_store)`, for a verify `counted(no_row_is_lost)`.
pub(super) fn read_hook(mut cursor: Cursor<'_>, hook: Hook) -> Parsed<NamedHook> {
    let option = hook.option();
    let form = HookForm::WORDS.into_iter().find(|form| cursor.next_is(form.word()) && cursor.nth_text(1) == "(");
    let Some(form) = form else {
        let path = read_path(&mut cursor, option)?;
        cursor.finish("the function")?;
        return Ok(NamedHook { hook, path, form: HookForm::Plain });
    };
    let whole = cursor;
    cursor.next();
    let mut inside = cursor.group("(", "`(`")?;
    cursor.finish("the function")?;
    if let Some(why) = form.refusal(hook) {
        let message = format!("`{}`: {why}", whole.rest());
        return Err(Mistake::at(whole.range(), message));
    }
    let path = read_path(&mut inside, option)?;
    inside.finish("the function")?;
    Ok(NamedHook { hook, path, form })
}

/// Reads the path of brunt, with nothing behind it.
pub(super) fn crate_path(mut cursor: Cursor<'_>) -> Parsed<RustText> {
    let path = read_path(&mut cursor, "crate")?;
    cursor.finish("the path")?;
    Ok(path)
}

/// Reads a path, with or without generic arguments.
fn read_path(cursor: &mut Cursor<'_>, option: &str) -> Parsed<RustText> {
    let start = *cursor;
    cursor.eat("::");
    loop {
        if cursor.eat_kind(TokenKind::Word).is_none() {
            return Err(cursor.wanted(&format!("a path for `{option}`, such as `name` or `module::name`")));
        }
        if cursor.next_is("(") {
            let name = cursor.since(&start);
            let message = format!("`{option}` names a function and does not call it: wanted `{option} = {name}`");
            return Err(Mistake::at(cursor.range(), message));
        }
        if !cursor.eat("::") {
            return Ok(cursor.rust_since(&start));
        }
        if cursor.next_is("<") {
            skip_generics(cursor)?;
            if !cursor.eat("::") {
                return Ok(cursor.rust_since(&start));
            }
        }
    }
}

fn skip_generics(cursor: &mut Cursor<'_>) -> Parsed<()> {
    let open = cursor.here();
    let mut depth = 0_usize;
    while let Some(token) = cursor.next() {
        match cursor.text(token) {
            "<" => depth += 1,
            ">" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Ok(());
        }
    }
    Err(Mistake::at(open, "`<` is not closed: wanted `>`"))
}

/// `[small: 40, large: make(3, [1, 2])]`.
pub(super) fn read_cases(mut cursor: Cursor<'_>, mistakes: &mut Vec<Mistake>) -> Parsed<Vec<Case>> {
    let mut inside = cursor.group("[", "a list of cases such as `[small: 10, large: 1_000]`")?;
    cursor.finish("the cases")?;
    if inside.is_empty() {
        return Err(Mistake::at(inside.here(), "`[]` has no case: wanted one such as `small: 10`"));
    }
    let mut cases = Vec::new();
    while !inside.is_empty() {
        let mut item = case_item(&mut inside);
        inside.next();
        match read_case(&mut item) {
            Ok(case) => cases.push(case),
            Err(mistake) => mistakes.push(mistake),
        }
    }
    Ok(cases)
}

fn read_case(item: &mut Cursor<'_>) -> Parsed<Case> {
    let Some(name) = item.label()? else {
        let message = format!("`{}`: a case is a name and its value, such as `small: 10`", item.rest());
        return Err(Mistake::at(item.range(), message));
    };
    if item.is_empty() {
        return Err(Mistake::at(item.here(), format!("the case `{name}` lacks its value: `{name}: 10`")));
    }
    Ok(Case { name, value: item.rest_as_rust() })
}

/// The tokens of one case. A comma between `<>` or `||` may belong to the value, as in `f::<A, B>()` and `|a, b| a +
/// b`; in such values a comma ends the case only if the name of another case follows.
fn case_item<'t>(inside: &mut Cursor<'t>) -> Cursor<'t> {
    let start = *inside;
    loop {
        inside.item();
        let rust = start.window_texts(inside).any(|text| matches!(text, "<" | "|"));
        let named = inside.nth(1).is_some_and(|token| matches!(token.kind, TokenKind::Word | TokenKind::Text));
        if inside.is_empty() || inside.len() == 1 || !rust || (named && inside.nth_text(2) == ":") {
            return inside.window_since(&start);
        }
        inside.next();
    }
}
