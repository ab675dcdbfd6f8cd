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

#[brunt::load_test(usres = 1, setup = store)]
#[target(p95 < 1%, p95 < 1parsec)]
fn everything_at_once(_user: User, _store: &mut Store) {}

fn main() {}
