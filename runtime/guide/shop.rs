//! A web shop under load: axum serves it from `setup`, reqwest calls it in the body.

use axum::extract::{Json, Path, State};
use axum::http::StatusCode;
use axum::routing::{Router, get, post};
use brunt::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

// The service. In a project of your own it is in `src`, and the test calls its `router`.

const BOOKS: u64 = 20;
const SOLD_OUT: u64 = 7;

type Orders = Arc<Mutex<BTreeSet<u64>>>;

#[derive(Deserialize, Serialize)]
struct Order {
    id: u64,
    book: u64,
}

fn router(orders: Orders) -> Router {
    Router::new().route("/books/{id}", get(book)).route("/orders", post(order)).with_state(orders)
}

async fn book(Path(id): Path<u64>) -> Result<String, StatusCode> {
    if id < BOOKS { Ok(format!("book {id}")) } else { Err(StatusCode::NOT_FOUND) }
}

async fn order(State(orders): State<Orders>, Json(order): Json<Order>) -> StatusCode {
    if order.book == SOLD_OUT {
        return StatusCode::CONFLICT;
    }
    orders.lock().unwrap_or_else(PoisonError::into_inner).insert(order.id);
    StatusCode::CREATED
}

// The fixture: what `setup` makes once per test, and every virtual user gets as `&Shop`.

struct Shop {
    url: String,
    http: reqwest::Client, // one for all users: they share its connections
    orders: Orders,
    server: JoinHandle<std::io::Result<()>>,
}

impl Shop {
    async fn start() -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        let listener = TcpListener::bind("127.0.0.1:0").await?; // port 0: any that is free
        let url = format!("http://{}", listener.local_addr()?);
        let orders = Orders::default();
        let service = router(Arc::clone(&orders));
        let server = tokio::spawn(async move { axum::serve(listener, service).await });
        let http = reqwest::Client::builder().timeout(Duration::from_secs(2)).build()?;
        Ok(Self { url, http, orders, server })
    }

    async fn book(&self, id: u64) -> reqwest::Result<String> {
        let answer = self.http.get(format!("{}/books/{id}", self.url)).send().await?;
        answer.error_for_status()?.text().await
    }

    async fn order(&self, id: u64, book: u64) -> brunt::Result {
        let request = self.http.post(format!("{}/orders", self.url)).json(&Order { id, book });
        let answer = request.send().await?;
        if answer.status() == reqwest::StatusCode::CONFLICT {
            brunt::fail!("sold out", "no copy of book {book} is left"); // its kind: `sold out`
        }
        answer.error_for_status()?;
        Ok(())
    }

    /// After the load: every order that was confirmed is there.
    fn has_every_order(&self, counted: &brunt::Counted) -> brunt::Result {
        let stored = self.orders.lock().unwrap_or_else(PoisonError::into_inner).len() as u64;
        let confirmed = counted.step("POST /orders").successes;
        if stored < confirmed {
            brunt::fail!("lost", "{stored} orders of {confirmed} that were confirmed");
        }
        Ok(())
    }

    fn stop(&self) {
        self.server.abort();
    }
}

// The kinds of reqwest's errors, by which reports and `errors("…")` count them.
brunt::kinds!(reqwest::Error, |error| match error.status() {
    Some(status) => status.canonical_reason().unwrap_or("unknown status"), // "Not Found" …
    None if error.is_timeout() => "no answer in time",
    None if error.is_connect() => "no connection",
    None => "broken answer",
});

// The tests.

/// Closed model: twenty readers, each of whom asks for the next book as soon as the last one is
/// there.
#[brunt::load_test(users = 20, duration = 2s, setup = Shop::start, teardown = Shop::stop)]
#[target(p95 < 250ms, throughput > 100/s)]
async fn readers(user: &User, shop: &Shop) -> brunt::Result {
    let id = user.pick(0..BOOKS);
    let text = user.step("GET /books/{id}", shop.book(id)).await?;
    user.check("right book", text == format!("book {id}"));
    Ok(())
}

/// Open model: fifty customers a second, however fast the shop answers. One of the twenty books is
/// sold out.
#[brunt::load_test(
    rate = 50/s,
    duration = 4s,
    max_users = 100,
    setup = Shop::start,
    verify = counted(Shop::has_every_order),
    teardown = Shop::stop
)]
#[target(p95 < 500ms, "POST /orders".p95 < 250ms, errors("sold out") < 15%)]
async fn customers(user: &User, shop: &Shop) -> brunt::Result {
    let id = user.pick(0..BOOKS);
    user.step("GET /books/{id}", shop.book(id)).await?;
    user.think(Duration::from_millis(100)).await; // looks at it; no part of the latency
    user.step("POST /orders", shop.order(user.unique_id(), id)).await
}
