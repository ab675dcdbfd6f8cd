//! What no test can be, and attributes that do not go together.
use brunt::prelude::*;

#[target(p95 < 10s)]
async fn no_test(_user: &User) {}

#[critical(p95 < 10s)]
#[allow(dead_code)]
async fn no_test_of_ours() {}

#[brunt::load_test(users = 1)]
#[brunt::stress(sizes = [1, 2])]
async fn two_primaries(_user: &User) {}

#[brunt::load_test(users = 1)]
#[test]
fn also_a_test() {}

#[brunt::load_test(users = 1)]
#[should_panic]
fn panics() {}

#[brunt::load_test(users = 1)]
#[ignore("why")]
fn ignored() {}

#[brunt::load_test(users = 1)]
fn generic<T: Default>(_user: &User)
where
    T: Clone,
{
}

#[brunt::load_test(users = 1)]
fn lifetime<'a>(_user: &'a User) {}

#[brunt::load_test(users = 1)]
unsafe fn not_safe() {}

#[brunt::load_test(users = 1)]
extern "C" fn foreign() {}

#[brunt::load_test(users = 1)]
const fn constant() {}

#[brunt::load_test(users = 1)]
struct NoFunction;

struct Suite;
impl Suite {
    #[brunt::load_test(users = 1)]
    fn method(&self) {}
}

#[brunt::load_test(usres = 1)]
mod no_function {}

fn main() {}
