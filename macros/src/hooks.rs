//! The code for hooks: a fn item for each, which downcasts the fixture and state. Types are taken from the body's
//! signature or, if it does not name them, inferred from the function that makes the value.

use crate::generated::made_code;
use crate::mode::Mode;
use crate::parameters::Parameter;
use crate::span::{code_span, relocate_tokens};
use crate::test_options::TestOptions;
use brunt_plan::load::Hook;
use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};

/// The hooks of one test.
pub(crate) struct Hooks<'a> {
    pub(crate) options: &'a TestOptions,
    pub(crate) parameters: &'a [Parameter],
    pub(crate) mode: Mode,
    pub(crate) private: &'a TokenStream,
}

impl Hooks<'_> {
    /// The fn items of `setup`, `teardown`, `verify` and `sample`, and the fields of the static that name them.
    pub(crate) fn of_test(&self) -> (TokenStream, TokenStream) {
        let private = self.private;
        let mut items = TokenStream::new();
        let mut fields = TokenStream::new();
        let (item, value) = self.setup();
        items.extend(item);
        fields.extend(quote!(setup: #value,));
        for hook in [Hook::Teardown, Hook::Verify, Hook::Sample] {
            let (field, name) = (format_ident!("{}", hook.option()), fn_name(hook));
            let Some(path) = self.options.hook(hook) else {
                fields.extend(quote!(#field: ::core::option::Option::None,));
                continue;
            };
            // Without a `setup` there is no fixture to take.
            let mut arguments: Vec<TokenStream> = self.fixture(code_span(&path)).into_iter().collect();
            let mut parameter = TokenStream::new();
            if hook == Hook::Sample {
                parameter = quote!(, __samples: &'a mut #private::Samples);
                arguments.push(quote!(__samples));
            }
            if hook == Hook::Verify {
                parameter = quote!(, __counted: &'a #private::Counted);
                arguments.extend(self.options.is_verify_counted().then(|| quote!(__counted)));
            }
            let call = self.call(&path, &quote!(#(#arguments),*), &quote!(()));
            let future = self.kept(&path, &quote!(shared::<(), _>), &call);
            items.extend(quote! {
                fn #name<'a>(__fixture: &'a #private::Fixture #parameter) -> #private::SendMade<'a, ()> {
                    #future
                }
            });
            fields.extend(quote!(#field: ::core::option::Option::Some(#name),));
        }
        (items, fields)
    }

    /// The fn items of `user_setup` and `user_teardown`, and the value of each one's field.
    pub(crate) fn of_user(&self) -> (TokenStream, TokenStream, TokenStream) {
        let private = self.private;
        let (mut items, none) = (TokenStream::new(), quote!(::core::option::Option::None));
        let local = self.mode == Mode::Local;
        let (state, future, boxed, pinned) = match local {
            true => (quote!(LocalState), quote!(LocalMade), quote!(boxed_local_state), quote!(local)),
            false => (quote!(SendState), quote!(SendMade), quote!(boxed_state), quote!(shared)),
        };
        let ty = self.state_type().unwrap_or_else(|| quote!(_));
        let Some(path) = self.options.hook(Hook::UserSetup) else { return (items, none.clone(), none) };
        let setup = self.user_setup_call(&path, &ty);
        let made = self.kept(&path, &quote!(#boxed::<#ty, _>), &setup);
        items.extend(quote! {
            fn __brunt_user_setup<'a>(__user: &'a #private::User, __fixture: &'a #private::Fixture)
                -> #private::#future<'a, ::std::boxed::Box<#private::#state>> {
                #made
            }
        });
        let mut teardown = none;
        if let Some(path) = self.options.hook(Hook::UserTeardown) {
            let state_argument = self.state(&setup, code_span(&path));
            let call = self.call(&path, &state_argument, &quote!(()));
            let ended = self.kept(&path, &quote!(#pinned::<(), _>), &call);
            items.extend(quote! {
                fn __brunt_user_teardown<'a>(__state: &'a mut #private::#state) -> #private::#future<'a, ()> {
                    #ended
                }
            });
            teardown = quote!(::core::option::Option::Some(__brunt_user_teardown));
        }
        (items, quote!(::core::option::Option::Some(__brunt_user_setup)), teardown)
    }

    fn setup(&self) -> (TokenStream, TokenStream) {
        let private = self.private;
        let calls = self.setup_calls(&quote!(__case));
        let (Some(path), Some((last, before))) = (self.options.hook(Hook::Setup), calls.split_last()) else {
            let none = quote!(::core::option::Option::None);
            return (self.unused_cases(), if self.takes_size() { self.size_setup() } else { none });
        };
        let ty = self.fixture_type().unwrap_or_else(|| quote!(_));
        let keep = match self.options.is_setup_shared_by_run() {
            true => quote!(kept_for_the_run::<#ty, _, _>),
            false => quote!(boxed_fixture::<#ty, _>),
        };
        let boxed = |call: &TokenStream| self.kept(&path, &keep, call);
        let (arms, last) = (before.iter().map(boxed), boxed(last));
        let index = 0..before.len();
        let make = if before.is_empty() { last } else { quote!(match __case { #(#index => #arms,)* _ => #last }) };
        let item = quote! {
            fn __brunt_setup(__case: usize) -> #private::SendMade<'static, ::std::boxed::Box<#private::Fixture>> {
                #make
            }
        };
        let (functions, shared) = self.shared(&path);
        let item = quote!(#item #functions);
        let value = quote! {
            ::core::option::Option::Some(#private::Setup { make: __brunt_setup, shared: #shared })
        };
        (item, value)
    }

    /// Whether the body takes the size itself.
    fn takes_size(&self) -> bool {
        self.parameters.iter().any(|parameter| matches!(parameter, Parameter::Size(_)))
    }

    fn size_setup(&self) -> TokenStream {
        let private = self.private;
        quote! {
            ::core::option::Option::Some(#private::Setup {
                make: #private::size_fixture,
                shared: ::core::option::Option::None,
            })
        }
    }

    /// The call of `check` on `__output`. It takes the input of the body too, if there is a `setup` or the input is the
    /// size.
    pub(crate) fn check(&self) -> TokenStream {
        let private = self.private;
        let Some(path) = self.options.hook(Hook::Check) else { return TokenStream::new() };
        let span = code_span(&path);
        let size = || quote_spanned!(span=> #private::size(*#private::fixture::<::core::primitive::usize>(__fixture)));
        let input = self.fixture(span).or_else(|| self.takes_size().then(size)).into_iter();
        let private = relocate_tokens(private, span);
        quote_spanned!(span=> #private::checked(#path(#(#input,)* __output)))
    }

    /// `setup()`, `setup(value)` for each case, or `setup(size)`.
    fn setup_calls(&self, size: &TokenStream) -> Vec<TokenStream> {
        let Some(path) = self.options.hook(Hook::Setup) else { return Vec::new() };
        let (cases, mut ty) = (self.options.cases(), self.fixture_type().unwrap_or_else(|| quote!(_)));
        if self.options.is_setup_shared_by_run() {
            // The tests take the address. The value that is kept beside it may be of any type.
            ty = quote!((#ty, _));
        }
        if self.options.plan.sizes.is_some() {
            let span = code_span(&path);
            let private = relocate_tokens(self.private, span);
            return vec![self.call(&path, &quote_spanned!(span=> #private::size(#size)), &ty)];
        }
        if cases.is_empty() {
            return vec![self.call(&path, &TokenStream::new(), &ty)];
        }
        cases.iter().map(|value| self.call(&path, value, &ty)).collect()
    }

    /// Without a `setup`, a body distinguishes cases by `user.case()`; their values must compile all the same.
    fn unused_cases(&self) -> TokenStream {
        let cases = self.options.cases();
        if cases.is_empty() { TokenStream::new() } else { quote!(const _: fn() = || { #(let _ = #cases;)* };) }
    }

    /// The code for a shared fixture. It is identified by the function that makes it, so that all tests that name this
    /// function share the fixture.
    fn shared(&self, path: &TokenStream) -> (TokenStream, TokenStream) {
        let private = self.private;
        let (by_run, by_process) = (self.options.is_setup_shared_by_run(), self.options.is_setup_shared());
        if !by_run && !by_process {
            return (TokenStream::new(), quote!(::core::option::Option::None));
        }
        let mut functions = quote! {
            fn __brunt_shared() -> &'static ::core::primitive::str {
                ::core::any::type_name_of_val(&#path)
            }
        };
        if by_process {
            return (functions, quote!(::core::option::Option::Some(#private::Shared::ByProcess(__brunt_shared))));
        }
        let span = code_span(path);
        let call = self.setup_calls(&quote!(#private::never())).into_iter().next();
        let address = relocate_tokens(private, span);
        let address = quote_spanned!(span=> #address::told_address(|| #call, __text));
        functions.extend(quote! {
            fn __brunt_told(__text: &::core::primitive::str)
                -> ::core::result::Result<::std::boxed::Box<#private::Fixture>, #private::Failed> {
                #address
            }
        });
        let shared = quote! {
            ::core::option::Option::Some(#private::Shared::ByRun { name: __brunt_shared, told: __brunt_told })
        };
        (functions, shared)
    }

    fn user_setup_call(&self, path: &TokenStream, ty: &TokenStream) -> TokenStream {
        let fixture = self.fixture(code_span(path)).into_iter();
        self.call(path, &quote!(__user #(, #fixture)*), ty)
    }

    /// The fixture as `&T`, if there is a `setup`.
    fn fixture(&self, span: Span) -> Option<TokenStream> {
        let private = relocate_tokens(self.private, span);
        let call = self.setup_calls(&quote!(#private::never())).into_iter().next()?;
        Some(match self.fixture_type() {
            Some(ty) => quote_spanned!(span=> #private::fixture::<#ty>(__fixture)),
            None if self.options.is_setup_shared_by_run() => {
                quote_spanned!(span=> #private::address_made_by(|| #call, __fixture))
            }
            None => quote_spanned!(span=> #private::fixture_made_by(|| #call, __fixture)),
        })
    }

    /// The user's state, as `&mut S`.
    fn state(&self, setup: &TokenStream, span: Span) -> TokenStream {
        let private = relocate_tokens(self.private, span);
        match self.state_type() {
            Some(ty) => quote_spanned!(span=> #private::state::<#ty>(__state)),
            // Never called: it only makes the compiler infer what `user_setup` returns.
            None => quote_spanned! {span=>
                #private::state_made_by(|| match #private::never::<(&'static #private::User, &'static #private::Fixture)>() {
                    (__user, __fixture) => #setup,
                }, __state)
            },
        }
    }

    /// The call of a hook whose value should be of this type.
    fn call(&self, path: &TokenStream, arguments: &TokenStream, ty: &TokenStream) -> TokenStream {
        let span = code_span(path);
        made_code(self.private, span, &quote_spanned!(span=> #path(#arguments)), ty)
    }

    /// The value of a hook's call, passed to the function that stores it for the engine.
    fn kept(&self, path: &TokenStream, keep: &TokenStream, call: &TokenStream) -> TokenStream {
        let span = code_span(path);
        let (private, keep) = (relocate_tokens(self.private, span), relocate_tokens(keep, span));
        quote_spanned!(span=> #private::#keep(#call))
    }

    fn fixture_type(&self) -> Option<TokenStream> {
        self.parameters.iter().find_map(|parameter| match parameter {
            Parameter::Fixture(ty) => Some(ty.clone()),
            _ => None,
        })
    }

    fn state_type(&self) -> Option<TokenStream> {
        self.parameters.iter().find_map(|parameter| match parameter {
            Parameter::State(ty) => Some(ty.clone()),
            _ => None,
        })
    }
}

fn fn_name(hook: Hook) -> proc_macro2::Ident {
    format_ident!("__brunt_{}", hook.option())
}
