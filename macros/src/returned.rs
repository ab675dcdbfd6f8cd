//! Refuses bodies that return a value which would be ignored though it may mean a failure, by their signature.

use brunt_plan::Kind;
use quote::ToTokens;
use syn::{GenericArgument, PathArguments, ReturnType, Signature, Type};

/// Names of types whose values may mean a failure.
const VERDICTS: [&str; 4] = ["bool", "Option", "Result", "ExitCode"];

/// The mistake of a body whose return value would be ignored. In a stress test the value is a result, which a black box
/// or `check` takes.
pub(crate) fn return_mistake(kind: Kind, signature: &Signature) -> Option<syn::Error> {
    let ReturnType::Type(_, returned) = &signature.output else { return None };
    if kind.measures_calls() {
        return None;
    }
    let ignored = ignored_type(returned)?;
    let text = ignored.to_token_stream().to_string().replace(' ', "");
    let message = format!(
        "nothing reads this `{text}`: return `brunt::Result`, and `Err(\"why\".into())` where the \
         iteration failed"
    );
    Some(syn::Error::new_spanned(ignored, message))
}

/// The type whose value would be ignored: the returned one, or the type inside its `Result`.
fn ignored_type(returned: &Type) -> Option<&Type> {
    match last_word_and_argument(returned)? {
        (name, Some(inner)) if name == "Result" => {
            last_word_and_argument(inner).filter(|(name, _)| is_verdict(name)).map(|_| inner)
        }
        (name, _) if name == "Result" => None,
        (name, _) => is_verdict(&name).then_some(returned),
    }
}

fn is_verdict(name: &str) -> bool {
    VERDICTS.contains(&name)
}

/// The last word of a path, and its first type argument.
fn last_word_and_argument(ty: &Type) -> Option<(String, Option<&Type>)> {
    let path = match ty {
        Type::Path(path) => &path.path,
        Type::Group(group) => return last_word_and_argument(&group.elem),
        Type::Paren(paren) => return last_word_and_argument(&paren.elem),
        _ => return None,
    };
    let segment = path.segments.last()?;
    let inner = match &segment.arguments {
        PathArguments::AngleBracketed(arguments) => arguments.args.iter().find_map(|argument| match argument {
            GenericArgument::Type(ty) => Some(ty),
            _ => None,
        }),
        _ => None,
    };
    Some((segment.ident.to_string(), inner))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_that_says_how_it_went_is_not_ignored() {
        for (signature, refused) in [
            ("fn f()", None),
            ("fn f() -> brunt::Result", None),
            ("fn f() -> Result<(), String>", None),
            ("fn f() -> Result<Row, String>", None),
            ("fn f() -> u64", None),
            ("fn f() -> bool", Some("bool")),
            ("async fn f() -> Option<Row>", Some("Option<Row>")),
            ("fn f() -> brunt::Result<bool>", Some("bool")),
            ("fn f() -> Result<Result<(), E>, Elapsed>", Some("Result<(),E>")),
            ("fn f() -> std::process::ExitCode", Some("std::process::ExitCode")),
        ] {
            let parsed: Signature = syn::parse_str(signature).expect("a signature");
            for kind in [Kind::Load, Kind::Resilience] {
                let found = return_mistake(kind, &parsed).map(|mistake| mistake.to_string());
                let wanted = refused.map(|text| format!("nothing reads this `{text}`"));
                assert_eq!(found.is_some(), wanted.is_some(), "{signature}");
                assert!(found.unwrap_or_default().starts_with(&wanted.unwrap_or_default()), "{signature}");
            }
            assert!(return_mistake(Kind::Stress, &parsed).is_none(), "a result of a measured call");
        }
    }
}
