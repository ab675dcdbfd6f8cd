//! The parser of numbers with their units.

use super::cursor::{Cursor, Parsed, read_literal};
use super::lexer::TokenKind;
use crate::mistake::Mistake;
use crate::quantity::{Dimension, Quantity, SizeUnit, TimeUnit, Unit};
use crate::spelling::nearest_word;
use std::ops::Range;

/// Words that may follow a number without being its unit.
const KEYWORDS: [&str; 7] = ["for", "over", "at", "from", "until", "by", "once"];

/// A number as written.
struct Number<'t> {
    text: &'t str,
    value: f64,
}

/// Reads a quantity, or a string literal with one in it, with its bytes.
pub(super) fn read_quantity(cursor: &mut Cursor<'_>) -> Parsed<(Quantity, Range<usize>)> {
    let start = *cursor;
    if let Some(value) = cursor.string() {
        let literal = cursor.range_since(&start);
        let found = read_literal(&value?, literal.clone(), |mut inner| {
            let (quantity, _) = read_bare_quantity(&mut inner)?;
            inner.finish("the quantity")?;
            Ok(quantity)
        })?;
        return Ok((found, literal));
    }
    read_bare_quantity(cursor)
}

fn read_bare_quantity(cursor: &mut Cursor<'_>) -> Parsed<(Quantity, Range<usize>)> {
    let start = *cursor;
    let number = read_number(cursor)?;
    let unit = read_unit(cursor, &number, &start)?;
    Ok((Quantity { value: number.value, unit }, cursor.range_since(&start)))
}

/// Reads a quantity of this dimension; `option` is named in messages.
pub(super) fn quantity_of(cursor: &mut Cursor<'_>, option: &str, dimension: Dimension) -> Parsed<Quantity> {
    let start = *cursor;
    let (quantity, range) = read_quantity(cursor)?;
    if quantity.dimension() == dimension {
        return Ok(quantity);
    }
    let text = cursor.since(&start);
    let hint = match (dimension, quantity.dimension()) {
        (Dimension::Time | Dimension::Rate, Dimension::Count) => {
            let unit = if dimension == Dimension::Time { "s" } else { "/s" };
            format!(": did you mean `{}{unit}`?", text.trim_matches('"'))
        }
        _ => String::new(),
    };
    let message = format!(
        "`{option}` is {}, `{text}` {}{hint}",
        dimension.described(),
        quantity.dimension().described_as_found()
    );
    Err(Mistake::at(range, message))
}

/// Reads a whole number without unit; `option` is named in messages.
pub(super) fn whole_number(cursor: &mut Cursor<'_>, option: &str) -> Parsed<u64> {
    let start = *cursor;
    if let Some(value) = cursor.string() {
        return read_literal(&value?, cursor.range_since(&start), |mut inner| {
            let number = whole_number(&mut inner, option)?;
            inner.finish("the number")?;
            Ok(number)
        });
    }
    let (quantity, range) = read_quantity(cursor)?;
    let text = cursor.since(&start);
    if quantity.unit != Unit::Count {
        let found = quantity.dimension().described_as_found();
        return Err(Mistake::at(range, format!("`{option}` is a whole number without unit, `{text}` {found}")));
    }
    // Parsed as u64 first: as an f64 a large seed would be rounded to 53 bits.
    let exact = text.replace('_', "").parse().ok();
    let whole = exact.or_else(|| {
        let fits = quantity.value.fract() == 0.0 && quantity.value <= 9_007_199_254_740_992.0;
        fits.then_some(quantity.value as u64)
    });
    whole.ok_or_else(|| Mistake::at(range, format!("`{option}` is a whole number, at most {}: not `{text}`", u64::MAX)))
}

fn read_number<'t>(cursor: &mut Cursor<'t>) -> Parsed<Number<'t>> {
    if cursor.next_is("-") {
        let text = format!("-{}", cursor.nth_text(1));
        return Err(Mistake::at(cursor.here(), format!("`{text}` is negative: every quantity is zero or more")));
    }
    let Some(token) = cursor.eat_kind(TokenKind::Number) else {
        return Err(cursor.wanted("a quantity such as `10`, `10ms`, `90%` or `500/s`"));
    };
    let text = cursor.text(token);
    if let Some(suffix) = cursor.peek().filter(|next| next.kind == TokenKind::Word && next.start == token.end) {
        refuse_rust(text, cursor.text(suffix), token.start..suffix.end)?;
    }
    match text.replace('_', "").parse::<f64>() {
        Ok(value) if value.is_finite() => Ok(Number { text, value }),
        _ => Err(Mistake::at(token.range(), format!("`{text}` is too large for a number"))),
    }
}

/// Refuses other bases and type suffixes, which exist in Rust and not in this language.
fn refuse_rust(number: &str, suffix: &str, range: Range<usize>) -> Parsed<()> {
    let other_base = number == "0"
        && suffix.len() > 1
        && suffix.starts_with(['x', 'b', 'o'])
        && suffix[1..].starts_with(|c: char| c.is_ascii_hexdigit());
    if other_base {
        return Err(Mistake::at(
            range,
            format!("`{number}{suffix}`: wanted a decimal number, such as `255` or `1_000`"),
        ));
    }
    let bits = suffix.strip_prefix(['u', 'i', 'f']).unwrap_or_default();
    if ["8", "16", "32", "64", "128", "size"].iter().any(|width| bits.starts_with(width)) {
        let message = format!(
            "`{number}{suffix}` carries a Rust type: wanted the number alone, `{}`",
            number.trim_end_matches('_')
        );
        return Err(Mistake::at(range, message));
    }
    Ok(())
}

