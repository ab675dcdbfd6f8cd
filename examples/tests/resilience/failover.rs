//! The primary dies and the replica is promoted.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use brunt::prelude::*;

use crate::system::System;

/// How long it takes until whoever watches over the servers promotes another.
const UNTIL_NOTICED: Duration = Duration::from_millis(500);

/// R9: with synchronous replication nothing is lost that was acknowledged.
#[brunt::resilience(setup = System::synchronous, teardown = System::stop)]
#[target(errors = 0, detection_time < 2s, recovery_time < 60s, lost_writes = 0, duplicate_writes = 0)]
async fn synchronous_replica_takes_over(lab: &Lab, system: &System) -> brunt::Result {
    lab.load("write", 200.per_second(), |user| system.write(user.unique_id()));
    lab.baseline(secs(2)).await?;
    let killed = lab.inject(system.cluster.primary().kill()).await?;
    killed.hold(UNTIL_NOTICED).await?;
    system.cluster.replica(0).promote().await?;
    lab.recovery(secs(60)).await?;
    lab.stop().await?;
    lab.ledger(system.written().await?)
}

/// R9: with asynchronous replication what had not reached the replica is lost: the link is frozen shortly before the
/// primary dies, so that there is such a thing. The loss is counted, and counted again by hand.
#[brunt::resilience(setup = Bookkeeper::start, teardown = Bookkeeper::stop)]
#[target(errors = 0, detection_time < 2s, recovery_time < 60s)]
#[target(lost_writes > 0, lost_writes = 1x..1x lost_by_hand.max, duplicate_writes = 0)]
async fn asynchronous_replica_loses_what_it_had_not_got(lab: &Lab, books: &Bookkeeper) -> brunt::Result {
    let cluster = &books.system.cluster;
    lab.load("write", 200.per_second(), |user| books.write(user.unique_id()));
    lab.baseline(secs(2)).await?;
    let frozen = lab.inject(cluster.partition_replication(0)).await?;
    frozen.hold(millis(100)).await?;
    let killed = lab.inject(cluster.primary().kill()).await?;
    killed.hold(UNTIL_NOTICED).await?;
    cluster.replica(0).promote().await?;
    lab.recovery(secs(60)).await?;
    lab.stop().await?;
    lab.record("lost_by_hand", books.lost().await?)?;
    lab.ledger(books.system.written().await?)
}

/// A system whose user notes what was acknowledged.
struct Bookkeeper {
    system: System,
    acknowledged: Mutex<BTreeSet<u64>>,
}

impl Bookkeeper {
    async fn start() -> brunt::Result<Self> {
        Ok(Self { system: System::asynchronous().await?, acknowledged: Mutex::default() })
    }

    async fn stop(&self) -> std::io::Result<()> {
        self.system.stop().await
    }

    async fn write(&self, number: u64) -> brunt::Result {
        self.system.write(number).await?;
        self.acknowledged.lock().unwrap_or_else(PoisonError::into_inner).insert(number);
        Ok(())
    }

    /// How many of the noted numbers the database does not have; it is asked to count those that it has.
    async fn lost(&self) -> brunt::Result<u64> {
        let noted = self.acknowledged.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let names: Vec<String> = noted.iter().map(|number| format!("'{number}'")).collect();
        let count = format!("SELECT count(*) FROM profiles WHERE name IN ({})", names.join(", "));
        let there: u64 = self.system.cluster.primary().value(&count).await?.parse()?;
        Ok(noted.len() as u64 - there)
    }
}
