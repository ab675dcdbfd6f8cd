//! Real clusters, broken in the ways that users break them. Where a server is not installed its tests say so and pass,
//! unless `BRUNT_REQUIRE` names it. What a client must see is waited for long; nothing asserts how fast it comes.

#![cfg(unix)]
#![allow(clippy::unwrap_used)]

mod postgres;
mod redis;

use brunt::fault::Error;

/// What a cluster's start gave, or `None` where its server is missing and nobody requires it.
fn unless_missing<T>(started: Result<T, Error>) -> Option<T> {
    match started {
        Ok(cluster) => Some(cluster),
        Err(Error::Missing(missing)) => {
            let required = std::env::var("BRUNT_REQUIRE").is_ok_and(|names| names.contains(missing.server()));
            assert!(!required, "{missing}, and BRUNT_REQUIRE names it");
            eprintln!("skipped: {missing} (BRUNT_REQUIRE={} makes this a failure)", missing.server());
            None
        }
        Err(error) => panic!("{error}"),
    }
}

fn run<T>(body: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap().block_on(body)
}
