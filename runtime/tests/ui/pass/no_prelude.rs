//! Neither a prelude nor a name of its own for brunt's crate.
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
fn state(_user: &crate::reexport::deep::User, store: &u64) -> u64 {
    *store
}
fn end(_state: &mut u64) {}

#[::brunt::load_test(users = 2, setup = store, verify = check, user_setup = state, user_teardown = end)]
#[::brunt::target(mean < 1s)]
async fn plain(user: &::brunt::User, store: &u64, state: &mut u64) -> ::brunt::Result {
    let _ = (user, store, state);
    ::core::result::Result::Ok(())
}

#[crate::reexport::deep::load_test(crate = crate::reexport::deep, setup = shared(store))]
#[crate::reexport::deep::target(mean < 1s)]
#[ignore = "why"]
fn through_another_crate() {}

#[::brunt::load_test(per_core, duration = 1s, setup = store, user_setup = state, user_teardown = end)]
async fn local() {}

::brunt::main!();