/// Reads the unit after a number; `Count` if there is none.
fn read_unit(cursor: &mut Cursor<'_>, number: &Number<'_>, start: &Cursor<'_>) -> Parsed<Unit> {
    if cursor.eat(Unit::PERCENT) {
        return Ok(Unit::Percent);
    }
    if cursor.eat("/") {
        return rate_unit(cursor, start).map(Unit::Rate);
    }
    let Some(token) = cursor.peek().filter(|token| token.kind == TokenKind::Word) else {
        return Ok(Unit::Count);
    };
    let word = cursor.text(token);
    let adjacent = token.start == cursor.range_since(start).end;
    if let Some(unit) = time_unit(word).map(Unit::Time).or_else(|| (word == Unit::FACTOR).then_some(Unit::Factor)) {
        cursor.next();
        return Ok(unit);
    }
    if let Some(unit) = SizeUnit::find(word) {
        cursor.next();
        return if cursor.eat("/") {
            rate_unit(cursor, start).map(|time| Unit::Flow(unit, time))
        } else {
            Ok(Unit::Size(unit))
        };
    }
    // `3 baseline.mean` and `10 for 30s` have a count before a word of its own.
    let separate = KEYWORDS.contains(&word) || matches!(cursor.nth_text(1), "." | "(");
    if separate && !adjacent {
        return Ok(Unit::Count);
    }
    cursor.next();
    Err(unknown_unit(word, cursor.since(start), number.text, cursor.range_since(start)))
}

/// Reads the time unit after `/`.
fn rate_unit(cursor: &mut Cursor<'_>, start: &Cursor<'_>) -> Parsed<TimeUnit> {
    let symbols = TimeUnit::OF_RATES.map(TimeUnit::symbol);
    let Some(token) = cursor.eat_kind(TokenKind::Word) else {
        return Err(
            cursor.wanted(&format!("{} after `/`", join_alternatives(&symbols.map(|symbol| format!("`{symbol}`")))))
        );
    };
    let word = cursor.text(token);
    if let Some(unit) = time_unit(word).filter(|unit| TimeUnit::OF_RATES.contains(unit)) {
        return Ok(unit);
    }
    let text = cursor.since(start);
    let meant = suggested_unit(word).filter(|unit| symbols.contains(unit)).unwrap_or(TimeUnit::Second.symbol());
    let right = format!("{}{meant}", &text[..text.len() - word.len()]);
    let units = join_alternatives(&symbols);
    let message = format!("`{text}` is per `{word}`; a rate is per {units}: did you mean `{right}`?");
    Err(Mistake::at(cursor.range_since(start), message))
}

/// `s, min or h`.
fn join_alternatives<T: AsRef<str>>(words: &[T]) -> String {
    let words: Vec<&str> = words.iter().map(AsRef::as_ref).collect();
    match words.split_last() {
        Some((last, before)) if !before.is_empty() => format!("{} or {last}", before.join(", ")),
        _ => words.concat(),
    }
}

fn unknown_unit(word: &str, text: &str, number: &str, range: Range<usize>) -> Mistake {
    let end = match word {
        // These are ambiguous: `M` may be a million, mebibytes or minutes.
        "k" | "K" => format!("did you mean `{number}_000` or `{number}KiB`?"),
        "m" => format!("did you mean `{number}min`?"),
        "M" => format!("did you mean `{number}_000_000`, `{number}MiB` or `{number}min`?"),
        _ if word.contains(|c: char| c.is_ascii_digit()) => {
            "a quantity is one number and one unit, such as `90s` or `1.5min`".to_owned()
        }
        _ => suggested_unit(word)
            .map_or_else(|| format!("the units are {}", all_units()), |unit| format!("did you mean `{number}{unit}`?")),
    };
    Mistake::at(range, format!("unknown unit `{word}` in `{text}`: {end}"))
}

/// Every unit, as messages list them: `ns us µs ms s min h (time), % (share), …`.
fn all_units() -> String {
    let units = Dimension::WITH_UNITS.map(|dimension| format!("{} ({})", dimension.symbols(), dimension.noun()));
    units.join(", ")
}

/// The unit to suggest for a word of another tool, or for a misspelt one.
fn suggested_unit(word: &str) -> Option<&'static str> {
    let rows = || Dimension::WITH_UNITS.into_iter().flat_map(|dimension| dimension.spellings());
    let of_alias =
        |is: &dyn Fn(&str) -> bool| rows().find(|row| row.aliases.iter().any(|alias| is(alias))).map(|row| row.symbol);
    // A time or size in other case: `MS`, `kib`.
    let of_symbol = || {
        let rows = [Dimension::Time, Dimension::Size].into_iter().flat_map(Dimension::spellings);
        rows.map(|row| row.symbol).find(|symbol| symbol.eq_ignore_ascii_case(word))
    };
    of_alias(&|alias| alias == word)
        .or_else(of_symbol)
        .or_else(|| of_alias(&|alias| alias.eq_ignore_ascii_case(word)))
        .or_else(|| nearest_word(word, rows().flat_map(|row| row.aliases.iter().copied())).and_then(suggested_unit))
}

fn time_unit(word: &str) -> Option<TimeUnit> {
    // Two characters look the same: the micro sign and the Greek letter.
    TimeUnit::find(&word.replace('μ', "µ"))
}
