//! Load tests in the standard harness, beside an ordinary test.

use brunt::prelude::*;
use std::time::Duration;

#[test]
fn holds_as_any_test_does() {
    assert_eq!(service::answer(), 42);
}

#[brunt::load_test(users = 5, iterations = 20)]
#[target(success_rate = "100%", "nap".p50 >= 2ms)]
async fn holds_plainly(user: &User) -> brunt::Result {
    user.step("nap", nap()).await?;
    Ok(())
}

#[brunt::load_test(users = 5, iterations = 20)]
#[target(p95 < 1us)]
#[ignore = "misses on purpose"]
async fn misses(user: &User) -> brunt::Result {
    user.step("nap", nap()).await?;
    Ok(())
}

async fn nap() -> std::io::Result<()> {
    tokio::time::sleep(Duration::from_millis(2)).await;
    Ok(())
}
