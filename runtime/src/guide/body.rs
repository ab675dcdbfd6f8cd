//! # Body and fixtures
//!
//! The *body* is the annotated function: the work of a virtual user in one iteration. The *fixture* is the value that
//! `setup` made for it: a server, a client, a database.
//!
//! The body is an `async fn`, or a plain `fn` whose users have a thread each. It returns nothing, a value, or a
//! `Result` with any error that `?` can box: `std::io::Error`, `reqwest::Error`, `anyhow::Error`, a string. It takes
//! the user, the fixture and the user's own state, in this order and each only where it exists.
//!
//! ```
//! use brunt::prelude::*;
//! use std::collections::BTreeMap;
//! use std::sync::Mutex;
//!
//! struct Store(Mutex<BTreeMap<u64, String>>);
//! struct Session { visits: u32 }
//!
//! async fn open_store() -> Result<Store, std::io::Error> {
//!     Ok(Store(Mutex::default()))
//! }
//!
//! fn log_in(user: &User, _store: &Store) -> Session {
//!     Session { visits: user.id() as u32 }
//! }
//!
//! fn nothing_is_lost(store: &Store, counted: &brunt::Counted) -> brunt::Result {
//!     let (rows, written) = (store.0.lock().map_err(|_| "poisoned")?.len() as u64, counted.iterations().successes);
//!     if rows < written {
//!         brunt::fail!("lost", "{rows} of {written} rows are there");
//!     }
//!     Ok(())
//! }
//!
//! #[brunt::load_test(users = 4, iterations = 10, setup = open_store, user_setup = log_in, verify = counted(nothing_is_lost))]
//! async fn write(user: &User, store: &Store, session: &mut Session) -> brunt::Result {
//!     session.visits += 1;
//!     let key = user.unique_id();
//!     store.0.lock().map_err(|_| "poisoned")?.insert(key, "row".to_owned());
//!     Ok(())
//! }
//! ```
//!
//! | hook | when | takes |
//! |---|---|---|
//! | `setup = f` | once per test (and case), before the load | nothing, or the case's value |
//! | `user_setup = f` | once per user, before its first iteration | `&User`, `&Fixture` where there is one |
//! | `sample = f` | every second of the load, or at the end of a shorter one | `&Fixture`, `&mut Samples`, to record gauges |
//! | `verify = f` | after the load; its error fails the test | `&Fixture` |
//! | `verify = counted(f)` | the same with [the counts of the load](crate::Counted), for a check that holds under any load | `&Fixture`, `&Counted` |
//! | `user_teardown = f` | when the user is gone | `&mut State` |
//! | `teardown = f` | at the end, also after a failure | `&Fixture` |
//!
//! Each may be async or not, fallible or not, and none is measured. A failure in `setup` or `teardown` is an *error* of
//! the test, one in `verify` a *fail*; after one in `sample` the test is inconclusive, as its gauges are not known for
//! that time. A hook that takes longer than `setup_timeout` (1 min) is ended, and the test has an error that names the
//! hook.
//!
//! # What tests share
//!
//! | | made | the tests get | ended |
//! |---|---|---|---|
//! | `setup = f` | once per test (and case) | `&Fixture` | with the test |
//! | `setup = shared(f)` | once per process | `&Fixture` | when the process exits |
//! | `setup = shared_by_run(f)` | once per run and test binary | `&Address` | when the run is over |
//!
//! The teardown of a fixture that a process shares may take ten seconds, and a minute under `brunt::main!`; that of a
//! fixture that a run shares may take as long as a hook. A fixture whose end takes longer is left behind.
//!
//! Under nextest every test is a process of its own, so that a database of `shared(f)` is started for each of them.
//! With `shared_by_run(f)` it is started once, and `f` returns two things: an *address*, which the tests get, and a
//! value that is *kept* for them.
//!
//! ```no_run
//! # #[cfg(unix)] mod unix {
//! use brunt::fault::{Launch, Process, Ready};
//! use brunt::prelude::*;
//! use std::process::Command;
//!
//! async fn server() -> brunt::Result<(String, Process)> {
//!     let mut command = Command::new("target/debug/server");
//!     command.args(["--port", "7001"]);
//!     let launch = Launch::new(command).ready(Ready::port(([127, 0, 0, 1], 7001)));
//!     Ok(("http://127.0.0.1:7001".to_owned(), Process::start(launch).await?))
//! }
//!
//! #[brunt::load_test(users = 10, setup = shared_by_run(server))]
//! async fn reads(_user: &User, address: &str) -> brunt::Result {
//!     // … a client of this test's own, connected to `address` …
//! #   let _ = address;
//!     Ok(())
//! }
//! # }
//! ```
//!
//! The address is of any type that serde can write and read: a `String`, a tuple, a struct that derives `Serialize` and
//! `Deserialize`. The kept value may be anything: a process, a cluster, the handle of a container. It lives in the
//! *keeper*, a process that the first test starts (the same test binary once more). The keeper drops it as soon as the
//! `cargo` or nextest that started the tests has ended, in whatever way. Without one of these (a test binary that is
//! started by hand) the kept value ends with the test binary. All tests that name `f` share it, wherever they name it;
//! test binaries do not share it, as each has an `f` of its own. If `f` fails, it is not tried again, and every test of
//! the run fails with its message. `teardown` and `verify` belong to each test, and take the address. `shared_by_run`
//! needs Unix.
//!
//! A shared fixture contains the changes of the tests before. Let each test write under names of its own
//! (`user.unique_id()`), or undo it in `teardown`.
//!
//! # What a body can do
//!
//! ```
//! use brunt::prelude::*;
//! use std::time::Duration;
//! # async fn get(path: &str) -> Result<u16, std::io::Error> { let _ = path; Ok(200) }
//! # async fn plain() -> Result<(), std::io::Error> { Ok(()) }
//! # async fn secured() -> Result<(), std::io::Error> { Ok(()) }
//!
//! #[brunt::load_test(users = 10)]
//! #[target("GET /cart".p95 < 80ms, cached.share > 80%, tenant("acme").p95 < 100ms, secured.mean < 1.2x plain.mean)]
//! async fn shop(user: &User) -> brunt::Result {
//!     user.tag("tenant", if user.id() % 2 == 0 { "acme" } else { "globex" });
//!     let status = user.step("GET /cart", get("/cart")).await?; // a measured part, by name
//!     user.check("found", status == 200);                       // a flag; false fails the iteration
//!     user.record("cached", true);                              // a bool, number, Duration or size
//!     user.think(Duration::from_millis(50)).await;              // as people do; no part of the latency
//!     user.pair("plain", plain(), "secured", secured()).await?; // two steps in random order, to be compared
//!     if user.pick(0..1_000) == 0 {
//!         brunt::fail!("shed", "the queue is full");            // a failure of a kind: `errors("shed")`
//!     }
//!     let steps = user.steps();                                 // for work in tasks and threads of its own
//!     tokio::spawn(async move { steps.step("audit", get("/audit")).await });
//!     Ok(())
//! }
//! ```
//!
//! An `async` block in a step must name the type of its error, or the compiler asks for it (`type annotations needed`): end
//! it with `Ok::<_, std::io::Error>(())` or `brunt::Result::<()>::Ok(())`, or call an `async fn` that returns a `Result`, as
//! above.
//!
//! `user.rng()` is seeded by user, iteration and call; `user.until_end(future)` ends a long session with the load, and
//! the iteration does not count as interrupted. A panic is a failed iteration of the kind `panic`, and the user goes
//! on. A step whose failure the body swallows, or that fails in a task of its own, needs a
//! [target](super::targets#failures-that-nobody-covers) that allows such failures. `serial_test`'s `#[serial]` would
//! hold its lock in every call of the body and let one user run at a time: it is refused where there are several users.
//!
//! # Failures and data
//!
//! The page on [failures](super::failures) explains how an error gets the kind that `errors("kind")` counts, and how to
//! name the variants of an enum. The page on [data](super::data) has rows of data for the users, from code or CSV
//! files.
//!
//! Next: [data](super::data).
