//! The first parameter of a body, found by the type that it names, even through a renamed import: the user, or the lab
//! of a resilience test.

use crate::engine::{Lab, User};

/// The types of a first parameter that stand for the virtual user.
#[diagnostic::on_unimplemented(
    message = "nothing makes this `&{Self}`",
    label = "neither brunt's `User` nor the value of a `setup`",
    note = "add `setup = f` to the attribute, where `f()` returns it; or take a `&brunt::User`"
)]
pub trait Subject {
    /// The user.
    fn of(user: &User) -> &Self;
}

impl Subject for User {
    fn of(user: &User) -> &Self {
        user
    }
}

/// The lab.
#[diagnostic::on_unimplemented(
    message = "nothing makes this `&{Self}`",
    label = "neither brunt's `Lab` nor the value of a `setup`",
    note = "add `setup = f` to the attribute, where `f()` returns it; or take a `&brunt::Lab`"
)]
pub trait LabSubject {
    /// The lab; the named type may have another lifetime for it.
    fn of<'a, 'lab>(lab: &'a Lab<'lab>) -> &'a Lab<'lab> {
        lab
    }
}

impl LabSubject for Lab<'_> {}
