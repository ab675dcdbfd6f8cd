//! Colour and width of printed text.

use super::args::Color;
use super::environment::Variables;
use crate::report::Style;
use std::io::IsTerminal;

/// Default width in columns.
const WIDTH: usize = 100;

/// The style of output on stdout. The order of precedence is: command line, `NO_COLOR`, `CLICOLOR_FORCE`,
/// `CARGO_TERM_COLOR`, whether stdout is a terminal.
pub(crate) fn choose_style(variables: &Variables, asked: Option<Color>, terminal: Terminal) -> Style {
    let forced = variables.get("CLICOLOR_FORCE").is_some_and(|value| value != "0");
    let color = match (asked, variables.get("CARGO_TERM_COLOR")) {
        (Some(Color::Always), _) => true,
        (Some(Color::Never), _) => false,
        _ if variables.get("NO_COLOR").is_some() => false,
        _ if forced => true,
        (_, Some("always")) => true,
        (_, Some("never")) => false,
        _ => terminal.is_there && variables.get("TERM") != Some("dumb"),
    };
    let said = variables.get("COLUMNS").and_then(|columns| columns.trim().parse().ok()).filter(|columns| *columns > 0);
    Style { color, width: said.or(terminal.columns).unwrap_or(WIDTH) }
}

/// The kind of stdout.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Terminal {
    is_there: bool,
    columns: Option<usize>,
}

impl Terminal {
    /// The kind of this process's stdout.
    pub(crate) fn of_stdout() -> Self {
        let is_there = std::io::stdout().is_terminal();
        Self { is_there, columns: terminal_columns().filter(|_| is_there) }
    }
}

/// The terminal's width; a width of zero, which some terminals give, counts as unknown.
#[cfg(unix)]
fn terminal_columns() -> Option<usize> {
    let size = rustix::termios::tcgetwinsize(std::io::stdout()).ok()?;
    Some(usize::from(size.ws_col)).filter(|columns| *columns > 0)
}

#[cfg(not(unix))]
fn terminal_columns() -> Option<usize> {
    None
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
            let terminal = Terminal { is_there: is_terminal, columns: None };
            assert_eq!(
                choose_style(&variables, asked, terminal).color,
                wanted,
                "{variables:?} {asked:?} {is_terminal}"
            );
        }
    }

    #[test]
    fn the_width_is_what_columns_says_else_the_terminal() {
        let terminal = |columns| Terminal { is_there: true, columns };
        for (variable, terminal, wanted) in [
            ("72", Terminal::default(), 72),
            ("72", terminal(Some(80)), 72),
            ("", terminal(Some(80)), 80),
            ("wide", terminal(Some(80)), 80),
            ("0", terminal(Some(80)), 80),
            ("wide", Terminal::default(), WIDTH),
            ("", terminal(None), WIDTH),
        ] {
            let variables = Variables::of([("COLUMNS", variable)]);
            assert_eq!(choose_style(&variables, None, terminal).width, wanted, "{variable} {terminal:?}");
        }
    }
}
