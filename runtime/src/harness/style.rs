//! Whether text may be coloured and how wide it may be.

use super::args::Color;
use super::environment::Variables;
use crate::report::Style;

/// Columns where nobody says how many there are.
const WIDTH: usize = 100;

/// The style of what is printed on stdout. The command line wins over `NO_COLOR`, that over `CLICOLOR_FORCE`, that over
/// `CARGO_TERM_COLOR`, that over whether stdout is a terminal.
pub(crate) fn decide(variables: &Variables, asked: Option<Color>, is_terminal: bool) -> Style {
    let forced = variables.get("CLICOLOR_FORCE").is_some_and(|value| value != "0");
    let color = match (asked, variables.get("CARGO_TERM_COLOR")) {
        (Some(Color::Always), _) => true,
        (Some(Color::Never), _) => false,
        _ if variables.get("NO_COLOR").is_some() => false,
        _ if forced => true,
        (_, Some("always")) => true,
        (_, Some("never")) => false,
        _ => is_terminal && variables.get("TERM") != Some("dumb"),
    };
    Style { color, width: variables.get("COLUMNS").and_then(|columns| columns.parse().ok()).unwrap_or(WIDTH) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_strongest_word_decides() {
        for (variables, asked, is_terminal, wanted) in [
            (Variables::of([]), None, true, true),
            (Variables::of([]), None, false, false),
            (Variables::of([("TERM", "dumb")]), None, true, false),
            (Variables::of([("CARGO_TERM_COLOR", "always")]), None, false, true),
            (Variables::of([("CARGO_TERM_COLOR", "never")]), None, true, false),
            (Variables::of([("CLICOLOR_FORCE", "1"), ("CARGO_TERM_COLOR", "never")]), None, false, true),
            (Variables::of([("CLICOLOR_FORCE", "0")]), None, false, false),
            (Variables::of([("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]), None, true, false),
            (Variables::of([("NO_COLOR", "")]), None, true, true),
            (Variables::of([("NO_COLOR", "1")]), Some(Color::Always), false, true),
            (Variables::of([("CLICOLOR_FORCE", "1")]), Some(Color::Never), true, false),
            (Variables::of([("CLICOLOR_FORCE", "1")]), Some(Color::Auto), false, true),
        ] {
            assert_eq!(decide(&variables, asked, is_terminal).color, wanted, "{variables:?} {asked:?} {is_terminal}");
        }
    }

    #[test]
    fn the_width_is_what_the_terminal_says() {
        assert_eq!(decide(&Variables::of([("COLUMNS", "72")]), None, false).width, 72);
        assert_eq!(decide(&Variables::of([("COLUMNS", "wide")]), None, false).width, WIDTH);
    }
}
