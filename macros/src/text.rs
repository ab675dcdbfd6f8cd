//! Tokens of an attribute as text of the language, and the map back from bytes to tokens, which turns a mistake in the
//! text into an error at the token.

use proc_macro2::{Delimiter, Group, Punct, Spacing, Span, TokenStream, TokenTree};
use quote::ToTokens;
use std::ops::Range;

/// Tokens and their text, without spaces except between two words. The invisible groups around fragments of
/// `macro_rules!` are not in the text.
pub(crate) struct Text {
    text: String,
    nodes: Vec<Node>,
}

/// A token and its bytes. A group has the tokens inside of it as children.
struct Node {
    tree: TokenTree,
    range: Range<usize>,
    children: Vec<Node>,
}

impl Text {
    pub(crate) fn new(tokens: TokenStream) -> Self {
        let mut writer = Writer { text: String::new(), after_word: false };
        let nodes = writer.stream(tokens);
        Self { text: writer.text, nodes }
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// The tokens that lie wholly within these bytes. An invisible group is kept as one if it lies within them.
    pub(crate) fn tokens(&self, range: &Range<usize>) -> TokenStream {
        let mut tokens = TokenStream::new();
        collect_tokens(&self.nodes, range, &mut tokens);
        tokens
    }

    /// A mistake at the tokens in these bytes.
    pub(crate) fn error(&self, range: &Range<usize>, message: impl std::fmt::Display) -> syn::Error {
        let mut spans = Vec::new();
        touched_spans(&self.nodes, range, &mut spans);
        match (spans.first(), spans.last()) {
            (Some(first), Some(last)) => mistake_between(*first, *last, message),
            _ => syn::Error::new(Span::call_site(), message),
        }
    }

    /// The items between the commas that are outside of all brackets.
    pub(crate) fn items(&self) -> Vec<Range<usize>> {
        let mut commas = Vec::new();
        top_level_commas(&self.nodes, &mut commas);
        let starts = std::iter::once(0).chain(commas.iter().map(|at| at + 1));
        let ends = commas.iter().copied().chain([self.text.len()]);
        starts.zip(ends).map(|(start, end)| start..end).filter(|range| !range.is_empty()).collect()
    }
}

/// A mistake from one token to another.
fn mistake_between(first: Span, last: Span, message: impl std::fmt::Display) -> syn::Error {
    let ends = [first, last].map(|span| {
        let mut end = Punct::new('.', Spacing::Alone);
        end.set_span(span);
        end.to_token_stream()
    });
    syn::Error::new_spanned(TokenStream::from_iter(ends), message)
}

struct Writer {
    text: String,
    after_word: bool,
}

impl Writer {
    fn stream(&mut self, tokens: TokenStream) -> Vec<Node> {
        tokens.into_iter().map(|tree| self.tree(tree)).collect()
    }

    fn tree(&mut self, tree: TokenTree) -> Node {
        match &tree {
            TokenTree::Group(group) => {
                let group = group.clone();
                self.group(tree, &group)
            }
            TokenTree::Punct(punct) => {
                let start = self.text.len();
                self.text.push(punct.as_char());
                self.after_word = false;
                Node { tree, range: start..self.text.len(), children: Vec::new() }
            }
            TokenTree::Ident(_) | TokenTree::Literal(_) => {
                if self.after_word {
                    self.text.push(' ');
                }
                let start = self.text.len();
                self.text.push_str(&tree.to_string());
                self.after_word = true;
                Node { tree, range: start..self.text.len(), children: Vec::new() }
            }
        }
    }

    fn group(&mut self, tree: TokenTree, group: &Group) -> Node {
        let Some((open, close)) = bracket_pair(group.delimiter()) else {
            let children = self.stream(group.stream());
            let start = children.first().map_or(self.text.len(), |child| child.range.start);
            return Node { tree, range: start..self.text.len(), children };
        };
        let start = self.text.len();
        self.text.push(open);
        self.after_word = false;
        let children = self.stream(group.stream());
        self.text.push(close);
        self.after_word = false;
        Node { tree, range: start..self.text.len(), children }
    }
}

const fn bracket_pair(delimiter: Delimiter) -> Option<(char, char)> {
    match delimiter {
        Delimiter::Parenthesis => Some(('(', ')')),
        Delimiter::Bracket => Some(('[', ']')),
        Delimiter::Brace => Some(('{', '}')),
        Delimiter::None => None,
    }
}

fn is_invisible(tree: &TokenTree) -> bool {
    matches!(tree, TokenTree::Group(group) if group.delimiter() == Delimiter::None)
}

fn collect_tokens(nodes: &[Node], range: &Range<usize>, tokens: &mut TokenStream) {
    for node in nodes {
        if range.start <= node.range.start && node.range.end <= range.end {
            tokens.extend([node.tree.clone()]);
        } else if node.range.start < range.end && range.start < node.range.end {
            collect_tokens(&node.children, range, tokens);
        }
    }
}

/// The spans of the tokens that overlap these bytes, in order. A bracket has a span of its own.
fn touched_spans(nodes: &[Node], range: &Range<usize>, spans: &mut Vec<Span>) {
    for node in nodes.iter().filter(|node| node.range.start < range.end && range.start < node.range.end) {
        let TokenTree::Group(group) = &node.tree else {
            spans.push(node.tree.span());
            continue;
        };
        let visible = !is_invisible(&node.tree);
        if visible && range.start <= node.range.start {
            spans.push(group.span_open());
        }
        touched_spans(&node.children, range, spans);
        if visible && node.range.end <= range.end {
            spans.push(group.span_close());
        }
    }
}

fn top_level_commas(nodes: &[Node], commas: &mut Vec<usize>) {
    for node in nodes {
        match &node.tree {
            TokenTree::Punct(punct) if punct.as_char() == ',' => commas.push(node.range.start),
            tree if is_invisible(tree) => top_level_commas(&node.children, commas),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests;
