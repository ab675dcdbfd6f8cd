//! The code of a checked test: the function inside one static, its registration, and a `#[test]` for the standard
//! harness. It consists of fn items that downcast and call, without generics.

use crate::experiment_signature::{experiment_signature, infer_lifetime};
use crate::generated::{input_code, made_code, private_path};
use crate::hooks::Hooks;
use crate::level::is_builtin;
use crate::mode::Mode;
use crate::parameters::Parameter;
use crate::span::{code_span, line_expression, relocate_tokens};
use crate::subject::Subject;
use crate::test_options::{Targets, TestOptions};
use brunt_plan::Level;
use brunt_plan::load::Hook;
use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::ReturnType;
use syn::ext::IdentExt;

/// A checked test, without mistakes.
pub(crate) struct Test<'a> {
    pub(crate) subject: &'a Subject,
    pub(crate) parameters: &'a [Parameter],
    pub(crate) options: &'a TestOptions,
    pub(crate) targets: &'a Targets<'a>,
    pub(crate) mode: Mode,
}

impl Test<'_> {
    pub(crate) fn expand(&self) -> TokenStream {
        let private = private_path(self.options);
        let name = &self.subject.signature.ident;
        let spec = format_ident!("__brunt_{}", name.unraw(), span = Span::call_site());
        let (ignore, echo, value) = (&self.subject.ignore, self.subject.echo(&private), self.spec());
        let wrapper = quote_spanned!(code_span(name)=> #private::run(&#spec));
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
        let private = private_path(self.options);
        let hooks = self.hooks(&private);
        let (function, iterate) = (self.function(&private), self.iterate(&private));
        let (name, line) = (
            self.subject.signature.ident.unraw().to_string(),
            line_expression(self.subject.signature.ident.span(), &private),
        );
        let (batch, batch_field) = self.batch(&private, &hooks);
        let (options, targets, ignore) = (self.options.plan.to_string(), self.targets(&private), self.ignore());
        let body = self.body(&private, &hooks);
        // `Debug` prints the name of the variant.
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

    /// The function, with the signature by which it is called.
    fn function(&self, private: &TokenStream) -> TokenStream {
        let written = &self.subject.signature;
        match self.mode {
            Mode::Experiment => self.subject.with(&experiment_signature(written, self.parameters, private)),
            Mode::Shared | Mode::Local | Mode::Blocking => self.subject.with(written),
        }
    }

    /// The code that calls the body and reads its outcome, and the span of errors if the outcome has a wrong type.
    fn made(&self, private: &TokenStream, arguments: &TokenStream) -> (TokenStream, Span) {
        let called = self.called(arguments);
        let awaited = || quote_spanned!(code_span(&self.subject.signature.ident)=> #called.await);
        let returned = if self.mode == Mode::Blocking { called } else { awaited() };
        let span = self.returned();
        (made_code(private, span, &returned, &quote!(_)), span)
    }

    fn called(&self, arguments: &TokenStream) -> TokenStream {
        let name = &self.subject.signature.ident;
        quote_spanned!(code_span(name)=> #name(#arguments))
    }

    /// The span of errors if the body returns a wrong type.
    fn returned(&self) -> Span {
        match &self.subject.signature.output {
            ReturnType::Default => code_span(&self.subject.signature.ident),
            ReturnType::Type(_, ty) => code_span(ty),
        }
    }

    fn hooks<'h>(&'h self, private: &'h TokenStream) -> Hooks<'h> {
        Hooks { options: self.options, parameters: self.parameters, mode: self.mode, private }
    }

    /// The fn item that calls the body of a stress test in a loop, and the value of the static's field. The input goes
    /// through a black box at every call, so that the compiler cannot replace all calls by one.
    fn batch(&self, private: &TokenStream, hooks: &Hooks<'_>) -> (TokenStream, TokenStream) {
        let takes_more = |parameter: &Parameter| matches!(parameter, Parameter::Subject(_) | Parameter::State(_));
        if !self.options.plan.kind.measures_calls() || self.parameters.iter().any(takes_more) {
            return (TokenStream::new(), quote!(::core::option::Option::None));
        }
        let input = self.parameters.first().map(|parameter| input_code(private, parameter));
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
                let line = line_expression(span, private);
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

    /// The fn item behind the function pointer in the static. It borrows the parameters of the body and calls it, as an
    /// iteration or as an experiment.
    fn iterate(&self, private: &TokenStream) -> TokenStream {
        let output = quote!(::core::result::Result<(), #private::Failed>);
        let parameters = |state: TokenStream| quote!(__user: &'a #private::User, __fixture: &'a #private::Fixture, __state: &'a mut #private::#state);
        let outcome = if self.is_future() { self.future(private) } else { self.outcome(private) };
        match self.mode {
            Mode::Shared => {
                let parameters = parameters(quote!(SendState));
                quote!(fn __brunt_iterate<'a>(#parameters) -> #private::SendFuture<'a, #output> { #outcome })
            }
            Mode::Local => {
                let parameters = parameters(quote!(LocalState));
                quote!(fn __brunt_iterate<'a>(#parameters) -> #private::LocalFuture<'a, #output> { #outcome })
            }
            Mode::Blocking => {
                let parameters = parameters(quote!(SendState));
                quote!(fn __brunt_iterate<'a>(#parameters) -> #output { #outcome })
            }
            Mode::Experiment => {
                let parameters = quote!(__lab: &'a #private::Lab<'lab>, __fixture: &'lab #private::Fixture);
                quote!(fn __brunt_experiment<'a, 'lab>(#parameters) -> #private::LocalFuture<'a, #output> { #outcome })
            }
        }
    }

    /// Whether the call of the body surely gives a future without running any code of the user: then the engine can
    /// take this future as it is. A `check`, a size that does not fit, and a body rewritten by other attributes may
    /// panic in the call, so they are called inside of a future of their own.
    fn is_future(&self) -> bool {
        self.mode != Mode::Blocking
            && self.options.hook(Hook::Check).is_none()
            && !self.parameters.iter().any(|parameter| matches!(parameter, Parameter::Size(_)))
            && self.subject.attributes.iter().all(is_builtin)
    }

    /// The body's own future, boxed. A further `async` block around it would cost as much compile time as the rest of
    /// the test.
    fn future(&self, private: &TokenStream) -> TokenStream {
        let (called, span) = (self.called(&self.arguments(private)), self.returned());
        let private = relocate_tokens(private, span);
        let boxed =
            if self.mode == Mode::Shared { quote_spanned!(span=> shared) } else { quote_spanned!(span=> local) };
        quote_spanned! {span=>
            match #called {
                __future => #private::Form::awaited(&__future).form().#boxed(__future),
            }
        }
    }

    /// The code for the outcome of one call, in a future of its own if the body is async.
    fn outcome(&self, private: &TokenStream) -> TokenStream {
        let (made, span) = self.made(private, &self.arguments(private));
        let private = relocate_tokens(private, span);
        let outcome = match self.options.hook(Hook::Check) {
            None => quote_spanned!(span=> #private::outcome(#made)),
            // `__user` exists whether or not the body takes it.
            Some(_) => {
                let hooks = self.hooks(&private);
                let check = hooks.check();
                quote_spanned!(span=> #private::judged(__user, #private::value(#made), |__output| #check))
            }
        };
        match self.mode {
            Mode::Blocking => outcome,
            Mode::Shared | Mode::Local | Mode::Experiment => {
                let name = code_span(&self.subject.signature.ident);
                quote_spanned!(name=> ::std::boxed::Box::pin(async move { #outcome }))
            }
        }
    }

    fn arguments(&self, private: &TokenStream) -> TokenStream {
        let arguments = self.parameters.iter().map(|parameter| match parameter {
            Parameter::Subject(ty) if self.mode == Mode::Experiment => {
                let lab = infer_lifetime(ty);
                quote_spanned!(code_span(ty)=> <#lab as #private::LabSubject>::of(__lab))
            }
            Parameter::Subject(ty) => quote_spanned!(code_span(ty)=> <#ty as #private::Subject>::of(__user)),
            Parameter::State(ty) => quote_spanned!(code_span(ty)=> #private::state::<#ty>(__state)),
            Parameter::Fixture(_) | Parameter::Size(_) => input_code(private, parameter),
        });
        quote!(#(#arguments),*)
    }
}
