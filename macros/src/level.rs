//! `#[target]` and `#[critical]`. Below the primary attribute they are read by it. If one is expanded before the
//! primary attribute, it emits itself again below it, under an internal name; without a primary attribute it is an
//! error.

use crate::span::last_segment;
use crate::text::Text;
use brunt_plan::{Kind, Level};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::parse::{Parse, ParseStream};
use syn::spanned::Spanned;
use syn::{Attribute, Meta, Path};

/// One `#[target(...)]` or `#[critical(...)]`.
pub(crate) struct LevelAttribute {
    pub(crate) level: Level,
    /// The path as written, if the compiler has not resolved it yet.
    pub(crate) imported: Option<Path>,
    pub(crate) text: Text,
    /// The span of its path.
    pub(crate) span: Span,
    /// The mistake of an attribute without a list of targets.
    pub(crate) malformed: Option<syn::Error>,
}

impl LevelAttribute {
    /// The level attribute, recognised by the last segment of its path.
    pub(crate) fn of(attribute: &Attribute) -> Option<Self> {
        let written = last_segment(attribute.path());
        let level = [Level::Target, Level::Critical]
            .into_iter()
            .find(|level| written == attribute_name(*level) || written == marker_name(*level))?;
        let name = attribute_name(level);
        let (tokens, malformed) = match &attribute.meta {
            Meta::List(list) => (list.tokens.clone(), None),
            meta => {
                let example = format!("wanted targets in parentheses: `#[{name}(p95 < 50ms)]`");
                (TokenStream::new(), Some(syn::Error::new_spanned(meta, example)))
            }
        };
        let waited = first_word(&tokens) == LAST_ARGUMENT;
        let tokens: TokenStream = if waited { tokens.into_iter().skip(2).collect() } else { tokens };
        let malformed = malformed.or_else(|| {
            let message =
                format!("`#[{name}()]` judges nothing: wanted targets in the parentheses: `#[{name}(p95 < 50ms)]`");
            tokens.is_empty().then(|| syn::Error::new_spanned(&attribute.meta, message))
        });
        Some(Self {
            level,
            imported: (!waited && written != marker_name(level)).then(|| attribute.path().clone()),
            text: Text::new(tokens),
            span: attribute.path().span(),
            malformed,
        })
    }
}

const fn attribute_name(level: Level) -> &'static str {
    match level {
        Level::Target => "target",
        Level::Critical => "critical",
    }
}

/// The internal name of a level attribute that was moved below the primary attribute.
const fn marker_name(level: Level) -> &'static str {
    match level {
        Level::Target => "__brunt_target",
        Level::Critical => "__brunt_critical",
    }
}

/// The item under a level attribute that is expanded before the primary attribute.
struct Item {
    attributes: Vec<Attribute>,
    rest: TokenStream,
}

impl Parse for Item {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        Ok(Self { attributes: input.call(Attribute::parse_outer)?, rest: input.parse()? })
    }
}

/// The argument of an echoed attribute. It was consumed already, and is only named so that its import counts as used.
const ECHO_ARGUMENT: &str = "__brunt_echo";
/// The argument of a level attribute that was moved to the end of the attributes: there is none left that could be the
/// primary one.
const LAST_ARGUMENT: &str = "__brunt_last";

/// An item with the consumed attribute, which expands to nothing, so that its import counts as used. A path of one word
/// may also be no import at all, as the primary attribute was expanded before the compiler resolved it. So the word is
/// looked up in the module around the test first, and then in `private`, whose names the inner scope shadows.
pub(crate) fn echo_item(path: &Path, private: &TokenStream, module: &Ident) -> TokenStream {
    let echo = format_ident!("{ECHO_ARGUMENT}");
    if path.get_ident().is_none() {
        return quote!(#[#path(#echo)] const _: () = (););
    }
    quote! {
        #[doc(hidden)]
        #[allow(unused_imports)]
        mod #module {
            use #private::levels::*;
            const _: () = {
                use super::*;
                #[#path(#echo)]
                const _: () = ();
            };
        }
    }
}

