//! What comes with later versions is checked, and then refused in one sentence.
use brunt::prelude::*;

fn tree(_size: u64) -> Vec<u64> {
    Vec::new()
}

#[brunt::stress(sizes = [1_000, 10_000, 100_000, 1_000_000], setup = tree)]
#[target(growth <= n, memory_growth <= n, max < 500ms)]
fn total(_tree: &[u64]) -> u64 {
    tree.iter().sum()
}

#[brunt::resilience(virtual_time)]
async fn breaker() -> brunt::Result {
    Ok(())
}

#[brunt::stress(sizes = [1_000, 10_000], users = 3)]
#[target(growth <= m)]
fn with_mistakes(_tree: &[u64]) {}

fn main() {}
