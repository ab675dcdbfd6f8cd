//! The cursor of the parsers: a window on the tokens of a text, with brackets and commas.

use super::lexer::{self, Token, TokenKind};
use crate::mistake::Mistake;
use crate::rust_text::RustText;
use std::ops::Range;

/// The result of a parser.
pub(super) type Parsed<T> = Result<T, Mistake>;

/// The tokens that are still to be read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cursor<'t> {
    text: &'t str,
    tokens: &'t [Token],
    at: usize,
    end: usize,
    /// Whether the text is the value of a string literal, not of an attribute.
    is_quoted: bool,
}

impl<'t> Cursor<'t> {
    pub(super) const fn new(text: &'t str, tokens: &'t [Token]) -> Self {
        Self { text, tokens, at: 0, end: tokens.len(), is_quoted: false }
    }

    /// A window on the value of a string literal.
    pub(super) const fn on_literal(text: &'t str, tokens: &'t [Token]) -> Self {
        Self { is_quoted: true, ..Self::new(text, tokens) }
    }

    /// The next token.
    pub(super) fn peek(&self) -> Option<Token> {
        self.nth(0)
    }

    /// The token after the next `ahead` ones.
    pub(super) fn nth(&self, ahead: usize) -> Option<Token> {
        let at = self.at + ahead;
        if at < self.end { self.tokens.get(at).copied() } else { None }
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.at >= self.end
    }

    /// How many tokens are left.
    pub(super) const fn len(&self) -> usize {
        self.end - self.at
    }

    pub(super) fn next(&mut self) -> Option<Token> {
        let token = self.peek()?;
        self.at += 1;
        Some(token)
    }

