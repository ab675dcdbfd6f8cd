//! The option list of an attribute, and each option's value.

use super::cursor::{Cursor, Parsed};
use super::lexer::{self, Kind as Shape};
use super::quantity::{of, whole};
use super::{rust, stages, sweep};
use crate::load::{Hook, Kind, NamedHook, Plan, ThinkTime};
use crate::mistake::Mistake;
use crate::options;
use crate::quantity::{Dimension, Quantity};

/// Reads `name = value` between commas into a plan.
pub(super) fn plan(kind: Kind, cursor: Cursor<'_>, mistakes: &mut Vec<Mistake>) -> Plan {
    let mut plan = Plan::new(kind);
    let mut seen: Vec<&'static str> = Vec::new();
    for mut item in cursor.items(mistakes) {
        match name(kind, &mut item) {
            Ok((option, range)) if seen.contains(&option) => {
                mistakes.push(Mistake::at(range, format!("`{option}` is given twice: leave one out")));
            }
            Ok((option, _)) => {
                seen.push(option);
                given(&mut plan, option, item, mistakes);
            }
            Err(mistake) => mistakes.push(mistake),
        }
    }
    plan
}

/// The option's name, after which its `=` and value are left.
fn name(kind: Kind, item: &mut Cursor<'_>) -> Parsed<(&'static str, std::ops::Range<usize>)> {
    let Some(token) = item.eat_kind(Shape::Word) else {
        return Err(item.wanted("an option such as `users = 10`"));
    };
    match options::find(kind, item.text(token)) {
        Ok(spec) => Ok((spec.name, token.range())),
        Err(message) => Err(Mistake::at(token.range(), message)),
    }
}

/// What follows an option's name: its value, or nothing for a flag.
fn given(plan: &mut Plan, option: &'static str, mut item: Cursor<'_>, mistakes: &mut Vec<Mistake>) {
    if item.is_empty() {
        match flag_of(plan, option) {
            Some(flag) => *flag = true,
            None => {
                let message = format!("`{option}` lacks its value: wanted `{option} = {}`", example(option));
                mistakes.push(Mistake::at(item.here(), message));
            }
        }
    } else if !item.eat("=") {
        mistakes.push(item.wanted(&format!("`=` after `{option}`")));
    } else if item.is_empty() {
        mistakes.push(item.wanted(&format!("the value of `{option}`, such as `{}`", example(option))));
    } else {
        value(plan, option, item, mistakes);
    }
}

/// Reads an option's value, or the same text in a string, into the plan.
pub(super) fn value(plan: &mut Plan, option: &'static str, mut cursor: Cursor<'_>, mistakes: &mut Vec<Mistake>) {
    if cursor.len() == 1 && cursor.peek().is_some_and(|token| token.kind == Shape::Text) {
        let literal = cursor.here();
        match cursor.string() {
            Some(Ok(text)) => {
                let tokens = lexer::lex(&text);
                let mut inner = Vec::new();
                bare(plan, option, Cursor::new(&text, &tokens), &mut inner);
                mistakes.extend(inner.into_iter().map(|mistake| Mistake::at(literal.clone(), mistake.message)));
            }
            Some(Err(mistake)) => mistakes.push(mistake),
            None => {}
        }
        return;
    }
    bare(plan, option, cursor, mistakes);
}

fn bare(plan: &mut Plan, option: &'static str, mut cursor: Cursor<'_>, mistakes: &mut Vec<Mistake>) {
    let read = match option {
        "stages" => stages::stages(cursor, mistakes).map(|stages| plan.stages = stages),
        "scenarios" => stages::scenarios(cursor, mistakes).map(|scenarios| plan.scenarios = scenarios),
        "cases" => rust::cases(cursor, mistakes).map(|cases| plan.cases = cases),
        "sizes" => sweep::sizes(cursor).map(|sizes| plan.sizes = Some(sizes)),
        "search" => sweep::search(cursor).map(|search| plan.search = Some(search)),
        "crate" => rust::path(&mut cursor, "crate").and_then(|path| {
            plan.crate_path = Some(path);
            cursor.finish("the path")
        }),
        _ => match Hook::ALL.into_iter().find(|hook| hook.option() == option) {
            Some(hook) => rust::hook(cursor, hook).map(|path| hook_given(plan, hook, path)),
            None => simple(plan, option, &mut cursor).and_then(|()| cursor.finish(&format!("the value of `{option}`"))),
        },
    };
    if let Err(mistake) = read {
        mistakes.push(mistake);
    }
}

