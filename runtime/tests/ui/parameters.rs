//! Parameters that nothing makes, or in the wrong order.
use brunt::prelude::*;

struct Store;
struct Session;
fn store() -> Store {
    Store
}
fn session(_user: &User) -> Session {
    Session
}
fn session_on(_user: &User, _store: &Store) -> Session {
    Session
}

#[brunt::load_test(users = 1)]
fn by_value(_user: User) {}

#[brunt::load_test(users = 1)]
fn exclusive_user(_user: &mut User) {}

#[brunt::load_test(users = 1)]
fn no_setup(_user: &User, _store: &Store) {}

#[brunt::load_test(users = 1)]
fn no_user_setup(_user: &User, _session: &mut Session) {}

#[brunt::load_test(users = 1, setup = store)]
fn shared_by_all(_user: &User, _store: &mut Store) {}

#[brunt::load_test(users = 1, setup = store)]
fn order(_store: &Store, _user: &User) {}

#[brunt::load_test(users = 1, setup = store, user_setup = session_on)]
fn state_first(_session: &mut Session, _store: &Store) {}

#[brunt::load_test(users = 1, setup = store)]
fn two_fixtures(_user: &User, _store: &Store, _other: &Store) {}

#[brunt::load_test(users = 1, user_setup = session)]
fn two_states(_session: &mut Session, _other: &mut Session) {}

#[brunt::load_test(users = 1, setup = store)]
fn no_type(_user: &User, _store: &impl Sync) {}

#[brunt::load_test(users = 1, setup = store)]
fn no_type_either(_user: &User, _store: &dyn Sync) {}

#[brunt::load_test(users = 1, user_setup = session)]
fn state_that_is_shared(_user: &User, _session: &Session) {}

#[brunt::load_test(users = 1, setup = store, user_setup = session_on)]
fn state_that_is_shared_behind_a_fixture(_user: &User, _store: &Store, _session: &Session) {}

#[brunt::load_test(users = 1, cases = [small: 10, large: 1_000])]
fn case_by_value(_user: &User, _n: usize) {}

#[brunt::load_test(users = 1, cases = [small: 10, large: 1_000])]
fn case_by_reference(_n: &usize) {}

#[brunt::load_test(users = 1, cases = [small: "a", large: "b"])]
fn case_as_text(_user: &User, _n: &str) {}

#[brunt::stress(cases = [small: 10, large: 1_000])]
fn measured_case(n: u64) -> u64 {
    n
}

#[brunt::stress(sizes = [10, 100, 1_000])]
fn size_by_reference(n: &usize) -> usize {
    *n
}

#[brunt::load_test(users = 1)]
fn a_verdict_that_nobody_reads(_user: &User) -> bool {
    false
}

#[brunt::load_test(users = 1)]
async fn a_nested_result(_user: &User) -> Result<Result<(), String>, String> {
    Ok(Err("lost".to_owned()))
}

#[brunt::load_test(usres = 1, setup = store)]
#[target(p95 < 1%, p95 < 1parsec)]
fn everything_at_once(_user: User, _store: &mut Store) {}

fn main() {}
