//! The parser of the language, for attributes, environment and configuration alike. It reads text, not syntax trees of
//! Rust, and reports every mistake of a text: after a mistake it goes on behind the next top-level comma.
//!
//! ```ebnf
//! options    = [ option { "," option } [ "," ] ] ;
//! option     = NAME [ "=" value ] ;                    (* a flag may stand alone *)
//! value      = count | quantity | flag | think | stages | scenarios | cases | sizes | search | hook | path
//!            | STRING ;                                (* the same text, quoted *)
//! flag       = "true" | "false" ;
//! think      = time | time ".." time ;
//! stages     = "[" stage { "," stage } [ "," ] [ ";" COUNT ] "]" ;
//! stage      = [ name ":" ] ( time | amount "for" time | [ amount ] "->" amount "over" time | COUNT "at" "once" ) ;
//! amount     = COUNT | rate ;
//! scenarios  = "[" scenario { "," scenario } [ "," ] "]" ;
//! scenario   = name ":" ( factor | amount ) { ( "from" | "until" ) time } ;
//! cases      = "[" case { "," case } [ "," ] "]" ;
//! case       = name ":" RUST ;
//! sizes      = "[" COUNT { "," COUNT } [ "," ] "]" | COUNT "..=" COUNT "by" factor ;
//! search     = "capacity" "(" ( "users" COUNT "..=" COUNT | "rate" rate "..=" rate ) ")" ;
//! hook       = path | ( "shared" | "shared_by_run" | "counted" ) "(" path ")" ;   (* counted: verify; others: setup *)
//!
//! targets    = [ target { "," target } [ "," ] ] ;
//! target     = [ "proven" ] measure ( "<" | "<=" | ">" | ">=" | "=" ) limit ;
//! measure    = { ( "each" "(" group ")" | selector ) "." } metric [ "." stat ] ;
//! group      = time | "step" | "stage" | "scenario" | "case" | "user" | name ;
//! selector   = name | name "(" STRING ")" | "size" "(" COUNT ")" | "process" "(" STRING ")" ;
//! metric     = stat | "service" "." stat | "errors" [ "(" [ "except" ] STRING { "," STRING } ")" ] [ "." stat ]
//!            | "success_rate" | "throughput" | "elapsed" | …  ;
//! stat       = "min" | "mean" | "p" NUMBER | "max" | "stddev" | "cv" | "count" | "sum" | "share" | "last" ;
//! limit      = quantity | quantity ".." quantity | growth | [ factor [ ".." factor ] ] measure | STRING ;
//! growth     = "1" | "log_n" | "n" | "n_log_n" | "n2" | "n3" ;
//!
//! quantity   = NUMBER [ unit ] | STRING ;
//! unit       = time unit | "%" | "/" ( "s" | "min" | "h" ) | size unit [ "/" ( "s" | "min" | "h" ) ] | "x" ;
//! name       = WORD | STRING ;
//! NUMBER     = digits with "_" [ "." digits ] [ "e" digits ] ;
//! ```

mod cursor;
mod lexer;
mod limit;
mod measure;
mod option_list;
pub(crate) mod option_spec;
mod quantity;
mod rust;
mod selector;
mod sizes;
mod stages;
#[cfg(test)]
mod tests;
mod value;

pub(crate) use lexer::is_word;

use crate::kind::Kind;
use crate::load::Plan;
use crate::mistake::{Mistake, Place};
use crate::quantity::Quantity;
use crate::target::{Level, Target};
use cursor::{Cursor, Parsed};
use option_spec::find_option;
use std::ops::Range;

