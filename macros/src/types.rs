//! Questions about a type as it is written, without type resolution: its name, its text, what it borrows.

use crate::span::last_segment;
use quote::ToTokens;
use syn::Type;

/// Whether the type is a path that ends in this name.
pub(crate) fn is_named(ty: &Type, name: &str) -> bool {
    matches!(ty, Type::Path(path) if path.qself.is_none() && last_segment(&path.path) == name)
}

/// Whether it is a primitive type, which no import is renamed to.
pub(crate) fn is_primitive(ty: &Type) -> bool {
    const PRIMITIVE: &str = "u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize f32 f64 bool char str";
    match ty {
        Type::Path(path) if path.qself.is_none() => PRIMITIVE.split(' ').any(|name| path.path.is_ident(name)),
        _ => false,
    }
}

/// The type without invisible groups and parentheses.
pub(crate) fn bare_type(ty: &Type) -> &Type {
    match ty {
        Type::Group(group) => bare_type(&group.elem),
        Type::Paren(paren) => bare_type(&paren.elem),
        ty => ty,
    }
}

/// The type behind `&T`.
pub(crate) fn shared_reference(ty: &Type) -> Option<&Type> {
    match ty {
        Type::Reference(reference) if reference.mutability.is_none() => Some(bare_type(&reference.elem)),
        _ => None,
    }
}

/// The type as it is written.
pub(crate) fn type_text(ty: &Type) -> String {
    ty.to_token_stream().to_string().replace(" <", "<").replace("< ", "<").replace(" >", ">").replace(" :: ", "::")
}