fn hook_given(plan: &mut Plan, hook: Hook, path: String) {
    plan.hooks.retain(|known| known.hook != hook);
    plan.hooks.push(NamedHook { hook, path });
    plan.hooks.sort_by_key(|known| known.hook);
}

/// Options whose value is a number, a quantity or a flag.
fn simple(plan: &mut Plan, option: &'static str, cursor: &mut Cursor<'_>) -> Parsed<()> {
    if let Some(count) = count_of(plan, option) {
        *count = Some(whole(cursor, option)?);
    } else if let Some(time) = time_of(plan, option) {
        *time = Some(of(cursor, option, Dimension::Time)?);
    } else if let Some(flag) = flag_of(plan, option) {
        *flag = switch(cursor, option)?;
    } else if option == "rate" {
        plan.rate = Some(of(cursor, option, Dimension::Rate)?);
    } else {
        plan.think_time = Some(think_time(cursor)?);
    }
    Ok(())
}

fn count_of<'p>(plan: &'p mut Plan, option: &str) -> Option<&'p mut Option<u64>> {
    Some(match option {
        "users" => &mut plan.users,
        "iterations" => &mut plan.iterations,
        "total_iterations" => &mut plan.total_iterations,
        "max_users" => &mut plan.max_users,
        "seed" => &mut plan.seed,
        "concurrency" => &mut plan.concurrency,
        _ => return None,
    })
}

fn time_of<'p>(plan: &'p mut Plan, option: &str) -> Option<&'p mut Option<Quantity>> {
    Some(match option {
        "duration" => &mut plan.duration,
        "ramp_up" => &mut plan.ramp_up,
        "warm_up" => &mut plan.warm_up,
        "timeout" => &mut plan.timeout,
        "graceful_stop" => &mut plan.graceful_stop,
        "setup_timeout" => &mut plan.setup_timeout,
        "abort_after" => &mut plan.abort_after,
        "settle" => &mut plan.settle,
        _ => return None,
    })
}

fn flag_of<'p>(plan: &'p mut Plan, option: &str) -> Option<&'p mut bool> {
    Some(match option {
        "poisson" => &mut plan.poisson,
        "virtual_time" => &mut plan.virtual_time,
        "per_core" => &mut plan.per_core,
        "concurrent" => &mut plan.concurrent,
        _ => return None,
    })
}

fn switch(cursor: &mut Cursor<'_>, option: &str) -> Parsed<bool> {
    if cursor.eat("true") {
        return Ok(true);
    }
    if cursor.eat("false") {
        return Ok(false);
    }
    Err(cursor.wanted(&format!("`true` or `false` for `{option}`")))
}

fn think_time(cursor: &mut Cursor<'_>) -> Parsed<ThinkTime> {
    let start = *cursor;
    let from = of(cursor, "think_time", Dimension::Time)?;
    if !cursor.eat("..") && !cursor.eat("..=") {
        return Ok(ThinkTime::Fixed(from));
    }
    let to = of(cursor, "think_time", Dimension::Time)?;
    if from.base() > to.base() {
        let message = format!("the range `{from}..{to}` is empty: the shorter time stands first");
        return Err(Mistake::at(cursor.range_since(&start), message));
    }
    Ok(ThinkTime::Between(from, to))
}

/// A value as it may look, for messages.
fn example(option: &str) -> &'static str {
    match option {
        "duration" | "ramp_up" | "warm_up" | "timeout" | "graceful_stop" | "abort_after" => "10s",
        "settle" | "setup_timeout" => "1min",
        "rate" => "100/s",
        "think_time" => "1s..3s",
        "stages" => "[10 for 30s]",
        "scenarios" => "[list: 10x, buy: 1x]",
        "cases" => "[small: 10, large: 1_000]",
        "sizes" => "[1_000, 10_000]",
        "search" => "capacity(users 10..=10_000)",
        "users" | "iterations" | "total_iterations" | "max_users" | "seed" | "concurrency" => "10",
        "crate" => "path::to::brunt",
        _ => "function",
    }
}
