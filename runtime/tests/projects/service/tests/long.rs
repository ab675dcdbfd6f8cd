//! Two long tests: one to be stopped in its middle, one that must then not start.

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

async fn nap() -> std::io::Result<()> {
    tokio::time::sleep(Duration::from_millis(2)).await;
    Ok(())
}

brunt::main!();
