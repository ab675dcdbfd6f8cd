//! Tests that need a server, in the standard harness, beside one that needs none.

use brunt::prelude::*;
use brunt::redis::{Cluster, Options};

async fn cache() -> brunt::Result<Cluster> {
    Ok(Cluster::start(Options::new()).await?)
}

#[brunt::load_test(iterations = 3, setup = cache)]
async fn needs_a_server(cache: &Cluster) -> brunt::Result {
    cache.primary().command(["PING"]).await?;
    Ok(())
}

#[brunt::load_test(iterations = 3)]
async fn needs_nothing(_user: &User) -> brunt::Result {
    Ok(())
}