    pub(super) fn text(&self, token: Token) -> &'t str {
        &self.text[token.range()]
    }

    /// The text of the token after the next `ahead` ones; empty at the end.
    pub(super) fn nth_text(&self, ahead: usize) -> &'t str {
        self.nth(ahead).map_or("", |token| self.text(token))
    }

    pub(super) fn next_is(&self, symbol_or_word: &str) -> bool {
        self.nth_text(0) == symbol_or_word
    }

    pub(super) fn eat(&mut self, symbol_or_word: &str) -> bool {
        let eaten = self.next_is(symbol_or_word);
        self.at += usize::from(eaten);
        eaten
    }

    /// Takes the next token, if it is of this kind.
    pub(super) fn eat_kind(&mut self, kind: TokenKind) -> Option<Token> {
        let token = self.peek().filter(|token| token.kind == kind)?;
        self.at += 1;
        Some(token)
    }

    /// The bytes of the next token; at the end, those of the last one.
    pub(super) fn here(&self) -> Range<usize> {
        let last = self.end.checked_sub(1).and_then(|last| self.tokens.get(last));
        self.peek().as_ref().or(last).map_or(0..self.text.len(), |token| token.range())
    }

    /// The bytes of all that is left.
    pub(super) fn range(&self) -> Range<usize> {
        if self.is_empty() { self.here() } else { self.here().start..self.tokens[self.end - 1].end }
    }

    /// The text of all that is left.
    pub(super) fn rest(&self) -> &'t str {
        if self.is_empty() { "" } else { &self.text[self.range()] }
    }

    /// The bytes between an earlier state of this cursor and now.
    pub(super) fn range_since(&self, earlier: &Self) -> Range<usize> {
        Self { end: self.at, ..*earlier }.range()
    }

    /// The text between an earlier state of this cursor and now.
    pub(super) fn since(&self, earlier: &Self) -> &'t str {
        if earlier.at == self.at { "" } else { &self.text[self.range_since(earlier)] }
    }

    /// The text between an earlier state of this cursor and now, as Rust.
    pub(super) fn rust_since(&self, earlier: &Self) -> RustText {
        let range = (!self.is_quoted).then(|| self.range_since(earlier));
        RustText { text: self.since(earlier).to_owned(), range }
    }

    /// All that is left, as Rust.
    pub(super) fn rest_as_rust(&self) -> RustText {
        RustText { text: self.rest().to_owned(), range: (!self.is_quoted).then(|| self.range()) }
    }

    /// The tokens between an earlier state of this cursor and now.
    pub(super) const fn window_since(&self, earlier: &Self) -> Self {
        Self { end: self.at, ..*earlier }
    }

    /// The texts of the tokens between now and a later state of this cursor.
    pub(super) fn window_texts(self, later: &Self) -> impl Iterator<Item = &'t str> {
        let (text, tokens) = (self.text, self.tokens.get(self.at..later.at).unwrap_or_default());
        tokens.iter().map(move |token| &text[token.range()])
    }

    /// A mistake at the next token, which is quoted after what was wanted.
    pub(super) fn wanted(&self, wanted: &str) -> Mistake {
        let found = self.peek().map_or_else(|| "the end".to_owned(), |token| format!("`{}`", self.text(token)));
        Mistake::at(self.here(), format!("wanted {wanted}, found {found}"))
    }

    pub(super) fn expect(&mut self, symbol_or_word: &str, context: &str) -> Parsed<()> {
        if self.eat(symbol_or_word) { Ok(()) } else { Err(self.wanted(&format!("`{symbol_or_word}` {context}"))) }
    }

    /// A mistake if anything is left; `after` names what was read before.
    pub(super) fn finish(&self, after: &str) -> Parsed<()> {
        match self.peek() {
            None => Ok(()),
            Some(token) => {
                let found = self.text(token);
                let message = format!("unexpected `{found}` after {after}: is a comma missing before it?");
                Err(Mistake::at(token.range(), message))
            }
        }
    }

    /// Takes the next token if it is a string literal, and gives its value.
    pub(super) fn string(&mut self) -> Option<Parsed<String>> {
        let token = self.eat_kind(TokenKind::Text)?;
        Some(lexer::unquote_string(self.text(token)).map_err(|reason| Mistake::at(token.range(), reason)))
    }

    /// Takes a name: a word, or a string literal that is not empty.
    pub(super) fn name(&mut self) -> Option<Parsed<String>> {
        if let Some(token) = self.eat_kind(TokenKind::Word) {
            let word = self.text(token);
            return Some(Ok(word.strip_prefix("r#").unwrap_or(word).to_owned()));
        }
        let here = self.here();
        let name = self.string()?;
        let empty = || Err(Mistake::at(here, "the name `\"\"` is empty: a name has at least one character"));
        Some(name.and_then(|name| if name.is_empty() { empty() } else { Ok(name) }))
    }

    /// Takes a name and its colon, if both are next.
    pub(super) fn label(&mut self) -> Parsed<Option<String>> {
        let named = self.peek().is_some_and(|token| matches!(token.kind, TokenKind::Word | TokenKind::Text));
        if !named || self.nth_text(1) != ":" {
            return Ok(None);
        }
        let name = self.name().transpose()?;
        self.at += 1;
        Ok(name)
    }

    /// The inside of the brackets that open here; the cursor moves behind them.
    pub(super) fn group(&mut self, open: &str, wanted: &str) -> Parsed<Self> {
        if !self.next_is(open) {
            return Err(self.wanted(wanted));
        }
        let mut inside = *self;
        inside.at += 1;
        let mut open_brackets: Vec<Token> = Vec::new();
        while let Some(token) = self.next() {
            match self.bracket(token) {
                Some(true) => open_brackets.push(token),
                Some(false) => {
                    if !open_brackets.pop().is_some_and(|open| is_bracket_pair(self.text(open), self.text(token))) {
                        break;
                    }
                    if open_brackets.is_empty() {
                        inside.end = self.at - 1;
                        return Ok(inside);
                    }
                }
                None => {}
            }
        }
        let start = self.tokens[inside.at - 1];
        Err(Mistake::at(start.range(), format!("`{open}` is not closed: wanted `{}`", closing_bracket(open))))
    }

    /// The items between top-level commas, with a mistake for each empty one. One comma at the end is allowed.
    pub(super) fn items(&self, mistakes: &mut Vec<Mistake>) -> Vec<Self> {
        let mut items = Vec::new();
        let mut rest = *self;
        while !rest.is_empty() {
            let item = rest.item();
            if item.is_empty() {
                mistakes.push(Mistake::at(rest.here(), "nothing stands before this `,`"));
            } else {
                items.push(item);
            }
            rest.at += 1;
        }
        items
    }

    /// The item before the next top-level comma; the cursor moves to the comma.
    pub(super) fn item(&mut self) -> Self {
        let start = *self;
        let mut depth = 0_usize;
        while let Some(token) = self.peek() {
            match self.bracket(token) {
                Some(true) => depth += 1,
                Some(false) => depth = depth.saturating_sub(1),
                None if depth == 0 && self.text(token) == "," => break,
                None => {}
            }
            self.at += 1;
        }
        self.window_since(&start)
    }

    /// Whether the token opens (`true`) or closes (`false`) a bracket.
    fn bracket(&self, token: Token) -> Option<bool> {
        match self.text(token) {
            "(" | "[" | "{" => Some(true),
            ")" | "]" | "}" => Some(false),
            _ => None,
        }
    }
}

/// Reads the value of a string literal as text; its mistakes are placed at the literal.
pub(super) fn read_literal<T>(
    value: &str,
    literal: Range<usize>,
    parser: impl FnOnce(Cursor<'_>) -> Parsed<T>,
) -> Parsed<T> {
    let tokens = lexer::lex(value);
    parser(Cursor::on_literal(value, &tokens)).map_err(|mistake| Mistake::at(literal, mistake.message))
}

fn closing_bracket(open: &str) -> &'static str {
    match open {
        "(" => ")",
        "[" => "]",
        _ => "}",
    }
}

fn is_bracket_pair(open: &str, close: &str) -> bool {
    closing_bracket(open) == close
}
