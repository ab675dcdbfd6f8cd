//! Every form a load test may have, under the strictest lints. It is the compiler that tests; the short ones run too.
#![deny(warnings, missing_docs, unreachable_pub, clippy::all)]
#![forbid(unsafe_code)]

use brunt::prelude::*;
use brunt::{critical, target};
use std::fmt;
use std::rc::Rc;

#[derive(Debug)]
struct Store(Vec<u64>);
struct Counter(u64);
#[derive(Debug)]
struct Refused;
impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("refused")
    }
}
impl std::error::Error for Refused {}

async fn open_store() -> Result<Store, std::io::Error> {
    Ok(Store(vec![1]))
}
fn store_of(size: u64) -> Store {
    Store(vec![size])
}
fn numbers() -> Vec<u64> {
    vec![1, 2]
}
async fn text() -> String {
    "7".to_owned()
}
async fn counter(_user: &User) -> brunt::Result<Counter> {
    Ok(Counter(0))
}
fn counter_on(_user: &User, store: &Store) -> Counter {
    Counter(store.0[0])
}
async fn close(store: &Store) -> Result<(), Refused> {
    if store.0.is_empty() { Err(Refused) } else { Ok(()) }
}
fn verified(store: &Store) -> Result<(), String> {
    if store.0.is_empty() { Err("empty".to_owned()) } else { Ok(()) }
}
async fn gauges(_store: &Store, _samples: &mut Samples) {}
async fn end_counter(counter: &mut Counter) {
    counter.0 += 1;
}

/// Nothing but the function.
#[brunt::load_test]
fn nothing() {}

/// The load of the first page.
#[brunt::load_test(users = 100, iterations = 50, setup = open_store)]
#[target(throughput > 1_000/s, p95 < 50ms, p95 <= "50ms")]
async fn read_heavy(user: &User, store: &Store) -> brunt::Result {
    let _ = (user, store);
    Ok(())
}

#[brunt::load_test(stages = [baseline: 10 for 20s, spike: 100 for 20s, after: 10 for 20s], setup = open_store)]
#[target(spike.success_rate > 80%, spike.mean < 3x baseline.mean, after.p95 < 1.2x baseline.p95)]
#[critical(success_rate > 50%)]
#[ignore = "its load takes 30 s and more; it is here to compile"]
async fn spike(_user: &User, store: &Store) -> Result<u64, Refused> {
    store.0.first().copied().ok_or(Refused)
}

#[target(p99 < 200ms, errors < 1%, each(5s).p95 < 300ms)]
#[brunt::load_test(rate = 500/s, duration = 30s, max_users = 200)]
#[target("GET /cart".p95 < 80 ms)]
#[ignore = "its load takes 30 s and more; it is here to compile"]
async fn checkout(user: &User) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let _ = user;
    Ok(())
}

#[brunt::load_test(scenarios = [quiet: 10/s, noisy: 100 from 10s], stages = [alone: 10s, beside: 20s])]
#[target(beside.quiet.p95 < 1.5x alone.quiet.p95, quiet.errors = 0)]
#[ignore = "its load takes 30 s and more; it is here to compile"]
async fn neighbours(user: &User) {
    let _ = user;
}

#[brunt::load_test(
    users = 4,
    setup = open_store,
    teardown = close,
    verify = verified,
    sample = gauges,
    user_setup = counter_on,
    user_teardown = end_counter,
)]
async fn all_hooks(_user: &User, store: &Store, counter: &mut Counter) -> Result<(), String> {
    counter.0 += store.0[0];
    Ok(())
}

#[brunt::load_test(users = 4, setup = open_store, teardown = close, user_setup = counter_on, user_teardown = end_counter)]
async fn hooks_that_the_body_does_not_name() {}

fn nothing_left() -> Result<(), String> {
    Ok(())
}
async fn queue_length(_samples: &mut Samples) {}

#[brunt::load_test(users = 4, verify = nothing_left, teardown = nothing_left, sample = queue_length)]
async fn hooks_without_setup() {}

#[brunt::load_test(users = 4, setup = numbers, user_setup = number, user_teardown = end_number)]
async fn deref_in_hooks(_user: &User) {}
async fn number(_user: &User, numbers: &[u64]) -> Result<String, Refused> {
    Ok(numbers.len().to_string())
}
fn end_number(number: &mut str) -> Result<(), Refused> {
    if number.is_empty() { Err(Refused) } else { Ok(()) }
}

#[brunt::load_test(users = 4, user_setup = counter, user_teardown = end_counter)]
fn blocking(counter: &mut Counter) -> u64 {
    counter.0 += 1;
    counter.0
}

