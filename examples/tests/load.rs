//! How the service behaves under load: the tests that its owner runs before every release.
//!
//! The service, its clients and the database share this machine, so the numbers say what a build of it does here, not
//! what it would do on servers of its own.

mod support;

use std::error::Error;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use brunt::prelude::*;
use support::Service;
use workflow_service::profile::{Profile, ProfileDetails};
use workflow_service::store::Storage as _;
use workflow_service::workflow::{Stage, Status, WorkflowRequest};

/// L1: 100 users at once, one workflow of five steps each.
#[brunt::load_test(users = 100, setup = Service::start, teardown = Service::stop)]
#[target(success_rate > 90%, p95 < 10s, p99 < 15s, throughput > 10/s, elapsed < 60s)]
#[critical(success_rate > 80%, p95 < 15s, p99 < 20s, throughput > 5/s)]
async fn full_workflow(user: &User, service: &Service) -> brunt::Result {
    whole_visit(user, service).await
}

/// L2: 100 users × 50 reads among 1 000 profiles.
#[brunt::load_test(users = 100, iterations = 50, setup = Stocked::start, teardown = Stocked::stop)]
#[target(throughput > 1_000/s, elapsed < 10s)]
async fn read_heavy(user: &User, stocked: &Stocked) -> brunt::Result {
    let id = stocked.ids[user.pick(0..Stocked::PROFILES)];
    let profile = user.step("read profile", stocked.service.client.profile(id)).await?;
    user.check("right profile", profile.id == id);
    Ok(())
}

/// L3: 100 users × 20 writes, every acknowledged one of which is in the database afterwards.
#[brunt::load_test(
    users = 100,
    iterations = 20,
    setup = Ledger::start,
    verify = Ledger::every_write_is_there,
    teardown = Ledger::stop
)]
#[target(throughput > 500/s, elapsed < 15s)]
async fn write_heavy(user: &User, ledger: &Ledger) -> brunt::Result {
    let details = ledger.service.somebody();
    let profile = user.step("write profile", ledger.service.client.create_profile(&details)).await?;
    ledger.acknowledge(profile);
    Ok(())
}

/// L4: from no user to 100 within 10 s, one workflow each.
#[brunt::load_test(users = 100, ramp_up = 10s, setup = Service::start, teardown = Service::stop)]
#[target(success_rate > 90%, elapsed < 30s)]
async fn ramp_up(user: &User, service: &Service) -> brunt::Result {
    whole_visit(user, service).await
}

/// L5: 50 users for 30 s, who pause between their visits.
#[brunt::load_test(
    users = 50,
    duration = 30s,
    think_time = 100ms..300ms,
    setup = Service::start,
    teardown = Service::stop
)]
#[target(success_rate > 85%, throughput > 10/s)]
async fn sustained(user: &User, service: &Service) -> brunt::Result {
    whole_visit(user, service).await
}

/// L6: 10 users, then suddenly 100.
///
/// A closed loop without pauses would always lose this ratio: ten times the users wait ten times as long for the same
/// cores. People pause, and 90 of them do not come within one millisecond, so each visit begins with a pause of about
/// two seconds: the spike is ten times the load, spread as ten times the people would spread it.
#[brunt::load_test(
    stages = [baseline: 10 for 10s, spike: 100 for 10s],
    setup = Service::start,
    teardown = Service::stop
)]
#[target(spike.success_rate > 80%, spike.mean < 3x baseline.mean)]
async fn spike(user: &User, service: &Service) -> brunt::Result {
    user.think(Duration::from_millis(user.pick(1_000..3_000_u64))).await;
    whole_visit(user, service).await
}

/// L7: half of the users of L1, where 100 are too much for the machine, judged at both levels of its table.
#[brunt::load_test(users = 50, iterations = 4, setup = Service::start, teardown = Service::stop)]
#[target(success_rate > 90%, p95 < 10s, p99 < 15s, throughput > 10/s, elapsed < 60s)]
#[critical(success_rate > 80%, p95 < 15s, p99 < 20s, throughput > 5/s)]
async fn full_workflow_of_50(user: &User, service: &Service) -> brunt::Result {
    whole_visit(user, service).await
}

/// What one user does: five steps, and the fourth must see what the third wrote.
async fn whole_visit(user: &User, service: &Service) -> brunt::Result {
    let client = &service.client;
    let details = service.somebody();
    let id = user.step("write profile", client.create_profile(&details)).await?.id;

    let request = WorkflowRequest { profile_id: id, title: "A handbook".to_owned(), budget: Stage::TOTAL_COST };
    let workflow = user.step("start workflow", client.start_workflow(&request)).await?;
    user.check("workflow completed", workflow.status == Status::Completed);

    let changed = ProfileDetails { headline: "writes handbooks".to_owned(), ..details };
    user.step("update profile", client.update_profile(id, &changed)).await?;
    let read = user.step("read profile", client.profile(id)).await?;
    user.check("update is seen", read.details == changed);

    user.step("subscribe and unsubscribe", async {
        client.subscribe(id, "releases").await?;
        client.unsubscribe(id, "releases").await
    })
    .await?;
    Ok(())
}

/// A service that knows profiles already.
struct Stocked {
    service: Service,
    ids: Vec<i64>,
}

impl Stocked {
    const PROFILES: usize = 1_000;

    async fn start() -> Result<Self, Box<dyn Error + Send + Sync>> {
        let service = Service::start().await?;
        let mut ids = Vec::new();
        for _ in 0..Self::PROFILES {
            ids.push(service.database.insert_profile(service.somebody()).await?.id);
        }
        Ok(Self { ids, service })
    }

    async fn stop(&self) -> std::io::Result<()> {
        self.service.stop().await
    }
}

/// A service, and what it acknowledged.
struct Ledger {
    service: Service,
    acknowledged: Mutex<Vec<Profile>>,
}

impl Ledger {
    async fn start() -> Result<Self, Box<dyn Error + Send + Sync>> {
        Ok(Self { service: Service::start().await?, acknowledged: Mutex::default() })
    }

    fn acknowledge(&self, profile: Profile) {
        self.acknowledged.lock().unwrap_or_else(PoisonError::into_inner).push(profile);
    }

    async fn every_write_is_there(&self) -> brunt::Result {
        let acknowledged = self.acknowledged.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut lost = Vec::new();
        for profile in acknowledged {
            if self.service.database.profile(profile.id).await.ok().as_ref() != Some(&profile) {
                lost.push(profile);
            }
        }
        if let Some(first) = lost.first() {
            brunt::fail!("lost write", "{} acknowledged writes are lost, the first is {first:?}", lost.len());
        }
        Ok(())
    }

    async fn stop(&self) -> std::io::Result<()> {
        self.service.stop().await
    }
}

brunt::main!();
