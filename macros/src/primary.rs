//! The expansion of a primary attribute: the item and the options are read, checked together and expanded. If there are
//! mistakes, all of them are emitted at once, with the plain function.

use crate::expand::Test;
use crate::experiment_signature::plain_signature;
use crate::generated::private_path;
use crate::mode::body_mode;
use crate::parameters::{Made, read_parameters};
use crate::returned::return_mistake;
use crate::serial::serial_mistake;
use crate::subject::{Subject, no_function};
use crate::test_options::{Targets, TestOptions};
use brunt_plan::load::Hook;
use brunt_plan::{Kind, check};
use proc_macro2::TokenStream;
use quote::quote;

/// Expands `#[load_test]`, `#[stress]` or `#[resilience]`.
pub(crate) fn expand_primary(kind: Kind, options: TokenStream, item: TokenStream) -> TokenStream {
    let mut mistakes = Vec::new();
    let Some(subject) = Subject::new(kind, item.clone()) else {
        TestOptions::read(kind, options, &mut mistakes);
        mistakes.push(no_function(kind, &item));
        return with_mistakes(&mistakes, &item);
    };
    let options = TestOptions::read(kind, options, &mut mistakes);
    let targets = Targets::read(&subject.levels, &mut mistakes);
    options.conflicts(&targets, &mut mistakes);
    mistakes.extend(subject.mistakes());
    mistakes.extend(serial_mistake(&subject, &options.plan));
    let has = |hook| options.plan.hook(hook).is_some();
    let made = Made {
        kind,
        setup: has(Hook::Setup),
        user_setup: has(Hook::UserSetup),
        // The mistake of a wrong value is enough. The parameter that would take the value is not a second mistake.
        sizes: options.is_given("sizes"),
        cases: options.is_given("cases"),
    };
    let parameters = read_parameters(&subject.signature, made, &mut mistakes);
    mistakes.extend(return_mistake(kind, &subject.signature));
    let mode = body_mode(&subject.signature, &options.plan, &mut mistakes);
    if !mistakes.is_empty() {
        return with_mistakes(&mistakes, &subject.plain(&plain_signature(&subject.signature), &private_path(&options)));
    }
    if let Some(note) = check::too_small(&options.plan, &targets.list) {
        // Stable macros cannot emit warnings, and `deny(warnings)` would make them errors. So the note is printed to
        // the output of the compiler, which cargo shows.
        eprintln!("note: `{}`: {note}", subject.signature.ident);
    }
    Test { subject: &subject, parameters: &parameters, options: &options, targets: &targets, mode }.expand()
}

fn with_mistakes(mistakes: &[syn::Error], item: &TokenStream) -> TokenStream {
    let errors = mistakes.iter().map(syn::Error::to_compile_error);
    quote!(#item #(#errors)*)
}