#[brunt::load_test(users = 2, setup = numbers)]
fn slice(numbers: &[u64]) -> u64 {
    numbers.iter().sum()
}

#[brunt::load_test(users = 2, setup = text)]
async fn string(text: &str) -> Result<usize, std::num::ParseIntError> {
    text.parse()
}

/// What an attribute of somebody else's makes of the body is only known when it is called.
#[brunt::load_test(users = 2, setup = text)]
#[clippy::cognitive_complexity = "7"]
async fn attribute_of_another_tool(user: &User, text: &str) -> Result<usize, std::num::ParseIntError> {
    let _ = user;
    text.parse()
}

#[brunt::load_test(users = 2, setup = shared(self::open_store))]
async fn kept(store: &Store) {
    let _ = store;
}

#[brunt::load_test(iterations = 3, cases = [small: 10, large: 1_000 * 10], setup = store_of)]
#[target(large.mean < 100x small.mean)]
fn cases(store: &Store) -> usize {
    store.0.len()
}

#[brunt::load_test(iterations = 3, cases = [small: 10, large: "any"])]
fn cases_by_name(_user: &User) {}

fn local_state(_user: &User) -> Rc<u64> {
    Rc::new(1)
}
fn end_local_state(_state: &mut Rc<u64>) {}

#[brunt::load_test(users = 3, per_core, user_setup = local_state, user_teardown = end_local_state)]
async fn not_send(_user: &User, state: &mut Rc<u64>) {
    let shared = Rc::clone(state);
    std::future::ready(()).await;
    drop(shared);
}

#[brunt::stress(search = capacity(users 8..=64), virtual_time, setup = open_store)]
#[target(capacity > 32, p95 < 1s)]
async fn capacity(user: &User, store: &Store) -> brunt::Result {
    user.step("read", async { Ok::<_, Refused>(store.0.len()) }).await?;
    user.think(std::time::Duration::from_millis(10)).await;
    Ok(())
}

#[brunt::load_test(users = 3, virtual_time, iterations = 1)]
async fn virtual_time() {
    let shared = Rc::new(1);
    std::future::ready(()).await;
    drop(shared);
}

#[brunt::load_test(users = 3)]
#[ignore]
fn ignored() {}

#[ignore = "needs a database"]
#[brunt::load_test(users = 30)]
#[allow(clippy::needless_return)]
#[cfg_attr(all(), target(p95 < 1s))]
#[cfg_attr(any(), critical(no such thing))]
#[cfg(not(target_os = "none"))]
async fn ignored_with_reason() -> brunt::Result {
    return Ok(());
}

#[brunt::load_test]
#[cfg(any())]
fn not_there(missing: Missing) {}

mod counted;
mod inner {
    use brunt::User as Visitor;
    use brunt::load_test as lt;
    use brunt::target as goal;

    pub(super) mod models {
        pub(crate) struct User;
    }
    async fn account() -> models::User {
        models::User
    }

    #[goal(p95 < 1s)]
    #[lt(users = 20)]
    pub(super) async fn renamed(visitor: &Visitor) {
        let _ = visitor;
    }

    #[goal(p95 < 1s)]
    #[brunt::load_test(users = 20, setup = account)]
    async fn two_users(visitor: &super::User, user: &models::User) {
        let _ = (visitor, user);
    }

    #[brunt::load_test(users = 2, setup = r#type)]
    async fn r#match(user: &super::User, r#type: &u8) {
        let _ = (user, r#type);
    }
    fn r#type() -> u8 {
        1
    }
}

macro_rules! tests {
    ($($name:ident: $users:literal, $limit:literal, $ty:ty, $setup:path, $size:expr;)*) => {
        $(
            #[brunt::load_test(users = $users, setup = $setup, cases = [one: $size, two: $size + 1])]
            #[target(p95 < $limit, "one".mean < $limit)]
            async fn $name(user: &User, store: &$ty) {
                let _ = (user, store);
            }
        )*
    };
}
tests! {
    first: 10, 50ms, Store, store_of, 1 + 2;
    second: 20, "1s", Store, self::store_of, 3;
}

macro_rules! whole {
    ($($options:tt)*) => {
        #[brunt::load_test($($options)*)]
        #[ignore = "its load takes a minute; it is here to compile"]
        fn from_tokens() {}
    };
}
whole!(timeout = 3s, stages = [10 -> 200 over 1min, 500 at once]);

mod imports;
mod no_prelude;
mod places;
mod resilience;
mod stress;
mod suite;

// Under the standard harness it is never called.
brunt::main!();
