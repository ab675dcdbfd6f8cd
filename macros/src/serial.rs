//! Refuses `serial_test` on a body with several users: every call of the body would take the lock, so that one user at
//! a time would run.

use crate::span::last_segment;
use crate::subject::Subject;
use brunt_plan::Plan;
use brunt_plan::load::Amount;
use quote::ToTokens;
use syn::spanned::Spanned;

/// The mistake of a serial body that several users run.
pub(crate) fn serial_mistake(subject: &Subject, plan: &Plan) -> Option<syn::Error> {
    if !has_several_users(plan) {
        return None;
    }
    let below = subject.attributes.iter().find(|attribute| is_serial(&last_segment(attribute.path())));
    // An attribute above this one has been expanded, and its lock is in the body.
    let has_lock = || subject.body.to_string().replace(' ', "").contains("serial_test::");
    let above = || has_lock().then(|| subject.signature.ident.span());
    let span = below.map(|attribute| attribute.to_token_stream().span()).or_else(above)?;
    let message = "`#[serial]` takes its lock in every call of the body, so that the users would run one at a time: \
                   leave it out. Tests that measure time wait for one another by themselves; to keep other tests away, \
                   take a lock of your own in `setup`";
    Some(syn::Error::new(span, message))
}

fn is_serial(name: &str) -> bool {
    matches!(name, "serial" | "file_serial")
}

/// Whether the plan runs the body more than once at a time.
fn has_several_users(plan: &Plan) -> bool {
    let several = |users: Option<u64>| users.is_some_and(|users| users > 1);
    // A plan has only options of its kind. An experiment has none of these: its body is called once.
    let levels = plan.stages.list.iter().flat_map(|stage| stage.shape.amounts()).chain(plan.own_loads());
    let staged = levels.into_iter().any(|amount| !matches!(amount, Amount::Users(0 | 1)));
    several(plan.users) || several(plan.concurrency) || plan.search.is_some() || plan.is_open() || staged
}

#[cfg(test)]
mod tests {
    use super::*;
    use brunt_plan::{Kind, parse};
    use proc_macro2::TokenStream;
    use quote::quote;

    fn refused(kind: Kind, options: &str, item: TokenStream) -> bool {
        let subject = Subject::new(kind, item).expect("a function");
        serial_mistake(&subject, &parse::plan(kind, options).0).is_some()
    }

    #[test]
    fn a_serial_body_of_several_users_is_refused_wherever_the_attribute_stands() {
        let below = || {
            quote!(
                #[serial_test::serial]
                fn f() {}
            )
        };
        let keyed = || {
            quote!(
                #[file_serial(key)]
                fn f() {}
            )
        };
        let above = || {
            quote!(
                fn f() {
                    serial_test::local_serial_core(vec![""], None, move || {})
                }
            )
        };
        for item in [below(), keyed(), above()] {
            assert!(refused(Kind::Load, "users = 8", item.clone()));
            assert!(refused(Kind::Load, "rate = 5/s, duration = 1s", item.clone()));
            assert!(refused(Kind::Load, "stages = [1 for 1s, 5 for 1s]", item.clone()));
            assert!(refused(Kind::Stress, "concurrency = 4", item.clone()));
            for (kind, alone) in [(Kind::Load, "users = 1"), (Kind::Load, ""), (Kind::Stress, "sizes = [1, 2]")] {
                assert!(!refused(kind, alone, item.clone()));
            }
            assert!(!refused(Kind::Resilience, "", item));
        }
        assert!(!refused(
            Kind::Load,
            "users = 8",
            quote!(
                #[inline]
                fn f() {}
            )
        ));
    }
}
