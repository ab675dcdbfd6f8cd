//! # Data
//!
//! A [`Feed`](crate::Feed) holds rows that users draw from: accounts to log in with, search terms, orders to place. It is
//! made once, in `setup` or in a `static`, and is shared by all users without a copy for each.
//!
//! | call | row | use it for |
//! |---|---|---|
//! | `feed.of(user)?` | this user's own, the same in each of its iterations | accounts: one for each virtual user |
//! | `feed.take()?` | one that no user gets again; an error when all are taken | rows that can be used once: vouchers, ids |
//! | `feed.next()?` | the next one, for any user; after the last row the first again | search terms, pages |
//! | `feed.random(user)?` | one at random, by the test's seed | the same, without an order |
//!
//! ```
//! use brunt::Feed;
//! use brunt::prelude::*;
//!
//! struct Shop {
//!     accounts: Feed<(&'static str, &'static str)>,
//!     terms: Feed<String>,
//! }
//!
//! fn shop() -> Shop {
//!     Shop {
//!         accounts: Feed::new("accounts", [("ann", "s3cret"), ("bob", "hunter2")]),
//!         terms: Feed::new("terms", ["novel", "atlas", "poems"].map(String::from)),
//!     }
//! }
//!
//! #[brunt::load_test(users = 2, iterations = 10, setup = shop)]
//! async fn searches(user: &User, shop: &Shop) -> brunt::Result {
//!     let (name, password) = shop.accounts.of(user)?; // user 0 is always ann, user 1 always bob
//!     let term = shop.terms.next()?;                  // novel, atlas, poems, novel, …
//!     // … log in as `name`, search for `term` …
//! #   let _ = (name, password, term);
//!     Ok(())
//! }
//! ```
//!
//! A feed without a row to give fails the iteration with the kind `feed`, and the message has the remedy:
//!
//! ```text
//! the feed `accounts` has 2 rows, and user 2 has none of its own: give it more, or take fewer users or use `next`
//! ```
//!
//! # CSV files
//!
//! With the feature `csv` a feed is read from a file. The first line names the columns.
//!
//! ```toml
//! brunt = { version = "0.1", features = ["csv"] }
//! ```
#![cfg_attr(feature = "csv", doc = "```no_run")]
#![cfg_attr(not(feature = "csv"), doc = "```ignore")]
//! use brunt::prelude::*;
//! use brunt::{Csv, Feed, Row};
//!
//! fn accounts() -> brunt::Result<Feed<Row>> {
//!     Feed::csv("tests/data/accounts.csv") // commas, UTF-8
//! }
//!
//! fn german_accounts() -> brunt::Result<Feed<Row>> {
//!     Csv::new("tests/data/konten.csv").delimiter(';').encoding("windows-1252").read()
//! }
//!
//! #[brunt::load_test(users = 20, setup = accounts)]
//! async fn logs_in(user: &User, accounts: &Feed<Row>) -> brunt::Result {
//!     let account = accounts.of(user)?;
//!     let (name, password) = (account.get("name")?, account.get("password")?);
//!     // … log in …
//! #   let _ = (name, password);
//!     Ok(())
//! }
//! # let _ = german_accounts;
//! ```
//!
//! - *Paths* are relative to the folder of the crate (where its `Cargo.toml` is): cargo and nextest start tests there.
//! - *Delimiter*: any ASCII character, `','` by default; `'\t'` for tabs.
//! - *Encoding*: any name of the [Encoding Standard](https://encoding.spec.whatwg.org/#names-and-labels). Without one, a
//!   byte order mark decides, else UTF-8. A file that is not in its encoding is an error, not a row of question marks.
//! - *Quotes* are those of RFC 4180: `"a, b"` is one field, `""` inside of quotes is one quote. Spaces belong to the field.
//! - *Fields* are texts; parse a number: `row.get("amount")?.parse::<u32>()?`.
//! - A missing file, a line with too few fields, two columns of one name, and a column that is not there are errors that
//!   name the file, the line or the columns.
//!
//! # Rows that each may be used once
//!
//! `take` hands out every row once, over all users. After the last row, iterations fail with the kind `feed`. That is
//! right for a load that should have stopped before. Where the load may outlast the rows, allow this kind of failure,
//! and only this: `#[target(errors("feed") < 50%)]`. To plan the rows: an open load takes `rate × duration` of them, a
//! closed one `users × iterations`. Numbers need no feed: [`user.unique_id()`](crate::User::unique_id) is unique in the
//! test, and [`user.pick(0..1_000)`](crate::User::pick) draws by the seed.
//!
//! # Sharing
//!
//! Within a test all users draw from one feed, and `next` and `take` count over all of them. Tests do not share a feed
//! that their `setup` makes. A `static` feed, or one of `setup = shared(f)`, is shared by all tests of the process, so that
//! `take` goes on in one test where the other stopped. Under nextest each test is a process of its own: there, give each
//! test rows of its own.
//!
//! Next: [failures](super::failures).
