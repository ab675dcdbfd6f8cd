//! Mistakes that only the types show: they too are compile errors, and never a test that passes.
use brunt::prelude::*;
use std::future::Future;
use std::rc::Rc;

struct Store;
struct Cache;
#[derive(Debug)]
struct NoError;

async fn cache() -> Cache {
    Cache
}
fn store() -> Result<Store, NoError> {
    Ok(Store)
}
fn sized_store(_size: u64) -> Store {
    Store
}
fn holds(_store: &Store) -> bool {
    false
}
fn of_cache(_cache: &Cache) {}
fn plain_store() -> Store {
    Store
}

#[brunt::load_test(users = 1)]
fn nothing_makes_it(_store: &Store) {}

#[brunt::load_test(users = 1)]
async fn no_failure() -> Result<(), NoError> {
    Ok(())
}

#[brunt::load_test(users = 1)]
fn never_run() -> impl Future<Output = brunt::Result> {
    async { Ok(()) }
}

#[brunt::load_test(users = 1)]
async fn never_run_either() -> impl Future<Output = brunt::Result> {
    async { Ok(()) }
}

#[brunt::load_test(users = 1, setup = cache)]
async fn another_type(_store: &Store) {}

#[brunt::load_test(users = 1, setup = store)]
async fn no_failure_of_setup(_store: &Store) {}

#[brunt::load_test(users = 1, setup = plain_store, verify = holds)]
async fn a_verdict_that_is_no_result(_store: &Store) {}

#[brunt::load_test(users = 1, setup = plain_store, teardown = of_cache)]
async fn hook_of_another_type(_user: &User) {}

#[brunt::load_test(users = 1, setup = sized_store, cases = [small: "ten", large: 10])]
async fn case_of_another_type(_store: &Store) {}

#[brunt::load_test(users = 1)]
async fn not_send() {
    let shared = Rc::new(1);
    std::future::ready(()).await;
    drop(shared);
}

#[brunt::load_test(users = 1, setup = missing)]
async fn no_such_function() {}

fn main() {}
