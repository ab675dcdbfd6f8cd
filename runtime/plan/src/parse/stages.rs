//! The parsers of `stages`, which follow one another, and `scenarios`, which run beside one another.

use super::cursor::{Cursor, Parsed};
use super::quantity::{quantity_of, read_quantity};
use crate::load::{Amount, Scenario, ScenarioLoad, Shape, Stage, Stages};
use crate::mistake::Mistake;
use crate::quantity::{Dimension, Quantity};
use std::ops::Range;

/// `[warm: 10 for 30s, -> 200 over 1min; 5]`. Mistakes in single stages are pushed; the other stages are kept.
pub(super) fn read_stages(mut cursor: Cursor<'_>, mistakes: &mut Vec<Mistake>) -> Parsed<Stages> {
    let mut inside = cursor.group("[", "a list of stages such as `[warm: 10 for 30s, 10 -> 200 over 1min]`")?;
    cursor.finish("the stages")?;
    let repeat = take_repeat(&mut inside)?;
    let items = inside.items(mistakes);
    if items.is_empty() {
        return Err(Mistake::at(inside.here(), "`[]` has no stage: wanted one such as `10 for 30s`"));
    }
    let mut list = Vec::new();
    for item in items {
        match read_stage(item) {
            Ok(stage) => list.push(stage),
            Err(mistake) => mistakes.push(mistake),
        }
    }
    Ok(Stages { list, repeat })
}

/// Takes the repeat, `; 5`, off the end of the list.
fn take_repeat(inside: &mut Cursor<'_>) -> Parsed<u32> {
    let Some(at) = (0..inside.len()).find(|ahead| inside.nth_text(*ahead) == ";") else {
        return Ok(1);
    };
    let start = *inside;
    let mut rest = *inside;
    for _ in 0..at {
        rest.next();
    }
    *inside = rest.window_since(&start);
    rest.next();
    let before = rest;
    let times = super::quantity::whole_number(&mut rest, "; repeat")?;
    rest.finish("the number of repeats")?;
    match u32::try_from(times) {
        Ok(times) if times > 0 => Ok(times),
        _ => {
            let message = format!("the stages repeat `{}` times: wanted 1 to {}", rest.since(&before), u32::MAX);
            Err(Mistake::at(rest.range_since(&before), message))
        }
    }
}

fn read_stage(mut item: Cursor<'_>) -> Parsed<Stage> {
    let name = item.label()?;
    let shape = read_shape(&mut item)?;
    item.finish("the stage")?;
    Ok(Stage { name, shape })
}

fn read_shape(item: &mut Cursor<'_>) -> Parsed<Shape> {
    if item.eat("->") {
        return read_ramp(item, None);
    }
    let (first, at) = read_quantity(item)?;
    if first.dimension() == Dimension::Time {
        return Ok(Shape::Window(first));
    }
    let amount = amount_of(first, at.clone())?;
    if item.eat("->") {
        return read_ramp(item, Some((amount, first)));
    }
    if item.eat("for") {
        return Ok(Shape::Hold(amount, quantity_of(item, "for", Dimension::Time)?));
    }
    if item.eat("at") {
        item.expect("once", &format!("after `{first} at`"))?;
        return match amount {
            Amount::Users(users) => Ok(Shape::AtOnce(users)),
            Amount::Rate(_) => Err(Mistake::at(at, format!("`{first}` at once: a burst is a number of users"))),
        };
    }
    let message = format!(
        "the stage `{first}` lacks its time: wanted `{first} for 30s`, `{first} -> … over 30s` or `{first} at once`"
    );
    Err(if item.is_empty() { Mistake::at(at, message) } else { Mistake::at(item.here(), message) })
}

fn read_ramp(item: &mut Cursor<'_>, from: Option<(Amount, Quantity)>) -> Parsed<Shape> {
    let (to, at) = read_quantity(item)?;
    let end = amount_of(to, at.clone())?;
    if let Some((start, first)) = from
        && matches!(start, Amount::Users(_)) != matches!(end, Amount::Users(_))
    {
        let message = format!("`{first} -> {to}` goes from one kind to another: wanted users or rates at both ends");
        return Err(Mistake::at(at, message));
    }
    item.expect("over", &format!("and a time after `-> {to}`"))?;
    Ok(Shape::Ramp { from: from.map(|(start, _)| start), to: end, over: quantity_of(item, "over", Dimension::Time)? })
}

/// The quantity as users or arrivals.
pub(super) fn amount_of(quantity: Quantity, at: Range<usize>) -> Parsed<Amount> {
    match quantity.dimension() {
        Dimension::Rate => Ok(Amount::Rate(quantity)),
        Dimension::Count if quantity.value.fract() == 0.0 && quantity.value < 9e15 => {
            Ok(Amount::Users(quantity.value as u64))
        }
        Dimension::Count => Err(Mistake::at(at, format!("`{quantity}` users: wanted a whole number"))),
        other => {
            let message =
                format!("`{quantity}` {}: wanted users (`10`) or arrivals (`100/s`)", other.described_as_found());
            Err(Mistake::at(at, message))
        }
    }
}

/// `[quiet: 10/s, noisy: 100 from 10s until 20s]`.
pub(super) fn read_scenarios(mut cursor: Cursor<'_>, mistakes: &mut Vec<Mistake>) -> Parsed<Vec<Scenario>> {
    let inside = cursor.group("[", "a list of scenarios such as `[list: 10x, buy: 1x]`")?;
    cursor.finish("the scenarios")?;
    let items = inside.items(mistakes);
    if items.is_empty() {
        return Err(Mistake::at(inside.here(), "`[]` has no scenario: wanted one such as `list: 10x`"));
    }
    let mut scenarios = Vec::new();
    for item in items {
        match read_scenario(item) {
            Ok(scenario) => scenarios.push(scenario),
            Err(mistake) => mistakes.push(mistake),
        }
    }
    Ok(scenarios)
}

fn read_scenario(mut item: Cursor<'_>) -> Parsed<Scenario> {
    let whole = item;
    let Some(name) = item.label()? else {
        let message = format!("`{}`: a scenario is a name and its load, such as `list: 10x`", whole.rest());
        return Err(Mistake::at(whole.range(), message));
    };
    let (load, at) = read_quantity(&mut item)?;
    let share = match load.dimension() {
        Dimension::Factor => ScenarioLoad::Weight(load.value),
        Dimension::Count | Dimension::Rate => ScenarioLoad::Own(amount_of(load, at)?),
        other => {
            let message = format!(
                "`{load}` {}: wanted a weight (`10x`), users (`100`) or arrivals (`10/s`)",
                other.described_as_found()
            );
            return Err(Mistake::at(at, message));
        }
    };
    let (mut from, mut until) = (None, None);
    while let Some(token) = item.peek() {
        let (word, slot) = match item.text(token) {
            "from" => ("from", &mut from),
            "until" => ("until", &mut until),
            _ => break,
        };
        item.next();
        if slot.replace(quantity_of(&mut item, word, Dimension::Time)?).is_some() {
            return Err(Mistake::at(token.range(), format!("`{word}` is given twice: leave one out")));
        }
    }
    item.finish("the scenario")?;
    Ok(Scenario { name, share, from, until })
}
