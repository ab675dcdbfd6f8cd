//! Loads outlive the body: their closures may borrow the fixture, and nothing else.
use brunt::prelude::*;

struct Cluster;
impl Cluster {
    async fn insert(&self, _row: u64) -> brunt::Result {
        Ok(())
    }
}
fn cluster() -> Cluster {
    Cluster
}

#[brunt::resilience(setup = cluster)]
async fn a_local_of_the_body(lab: &Lab, db: &Cluster) {
    let offset = String::from("7");
    lab.load("insert", 500.per_second(), |_| async { db.insert(offset.len() as u64).await });
}

#[brunt::resilience]
async fn a_local_without_a_fixture(lab: &Lab) {
    let own = Cluster;
    lab.load("insert", 500.per_second(), |_| own.insert(1));
}

#[brunt::resilience(setup = cluster)]
async fn the_lab_itself(lab: &Lab, db: &Cluster) {
    lab.load("insert", 500.per_second(), |user| {
        lab.load("another", 5.per_second(), |_| db.insert(1));
        db.insert(user.id())
    });
}

#[brunt::resilience(setup = cluster)]
async fn a_name_taken_by_reference(lab: &Lab, db: &Cluster) {
    for row in 0..3 {
        lab.load("insert", 5.per_second(), |_| async { db.insert(row).await });
    }
}

fn main() {}
