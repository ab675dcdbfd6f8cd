//! The attributes of brunt. The text of an attribute is checked and becomes one static `Spec`, which the crate `brunt`
//! runs.
//!
//! Use them through the `brunt` crate, which documents them.

mod expand;
mod experiment_signature;
mod generated;
mod hooks;
mod level;
mod mode;
mod parameters;
mod primary;
mod returned;
mod serial;
mod span;
mod subject;
mod test_options;
mod text;
mod types;

use brunt_plan::{Kind, Level};
use proc_macro::TokenStream;

/// A load test: virtual users run the function, and targets judge what was measured.
///
/// ```ignore
/// #[brunt::load_test(users = 100, duration = 30s, setup = open_store)]
/// #[brunt::target(p95 < 50ms, errors < 1%)]
/// async fn read_heavy(user: &User, store: &Store) -> brunt::Result {
///     user.step("read", store.get(user.pick(0..1_000))).await?;
///     Ok(())
/// }
/// ```
///
/// The options describe the load:
///
/// - *closed model*: `users`, with `iterations` (each user's), `total_iterations` (shared) or `duration`; `ramp_up`,
///   `think_time`;
/// - *open model*: `rate` for a `duration`, `max_users`, `poisson`;
/// - *both*: `stages = [warm: 10 for 30s, 10 -> 200 over 1min, 500 at once]`,
///   `scenarios = [list: 10x, buy: 1x]`, `cases = [small: 10, large: 1_000]`, `warm_up`, `timeout`, `graceful_stop`,
///   `setup_timeout`, `abort_after`, `settle`, `seed`, `virtual_time`, `per_core`, `concurrent`;
/// - *functions*: `setup` (or `setup = shared(f)`, `setup = shared_by_run(f)`), `teardown`, `verify` (or
///   `verify = counted(f)`), `sample`, `user_setup`, `user_teardown`;
/// - `crate = path`, where another crate re-exports brunt.
///
/// The function is `async` or not, and takes `&User`, the `&T` of `setup` and the `&mut S` of `user_setup`, in this
/// order and each only where it exists. It returns nothing, a `Result` whose error turns into a `brunt::Failed`, or a
/// value that is ignored. A `bool`, an `Option` or a `Result` in a `Result` may mean a failure that would be ignored,
/// so that it is a compile error.
///
/// It runs under `cargo test` as it is, and under `brunt::main!()` in a target with `harness = false`.
#[proc_macro_attribute]
pub fn load_test(options: TokenStream, item: TokenStream) -> TokenStream {
    primary::expand_primary(Kind::Load, options.into(), item.into()).into()
}

/// A stress test: the function is measured at every size, or in every case, and targets judge how its cost grows.
///
/// ```ignore
/// #[brunt::stress(sizes = [1_000, 10_000, 100_000, 1_000_000], setup = tree_of)]
/// #[brunt::target(growth <= n, size(1_000_000).p95 < 500ms)]
/// fn total_value(tree: &Tree) -> f64 {
///     tree.total()
/// }
/// ```
///
/// - *input*: `sizes = [40, 341]`, `sizes = 1_000..=1_000_000 by 10x`, or `cases = [small: …, large: …]`; `setup`
///   receives the size or the case's value, and its time is not measured. Without `setup` the body takes the size;
/// - *how often*: `iterations` of each input, or `duration` for each; without them until the estimate is stable, at most
///   1 s for each. `concurrency = 100` callers at once, each with its `iterations`, on one input, or with an input each:
///   `user_setup`, `user_teardown`; `warm_up`;
/// - *result*: it goes through a black box; `check = f` checks it outside of the timing: `f(&T, &Output)` with
///   `setup`, `f(size, &Output)` with sizes alone, else `f(&Output)`; it returns a `bool` or a `Result`;
/// - `teardown`, `verify`, `sample`, `timeout`, `setup_timeout`, `virtual_time`, `seed`, `settle` as for a load.
///
/// The function is `async` or not, and takes `&User`, the `&T` of `setup` (or the size) and the `&mut S` of `user_setup`,
/// in this order and each only where it exists. Bodies faster than the clock are timed in batches; one that takes `&User`
/// or has a `user_setup` is timed call by call.
#[proc_macro_attribute]
pub fn stress(options: TokenStream, item: TokenStream) -> TokenStream {
    primary::expand_primary(Kind::Stress, options.into(), item.into()).into()
}

/// A resilience test: an experiment that breaks a part of the system under load, and measures how it recovers.
///
/// ```ignore
/// #[brunt::resilience(setup = cluster)]
/// #[brunt::target(baseline.success_rate > 99%, recovery_time < 60s, lost_writes = 0)]
/// async fn primary_dies(lab: &Lab, db: &Cluster) -> brunt::Result {
///     lab.load("insert", 500.per_second(), |user| db.insert(user.unique_id()));
///     lab.baseline(secs(2)).await?;
///     let fault = lab.inject(db.primary().kill()).await?;
///     db.replica(0).promote().await?;
///     fault.hold(secs(2)).await?;
///     lab.recovery(secs(60)).await?;
///     lab.ledger(db.read_ids().await?)
/// }
/// ```
///
/// The body starts the loads, so there are no options for them. The options are:
///
/// - `timeout` of the whole body, `graceful_stop`, `setup_timeout`, `abort_after`, `seed`, `virtual_time`, `concurrent`;
/// - `cases = [one: 1, two: 2]`: the experiment is run once for each, on what `setup(case)` makes;
/// - `setup` (or `setup = shared(f)`, `setup = shared_by_run(f)`), `teardown`, `verify`, `sample`; `crate = path`.
///
/// The function is `async`, and its future need not be `Send`. It takes `&Lab` and the `&T` of `setup`, in this order
/// and each only where it exists. The closures of loads may borrow the fixture: the function becomes
/// `async fn f<'lab>(lab: &Lab<'lab>, db: &'lab Cluster)`. They outlive what the body itself owns, which they take with
/// `move`, as clones.
///
/// The phases `baseline`, `fault`, `recovering` and `recovery` are selectors of targets.
#[proc_macro_attribute]
pub fn resilience(options: TokenStream, item: TokenStream) -> TokenStream {
    primary::expand_primary(Kind::Resilience, options.into(), item.into()).into()
}

/// A target, which the measurements of a test must meet: `#[target(p95 < 50ms, "GET /cart".errors < 1%, throughput >
/// 500/s)]`.
///
/// It stands above or below the attribute that makes the test, and may be repeated.
#[proc_macro_attribute]
pub fn target(targets: TokenStream, item: TokenStream) -> TokenStream {
    level::expand_level(Level::Target, targets.into(), item.into()).into()
}

/// A critical target: a lasting miss ends the test early.
#[proc_macro_attribute]
pub fn critical(targets: TokenStream, item: TokenStream) -> TokenStream {
    level::expand_level(Level::Critical, targets.into(), item.into()).into()
}
