//! Output of the harness on stdout and stderr. A closed stream (`cargo test 2>&1 | head`) loses the text but never
//! affects a verdict; therefore nothing else in this crate prints.

use super::environment::Variables;
use std::fmt::Display;
use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether libtest captures the output of its tests' threads.
static CAPTURED: AtomicBool = AtomicBool::new(false);

/// Declares that libtest runs the tests: their output goes where libtest captures it.
pub(crate) fn be_captured(variables: &Variables, arguments: impl IntoIterator<Item = String>) {
    let shown = variables.get("RUST_TEST_NOCAPTURE").is_some_and(|value| value != "0")
        || arguments.into_iter().any(|argument| argument == "--nocapture" || argument == "--no-capture");
    CAPTURED.store(!shown, Ordering::Relaxed);
}

/// Prints a line of a test to stderr.
#[allow(clippy::print_stderr, reason = "what is captured is written to memory")]
pub(crate) fn print_line(text: impl Display) {
    if CAPTURED.load(Ordering::Relaxed) { eprintln!("{text}") } else { print_uncaptured(text) }
}

/// Prints a text of a test to stdout.
#[allow(clippy::print_stdout, reason = "what is captured is written to memory")]
pub(crate) fn print_text(text: impl Display) {
    if CAPTURED.load(Ordering::Relaxed) {
        print!("{text}");
    } else {
        let _ = write!(std::io::stdout(), "{text}");
    }
}

/// Prints a line to stderr that libtest does not capture.
pub(crate) fn print_uncaptured(text: impl Display) {
    let _ = writeln!(std::io::stderr(), "{text}");
}
