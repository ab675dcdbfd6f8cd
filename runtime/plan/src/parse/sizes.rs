//! The parsers of `sizes` and `search`, over which a stress test goes.

use super::cursor::{Cursor, Parsed};
use super::quantity::{quantity_of, whole_number};
use crate::load::{Amount, Search, Sizes};
use crate::mistake::Mistake;
use crate::quantity::Dimension;

/// `[40, 341, 3_906]` or `1_000..=1_000_000 by 10x`.
pub(super) fn read_sizes(mut cursor: Cursor<'_>) -> Parsed<Sizes> {
    if !cursor.next_is("[") {
        return geometric_sizes(&mut cursor);
    }
    let inside = cursor.group("[", "a list")?;
    cursor.finish("the sizes")?;
    let mut mistakes = Vec::new();
    let mut sizes = Vec::new();
    for mut item in inside.items(&mut mistakes) {
        let start = item;
        let size = whole_number(&mut item, "sizes")?;
        item.finish("the size")?;
        if size == 0 {
            return Err(Mistake::at(start.range(), "the size `0` is an input of nothing: wanted at least 1"));
        }
        if sizes.contains(&size) {
            return Err(Mistake::at(
                start.range(),
                format!("the size `{}` is given twice: leave one out", start.rest()),
            ));
        }
        sizes.push(size);
    }
    match mistakes.pop() {
        Some(mistake) => Err(mistake),
        None if sizes.is_empty() => Err(Mistake::at(inside.here(), "`[]` has no size: wanted `[1_000, 10_000]`")),
        None => Ok(Sizes::List(sizes)),
    }
}

fn geometric_sizes(cursor: &mut Cursor<'_>) -> Parsed<Sizes> {
    let start = *cursor;
    let from = whole_number(cursor, "sizes")?;
    if cursor.next_is("..") {
        return Err(Mistake::at(cursor.here(), "`..`: the last size is included, wanted `..=`"));
    }
    cursor.expect("..=", "and the last size, or a list `[1_000, 10_000]`")?;
    let to = whole_number(cursor, "sizes")?;
    cursor.expect("by", &format!("and a factor after `{from}..={to}`, such as `by 10x`"))?;
    let before = *cursor;
    let factor = quantity_of(cursor, "by", Dimension::Factor)?;
    cursor.finish("the sizes")?;
    if factor.value < 2.0 || factor.value.fract() != 0.0 || factor.value > 1e15 {
        let message = format!("`by {factor}`: the factor from one size to the next is a whole number of at least `2x`");
        return Err(Mistake::at(cursor.range_since(&before), message));
    }
    if from == 0 || from > to {
        let message = format!("`{from}..={to}` has no sizes: it goes up from at least 1");
        return Err(Mistake::at(cursor.range_since(&start), message));
    }
    Ok(Sizes::Geometric { from, to, by: factor.value as u64 })
}

/// `capacity(users 10..=10_000)` or `capacity(rate 100/s..=100_000/s)`.
pub(super) fn read_search(mut cursor: Cursor<'_>) -> Parsed<Search> {
    const WANTED: &str = "`capacity(users 10..=10_000)` or `capacity(rate 100/s..=100_000/s)`";
    if !cursor.eat("capacity") {
        return Err(cursor.wanted(WANTED));
    }
    let mut inside = cursor.group("(", WANTED)?;
    cursor.finish("the search")?;
    let start = inside;
    let rate = inside.next_is("rate");
    if !rate && !inside.next_is("users") {
        return Err(inside.wanted(WANTED));
    }
    inside.next();
    let from = search_level(&mut inside, rate)?;
    if !inside.eat("..=") {
        return Err(inside.wanted("`..=` and the highest level"));
    }
    let to = search_level(&mut inside, rate)?;
    inside.finish("the levels")?;
    if from.level() >= to.level() || from.level() <= 0.0 {
        let message = format!("`{}` has no levels: it goes up from above zero", start.rest());
        return Err(Mistake::at(start.range(), message));
    }
    Ok(Search { from, to })
}

fn search_level(inside: &mut Cursor<'_>, rate: bool) -> Parsed<Amount> {
    if rate {
        quantity_of(inside, "rate", Dimension::Rate).map(Amount::Rate)
    } else {
        whole_number(inside, "users").map(Amount::Users)
    }
}
