//! Every form a resilience test may have.
#![deny(clippy::pedantic, rust_2018_idioms, elided_lifetimes_in_paths, single_use_lifetimes)]
#![allow(clippy::unused_async)]

use super::Store;
use brunt::Lab as Laboratory;
use brunt::prelude::*;
use std::cell::Cell;
use std::rc::Rc;
use std::sync::Mutex;

struct Cluster {
    rows: Mutex<Vec<u64>>,
}

impl Cluster {
    async fn insert(&self, row: u64) -> brunt::Result {
        self.rows.lock().map_err(|_| "poisoned")?.push(row);
        Ok(())
    }

    async fn count(&self) -> Result<usize, std::fmt::Error> {
        self.rows.lock().map(|rows| rows.len()).map_err(|_| std::fmt::Error)
    }
}

async fn cluster() -> brunt::Result<Cluster> {
    Ok(Cluster { rows: Mutex::new(Vec::new()) })
}
fn cluster_of(rows: usize) -> Cluster {
    Cluster { rows: Mutex::new(vec![0; rows]) }
}
fn stop(_cluster: &Cluster) {}
async fn check(cluster: &Cluster) -> Result<(), std::fmt::Error> {
    cluster.count().await.map(|_| ())
}
fn gauges(_cluster: &Cluster, _samples: &mut Samples) {}
fn numbers() -> Vec<u64> {
    vec![1, 2]
}
fn text() -> String {
    "7".to_owned()
}
type Nudge = Box<dyn Fn() + Send + Sync>;
fn nudge() -> Nudge {
    Box::new(|| {})
}

#[brunt::resilience]
async fn bare() {}

#[brunt::resilience(virtual_time, seed = 7, timeout = 1min, graceful_stop = 1s)]
#[target(baseline.success_rate > 99%, errors = 0)]
#[ignore = "it waits for no phase; it is here to compile"]
async fn the_lab_alone(lab: &Lab) -> brunt::Result {
    lab.load("idle", 5.per_second(), |_| async { brunt::Result::<_>::Ok(()) });
    Ok(())
}

#[brunt::resilience(setup = cluster)]
async fn the_fixture_alone(db: &Cluster) -> Result<usize, std::fmt::Error> {
    db.count().await
}

/// Closures borrow the fixture, with and without `move`.
#[brunt::resilience(setup = cluster, teardown = stop, verify = check, sample = gauges)]
#[target(recovery_time < 60s, fault.errors < 100%, errors("shed") < 1%, isolation >= 99%, lost_writes = 0)]
#[critical(recovering.p95 < 10s, fault.amplification < 3)]
#[ignore = "it waits for no phase; it is here to compile"]
async fn closures_borrow_the_fixture(lab: &Lab, db: &Cluster) -> brunt::Result {
    let prefix = String::from("row");
    let rows = &db.rows;
    lab.load("insert", 500.per_second(), |user| db.insert(user.id()));
    lab.load("count", 5.per_second(), |_| db.count());
    lab.load("read", 5.per_second(), move |user| async move {
        user.step("count", db.count()).await?;
        brunt::Result::<_>::Ok(())
    });
    lab.load("rows", 5.per_second(), |_| async { rows.lock().map(|rows| rows.len()).map_err(|_| "poisoned") });
    lab.load("name", 5.per_second(), move |_| {
        let name = prefix.clone();
        async move { db.insert(name.len() as u64).await }
    });
    Ok(())
}

#[brunt::resilience(setup = numbers, virtual_time)]
#[ignore = "it waits for no phase; it is here to compile"]
async fn a_slice(lab: &Lab, numbers: &[u64]) -> brunt::Result {
    lab.load("sum", 5.per_second(), |_| async { brunt::Result::<_>::Ok(numbers.iter().sum::<u64>()) });
    Ok(())
}

#[brunt::resilience(setup = text, virtual_time)]
#[ignore = "it waits for no phase; it is here to compile"]
async fn a_string(lab: &Lab<'_>, text: &'_ str) -> Result<(), std::num::ParseIntError> {
    lab.load("parse", 5.per_second(), |_| async { text.parse::<u64>().map_err(|error| error.to_string()) });
    text.parse::<u64>().map(|_| ())
}

#[brunt::resilience(setup = shared(nudge), virtual_time)]
async fn an_object(_: &brunt::Lab, nudge: &Nudge) {
    nudge();
}

#[brunt::resilience(setup = cluster_of, cases = [empty: 0, some: 10])]
#[target(each(case).errors = 0)]
#[ignore = "it waits for no phase; it is here to compile"]
async fn cases(lab: &Lab, db: &Cluster) -> brunt::Result {
    lab.load("count", 5.per_second(), |_| db.count());
    Ok(())
}

/// A body stays on its thread.
#[brunt::resilience]
async fn not_send(lab: &Lab) {
    let seen = Rc::new(Cell::new(0));
    std::future::ready(()).await;
    seen.set(1);
    let _ = lab;
}

#[target(recovery.p95 < 1.2x baseline.p95)]
#[brunt::resilience(setup = super::store_of, cases = [one: 1])]
#[cfg_attr(all(), target(baseline.p95 < 1s))]
#[cfg_attr(any(), critical(no such thing))]
#[ignore = "it waits for no phase; it is here to compile"]
#[allow(clippy::needless_return)]
pub(crate) async fn targets_all_around(lab: &Laboratory, store: &Store) -> brunt::Result {
    lab.load("read", 5.per_second(), |_| async { store.0.first().ok_or("empty") });
    let _ = lab;
    return Ok(());
}

#[brunt::resilience]
#[ignore = "it is here to compile"]
async fn renamed(lab: &Laboratory) {
    let _ = lab;
}

#[brunt::resilience]
#[cfg(any())]
async fn not_there(missing: Missing) {}

mod models {
    pub(super) struct User;
    pub(super) struct Lab;
}
fn account() -> models::User {
    models::User
}
fn bench() -> models::Lab {
    models::Lab
}

#[brunt::resilience(setup = account)]
async fn a_fixture_named_as_the_user(lab: &Lab, user: &models::User) {
    let _ = (lab, user);
}

#[brunt::resilience(setup = account)]
async fn only_a_fixture_named_as_the_user(user: &models::User) {
    let _ = user;
}

#[brunt::load_test(setup = bench)]
async fn a_fixture_named_as_the_lab(user: &User, lab: &models::Lab) {
    let _ = (user, lab);
}

macro_rules! tests {
    ($($name:ident: $lab:ty, $ty:ty, $setup:path;)*) => {
        $(
            #[brunt::resilience(setup = $setup)]
            #[ignore = "it waits for no phase; it is here to compile"]
            async fn $name(lab: &$lab, db: &$ty) {
                lab.load("count", 5.per_second(), |_| db.count());
            }
        )*
    };
}
tests! {
    first: Lab, Cluster, cluster;
    second: brunt::Lab<'_>, self::Cluster, self::cluster;
}
