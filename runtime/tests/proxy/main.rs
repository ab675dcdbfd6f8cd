//! An idle proxy is the network: the same random exchanges, direct and through it, come to the same. What is compared is
//! every byte or message that a side reads, how its stream ends, and whether what it writes to a peer that is gone fails
//! at last. The exchanges are drawn so that they come to one thing alone when they are direct.

#![allow(clippy::unwrap_used)]

mod exchange;
mod http;
#[cfg(all(unix, feature = "postgres"))]
mod postgres;
#[cfg(all(unix, feature = "redis"))]
mod redis;
mod tcp;
mod tls;
mod websocket;

use brunt::fault::Proxy;
use exchange::LONG;
use std::fmt::Debug;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

const EXCHANGES: u64 = 1_000;

fn proxy_before(server: SocketAddr) -> Proxy {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(Proxy::new(server)).unwrap()
}

/// Names the exchange, if a side panics in it.
struct Named<'a, E: Debug> {
    seed: u64,
    way: &'static str,
    exchange: &'a E,
}

impl<E: Debug> Drop for Named<'_, E> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("that was seed {}, {}: {:?}", self.seed, self.way, self.exchange);
        }
    }
}

/// Plays an exchange directly and through the proxy; what either comes to.
fn both_ways<E: Debug, S>(seed: u64, exchange: &E, play: impl Fn(bool) -> S) -> [S; 2] {
    [false, true].map(|proxied| {
        let way = if proxied { "through the proxy" } else { "direct" };
        let _named = Named { seed, way, exchange };
        play(proxied)
    })
}

/// What is seen of direct exchanges has everything that is to be compared, often enough, and no mistake of the test's.
fn assert_drawn(seen: &[String], wanted: &[&str]) {
    for wanted in wanted {
        let count = seen.iter().filter(|seen| seen.contains(wanted)).count();
        assert!(count >= 10, "{wanted:?} was seen {count} times: the draw does not try it");
    }
    let mistakes = ["WouldBlock", "TimedOut", "other ones"];
    let mistaken = seen.iter().find(|seen| mistakes.iter().any(|mistake| seen.contains(mistake)));
    assert_eq!(mistaken, None, "direct");
}

/// Waits until the proxy has closed its last connection, which it does after the client saw the end of it.
fn await_all_closed(proxy: &Proxy) {
    let begun = Instant::now();
    while proxy.counts().open > 0 {
        assert!(begun.elapsed() < LONG, "connections stay open: {proxy:?}");
        std::thread::sleep(Duration::from_millis(1));
    }
}
