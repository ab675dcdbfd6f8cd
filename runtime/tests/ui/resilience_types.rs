//! Mistakes that only the types of a resilience test show.
use brunt::Lab as Laboratory;
use brunt::prelude::*;

struct Cluster;
struct Node<'a>(&'a str);
#[derive(Debug)]
struct NoError;

fn cluster() -> Cluster {
    Cluster
}

#[brunt::resilience]
async fn nothing_makes_it(_db: &Cluster) {}

#[brunt::resilience(setup = cluster)]
async fn no_lab(_node: &Node, _db: &Cluster) {}

#[brunt::resilience]
async fn no_failure(_lab: &Laboratory) -> Result<(), NoError> {
    Ok(())
}

#[brunt::resilience(setup = cluster)]
async fn another_type(_lab: &Lab, _db: &String) {}

fn main() {}
