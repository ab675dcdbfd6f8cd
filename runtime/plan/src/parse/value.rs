//! Parsers of values that are one number, quantity, switch or pause, with nothing behind it.

use super::cursor::{Cursor, Parsed};
use super::quantity::{quantity_of, whole_number};
use crate::load::ThinkTime;
use crate::mistake::Mistake;
use crate::quantity::{Dimension, Quantity};

/// A whole number and nothing else.
pub(super) fn only_whole(mut cursor: Cursor<'_>, option: &str) -> Parsed<u64> {
    let count = whole_number(&mut cursor, option)?;
    finish_value(cursor, option)?;
    Ok(count)
}

/// A quantity of this dimension and nothing else.
pub(super) fn only_quantity(mut cursor: Cursor<'_>, option: &str, dimension: Dimension) -> Parsed<Quantity> {
    let quantity = quantity_of(&mut cursor, option, dimension)?;
    finish_value(cursor, option)?;
    Ok(quantity)
}

/// `true` or `false` and nothing else.
pub(super) fn only_switch(mut cursor: Cursor<'_>, option: &str) -> Parsed<bool> {
    let is_on = cursor.eat("true");
    if !is_on && !cursor.eat("false") {
        return Err(cursor.wanted(&format!("`true` or `false` for `{option}`")));
    }
    finish_value(cursor, option)?;
    Ok(is_on)
}

fn finish_value(cursor: Cursor<'_>, option: &str) -> Parsed<()> {
    cursor.finish(&format!("the value of `{option}`"))
}
/// `500ms` or `1s..3s`.
pub(super) fn think_time(mut cursor: Cursor<'_>) -> Parsed<ThinkTime> {
    let start = cursor;
    let from = quantity_of(&mut cursor, "think_time", Dimension::Time)?;
    if !cursor.eat("..") && !cursor.eat("..=") {
        finish_value(cursor, "think_time")?;
        return Ok(ThinkTime::Fixed(from));
    }
    let to = quantity_of(&mut cursor, "think_time", Dimension::Time)?;
    if from.base() > to.base() {
        let message = format!("the range `{from}..{to}` is empty: the shorter time stands first");
        return Err(Mistake::at(cursor.range_since(&start), message));
    }
    finish_value(cursor, "think_time")?;
    Ok(ThinkTime::Between(from, to))
}
