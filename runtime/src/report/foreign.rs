//! Makes text that is not brunt's safe to show: names and messages of bodies, of the system under test and of its
//! processes. The text is shortened, put on lines of its own, and freed of anything that a terminal or a CI system
//! takes for a command. The report as data keeps it whole.

use super::message;
use super::model::TestReport;
pub(crate) use crate::units::shorten_text;
use serde_json::Value;

/// The most characters of a text that are shown.
pub(super) const LONGEST: usize = 1_000;
/// The most characters of a message of several lines that are shown.
const LONGEST_MESSAGE: usize = 20_000;
/// The fields that may have several lines.
const OF_MANY_LINES: [&str; 2] = ["message", "output"];

/// The text as one line of at most `most` characters.
pub(crate) fn as_one_line(text: &str, most: usize) -> String {
    let mut shown = String::new();
    for c in shorten_text(text, most).chars() {
        push_escaped(&mut shown, c);
    }
    without_orders(&shown)
}

/// The text with its line breaks, of at most `most` characters.
pub(crate) fn as_text(text: &str, most: usize) -> String {
    let short = shorten_text(text, most);
    let lines: Vec<String> =
        short.split('\n').map(|part| as_one_line(part.trim_end_matches('\r'), usize::MAX)).collect();
    lines.join("\n")
}

fn push_escaped(shown: &mut String, c: char) {
    match c {
        '\n' => shown.push_str("\\n"),
        '\r' => shown.push_str("\\r"),
        '\t' => shown.push_str("\\t"),
        c if is_changed(c) => shown.extend(c.escape_unicode()),
        c => shown.push(c),
    }
}

/// Whether a character is escaped when it is shown.
fn is_changed(c: char) -> bool {
    match c {
        ' '..='~' => false,
        // Marks of text direction can make text read differently from what it is; characters without width can make two
        // names look alike.
        '\u{61c}' | '\u{200b}' | '\u{feff}' | '\u{200e}' | '\u{200f}' => true,
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}' => true,
        c => c.is_control() || is_no_character(c),
    }
}

/// Whether Unicode reserves the code point as a noncharacter; XML refuses the first two.
fn is_no_character(c: char) -> bool {
    matches!(c, '\u{fffe}' | '\u{ffff}' | '\u{fdd0}'..='\u{fdef}') || u32::from(c) & 0xfffe == 0xfffe
}

/// Escapes commands of CI systems. They obey a line that begins with `::error`, `##[error]`, `##vso[` or `##teamcity[`,
/// after spaces too, and wrapping can put any word at the beginning of a line.
fn without_orders(line: &str) -> String {
    let mut shown = String::with_capacity(line.len());
    let mut begins_a_word = true;
    for (at, c) in line.char_indices() {
        let rest = &line[at..];
        let is_order = begins_a_word && rest.starts_with("::")
            || ["##[", "##vso[", "##teamcity["].iter().any(|order| rest.starts_with(order));
        if is_order {
            shown.push('\\');
        }
        shown.push(c);
        begins_a_word = c == ' ';
    }
    shown
}

/// The report as it is shown to people.
pub(crate) fn shown_report(test: &TestReport) -> TestReport {
    let mut whole = test.clone();
    whole.histogram = None;
    // Most reports have nothing to escape, and a run may have ten thousand tests: the check costs a tenth of a rewrite.
    if serde_json::to_string(&whole).is_ok_and(|json| is_harmless(&json)) {
        return whole;
    }
    let Ok(mut value) = serde_json::to_value(&whole) else { return whole };
    escape_strings(&mut value, false);
    let Ok(mut shown) = serde_json::from_value::<TestReport>(value) else { return whole };
    // The message about the targets is composed again from lines that were escaped one by one.
    let is_slow = [false, true].into_iter().find(|is_slow| test.message == message::failure_message(test, *is_slow));
    if let Some(is_slow) = is_slow.filter(|_| test.message.is_some()) {
        shown.message = message::failure_message(&shown, is_slow);
    }
    shown
}

/// Whether every string in a JSON text is shown unchanged. The result may wrongly be `false`: characters that JSON
/// escapes count as harmful, and so does text between two strings.
fn is_harmless(json: &str) -> bool {
    let (mut before, mut length) = ('"', 0);
    for (at, c) in json.char_indices() {
        length = if c == '"' { 0 } else { length + 1 };
        let is_order = c == '#' || c == ':' && matches!(before, '"' | ' ') && json[at + 1..].starts_with(':');
        if c == '\\' || length > LONGEST || is_order || is_changed(c) {
            return false;
        }
        before = c;
    }
    true
}

