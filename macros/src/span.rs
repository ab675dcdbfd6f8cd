//! Spans of generated code, and the text of paths.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::Path;
use syn::spanned::Spanned;

/// The span for generated code that belongs to tokens of the user: errors point at these tokens, lints do not fire
/// there.
pub(crate) fn code_span(tokens: &impl ToTokens) -> Span {
    Span::call_site().located_at(tokens.to_token_stream().span())
}

/// The same tokens with the same hygiene, moved to this span.
pub(crate) fn relocate_tokens(tokens: &TokenStream, span: Span) -> TokenStream {
    let located = |mut token: TokenTree| {
        token.set_span(token.span().located_at(span));
        token
    };
    tokens.clone().into_iter().map(located).collect()
}

/// An expression for the line of a token in the file that `file!()` names. For a test of a suite this is the file of
/// the suite's caller.
pub(crate) fn line_expression(span: Span, private: &TokenStream) -> TokenStream {
    if !proc_macro::is_available() {
        return quote!(0);
    }
    let span = span.unwrap();
    let (file, line) = (span.file(), u32::try_from(span.line()).unwrap_or(0));
    quote!(#private::line((#file, #line), (::core::file!(), ::core::line!())))
}

/// The last word of a path; empty where it has none.
pub(crate) fn last_segment(path: &Path) -> String {
    path.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default()
}

/// The path as it is written, without spaces.
pub(crate) fn path_text(path: &Path) -> String {
    path.to_token_stream().to_string().replace(' ', "")
}
