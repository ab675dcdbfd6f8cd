//! What the harness tells people, on stdout and stderr. Nobody may read them any more (`cargo test 2>&1 | head`): that
//! costs the text, and never a verdict, so nothing else in this crate prints.

use super::environment::Variables;
use std::fmt::Display;
use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether the standard harness captures what the threads of its tests print.
static CAPTURED: AtomicBool = AtomicBool::new(false);

/// The standard harness runs the tests: what a test says belongs to what it captures, if it does.
pub(crate) fn be_captured(variables: &Variables, arguments: impl IntoIterator<Item = String>) {
    let shown = variables.get("RUST_TEST_NOCAPTURE").is_some_and(|value| value != "0")
        || arguments.into_iter().any(|argument| argument == "--nocapture" || argument == "--no-capture");
    CAPTURED.store(!shown, Ordering::Relaxed);
}

/// A line of a test, on stderr.
#[allow(clippy::print_stderr, reason = "what is captured is written to memory")]
pub(crate) fn print_line(text: impl Display) {
    if CAPTURED.load(Ordering::Relaxed) { eprintln!("{text}") } else { print_uncaptured(text) }
}

/// A text of a test, on stdout.
#[allow(clippy::print_stdout, reason = "what is captured is written to memory")]
pub(crate) fn print_text(text: impl Display) {
    if CAPTURED.load(Ordering::Relaxed) {
        print!("{text}");
    } else {
        let _ = write!(std::io::stdout(), "{text}");
    }
}

/// A line on stderr that the standard harness does not capture.
pub(crate) fn print_uncaptured(text: impl Display) {
    let _ = writeln!(std::io::stderr(), "{text}");
}
