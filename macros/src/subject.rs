//! The annotated item: its attributes, sorted into those of brunt and of the user, its signature and its body. Items
//! that cannot be tests (generic, `unsafe`, methods …) are refused here.

use crate::level::{self, LevelAttribute};
use crate::span::{last_segment, path_text};
use brunt_plan::Kind;
use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::spanned::Spanned;
use syn::{Attribute, Expr, ExprLit, Lit, LitStr, Meta, Signature, Visibility};

/// The function under a primary attribute.
pub(crate) struct Subject {
    /// The attributes that stay on the function.
    pub(crate) attributes: Vec<Attribute>,
    /// `#[ignore]` and `#[ignore = "why"]`.
    pub(crate) ignore: Option<Attribute>,
    /// `#[target]` and `#[critical]`, in the order written.
    pub(crate) levels: Vec<LevelAttribute>,
    pub(crate) visibility: Visibility,
    pub(crate) signature: Signature,
    pub(crate) body: TokenStream,
    /// The mistakes of attributes of brunt or of other harnesses that are not allowed here.
    refused: Vec<syn::Error>,
}

/// Any item, read as far as needed to see whether it is a function.
struct Parts {
    attributes: Vec<Attribute>,
    visibility: Visibility,
    signature: Signature,
    body: TokenStream,
}

impl Parse for Parts {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        Ok(Self {
            attributes: input.call(Attribute::parse_outer)?,
            visibility: input.parse()?,
            signature: input.parse()?,
            body: input.parse()?,
        })
    }
}

impl Subject {
    /// Reads the item; `None` if it is not a function.
    pub(crate) fn new(kind: Kind, item: TokenStream) -> Option<Self> {
        let parts: Parts = syn::parse2(item).ok()?;
        let mut subject = Self {
            attributes: Vec::new(),
            ignore: None,
            levels: Vec::new(),
            visibility: parts.visibility,
            signature: parts.signature,
            body: parts.body,
            refused: Vec::new(),
        };
        for attribute in parts.attributes {
            subject.sort(kind, attribute);
        }
        Some(subject)
    }

    /// Keeps, takes or refuses one attribute.
    fn sort(&mut self, kind: Kind, attribute: Attribute) {
        let name = last_segment(attribute.path());
        if let Some(level) = LevelAttribute::of(&attribute) {
            self.levels.push(level);
        } else if level::is_primary(&attribute) {
            let message =
                format!("`#[{}]` and `#[{name}]` on one function: a test has one primary attribute", kind.attribute());
            self.refused.push(syn::Error::new_spanned(attribute.path(), message));
        } else if name == "ignore" {
            self.ignore = Some(attribute);
        } else if name == "should_panic" {
            let message = "`#[should_panic]`: a panicking body is a failed iteration; to want failures, leave this out \
                           and say how many: `#[target(errors(\"panic\") > 99%)]`";
            self.refused.push(syn::Error::new_spanned(&attribute, message));
        } else if name == "test" || name == "bench" {
            let message = format!("`#[{}]` makes a test of its own: leave it out", path_text(attribute.path()));
            self.refused.push(syn::Error::new_spanned(&attribute, message));
        } else {
            self.attributes.push(attribute);
        }
    }

    /// The mistakes that keep the function from being a test, each at its tokens.
    pub(crate) fn mistakes(&self) -> Vec<syn::Error> {
        let mut mistakes = self.refused.clone();
        let signature = &self.signature;
        let mut refuse = |tokens: &dyn ToTokens, message: &str| {
            mistakes.push(syn::Error::new_spanned(tokens.to_token_stream(), message));
        };
        if let Some(token) = &signature.constness {
            refuse(token, "a `const fn` cannot be a test: leave `const` out");
        }
        if let Some(token) = &signature.unsafety {
            refuse(token, "an `unsafe fn` cannot be a test: write `unsafe { … }` in its body");
        }
        if let Some(abi) = &signature.abi {
            refuse(abi, "an `extern` function cannot be a test");
        }
        if !signature.generics.params.is_empty() {
            let message = "a test has no generic parameters: nothing would choose them. Name the types, and leave \
                           lifetimes out";
            refuse(&signature.generics, message);
        }
        if let Some(clause) = &signature.generics.where_clause {
            refuse(clause, "a test has no `where` clause");
        }
        if let Some(variadic) = &signature.variadic {
            refuse(variadic, "a test has no variadic parameters");
        }
        if let Some(receiver) = signature.receiver() {
            refuse(receiver, "a method cannot be a test: move it out of the `impl` block");
        }
        if let Some(attribute) = self.ignore.as_ref().filter(|attribute| ignore_reason(attribute).is_none()) {
            refuse(attribute, "wanted `#[ignore]` or `#[ignore = \"why\"]`");
        }
        if !matches!(self.body.clone().into_iter().next(), Some(TokenTree::Group(_))) {
            refuse(&signature.ident, "a test needs a body");
        }
        mistakes
    }

    /// The reason why the test is ignored; empty if none is given.
    pub(crate) fn ignored(&self) -> Option<LitStr> {
        self.ignore.as_ref().and_then(ignore_reason)
    }

    /// The function as the user wrote it, with this signature and without brunt's attributes. It is emitted beside
    /// mistakes, so that editors still see a function.
    pub(crate) fn plain(&self, signature: &Signature, private: &TokenStream) -> TokenStream {
        let Self { attributes, visibility, body, .. } = self;
        let echo = self.echo(private);
        quote!(#[allow(dead_code)] #(#attributes)* #visibility #signature #body #echo)
    }

    /// The function inside the static, with this signature.
    pub(crate) fn with(&self, signature: &Signature) -> TokenStream {
        let Self { attributes, body, .. } = self;
        quote!(#(#attributes)* #signature #body)
    }

    /// Code that names every consumed `#[target]` once more. Without it rustc would warn that its import is unused.
    pub(crate) fn echo(&self, private: &TokenStream) -> TokenStream {
        let mut seen = Vec::new();
        let mut echo = TokenStream::new();
        let name = self.signature.ident.unraw();
        for path in self.levels.iter().filter_map(|level| level.imported.as_ref()) {
            let text = path_text(path);
            if !seen.contains(&text) {
                let module = format_ident!("__brunt_{name}_{}", seen.len(), span = Span::call_site());
                echo.extend(level::echo_item(path, private, &module));
                seen.push(text);
            }
        }
        echo
    }
}

fn ignore_reason(ignore: &Attribute) -> Option<LitStr> {
    match &ignore.meta {
        Meta::Path(_) => Some(LitStr::new("", Span::call_site())),
        Meta::NameValue(pair) => match &pair.value {
            Expr::Lit(ExprLit { lit: Lit::Str(reason), .. }) => Some(reason.clone()),
            _ => None,
        },
        Meta::List(_) => None,
    }
}

/// The mistake of an attribute on something that is no function.
pub(crate) fn no_function(kind: Kind, item: &TokenStream) -> syn::Error {
    let attribute = kind.attribute();
    let first = syn::parse2::<AfterAttributes>(item.clone()).map_or_else(|_| item.span(), |rest| rest.0.span());
    syn::Error::new(first, format!("`#[{attribute}]` goes on a function: nothing else is a test"))
}

struct AfterAttributes(TokenStream);

impl Parse for AfterAttributes {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        input.call(Attribute::parse_outer)?;
        let rest: TokenStream = input.parse()?;
        Ok(Self(rest.into_iter().take(2).collect()))
    }
}
