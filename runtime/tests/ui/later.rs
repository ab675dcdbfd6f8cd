//! What comes with later versions is checked, and then refused in one sentence.
use brunt::prelude::*;

#[brunt::resilience(virtual_time)]
async fn breaker() -> brunt::Result {
    Ok(())
}

fn main() {}