/// Reads the options of a primary attribute: the plan as far as it could be read, and every mistake in the order of the
/// text.
///
/// ```
/// use brunt_plan::{Kind, parse};
/// let (plan, mistakes) = parse::plan(Kind::Load, "users = 100, duraton = 30s");
/// assert_eq!(plan.users, Some(100));
/// assert_eq!(mistakes[0].message, "unknown option `duraton`: did you mean `duration`?");
/// ```
pub fn plan(kind: Kind, text: &str) -> (Plan, Vec<Mistake>) {
    let tokens = lexer::lex(text);
    let mut mistakes = Vec::new();
    let plan = option_list::read_plan(kind, Cursor::new(text, &tokens), &mut mistakes);
    mistakes.sort_by_key(|mistake| match &mistake.place {
        Place::Text(range) => range.start,
        Place::Option(_) | Place::Target(_) => usize::MAX,
    });
    (plan, mistakes)
}

/// Reads targets between commas, each with its bytes, and every mistake.
///
/// ```
/// use brunt_plan::{Level, parse};
/// let (targets, mistakes) = parse::targets(Level::Target, "p95 < 50ms, troughput > 1_000/s");
/// assert_eq!(targets[0].0.to_string(), "p95 < 50ms");
/// assert_eq!(mistakes[0].message, "unknown metric `troughput`: did you mean `throughput`?");
/// ```
pub fn targets(level: Level, text: &str) -> (Vec<(Target, Range<usize>)>, Vec<Mistake>) {
    let tokens = lexer::lex(text);
    let mut mistakes = Vec::new();
    let mut targets = Vec::new();
    for item in Cursor::new(text, &tokens).items(&mut mistakes) {
        match whole_target(level, item) {
            Ok(target) => targets.push((target, item.range())),
            Err(mistake) => mistakes.push(mistake),
        }
    }
    (targets, mistakes)
}

/// Reads exactly one target.
///
/// # Errors
/// The first mistake of the text.
pub fn target(level: Level, text: &str) -> Result<Target, Mistake> {
    let tokens = lexer::lex(text);
    whole_target(level, Cursor::new(text, &tokens))
}

/// Reads exactly one quantity.
///
/// # Errors
/// The mistake of the text.
///
/// ```
/// use brunt_plan::parse;
/// assert_eq!(parse::quantity("1.5 s")?.to_string(), "1.5s");
/// assert_eq!(parse::quantity("5m").unwrap_err().message, "unknown unit `m` in `5m`: did you mean `5min`?");
/// # Ok::<(), brunt_plan::Mistake>(())
/// ```
pub fn quantity(text: &str) -> Result<Quantity, Mistake> {
    let tokens = lexer::lex(text);
    let mut cursor = Cursor::new(text, &tokens);
    let (quantity, _) = quantity::read_quantity(&mut cursor)?;
    cursor.finish("the quantity")?;
    Ok(quantity)
}

/// Replaces one option by a value from the environment or the configuration: `users`, `10`. The value is read by the
/// same parser as an attribute's; conflicts with other options are found by [`crate::check::plan`].
///
/// # Errors
/// An unknown option, one that generated code depends on (functions, cases, `virtual_time`, `per_core`), or a
/// mistake in the value; then the plan stays as it was.
pub fn set(plan: &mut Plan, option: &str, value: &str) -> Result<(), Mistake> {
    let spec = find_option(plan.kind, option).map_err(|message| Mistake::at(0..value.len(), message))?;
    if !spec.overridable {
        let message = format!("`{option}` is fixed when the test is compiled: give it in the attribute");
        return Err(Mistake { place: Place::Option(spec.name), message });
    }
    let mut changed = plan.clone();
    let tokens = lexer::lex(value);
    let mut mistakes = Vec::new();
    option_list::read_value(&mut changed, &spec, Cursor::on_literal(value, &tokens), &mut mistakes);
    match mistakes.into_iter().next() {
        Some(mistake) => Err(mistake),
        None => {
            *plan = changed;
            Ok(())
        }
    }
}

fn whole_target(level: Level, mut cursor: Cursor<'_>) -> Parsed<Target> {
    let target = limit::read_target(level, &mut cursor)?;
    cursor.finish("the target")?;
    Ok(target)
}