/// Expands a level attribute that is not read by a primary attribute above it.
pub(crate) fn expand_level(level: Level, tokens: TokenStream, item: TokenStream) -> TokenStream {
    let first = first_word(&tokens);
    if first == ECHO_ARGUMENT {
        return TokenStream::new();
    }
    let Ok(mut parsed) = syn::parse2::<Item>(item.clone()) else {
        return level_alone(level, &item);
    };
    if let Some(primary) = parsed.attributes.iter().position(is_primary) {
        let marker = format_ident!("{}", marker_name(level), span = Span::call_site());
        let below = primary + 1 + parsed.attributes[primary + 1..].iter().take_while(|other| is_marker(other)).count();
        parsed.attributes.insert(below, syn::parse_quote!(#[#marker(#tokens)]));
        return quote_item(&parsed);
    }
    let elsewhere = parsed.attributes.iter().any(|attribute| !is_builtin(attribute));
    if first == LAST_ARGUMENT || !elsewhere {
        return level_alone(level, &item);
    }
    // Another attribute may be a primary one under another name. It reads this one if it finds it below.
    let (name, last) = (format_ident!("{}", attribute_name(level)), format_ident!("{LAST_ARGUMENT}"));
    let site = Span::call_site();
    let pushed = quote_spanned!(site=> #[::brunt::#name(#last, #tokens)]);
    let Item { attributes, rest } = parsed;
    quote!(#(#attributes)* #pushed #rest)
}

fn first_word(tokens: &TokenStream) -> String {
    tokens.clone().into_iter().next().map(|token| token.to_string()).unwrap_or_default()
}

fn quote_item(item: &Item) -> TokenStream {
    let Item { attributes, rest } = item;
    quote!(#(#attributes)* #rest)
}

/// Whether the attribute makes a test.
pub(crate) fn is_primary(attribute: &Attribute) -> bool {
    let name = last_segment(attribute.path());
    Kind::ALL.into_iter().any(|kind| kind.attribute() == name)
}

fn is_marker(attribute: &Attribute) -> bool {
    let name = last_segment(attribute.path());
    [Level::Target, Level::Critical].into_iter().any(|level| name == marker_name(level))
}

/// Whether the attribute is surely not a primary one under another name.
pub(crate) fn is_builtin(attribute: &Attribute) -> bool {
    const BUILTIN: &str = "doc allow warn deny forbid expect cfg cfg_attr ignore inline must_use cold deprecated test";
    BUILTIN.split(' ').any(|name| attribute.path().is_ident(name))
}

fn level_alone(level: Level, item: &TokenStream) -> TokenStream {
    let name = attribute_name(level);
    let message = format!(
        "`#[{name}]` judges a test, and there is none here: put `#[brunt::load_test(...)]` on the same function"
    );
    let error = syn::Error::new(Span::call_site(), message).into_compile_error();
    let item = item.to_token_stream();
    quote!(#error #item)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn below(level: Level, tokens: TokenStream, item: TokenStream) -> String {
        expand_level(level, tokens, item).to_string()
    }

    #[test]
    fn above_the_primary_it_moves_below_in_the_order_written() {
        let once = below(
            Level::Critical,
            quote!(b),
            quote!(
                #[a::load_test(users = 1)]
                #[__brunt_target(a)]
                fn f() {}
            ),
        );
        let wanted = quote!(
            #[a::load_test(users = 1)]
            #[__brunt_target(a)]
            #[__brunt_critical(b)]
            fn f() {}
        );
        assert_eq!(once, wanted.to_string());
    }

    #[test]
    fn it_waits_below_what_may_be_a_renamed_primary_and_only_once() {
        let item = quote!(
            #[lt(users = 1)]
            fn f() {}
        );
        let pushed = below(Level::Target, quote!(p95 < 1 s), item.clone());
        let wanted = quote!(
            #[lt(users = 1)]
            #[::brunt::target(__brunt_last, p95 < 1 s)]
            fn f() {}
        );
        assert_eq!(pushed, wanted.to_string());
        assert!(below(Level::Target, quote!(__brunt_last, p95 < 1 s), item).contains("there is none here"));
    }

    #[test]
    fn alone_it_is_a_mistake_and_the_function_stays() {
        let alone = below(
            Level::Target,
            quote!(p95 < 1 s),
            quote!(
                #[allow(unused)]
                fn f() {}
            ),
        );
        assert!(alone.contains("there is none here") && alone.ends_with("fn f () { }"), "{alone}");
        assert!(
            below(
                Level::Target,
                quote!(p95 < 1 s),
                quote!(
                    struct S;
                )
            )
            .contains("there is none here")
        );
    }

    #[test]
    fn an_echo_vanishes() {
        assert!(
            below(
                Level::Target,
                quote!(__brunt_echo),
                quote!(
                    const _: () = ();
                )
            )
            .is_empty()
        );
    }

    #[test]
    fn the_targets_are_what_stands_in_the_parentheses() {
        for (attribute, text, imported) in [
            (quote!(#[brunt::target(p95 < 1 s)]), "p95<1 s", true),
            (quote!(#[__brunt_target(p95 < 1 s)]), "p95<1 s", false),
            (quote!(#[::brunt::target(__brunt_last, p95 < 1 s)]), "p95<1 s", false),
        ] {
            let attribute: Attribute = syn::parse_quote!(#attribute);
            let level = LevelAttribute::of(&attribute).expect("it is one of ours");
            assert_eq!((level.text.as_str(), level.imported.is_some()), (text, imported));
        }
        let other: Attribute = syn::parse_quote!(#[targets(p95 < 1 s)]);
        assert!(LevelAttribute::of(&other).is_none());
    }
}
