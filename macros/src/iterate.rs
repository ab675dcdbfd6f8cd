//! The fn behind the static's pointer: it borrows what the body takes and calls it, as an iteration or as an experiment.

use crate::expand::Test;
use crate::experiment;
use crate::generated::input;
use crate::level::is_builtin;
use crate::mode::Mode;
use crate::parameters::Parameter;
use crate::span::{at, located};
use brunt_plan::load::Hook;
use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

impl Test<'_> {
    pub(crate) fn iterate(&self, private: &TokenStream) -> TokenStream {
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

    /// Whether the call of the body surely gives a future and runs nothing of the user's yet: then that future is all
    /// that the engine needs. A `check`, a size that does not fit and what foreign attributes make of a body may panic,
    /// which they must only do in a future.
    fn is_future(&self) -> bool {
        self.mode != Mode::Blocking
            && self.options.hook(Hook::Check).is_none()
            && !self.parameters.iter().any(|parameter| matches!(parameter, Parameter::Size(_)))
            && self.subject.attributes.iter().all(is_builtin)
    }

    /// The body's own future, boxed; an `async` block of ours around it would cost the compiler as much as the rest of
    /// the test.
    fn future(&self, private: &TokenStream) -> TokenStream {
        let (called, span) = (self.called(&self.arguments(private)), self.returned());
        let private = located(private, span);
        let boxed =
            if self.mode == Mode::Shared { quote_spanned!(span=> shared) } else { quote_spanned!(span=> local) };
        quote_spanned! {span=>
            match #called {
                __future => #private::Form::awaited(&__future).form().#boxed(__future),
            }
        }
    }

    /// The outcome of one call, in a future of its own where the body is async.
    fn outcome(&self, private: &TokenStream) -> TokenStream {
        let (made, span) = self.made(private, &self.arguments(private));
        let private = located(private, span);
        let outcome = match self.options.hook(Hook::Check) {
            None => quote_spanned!(span=> #private::outcome(#made)),
            // A user is there whether or not the body takes it.
            Some(_) => {
                let hooks = self.hooks(&private);
                let check = hooks.check();
                quote_spanned!(span=> #private::judged(__user, #private::value(#made), |__output| #check))
            }
        };
        match self.mode {
            Mode::Blocking => outcome,
            Mode::Shared | Mode::Local | Mode::Experiment => {
                let name = at(&self.subject.signature.ident);
                quote_spanned!(name=> ::std::boxed::Box::pin(async move { #outcome }))
            }
        }
    }

    fn arguments(&self, private: &TokenStream) -> TokenStream {
        let arguments = self.parameters.iter().map(|parameter| match parameter {
            Parameter::Subject(ty) if self.mode == Mode::Experiment => {
                let lab = experiment::inferred(ty);
                quote_spanned!(at(ty)=> <#lab as #private::LabSubject>::of(__lab))
            }
            Parameter::Subject(ty) => quote_spanned!(at(ty)=> <#ty as #private::Subject>::of(__user)),
            Parameter::State(ty) => quote_spanned!(at(ty)=> #private::state::<#ty>(__state)),
            Parameter::Fixture(_) | Parameter::Size(_) => input(private, parameter),
        });
        quote!(#(#arguments),*)
    }
}
