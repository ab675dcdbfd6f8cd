//! Reads the attributes of a test into a plan and targets, and places every mistake at its tokens.

use crate::level::LevelAttribute;
use crate::text::Text;
use brunt_plan::load::{Hook, HookForm, RustText};
use brunt_plan::{Kind, Mistake, Place, Plan, Target, check, parse};
use proc_macro2::{Span, TokenStream, TokenTree};
use std::ops::Range;
use syn::LitStr;

/// The options of a primary attribute.
pub(crate) struct TestOptions {
    pub(crate) plan: Plan,
    text: Text,
    /// Whether the whole text could be read into the plan.
    readable: bool,
}

/// The targets of all level attributes, in the order written.
pub(crate) struct Targets<'a> {
    pub(crate) list: Vec<Target>,
    places: Vec<(&'a LevelAttribute, Range<usize>)>,
}

impl TestOptions {
    /// Reads the options. An option that cannot be read is a mistake and not in the plan.
    pub(crate) fn read(kind: Kind, tokens: TokenStream, mistakes: &mut Vec<syn::Error>) -> Self {
        let text = Text::new(tokens);
        let (plan, wrong) = parse::plan(kind, text.as_str());
        let readable = wrong.is_empty();
        mistakes.extend(wrong.into_iter().map(|mistake| in_text(&text, mistake)));
        Self { plan, text, readable }
    }

    /// Pushes the mistakes of several options together, and of options and targets together.
    pub(crate) fn conflicts(&self, targets: &Targets<'_>, mistakes: &mut Vec<syn::Error>) {
        let mut conflicts = check::plan(&self.plan);
        // Targets are not checked against a plan that could not be read as a whole: the missing part may be what they
        // need.
        if self.readable && conflicts.is_empty() {
            conflicts = check::targets(&self.plan, &targets.list);
        }
        mistakes.extend(conflicts.into_iter().map(|mistake| match &mistake.place {
            Place::Target(index) => targets.error(*index, &mistake.message),
            Place::Option(name) => self.text.error(&self.item(name).unwrap_or_default(), &mistake.message),
            Place::Text(_) => in_text(&self.text, mistake),
        }));
    }

    /// The function given for a hook, as the user's own tokens.
    pub(crate) fn hook(&self, hook: Hook) -> Option<TokenStream> {
        Some(self.rust(hook.option(), &self.plan.hook(hook)?.path))
    }

    /// `setup = shared(f)`.
    pub(crate) fn is_setup_shared(&self) -> bool {
        self.plan.has_hook_form(Hook::Setup, HookForm::Shared)
    }

    /// `setup = shared_by_run(f)`.
    pub(crate) fn is_setup_shared_by_run(&self) -> bool {
        self.plan.has_hook_form(Hook::Setup, HookForm::SharedByRun)
    }

    /// `verify = counted(f)`.
    pub(crate) fn is_verify_counted(&self) -> bool {
        self.plan.has_hook_form(Hook::Verify, HookForm::Counted)
    }

    /// The value of every case, as the user's own tokens.
    pub(crate) fn cases(&self) -> Vec<TokenStream> {
        self.plan.cases.iter().map(|case| self.rust("cases", &case.value)).collect()
    }

    /// The path of the crate `brunt`.
    pub(crate) fn crate_path(&self) -> TokenStream {
        match &self.plan.crate_path {
            Some(path) => self.rust("crate", path),
            None => quote::quote!(::brunt),
        }
    }

    /// The tokens of a Rust part of an option's value, with their spans and hygiene. If the value is a string, they
    /// have the span of the string.
    fn rust(&self, option: &str, rust: &RustText) -> TokenStream {
        let tokens = rust.range.as_ref().map(|range| self.text.tokens(range)).unwrap_or_default();
        if !tokens.is_empty() {
            return tokens;
        }
        let literal = self.text.tokens(&self.value(option)).into_iter().next();
        let span = literal.as_ref().map_or_else(Span::call_site, TokenTree::span);
        LitStr::new(&rust.text, span).parse().unwrap_or_default()
    }

    /// Whether the option is written, even if its value is a mistake.
    pub(crate) fn is_given(&self, option: &str) -> bool {
        self.item(option).is_some()
    }

    /// The bytes of an option with its value.
    fn item(&self, option: &str) -> Option<Range<usize>> {
        self.text.items().into_iter().find(|item| {
            let text = self.text.as_str()[item.clone()].trim_start();
            text.strip_prefix(option).is_some_and(|rest| rest.is_empty() || rest.starts_with('='))
        })
    }

    /// The bytes of an option's value; empty where there is none.
    fn value(&self, option: &str) -> Range<usize> {
        let item = self.item(option).unwrap_or_default();
        (item.start + option.len() + 1).min(item.end)..item.end
    }
}

impl<'a> Targets<'a> {
    /// Reads the targets. A target that cannot be read is a mistake and not in the list.
    pub(crate) fn read(levels: &'a [LevelAttribute], mistakes: &mut Vec<syn::Error>) -> Self {
        let mut targets = Self { list: Vec::new(), places: Vec::new() };
        for attribute in levels {
            mistakes.extend(attribute.malformed.clone());
            let (list, wrong) = parse::targets(attribute.level, attribute.text.as_str());
            mistakes.extend(wrong.into_iter().map(|mistake| in_text(&attribute.text, mistake)));
            for (target, range) in list {
                targets.list.push(target);
                targets.places.push((attribute, range));
            }
        }
        targets
    }

    /// Every target with the span of its attribute.
    pub(crate) fn spans(&self) -> impl Iterator<Item = (&Target, Span)> {
        self.list.iter().zip(self.places.iter().map(|(attribute, _)| attribute.span))
    }

    fn error(&self, index: usize, message: &str) -> syn::Error {
        match self.places.get(index) {
            Some((attribute, range)) => attribute.text.error(range, message),
            None => syn::Error::new(Span::call_site(), message),
        }
    }
}

fn in_text(text: &Text, mistake: Mistake) -> syn::Error {
    match mistake.place {
        Place::Text(range) => text.error(&range, mistake.message),
        Place::Option(_) | Place::Target(_) => syn::Error::new(Span::call_site(), mistake.message),
    }
}
