//! The lexer: text to tokens. Words, numbers and strings have the shape that rustc gives them. It never fails: an
//! unknown character becomes a symbol, which the parsers refuse.

use std::ops::Range;

/// The kind of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenKind {
    /// `p95`, `log_n`, `r#type`, `$crate`.
    Word,
    /// `1_000`, `1.5`, `1e3`: digits without sign and unit.
    Number,
    /// A string literal with its quotes.
    Text,
    /// A character literal; only Rust values have them.
    Char,
    /// Punctuation.
    Symbol,
}

/// One token and its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) kind: TokenKind,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

impl Token {
    pub(crate) const fn range(self) -> Range<usize> {
        self.start..self.end
    }
}

/// Punctuation of more than one character, longest first.
const SYMBOLS: [&str; 9] = ["..=", "->", "=>", "<=", ">=", "==", "!=", "::", ".."];

/// All tokens of the text.
pub(crate) fn lex(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut start = 0;
    while let Some(first) = text[start..].chars().next() {
        let rest = &text[start..];
        if first.is_whitespace() {
            start += first.len_utf8();
            continue;
        }
        let (kind, length) = next_token(rest, first);
        tokens.push(Token { kind, start, end: start + length });
        start += length;
    }
    tokens
}

/// Whether the text is one word, so that it can stand without quotes.
pub(crate) fn is_word(text: &str) -> bool {
    text.chars().next().is_some_and(|first| first.is_alphabetic() || first == '_')
        && text.chars().all(|c| c.is_alphanumeric() || c == '_')
}

fn next_token(rest: &str, first: char) -> (TokenKind, usize) {
    if first.is_ascii_digit() {
        return (TokenKind::Number, number_length(rest));
    }
    if let Some(length) = string_length(rest) {
        return (TokenKind::Text, length);
    }
    if (first == '\'' || rest.starts_with("b'"))
        && let Some(length) = character_length(rest)
    {
        return (TokenKind::Char, length);
    }
    match word_length(rest, first) {
        0 => (TokenKind::Symbol, symbol_length(rest, first)),
        length => (TokenKind::Word, length),
    }
}

fn symbol_length(rest: &str, first: char) -> usize {
    // `name:::path` is a name, a colon and a path that begins with `::`.
    if rest.starts_with(":::") {
        return 1;
    }
    SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol)).map_or(first.len_utf8(), |symbol| symbol.len())
}

fn word_length(rest: &str, first: char) -> usize {
    let prefix = match first {
        '$' => 1,
        'r' if rest.starts_with("r#") => 2,
        _ => 0,
    };
    let body = &rest[prefix..];
    if !body.starts_with(|c: char| c.is_alphabetic() || c == '_') {
        return if prefix == 2 { 1 } else { 0 };
    }
    prefix + body.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(body.len())
}

fn digits_length(text: &str) -> usize {
    text.find(|c: char| !(c.is_ascii_digit() || c == '_')).unwrap_or(text.len())
}

fn number_length(rest: &str) -> usize {
    let mut length = digits_length(rest);
    let starts_with_digit = |text: &str| text.starts_with(|c: char| c.is_ascii_digit());
    if let Some(fraction) = rest[length..].strip_prefix('.')
        && starts_with_digit(fraction)
    {
        length += 1 + digits_length(fraction);
    }
    if let Some(exponent) = rest[length..].strip_prefix(['e', 'E']) {
        let unsigned = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        if starts_with_digit(unsigned) {
            length = rest.len() - unsigned.len() + digits_length(unsigned);
        }
    }
    length
}

/// The length of a string literal of any kind; up to the end of the text if it is not closed.
fn string_length(rest: &str) -> Option<usize> {
    let body = rest.trim_start_matches(['b', 'c']);
    let prefix = rest.len() - body.len();
    if prefix > 1 {
        return None;
    }
    if let Some(raw) = body.strip_prefix('r') {
        let hashes = raw.len() - raw.trim_start_matches('#').len();
        let content = raw[hashes..].strip_prefix('"')?;
        let close = format!("\"{}", "#".repeat(hashes));
        let length = content.find(&close).map_or(content.len(), |at| at + close.len());
        return Some(rest.len() - content.len() + length);
    }
    let content = body.strip_prefix('"')?;
    let mut escaped = false;
    for (at, c) in content.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return Some(prefix + 1 + at + 1),
            _ => {}
        }
    }
    Some(rest.len())
}

/// The length of a character literal; `None` for a lifetime.
fn character_length(rest: &str) -> Option<usize> {
    let content = rest.strip_prefix('b').unwrap_or(rest).strip_prefix('\'')?;
    let length = match content.chars().next()? {
        '\\' => 2 + content.get(2..)?.find('\'')?,
        c => c.len_utf8(),
    };
    content.get(length..)?.starts_with('\'').then(|| rest.len() - content.len() + length + 1)
}

