//! The database is down, or does not answer, and comes back.

use brunt::Failed;
use brunt::fault::Fault;
use brunt::prelude::*;

use crate::system::System;

/// R5: nobody listens any more, and what was connected is reset. Callers hear so at once, in the service's own terms.
#[brunt::resilience(setup = System::synchronous, teardown = System::stop)]
#[target(fault.errors(except "503") = 0, fault.errors("503").p99 < 500ms)]
#[target(detection_time < 1s, recovery_time < 20s, lost_writes = 0, duplicate_writes = 0)]
async fn connection_refused(lab: &Lab, system: &System) -> brunt::Result {
    lab.load("write", 100.per_second(), |user| system.write(user.unique_id()));
    lab.baseline(secs(2)).await?;
    let primary = system.cluster.primary();
    let refused = lab.inject(primary.proxy().inject(Fault::refuse())).await?;
    let reset = lab.inject(primary.proxy().inject(Fault::reset())).await?;
    reset.hold(secs(2)).await?;
    reset.heal().await?;
    refused.heal().await?;
    lab.recovery(secs(20)).await?;
    lab.stop().await?;
    lab.ledger(system.written().await?)
}

/// R7: the primary is stopped: connections stay, and nothing answers. Operations end with a timeout of the service's,
/// or are refused by its breaker; none waits longer than the two seconds that it has.
#[brunt::resilience(setup = System::synchronous, teardown = System::stop)]
#[target(fault.errors(except "504", "503") = 0, fault.errors("504").max < 3s, fault.errors("503").max < 3s)]
#[target(detection_time < 3s, recovery_time < 20s, lost_writes = 0)]
async fn database_does_not_answer(lab: &Lab, system: &System) -> brunt::Result {
    lab.load("write", 100.per_second(), |user| system.write(user.unique_id()));
    lab.baseline(secs(2)).await?;
    let paused = lab.inject(system.cluster.primary().pause()).await?;
    paused.hold(secs(3)).await?;
    paused.heal().await?;
    lab.recovery(secs(20)).await?;
    lab.stop().await?;
    lab.ledger(system.written().await?)
}

/// R8: the replica dies. Its reads go to the primary, and no reader notices.
#[brunt::resilience(setup = System::asynchronous, teardown = System::stop)]
#[target(errors = 0, fault.errors = 0, fault.p99 < 1s, recovery_time < 20s)]
async fn replica_dies(lab: &Lab, system: &System) -> brunt::Result {
    system.cluster.catch_up(0, secs(10)).await?;
    lab.load("read", 200.per_second(), async |user| system.read(&user).await.map(drop));
    lab.baseline(secs(2)).await?;
    lab.check("the replica is read from", system.breaker("followers").await? == "closed")?;
    let killed = lab.inject(system.cluster.replica(0).kill()).await?;
    killed.hold(secs(2)).await?;
    lab.check("the replica is given up", system.breaker("followers").await? != "closed")?;
    killed.heal().await?;
    lab.recovery(secs(20)).await
}

/// R11: the database goes down, the breaker opens; it returns, the breaker closes.
#[brunt::resilience(setup = System::asynchronous, teardown = System::stop)]
#[target(fault.errors(except "503") = 0, detection_time < 1s, recovery_time < 20s, lost_writes = 0)]
async fn database_returns(lab: &Lab, system: &System) -> brunt::Result {
    lab.load("write", 100.per_second(), |user| system.write(user.unique_id()));
    lab.baseline(secs(2)).await?;
    lab.check("closed before", system.breaker("primary").await? == "closed")?;
    let killed = lab.inject(system.cluster.primary().kill()).await?;
    killed.hold(secs(2)).await?;
    lab.check("open meanwhile", system.breaker("primary").await? != "closed")?;
    killed.heal().await?;
    lab.recovery(secs(20)).await?;
    lab.check("closed after", system.breaker("primary").await? == "closed")?;
    lab.stop().await?;
    lab.ledger(system.written().await?)
}

/// R14: no database answers any more. Readers get what was known last, and the answers say so: who wants what is
/// current can tell.
#[brunt::resilience(setup = System::asynchronous, teardown = System::stop)]
#[target(errors = 0, fault.read.errors = 0, fault.read.p99 < 1s)]
#[target(fault.current.errors(except "degraded") = 0, fault.current.errors("degraded") > 90%)]
#[target(detection_time < 1s, recovery_time < 20s)]
async fn answers_from_what_was_last_known(lab: &Lab, system: &System) -> brunt::Result {
    system.cluster.catch_up(0, secs(10)).await?;
    lab.load("read", 100.per_second(), async |user| system.read(&user).await.map(drop));
    lab.load("current", 50.per_second(), async |user| match system.read(&user).await?.degraded {
        None => Ok(()),
        Some(how) => Err(Failed::new("degraded", format_args!("the answer is {how:?}"))),
    });
    lab.baseline(secs(2)).await?;
    let replica = lab.inject(system.cluster.replica(0).kill()).await?;
    let primary = lab.inject(system.cluster.primary().kill()).await?;
    primary.hold(secs(2)).await?;
    primary.heal().await?;
    replica.heal().await?;
    lab.recovery(secs(20)).await
}
