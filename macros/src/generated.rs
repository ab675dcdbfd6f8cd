//! Pieces of generated code that several files use: the path of `private`, the input of a body, the reading of a
//! returned value.

use crate::parameters::Parameter;
use crate::span::{code_span, relocate_tokens};
use crate::test_options::TestOptions;
use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};

/// The code for the input of a body: the fixture, or the size.
pub(crate) fn input_code(private: &TokenStream, parameter: &Parameter) -> TokenStream {
    match parameter {
        Parameter::Fixture(ty) => quote_spanned!(code_span(ty)=> #private::fixture::<#ty>(__fixture)),
        Parameter::Size(ty) => {
            quote_spanned!(code_span(ty)=> #private::size::<#ty>(*#private::fixture::<::core::primitive::usize>(__fixture)))
        }
        Parameter::Subject(_) | Parameter::State(_) => TokenStream::new(),
    }
}

/// The path of `brunt::private`, through which generated code names everything.
pub(crate) fn private_path(options: &TestOptions) -> TokenStream {
    let krate = options.crate_path();
    quote!(#krate::private)
}

/// The code that reads a returned value: a value of this type, a `Result`, or a future of one of them.
pub(crate) fn made_code(private: &TokenStream, span: Span, returned: &TokenStream, ty: &TokenStream) -> TokenStream {
    let private = relocate_tokens(private, span);
    quote_spanned! {span=>
        match #returned {
            __returned => #private::Form::of(&__returned).form().made(#private::Wanted::<#ty>::new(), __returned),
        }
    }
}
