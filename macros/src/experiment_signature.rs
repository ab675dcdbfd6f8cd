//! The signature of a resilience test's body, with the lifetimes that users leave out.

use crate::parameters::{LAB_TYPE, Parameter};
use crate::span::{code_span, last_segment};
use crate::types::is_named;
use proc_macro2::{Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{FnArg, GenericArgument, Lifetime, LifetimeParam, Path, PathArguments, Signature, Type, parse_quote};

/// The lifetime of the fixture, which the closures of loads may borrow.
const LAB: &str = "'lab";
/// The lifetime of the body and all that it owns, which is shorter.
const BODY: &str = "'body";

/// `async fn f(lab: &Lab, db: &Cluster)` becomes `async fn f<'body, 'lab>(lab: &'body Lab<'lab>, db: &'lab Cluster)`, so
/// that the closures of `lab.load` may borrow the fixture, which outlives the body, and nothing that the body owns.
pub(crate) fn experiment_signature(written: &Signature, parameters: &[Parameter], private: &TokenStream) -> Signature {
    let mut signature = written.clone();
    let (Some(Parameter::Subject(lab)), Some(FnArg::Typed(first))) = (parameters.first(), written.inputs.first())
    else {
        return signature;
    };
    // Errors show the span of a lifetime: one has the span of the reference, the other that of the type behind it.
    for (name, span) in [(BODY, code_span(&first.ty)), (LAB, code_span(lab))] {
        signature.generics.params.push(LifetimeParam::new(Lifetime::new(name, span)).into());
    }
    for (input, parameter) in signature.inputs.iter_mut().zip(parameters) {
        let FnArg::Typed(typed) = input else { continue };
        match parameter {
            Parameter::Subject(_) => {
                borrowed_for(BODY, &mut typed.ty);
                of_lab(&mut typed.ty, private);
            }
            Parameter::Fixture(_) => borrowed_for(LAB, &mut typed.ty),
            Parameter::State(_) | Parameter::Size(_) => {}
        }
    }
    signature
}

/// The signature of a test with mistakes. It has the lifetimes too, as the closures of loads would cause further errors
/// without them.
pub(crate) fn plain_signature(written: &Signature) -> Signature {
    let mut signature = written.clone();
    let types = signature.inputs.iter_mut().filter_map(|input| match input {
        FnArg::Typed(typed) => Some(&mut *typed.ty),
        FnArg::Receiver(_) => None,
    });
    // A signature with any lifetime is taken to have all of them.
    let name = if written.generics.params.is_empty() { LAB } else { "'_" };
    let lifetime = Lifetime::new(name, Span::call_site());
    let mut has_lab = false;
    for ty in types {
        match innermost_type(ty) {
            Type::Path(path) if last_segment(&path.path) == LAB_TYPE => {
                write_lifetime(&mut path.path, &lifetime);
                has_lab = true;
            }
            _ if name == LAB => borrowed_for(LAB, ty),
            _ => {}
        }
    }
    if !has_lab {
        return written.clone();
    }
    if name == LAB {
        signature.generics.params.push(LifetimeParam::new(lifetime).into());
    }
    signature
}

/// The subject's type in the check that it is the lab: its lifetime is left to inference, without the lint that asks to
/// write it.
pub(crate) fn infer_lifetime(written: &Type) -> TokenStream {
    if is_named(written, LAB_TYPE) {
        let mut ty = written.clone();
        if let Type::Path(path) = &mut ty {
            write_lifetime(&mut path.path, &Lifetime::new("'_", code_span(written)));
        }
        return ty.into_token_stream();
    }
    let site = |mut token: TokenTree| {
        if matches!(&token, TokenTree::Ident(name) if name != "$crate") {
            token.set_span(Span::call_site().located_at(token.span()));
        }
        token
    };
    written.to_token_stream().into_iter().map(site).collect()
}

/// The type behind the reference, `Lab<'lab>`. A type of another name may not be the lab and may have no lifetime. So
/// brunt's own type is used here, and the generated call makes the compiler check the other one.
fn of_lab(ty: &mut Type, private: &TokenStream) {
    let span = code_span(ty);
    let lifetime = Lifetime::new(LAB, span);
    let subject = innermost_type(ty);
    match subject {
        Type::Path(path) if last_is_lab(&path.path) => write_lifetime(&mut path.path, &lifetime),
        _ => *subject = parse_quote!(#private::Lab<#lifetime>),
    }
}

fn last_is_lab(path: &Path) -> bool {
    path.segments.last().is_some_and(|segment| segment.ident == LAB_TYPE)
}

/// Writes the lifetime into the path, if it has none or `'_`.
fn write_lifetime(path: &mut Path, lifetime: &Lifetime) {
    let Some(last) = path.segments.last_mut() else { return };
    let elided = match &last.arguments {
        PathArguments::None => true,
        PathArguments::AngleBracketed(written) => written
            .args
            .iter()
            .all(|argument| matches!(argument, GenericArgument::Lifetime(lifetime) if lifetime.ident == "_")),
        PathArguments::Parenthesized(_) => false,
    };
    if elided {
        last.arguments = PathArguments::AngleBracketed(parse_quote!(<#lifetime>));
    }
}

/// `&T` becomes `&'name T`; references within it stay.
fn borrowed_for(name: &str, ty: &mut Type) {
    match ty {
        Type::Group(group) => borrowed_for(name, &mut group.elem),
        Type::Paren(paren) => borrowed_for(name, &mut paren.elem),
        Type::Reference(reference) if reference.lifetime.as_ref().is_none_or(|lifetime| lifetime.ident == "_") => {
            reference.lifetime = Some(Lifetime::new(name, code_span(&reference.and_token)));
        }
        _ => {}
    }
}

/// The type without references, invisible groups and parentheses.
fn innermost_type(ty: &mut Type) -> &mut Type {
    match ty {
        Type::Group(group) => innermost_type(&mut group.elem),
        Type::Paren(paren) => innermost_type(&mut paren.elem),
        Type::Reference(reference) => innermost_type(&mut reference.elem),
        ty => ty,
    }
}
