//! A checked test made code: the function inside one static, its registration, and a `#[test]` for the standard
//! harness. The code is thin: fn items that downcast and call, one non-generic path.

use crate::experiment;
use crate::generated::{input, made, private};
use crate::hooks::Hooks;
use crate::mode::Mode;
use crate::options::{Options, Targets};
use crate::parameters::Parameter;
use crate::span::{at, line};
use crate::subject::Subject;
use brunt_plan::Level;
use brunt_plan::load::Hook;
use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::ReturnType;
use syn::ext::IdentExt;

/// A test without mistakes.
pub(crate) struct Test<'a> {
    pub(crate) subject: &'a Subject,
    pub(crate) parameters: &'a [Parameter],
    pub(crate) options: &'a Options,
    pub(crate) targets: &'a Targets<'a>,
    pub(crate) mode: Mode,
}

impl Test<'_> {
    pub(crate) fn expand(&self) -> TokenStream {
        let private = private(self.options);
        let name = &self.subject.signature.ident;
        let spec = format_ident!("__brunt_{}", name.unraw(), span = Span::call_site());
        let (ignore, echo, value) = (&self.subject.ignore, self.subject.echo(&private), self.spec());
        let wrapper = quote_spanned!(at(name)=> #private::run(&#spec));
        quote! {
            #[doc(hidden)]
            static #spec: #private::Spec = #value;
            #private::inventory::submit! { #private::Registered(&#spec) }
            #[::core::prelude::v1::test]
            #ignore
            fn #name() -> #private::TestResult {
                #wrapper
            }
            #echo
        }
    }

    fn spec(&self) -> TokenStream {
        let private = private(self.options);
        let hooks = self.hooks(&private);
        let (function, iterate) = (self.function(&private), self.iterate(&private));
        let (name, line) =
            (self.subject.signature.ident.unraw().to_string(), line(self.subject.signature.ident.span(), &private));
        let (batch, batch_field) = self.batch(&private, &hooks);
        let (options, targets, ignore) = (self.options.plan.to_string(), self.targets(&private), self.ignore());
        let body = self.body(&private, &hooks);
        let kind = Ident::new(&format!("{:?}", self.options.plan.kind), Span::call_site());
        let (made, fields) = hooks.of_test();
        quote! {{
            use #private::{AsyncFallibleForm as _, AsyncPlainForm as _, FallibleForm as _, PlainForm as _};
            #function
            #iterate
            #batch
            #made
            #private::Spec {
                kind: #private::Kind::#kind,
                module: ::core::module_path!(),
                function: #name,
                package: ::core::env!("CARGO_PKG_NAME"),
                manifest_dir: ::core::env!("CARGO_MANIFEST_DIR"),
                target: #private::CargoTarget {
                    program: ::core::option_env!("CARGO_BIN_NAME").is_some(),
                    integration: ::core::option_env!("CARGO_TARGET_TMPDIR").is_some(),
                },
                file: ::core::file!(),
                line: #line,
                options: #options,
                targets: &[#targets],
                ignore: #ignore,
                body: #body,
                batch: #batch_field,
                #fields
            }
        }}
    }

    /// The function as it is called.
    fn function(&self, private: &TokenStream) -> TokenStream {
        let written = &self.subject.signature;
        match self.mode {
            Mode::Experiment => self.subject.with(&experiment::signature(written, self.parameters, private)),
            Mode::Shared | Mode::Local | Mode::Blocking => self.subject.with(written),
        }
    }

    /// What a call of the body with these arguments came to, and where to point when that does not fit.
    pub(crate) fn made(&self, private: &TokenStream, arguments: &TokenStream) -> (TokenStream, Span) {
        let called = self.called(arguments);
        let awaited = || quote_spanned!(at(&self.subject.signature.ident)=> #called.await);
        let returned = if self.mode == Mode::Blocking { called } else { awaited() };
        let span = self.returned();
        (made(private, span, &returned, &quote!(_)), span)
    }

    pub(crate) fn called(&self, arguments: &TokenStream) -> TokenStream {
        let name = &self.subject.signature.ident;
        quote_spanned!(at(name)=> #name(#arguments))
    }

    /// Where to point when what the body returns does not fit.
    pub(crate) fn returned(&self) -> Span {
        match &self.subject.signature.output {
            ReturnType::Default => at(&self.subject.signature.ident),
            ReturnType::Type(_, ty) => at(ty),
        }
    }

    pub(crate) fn hooks<'h>(&'h self, private: &'h TokenStream) -> Hooks<'h> {
        Hooks { options: self.options, parameters: self.parameters, mode: self.mode, private }
    }

    /// The body of a stress test in a loop of its own, and the value of the static's field. The input goes through a
    /// black box at every call: without it the compiler would find out that all calls are one.
    fn batch(&self, private: &TokenStream, hooks: &Hooks<'_>) -> (TokenStream, TokenStream) {
        let takes_more = |parameter: &Parameter| matches!(parameter, Parameter::Subject(_) | Parameter::State(_));
        if !self.options.plan.kind.measures_calls() || self.parameters.iter().any(takes_more) {
            return (TokenStream::new(), quote!(::core::option::Option::None));
        }
        let input = self.parameters.first().map(|parameter| input(private, parameter));
        let black_boxed = input.iter().map(|_| quote!(let __input = ::core::hint::black_box(__input);));
        let (black_boxed, argument) = (quote!(#(#black_boxed)*), input.iter().map(|_| quote!(__input)));
        let (made, span) = self.made(private, &quote!(#(#argument)*));
        let call = quote_spanned!(span=> { #black_boxed #private::value(#made) });
        let input = input.map(|input| quote!(let __input = #input;));
        let check = self.options.hook(Hook::Check).map(|_| hooks.check());
        let parameters = quote!(__fixture: &'a #private::Fixture, __batch: &'a mut #private::Batch);
        let (mode, future) = match self.mode {
            Mode::Shared => (quote!(Shared), quote!(SendFuture)),
            Mode::Local | Mode::Experiment => (quote!(Local), quote!(LocalFuture)),
            Mode::Blocking => {
                let run = match check {
                    None => quote!(__batch.run(|| #call)),
                    Some(check) => quote!(__batch.run_checked(|| #call, |__output| #check)),
                };
                let item = quote!(fn __brunt_batch(__fixture: &#private::Fixture, __batch: &mut #private::Batch) { #input #run; });
                return (item, quote!(::core::option::Option::Some(#private::BatchFn::Blocking(__brunt_batch))));
            }
        };
        let check = check.unwrap_or_else(|| quote!(::core::result::Result::Ok(())));
        let item = quote! {
            fn __brunt_batch<'a>(#parameters) -> #private::#future<'a, ()> {
                ::std::boxed::Box::pin(async move {
                    #input
                    __batch.run_async(|| async move #call, |__output| #check).await;
                })
            }
        };
        (item, quote!(::core::option::Option::Some(#private::BatchFn::#mode(__brunt_batch))))
    }

    fn body(&self, private: &TokenStream, hooks: &Hooks<'_>) -> TokenStream {
        let mode = match self.mode {
            Mode::Shared => quote!(Shared),
            Mode::Local => quote!(Local),
            Mode::Blocking => quote!(Blocking),
            Mode::Experiment => return quote!(#private::TestBody::Experiment(__brunt_experiment)),
        };
        let (made, user_setup, user_teardown) = hooks.of_user();
        quote! {{
            #made
            #private::TestBody::Users(#private::Body::#mode {
                iterate: __brunt_iterate,
                user_setup: #user_setup,
                user_teardown: #user_teardown,
            })
        }}
    }

    fn targets(&self, private: &TokenStream) -> TokenStream {
        self.targets
            .spans()
            .map(|(target, span)| {
                let line = line(span, private);
                let text = target.to_string();
                let level = match target.level {
                    Level::Target => quote!(Target),
                    Level::Critical => quote!(Critical),
                };
                quote!(#private::TargetText { level: #private::Level::#level, text: #text, line: #line },)
            })
            .collect()
    }

    fn ignore(&self) -> TokenStream {
        match self.subject.ignored() {
            Some(reason) => quote!(::core::option::Option::Some(#reason)),
            None => quote!(::core::option::Option::None),
        }
    }
}
