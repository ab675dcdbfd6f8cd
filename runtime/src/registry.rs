//! The annotated tests of this binary. Beside the kinds of errors, the only file that names `inventory`.

use crate::engine::spec::Spec;

/// One annotated test, as the attribute registers it.
#[derive(Debug)]
pub struct Registered(pub &'static Spec);

inventory::collect!(Registered);

/// Every test linked into this binary, in no particular order.
pub(crate) fn registered() -> impl Iterator<Item = &'static Spec> {
    inventory::iter::<Registered>.into_iter().map(|registered| registered.0)
}

pub use inventory;