/// The value of a string literal, or what is wrong with it.
pub(crate) fn unquote_string(literal: &str) -> Result<String, String> {
    if let Some(raw) = literal.strip_prefix('r') {
        let inner = raw.trim_start_matches('#');
        let hashes = raw.len() - inner.len();
        let content = inner.strip_prefix('"').and_then(|text| text.strip_suffix(&"#".repeat(hashes)));
        return match content.and_then(|text| text.strip_suffix('"')) {
            Some(text) => Ok(text.to_owned()),
            None => Err(format!("the string {literal} is not closed")),
        };
    }
    if !literal.starts_with('"') {
        return Err(format!("{literal} is no plain string: leave its prefix out"));
    }
    unescape_string(&literal[1..]).map_err(|reason| format!("{reason} in the string {literal}"))
}

/// The text up to the closing quote, its escapes replaced.
fn unescape_string(body: &str) -> Result<String, String> {
    let mut value = String::with_capacity(body.len());
    let mut chars = body.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => return Ok(value),
            '\\' => match chars.next() {
                Some('n') => value.push('\n'),
                Some('r') => value.push('\r'),
                Some('t') => value.push('\t'),
                Some('0') => value.push('\0'),
                Some(same @ ('\\' | '\'' | '"')) => value.push(same),
                Some('x') => value.push(code_point(&chars.by_ref().take(2).collect::<String>())?),
                Some('u') => {
                    let code: String = chars.by_ref().skip(1).take_while(|c| *c != '}').collect();
                    value.push(code_point(&code.replace('_', ""))?);
                }
                Some('\n') => {
                    let rest = chars.as_str().trim_start();
                    chars = rest.chars();
                }
                other => return Err(format!("unknown escape `\\{}`", other.unwrap_or(' '))),
            },
            c => value.push(c),
        }
    }
    Err("a closing quote is missing".to_owned())
}

fn code_point(hex: &str) -> Result<char, String> {
    u32::from_str_radix(hex, 16)
        .ok()
        .and_then(char::from_u32)
        .ok_or_else(|| format!("no character has the code `{hex}`"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<&str> {
        lex(text).into_iter().map(|token| &text[token.range()]).collect()
    }

    #[test]
    fn tokens_as_rustc_has_them() {
        for (text, wanted) in [
            ("10->200 over 1min", vec!["10", "->", "200", "over", "1", "min"]),
            ("1_000/s..=1e3/s", vec!["1_000", "/", "s", "..=", "1e3", "/", "s"]),
            ("1.5x..2.5x a", vec!["1.5", "x", "..", "2.5", "x", "a"]),
            ("p99.9<1s", vec!["p99", ".", "9", "<", "1", "s"]),
            ("p99.9.cv", vec!["p99", ".", "9", ".", "cv"]),
            ("\"GET /cart\".p95<80ms", vec!["\"GET /cart\"", ".", "p95", "<", "80", "ms"]),
            ("except\"shed\"", vec!["except", "\"shed\""]),
            (r#""a\"b" c"#, vec![r#""a\"b""#, "c"]),
            (r##"r#"a"b"# r#type"##, vec![r##"r#"a"b"#"##, "r#type"]),
            ("a:::std::x", vec!["a", ":", "::", "std", "::", "x"]),
            ("['\"', b'[', '\\'', 'a']", vec!["[", "'\"'", ",", "b'['", ",", "'\\''", ",", "'a'", "]"]),
            ("&'a str", vec!["&", "'", "a", "str"]),
            ("$crate::f 5µs n²", vec!["$crate", "::", "f", "5", "µs", "n²"]),
            ("\"open", vec!["\"open"]),
        ] {
            assert_eq!(texts(text), wanted, "{text}");
        }
    }

    #[test]
    fn strings_are_unquoted() {
        for (literal, wanted) in [
            (r#""plain""#, "plain"),
            (r#""a\"\\\n\t\x41\u{e9}""#, "a\"\\\n\tAé"),
            (r#"r"a\b""#, r"a\b"),
            (r##"r#"a"b"#"##, "a\"b"),
        ] {
            assert_eq!(unquote_string(literal).unwrap(), wanted, "{literal}");
        }
        for literal in [r#""open"#, r#""\q""#, r#""\xZZ""#, r#""\u{110000}""#, r#"b"bytes""#, r#"r#"open""#, "\"\\"] {
            assert!(unquote_string(literal).is_err(), "{literal}");
        }
    }
}
