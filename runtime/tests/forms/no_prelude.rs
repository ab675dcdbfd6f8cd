//! Without a prelude, and with brunt under another crate's path.
#![no_implicit_prelude]
#![deny(warnings)]
#![forbid(unsafe_code)]

mod reexport {
    pub(crate) mod deep {
        pub(crate) use ::brunt::*;
    }
}

fn store() -> u64 {
    1
}
fn check(_store: &u64) {}
fn state(_user: &crate::no_prelude::reexport::deep::User, store: &u64) -> u64 {
    *store
}
fn end(_state: &mut u64) {}

#[::brunt::load_test(users = 2, setup = store, verify = check, user_setup = state, user_teardown = end)]
#[::brunt::target(mean < 1s)]
async fn plain(user: &::brunt::User, store: &u64, state: &mut u64) -> ::brunt::Result {
    let _ = (user, store, state);
    ::core::result::Result::Ok(())
}

#[crate::no_prelude::reexport::deep::load_test(crate = crate::no_prelude::reexport::deep, setup = shared(store))]
#[crate::no_prelude::reexport::deep::target(mean < 1s)]
#[ignore = "why"]
fn through_another_crate() {}

#[::brunt::load_test(per_core, users = 2, setup = store, user_setup = state, user_teardown = end)]
async fn local() {}

#[::brunt::resilience(setup = store, verify = check)]
#[ignore = "it waits for no phase; it is here to compile"]
async fn experiment(lab: &::brunt::Lab, store: &u64) -> ::brunt::Result {
    let _ = (lab, store);
    ::core::result::Result::Ok(())
}
