//! A ready-made suite: its tests are registered wherever a test binary names this crate.

use brunt::prelude::*;

#[brunt::load_test(users = 2, iterations = 5)]
async fn holds_for_adopters(user: &User) -> brunt::Result {
    user.check("has an id", user.id() < 2);
    Ok(())
}
