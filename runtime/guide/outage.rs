//! A shop whose stock service cannot be reached for two seconds: orders fail, reading goes on.

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{Router, get, post};
use brunt::fault::{Fault, Proxy};
use brunt::prelude::*;
use std::time::Duration;
use tokio::net::TcpListener;

type Error = Box<dyn std::error::Error + Send + Sync>;

// The system: a shop that asks a stock service for every order.

#[derive(Clone)]
struct Stock {
    url: String,
    http: reqwest::Client,
}

async fn books() -> &'static str {
    "novel, atlas"
}

async fn order(State(stock): State<Stock>) -> StatusCode {
    let answer = stock.http.get(&stock.url).timeout(Duration::from_millis(500)).send().await;
    if answer.is_ok() { StatusCode::CREATED } else { StatusCode::SERVICE_UNAVAILABLE }
}

async fn serve(service: Router) -> std::io::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?.to_string();
    tokio::spawn(async move { axum::serve(listener, service).await });
    Ok(address)
}

// The fixture: the shop reaches the stock service through a proxy, which can be broken.

struct Shop {
    url: String,
    http: reqwest::Client,
    to_stock: Proxy,
}

async fn shop() -> Result<Shop, Error> {
    let stock = serve(Router::new().route("/", get(|| async { "plenty" }))).await?;
    let to_stock = Proxy::new(stock.as_str()).await?;
    let url = format!("http://{}", to_stock.address());
    let stock = Stock { url, http: reqwest::Client::new() };
    let routes = Router::new().route("/books", get(books)).route("/orders", post(order));
    let address = serve(routes.with_state(stock)).await?;
    Ok(Shop { url: format!("http://{address}"), http: reqwest::Client::new(), to_stock })
}

impl Shop {
    async fn order(&self) -> reqwest::Result<()> {
        let answer = self.http.post(format!("{}/orders", self.url)).send().await?;
        answer.error_for_status().map(drop)
    }

    async fn books(&self) -> reqwest::Result<String> {
        let answer = self.http.get(format!("{}/books", self.url)).send().await?;
        answer.error_for_status()?.text().await
    }
}

// The experiment.

#[brunt::resilience(setup = shop)]
#[target(success_rate > 99%, p95 < 250ms)]
#[target(detection_time < 1s, recovery_time < 10s, isolation >= 90%)]
async fn stock_cannot_be_reached(lab: &Lab, shop: &Shop) -> brunt::Result {
    lab.load("order", 50.per_second().timeout(secs(2)), |_| shop.order());
    // Must not notice that anything is broken.
    lab.bystander("browse", 50.per_second(), |_| shop.books()).within(millis(250));

    // Are the targets met at all? If not, the test is inconclusive, and nothing is broken.
    lab.baseline(secs(2)).await?;

    // Failures are expected from here …
    let fault = lab.inject(shop.to_stock.inject(Fault::reset())).await?;
    fault.hold(secs(2)).await?;
    fault.heal().await?;

    // … until the targets are shown to hold again.
    lab.recovery(secs(10)).await?;
    lab.stop().await
}
