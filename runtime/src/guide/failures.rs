//! # Failures and their kinds
//!
//! An iteration fails by an error that the body returns, by a panic, by its `timeout`, or by a `check` that is `false`.
//! Every failure has a *kind*, a short name. Reports count failures by kind, and targets select by it:
//! `errors("sold out") < 5%`.
//!
//! # How an error gets its kind
//!
//! A body returns `brunt::Result`, and `?` turns any error into a failure: those of libraries, `anyhow` and `eyre`
//! reports, boxed errors, strings. The kind is the first of these that exists:
//!
//! 1. the kind that `brunt::fail!("kind", "…")` gives;
//! 2. the kind that [`kinds!`](crate::kinds) names for the error, or for one of its causes;
//! 3. the kind of the io error that is the error or one of its causes: `io::ConnectionRefused`, `io::TimedOut`; the
//!    system's name where Rust has none, `io::EMFILE`;
//! 4. the type of the error: `reqwest::error::Error`.
//!
//! | failure | kind |
//! |---|---|
//! | `brunt::fail!("shed", "queue is {n} long")` | `shed` |
//! | a `std::io::Error`, alone or as a cause, through `anyhow`, `eyre` or `Box` too | `io::ConnectionRefused` … |
//! | an enum of your own, by `?` | its type, `shop::ShopError`: all variants are one kind, unless `kinds!` names them |
//! | the same behind `anyhow` or `eyre`, with `.context("…")` | the kind that `kinds!` names; else `anyhow::Error` |
//! | the same behind `anyhow` or `eyre` *without* context | `anyhow::Error`: the report hides the type. Add a `.context("…")` |
//! | the same behind `Box<dyn Error>` | the kind that `kinds!` names; else `error` |
//! | `Err("no stock")?`, `anyhow::bail!("no stock")` | `error`; `anyhow::Error` |
//! | a panic | `panic` |
//! | longer than `timeout` | `timeout` |
//! | `user.check("total", false)` | `check: total` |
//! | a feed without a row, an odd value in `user.record` | `feed`, `value` |
//! | a server that is not installed | `missing`; in `setup` the test is skipped |
//!
//! # One name for each variant
//!
//! An enum is one kind unless you name its variants. [`kinds!`](crate::kinds) does so in one place, next to the tests,
//! once for each error type. It works for types of other crates too, such as `reqwest::Error`: the [HTTP
//! example](super::http_service) names its status codes so.
//!
//! ```
//! use std::fmt;
//!
//! #[derive(Debug)]
//! enum ShopError {
//!     NoItem(u64),
//!     Down(std::io::Error),
//! }
//! # impl fmt::Display for ShopError {
//! #     fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
//! #         match self {
//! #             Self::NoItem(id) => write!(f, "no such item: {id}"),
//! #             Self::Down(_) => f.write_str("the shop is down"),
//! #         }
//! #     }
//! # }
//! # impl std::error::Error for ShopError {}
//!
//! brunt::kinds!(ShopError, |error| match error {
//!     ShopError::NoItem(_) => "no item",
//!     ShopError::Down(_) => "down",
//! });
//!
//! fn find(id: u64) -> brunt::Result {
//!     Err(ShopError::NoItem(id))?
//! }
//!
//! fn find_through_anyhow(id: u64) -> brunt::Result {
//!     use anyhow::Context as _;
//!     Ok(Err(ShopError::NoItem(id)).context("look for it")?)
//! }
//!
//! assert_eq!(find(7).unwrap_err().kind(), "no item");
//! assert_eq!(find_through_anyhow(7).unwrap_err().kind(), "no item");
//! assert_eq!(find_through_anyhow(7).unwrap_err().message(), "look for it: no such item: 7");
//! # let _ = ShopError::Down(std::io::ErrorKind::NotFound.into());
//! ```
//!
//! Name the sort and not the instance: `no item`, and not `no item 4711`. After a thousand different kinds all further
//! ones are counted as one. Details that differ from failure to failure belong in the message.
//!
//! # What the report shows
//!
//! Two kinds of failures, with a target that covers one of them:
//!
//! ```text
//! ✗ fail  orders                                                                tests/kinds.rs:68
//!   target                   observed  margin
//!   errors("no item") < 10%      25 %  -150 %  ✗ missed
//!     25 % is 150 % above 10% (100 samples, 17.1 %..34.4 % with 95 % confidence)
//!   errors = 0                     12          ✗ missed
//!     12 of 100 iterations failed in a way that no target covers: `full` 12 ("the cart is full")
//!   errors   no item 25 × (25 %), 177 µs..472 µs:
//!              4 × no such item: 6
//!              3 × no such item: 18
//!              3 × no such item: 7
//!              15 × something else
//!            full 12 × (12 %), 275 µs..479 µs: the cart is full
//! ```
//!
//! The rows under `errors` show the kind, the number, the share, and the times of the first and the last failure in the
//! load; below them are the three most frequent messages. The row `errors = 0` is an implicit target: **a failure that
//! no target covers fails the test.**
//!
//! # Targets on failures
//!
//! | target | covers |
//! |---|---|
//! | none | nothing: `errors = 0` holds |
//! | `errors < 1%`, `errors < 3` | all kinds: as a share, as a number |
//! | `success_rate > 99%` | all kinds, and [interrupted](super::glossary) iterations too, which are no errors |
//! | `errors("sold out") < 5%` | that kind; any other fails the test |
//! | `errors(except "sold out") < 1%` | all kinds but `sold out`, which then needs a target of its own |
//! | `spike.errors < 20%` | failures in that stage; those in other stages fail the test |
//! | `pay.errors < 1%` | failures of the step `pay`, and of iterations that failed by it |
//!
//! A step that fails while its iteration goes on (`let _ = user.step("pay", …).await`, a fallback, a retry) is no
//! failure of an iteration, and needs a target on the step: [targets](super::targets#failures-that-nobody-covers).
//!
//! # The test's own limits
//!
//! Some errors are not errors of the system: the test process has no more file descriptors (`io::EMFILE`), the machine
//! no local port left (`io::AddrNotAvailable`). Their message ends with the remedy:
//! `(a limit of the load generator, not of the system: this process may open no more files and sockets: raise ulimit
//! -n, or take fewer users)`.
//!
//! Next: [targets](super::targets).