fn escape_strings(value: &mut Value, many_lines: bool) {
    match value {
        Value::String(found) => {
            *found = if many_lines { as_text(found, LONGEST_MESSAGE) } else { as_one_line(found, LONGEST) };
        }
        Value::Array(values) => values.iter_mut().for_each(|value| escape_strings(value, many_lines)),
        Value::Object(fields) => {
            let all = std::mem::take(fields);
            for (name, mut value) in all {
                escape_strings(&mut value, OF_MANY_LINES.contains(&name.as_str()));
                fields.insert(as_one_line(&name, LONGEST), value);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_shown_orders_nothing() {
        for (foreign, wanted) in [
            ("GET /cart", "GET /cart"),
            ("\x1b[31mred\x1b]0;title\x07", "\\u{1b}[31mred\\u{1b}]0;title\\u{7}"),
            ("a\n::error file=x::forged", "a\\n::error file=x::forged"),
            ("::error::forged", "\\::error::forged"),
            ("wrapped ::set-output name=x::y", "wrapped \\::set-output name=x::y"),
            ("std::io::Error", "std::io::Error"),
            ("x##[error]y ##vso[task] ##teamcity[a]", "x\\##[error]y \\##vso[task] \\##teamcity[a]"),
            ("abc\u{202e}def", "abc\\u{202e}def"),
            ("a\u{fffe}b\u{1ffff}", "a\\u{fffe}b\\u{1ffff}"),
            ("für 5 µs → ok", "für 5 µs → ok"),
        ] {
            assert_eq!(as_one_line(foreign, 100), wanted);
        }
        assert_eq!(as_text("a\r\n  ::error::b\n\tc", 100), "a\n  \\::error::b\n\\tc");
        assert_eq!((shorten_text("abcdef", 4), shorten_text("abcd", 4)), ("abc…".to_owned(), "abcd".to_owned()));
    }

    #[test]
    fn a_usual_report_is_harmless() {
        let json = "{\"name\":\"a::b\",\"load\":\"1 user × 1 iteration\",\"unit\":\"µs\",\"kind\":\"io::EMFILE\"}";
        assert!(is_harmless(json));
        for harmful in
            ["\"::error::\"", "\"a ::error::\"", "\"##[error]\"", "\"\\u001b\"", "\"\u{9b}\"", "\"\u{202e}\""]
        {
            assert!(!is_harmless(harmful), "{harmful}");
        }
        assert!(!is_harmless(&format!("\"{}\"", "x".repeat(LONGEST + 1))));
    }

    /// Shown text only has characters that [XML 1.0](https://www.w3.org/TR/xml/#charsets) allows, and no controls.
    #[test]
    fn what_is_shown_may_stand_in_xml() {
        let planes = (0..0x11).flat_map(|plane| (plane << 16 | 0xff00)..(plane + 1) << 16);
        for c in (0..0x1_0000).chain(planes).filter_map(char::from_u32) {
            let shown = as_one_line(&c.to_string(), 10);
            let is_xml = |c: char| matches!(c, ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
            assert!(shown.chars().all(|c| is_xml(c) && !c.is_control()), "{:x}", u32::from(c));
        }
    }

    proptest! {
        /// Text that is judged harmless in a report is shown unchanged.
        #[test]
        fn nothing_harmless_is_changed(foreign in "[ -~\\n:# éµ\\u{202e}\\u{fffe}]{0,12}", many in 0..3_usize) {
            let foreign = foreign.repeat(1 + many * 60);
            let json = serde_json::json!({ "name": foreign, "values": [1, 2.5], &foreign: null }).to_string();
            if is_harmless(&json) {
                prop_assert_eq!(as_one_line(&foreign, LONGEST), foreign.clone());
                prop_assert_eq!(as_text(&foreign, LONGEST_MESSAGE), foreign);
            }
        }

        #[test]
        fn no_line_of_it_begins_with_an_order(foreign in "[ a:#\\[\\n\\r\\x1b\\x07]{0,40}") {
            let shown = as_text(&foreign, 30);
            prop_assert!(shown.chars().count() <= 30 * 12);
            for part in shown.split('\n').flat_map(|line| line.split(' ')) {
                prop_assert!(!part.starts_with("::") && !part.starts_with("##["), "{shown:?}");
            }
            prop_assert!(!shown.contains(|c: char| c.is_control() && c != '\n'));
        }
    }
}
