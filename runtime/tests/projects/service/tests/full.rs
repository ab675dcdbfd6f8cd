//! Load tests in brunt's own harness.

use brunt::prelude::*;
use std::time::Duration;

#[brunt::load_test(users = 5, iterations = 20)]
#[target(success_rate = "100%", "nap".p50 >= 2ms)]
async fn holds_fully(user: &User) -> brunt::Result {
    user.step("nap", nap()).await?;
    Ok(())
}

#[brunt::load_test(rate = 100/s, duration = 300ms, max_users = 20)]
#[target(errors < 10%)]
async fn holds_openly(user: &User) -> brunt::Result {
    user.step("nap", nap()).await?;
    Ok(())
}

#[brunt::load_test(users = 5, iterations = 20)]
#[target(p95 < 1us)]
#[critical(p95 < 10s)]
#[ignore = "misses on purpose"]
async fn misses(user: &User) -> brunt::Result {
    user.step("nap", nap()).await?;
    Ok(())
}

async fn nap() -> std::io::Result<()> {
    tokio::time::sleep(Duration::from_millis(2)).await;
    Ok(())
}

brunt::main!();
