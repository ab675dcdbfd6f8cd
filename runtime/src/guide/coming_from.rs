//! # Coming from another tool
//!
//! For each tool, this page has a table of its words and brunt's, one translated test, and the differences that are
//! intended. [k6](#k6) · [Gatling](#gatling) · [Locust](#locust) · [goose](#goose) · [criterion](#criterion-and-divan)
//!
//! Three differences apply to all of them:
//!
//! - **A test is a Rust function.** It can call all that a Rust program can call: HTTP by your own client, a database
//!   driver, a function of your crate. brunt has no HTTP client; it measures iterations of the body and its
//!   [`step`](crate::User::step)s, which you name.
//! - **It passes or fails by itself.** Targets belong to the test, failures that no target covers fail it, and a test that
//!   measured nothing is never green.
//! - **A verdict has three values.** A miss that noise explains is *inconclusive*, so that chance makes no test green
//!   or red: [verdicts](super::verdicts).
//!
//! # k6
//!
//! | k6 | brunt |
//! |---|---|
//! | `vus: 10, duration: '30s'` (`constant-vus`) | `users = 10, duration = 30s` |
//! | `per-vu-iterations`, `shared-iterations` | `users = 10, iterations = 20`; `users = 10, total_iterations = 200` |
//! | `ramping-vus`, `stages` | `stages = [0 -> 50 over 1min, 50 for 5min, -> 0 over 1min]` |
//! | `constant-arrival-rate`, `preAllocatedVUs`, `maxVUs` | `rate = 100/s, duration = 1min, max_users = 200` |
//! | `ramping-arrival-rate` | `stages = [10/s -> 100/s over 1min]` |
//! | `scenarios`, `exec` | `scenarios = [list: 10x, buy: 1x]`, and `match user.scenario()` |
//! | `thresholds: { http_req_duration: ['p(95)<200'] }` | `#[target(p95 < 200ms)]` |
//! | `http_req_failed: ['rate<0.01']` | `#[target(errors < 1%)]` |
//! | thresholds on tags: `http_req_duration{name:login}` | `login.p95 < 80ms` (a step), `tenant("acme").p95 < 80ms` (a tag) |
//! | `abortOnFail`, `delayAbortEval` | `#[critical(…)]`, `abort_after = 10s` |
//! | `check(res, { 'is 200': … })` | `user.check("is 200", …)`, which also fails the iteration |
//! | `group`, tag `name` | `user.step("login", …)` |
//! | `Trend`, `Counter`, `Rate`, `Gauge` | `user.record("cart", 3)`; a gauge by `sample = f` |
//! | `sleep(1)` | `user.think(Duration::from_secs(1)).await`, or the option `think_time` |
//! | `setup`, `teardown` | `setup = f`, `teardown = f`; users get `&T`, not a copy by JSON |
//! | `SharedArray` | a [`Feed`](super::data) |
//! | `__VU`, `__ITER`, `exec.scenario.name` | `user.id()`, `user.iteration()`, `user.scenario()` |
//! | `gracefulStop` | `graceful_stop = 30s` |
//! | `dropped_iterations` | `dropped` |
//! | `k6 run -e VUS=5` | `BRUNT_USERS=5 cargo test` |
//! | `handleSummary`, `--out json` | `report.json`, `junit.xml`, always written |
//!
//! ```js
//! export const options = {
//!   scenarios: {
//!     buy: { executor: 'constant-arrival-rate', rate: 50, duration: '30s', preAllocatedVUs: 100 },
//!   },
//!   thresholds: {
//!     http_req_failed: ['rate<0.01'],
//!     'http_req_duration{name:order}': ['p(95)<250'],
//!   },
//! };
//! export default function () {
//!   const res = http.post(`${__ENV.URL}/orders`, '{}', { tags: { name: 'order' } });
//!   check(res, { created: (r) => r.status === 201 });
//!   sleep(1);
//! }
//! ```
//!
//! ```
//! # use brunt::prelude::*;
//! # use std::time::Duration;
//! # struct Shop;
//! # impl Shop { async fn order(&self) -> Result<u16, std::io::Error> { Ok(201) } }
//! # async fn shop() -> Shop { Shop }
//! #[brunt::load_test(rate = 50/s, duration = 30s, max_users = 100, setup = shop)]
//! #[target(errors < 1%, order.p95 < 250ms)]
//! async fn buy(user: &User, shop: &Shop) -> brunt::Result {
//!     let status = user.step("order", shop.order()).await?;
//!     user.check("created", status == 201);
//!     user.think(Duration::from_secs(1)).await;
//!     Ok(())
//! }
//! ```
//!
//! *Different, and why.* In the open model a latency counts from the moment an iteration was *due*, so that a stall
//! shows for every arrival that it delayed; k6's latency counts from the start of the request (brunt has this figure as
//! `service.p95`). Failed iterations are left out of the latency, so that fast errors do not make a system look fast. A
//! check that fails fails the iteration; in k6 it is only a metric. There is no cloud, no browser and no run over
//! several machines.
//!
//! # Gatling
//!
//! | Gatling | brunt |
//! |---|---|
//! | `scenario("buy").exec(…)`, `exec(http("order")…)` | the body, `user.step("order", …)` |
//! | `atOnceUsers(500)` | `stages = [500 at once]` |
//! | `rampUsers(100).during(10)` | `users = 100, ramp_up = 10s` |
//! | `constantUsersPerSec(50).during(30)` | `rate = 50/s, duration = 30s`, arrivals spread evenly |
//! | the same `.randomized` | the same, `poisson` |
//! | `rampUsersPerSec(10).to(50).during(60)` | `stages = [10/s -> 50/s over 1min]` |
//! | `constantConcurrentUsers(20).during(60)` | `users = 20, duration = 1min` |
//! | `randomSwitch` | `scenarios = [list: 10x, buy: 1x]` |
//! | `pause(1, 3)` | `think_time = 1s..3s` between iterations, `user.think` within |
//! | `csv("users.csv").circular`, `.random`, `.queue` | [`feed.next()`, `.random(user)`, `.take()`](super::data) |
//! | session attributes | local variables; the `&mut S` of `user_setup` lasts over iterations |
//! | `assertions(global().responseTime().percentile3().lt(200))` | `#[target(p95 < 200ms)]` |
//! | `details("order").failedRequests().percent().lt(1.0)` | `#[target(order.errors < 1%)]` |
//! | `check(status().is(201))` | `user.check("created", status == 201)` |
//! | OK, KO | success, failure with a [kind](super::failures) |
//!
//! ```java
//! setUp(scenario("buy").exec(http("order").post("/orders").check(status().is(201)))
//!         .injectOpen(rampUsersPerSec(10).to(50).during(60)))
//!     .assertions(details("order").responseTime().percentile(95).lt(250));
//! ```
//!
//! ```
//! # use brunt::prelude::*;
//! # struct Shop;
//! # impl Shop { async fn order(&self) -> Result<u16, std::io::Error> { Ok(201) } }
//! # async fn shop() -> Shop { Shop }
//! #[brunt::load_test(stages = [10/s -> 50/s over 1min], setup = shop)]
//! #[target(order.p95 < 250ms)]
//! async fn buy(user: &User, shop: &Shop) -> brunt::Result {
//!     let status = user.step("order", shop.order()).await?;
//!     user.check("created", status == 201);
//!     Ok(())
//! }
//! ```
//!
//! *Different, and why.* A Gatling user starts, runs its scenario once and ends; in brunt's open model an *arrival*
//! runs one iteration, by a free user of the pool. There is no HTML report: the figures are in `report.json`.
//!
//! # Locust
//!
//! | Locust | brunt |
//! |---|---|
//! | `class Shopper(HttpUser)` | the body, and the client in the fixture |
//! | `@task(10)`, `@task(1)` | `scenarios = [list: 10x, buy: 1x]`, and `match user.scenario()` |
//! | `wait_time = between(1, 3)` | `think_time = 1s..3s` |
//! | `on_start`, `on_stop` | `user_setup = f`, `user_teardown = f` |
//! | `test_start`, `test_stop` events | `setup = f`, `teardown = f` |
//! | `--users 100 --spawn-rate 10` | `users = 100, ramp_up = 10s` |
//! | `--run-time 1m` | `duration = 1min` |
//! | a `LoadTestShape` | `stages = […]` |
//! | `name="/items/[id]"` | the step's name: `user.step("GET /items/{id}", …)` |
//! | `catch_response`, `response.failure("…")` | `brunt::fail!("kind", "…")`, `user.check(…)` |
//! | `environment.process_exit_code` set by hand | `#[target(…)]` |
//!
//! ```python
//! class Shopper(HttpUser):
//!     wait_time = between(1, 3)
//!     def on_start(self):
//!         self.client.post("/login")
//!     @task
//!     def browse(self):
//!         self.client.get("/items/1", name="item")
//! ```
//!
//! ```
//! # use brunt::prelude::*;
//! # struct Shop;
//! # struct Session;
//! # impl Shop {
//! #     async fn log_in(&self) -> Result<Session, std::io::Error> { Ok(Session) }
//! #     async fn item(&self, _: &Session, _: u64) -> Result<(), std::io::Error> { Ok(()) }
//! # }
//! # async fn shop() -> Shop { Shop }
//! async fn log_in(_user: &User, shop: &Shop) -> Result<Session, std::io::Error> {
//!     shop.log_in().await
//! }
//!
//! #[brunt::load_test(users = 100, ramp_up = 10s, duration = 1min, think_time = 1s..3s, setup = shop, user_setup = log_in)]
//! #[target(item.p95 < 200ms, errors < 1%)]
//! async fn browse(user: &User, shop: &Shop, session: &mut Session) -> brunt::Result {
//!     user.step("item", shop.item(session, 1)).await
//! }
//! ```
//!
//! *Different, and why.* A failure in Locust is a row of a table, and a single one makes the exit code 1; in brunt a
//! target sets the number that is allowed. There is no web page that controls a run: the load is in the test, and a run
//! can be repeated.
//!
//! # goose
//!
//! | goose | brunt |
//! |---|---|
//! | `GooseAttack`, a `main` of its own | a test in `tests/` |
//! | `scenario!("buy").set_weight(3)` | `scenarios = [list: 1x, buy: 3x]` |
//! | `transaction!(order).set_name("order")` | `user.step("order", …)` |
//! | `transaction!(log_in).set_on_start()` | `user_setup = f` |
//! | `set_wait_time(1s, 3s)` | `think_time = 1s..3s` |
//! | `user.get_named("/items/1", "item")` | `user.step("item", client.get(…).send())` |
//! | `user.set_session_data(…)` | the `&mut S` of `user_setup` |
//! | `user.set_failure(…)` | `brunt::fail!("kind", "…")` |
//! | `--users 100 --hatch-rate 10 --run-time 1m` | `users = 100, ramp_up = 10s, duration = 1min` |
//! | `--test-plan "10,1m;0,10s"` | `stages = [0 -> 10 over 1min, -> 0 over 10s]` |
//! | `--co-mitigation` | not needed: the latency of an open load counts from the time at which the arrival was due |
//!
//! ```ignore
//! async fn order(user: &mut GooseUser) -> TransactionResult {
//!     user.post_named("/orders", "order", "{}").await?;
//!     Ok(())
//! }
//! // main: GooseAttack::initialize()?.register_scenario(scenario!("buy").register_transaction(transaction!(order)))
//! //       .execute().await?;    then: cargo run -- --users 100 --hatch-rate 10 --run-time 1m
//! ```
//!
//! ```
//! # use brunt::prelude::*;
//! # struct Shop;
//! # impl Shop { async fn order(&self) -> Result<u16, std::io::Error> { Ok(201) } }
//! # async fn shop() -> Shop { Shop }
//! #[brunt::load_test(users = 100, ramp_up = 10s, duration = 1min, setup = shop)]
//! #[target(order.p95 < 250ms, errors < 1%)]
//! async fn buy(user: &User, shop: &Shop) -> brunt::Result {
//!     user.step("order", shop.order()).await?;
//!     Ok(())
//! }
//! ```
//!
//! *Different, and why.* Percentiles come from HDR histograms with three digits, where goose rounds times to milliseconds
//! and then to tens or hundreds. The test decides by itself whether it passed.
//!
//! # criterion and divan
//!
//! | criterion | divan | brunt |
//! |---|---|---|
//! | `c.bench_function("sum", …)` | `#[divan::bench]` | `#[brunt::stress]`, run by `cargo test --release` |
//! | `bench_with_input` over sizes | `args = [100, 1_000]` | `sizes = [100, 1_000]`, `cases = [small: …]` |
//! | `iter_batched(setup, …)` | `with_inputs` | `setup = f`, made once per size |
//! | `black_box` | the same | around input and result already |
//! | `measurement_time`, `sample_size` | `min_time`, `sample_count` | `duration = 5s`, `iterations = 50` |
//! | `warm_up_time` | – | `warm_up = 100ms` |
//! | `async` by `to_async(runtime)` | – | an `async fn` |
//! | – | `threads = 8` | `concurrency = 8` |
//! | – | `AllocProfiler` | `brunt::allocator!()`, `allocations <= 1` |
//! | comparison with a saved baseline | – | a limit, or two functions in one run: `user.pair`, `cases` |
//! | plots | – | `growth <= n_log_n` judged; the points are in the report |
//!
//! ```ignore
//! fn sorted(c: &mut Criterion) {
//!     let mut group = c.benchmark_group("sorted");
//!     for size in [100, 1_000, 10_000] {
//!         let numbers = numbers(size);
//!         group.bench_with_input(BenchmarkId::from_parameter(size), &numbers, |b, numbers| b.iter(|| sort(numbers)));
//!     }
//! }
//! ```
//!
//! ```
//! # use brunt::prelude::*;
//! # fn numbers(size: usize) -> Vec<u64> { (0..size as u64).rev().collect() }
//! #[brunt::stress(sizes = [100, 1_000, 10_000], setup = numbers)]
//! #[target(growth <= n_log_n, size(10_000).p95 < 5ms)]
//! fn sorted(numbers: &[u64]) -> Vec<u64> {
//!     let mut numbers = numbers.to_vec();
//!     numbers.sort_unstable();
//!     numbers
//! }
//! ```
//!
//! *Different, and why.* A benchmark measures how fast something is; a test decides whether that is fast enough. brunt
//! keeps no baseline of an earlier run: on shared machines two jobs differ by more than most changes. Write the limit
//! down, or measure both versions side by side in one run. For the last per cent of a hot loop keep criterion or divan.
//!
//! Next: [glossary](super::glossary).
