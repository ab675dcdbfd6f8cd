//! Long tests: two to be stopped, one in its middle and one before its start, and two that must end by themselves.

use brunt::prelude::*;
use std::time::Duration;

#[brunt::load_test(users = 2, duration = 10min)]
async fn first(user: &User) -> brunt::Result {
    user.step("nap", nap()).await?;
    Ok(())
}

#[brunt::load_test(users = 2, duration = 10min)]
async fn second(user: &User) -> brunt::Result {
    user.step("nap", nap()).await?;
    Ok(())
}

#[brunt::load_test(users = 2, duration = 10min, abort_after = 1s)]
#[critical(p95 < 1us)]
#[ignore = "misses on purpose"]
async fn breaches(user: &User) -> brunt::Result {
    user.step("nap", nap()).await?;
    Ok(())
}

#[brunt::load_test(users = 2, iterations = 2)]
#[target(elapsed < 1s)]
#[ignore = "hangs on purpose"]
async fn hangs(user: &User) {
    user.record("seen", true);
    std::future::pending::<()>().await;
}

async fn nap() -> std::io::Result<()> {
    tokio::time::sleep(Duration::from_millis(2)).await;
    Ok(())
}

brunt::main!();
