//! Experiments on a process that answers by a line of its own: one that holds, and others that end as they should not.

use brunt::fault::{Launch, Process, Ready};
use brunt::prelude::*;
use std::process::Command;
use std::time::Duration;

/// A process that counts, and writes where it is.
struct Counter {
    process: std::sync::Arc<Process>,
}

async fn counter() -> brunt::Result<Counter> {
    let mut command = Command::new("sh");
    command.args(["-c", "n=0; while :; do n=$((n+1)); echo $n; sleep 0.01; done"]);
    let launch = Launch::new(command).name("counter").ready(Ready::line("1")).keep_lines(5);
    Ok(Counter { process: Process::start(launch).await?.into() })
}

impl Counter {
    /// Fails unless it counts on within half a second.
    async fn counts(&self) -> brunt::Result {
        let before = self.process.output();
        for _ in 0..50 {
            tokio::time::sleep(Duration::from_millis(10)).await;
            if self.process.output() != before {
                return Ok(());
            }
        }
        brunt::fail!("stuck", "it has not counted for half a second")
    }
}

#[brunt::resilience(setup = counter)]
#[target(baseline.errors = 0, fault.errors >= 1, recovery_time < 60s, detection_time < 60s)]
#[target(process("counter").peak_memory < 1GiB)]
async fn holds_broken(lab: &Lab, counter: &Counter) -> brunt::Result {
    lab.watch(&counter.process);
    lab.load("count", 20.per_second(), |_| counter.counts());
    lab.baseline(secs(1)).await?;
    let fault = lab.inject(counter.process.stop()).await?;
    fault.hold(secs(2)).await?;
    fault.heal().await?;
    lab.recovery(secs(60)).await
}

#[brunt::resilience(setup = counter)]
#[ignore = "stays broken on purpose"]
async fn stays_broken(lab: &Lab, counter: &Counter) -> brunt::Result {
    lab.load("count", 20.per_second(), |_| counter.counts());
    lab.baseline(secs(1)).await?;
    let _fault = lab.inject(counter.process.kill()).await?;
    lab.recovery(secs(2)).await
}

#[brunt::resilience(setup = counter)]
#[ignore = "panics on purpose"]
async fn panics_broken(lab: &Lab, counter: &Counter) -> brunt::Result {
    lab.load("count", 20.per_second(), |_| counter.counts());
    let _fault = lab.inject(counter.process.stop()).await?;
    panic!("the body has lost its head");
}

#[brunt::resilience(setup = counter)]
#[ignore = "is unsteady on purpose"]
async fn unsteady(lab: &Lab, counter: &Counter) -> brunt::Result {
    lab.load("count", 20.per_second(), async |_| -> brunt::Result { brunt::fail!("shaky", "as always") });
    lab.baseline(secs(1)).await?;
    lab.inject(counter.process.stop()).await.map(drop)
}

#[brunt::resilience(setup = counter)]
#[target(fault.errors < 100%)]
#[ignore = "meets nothing on purpose"]
async fn meets_nothing(lab: &Lab, counter: &Counter) -> brunt::Result {
    let load = lab.load("count", 20.per_second(), |_| counter.counts());
    lab.baseline(secs(1)).await?;
    load.stop().await;
    let fault = lab.inject(counter.process.stop()).await?;
    fault.hold(Duration::from_millis(50)).await
}

#[brunt::resilience(virtual_time)]
#[ignore = "asks virtual time for a socket"]
async fn virtual_socket(lab: &Lab) -> brunt::Result {
    lab.proxy("127.0.0.1:1").await?;
    Ok(())
}

#[brunt::resilience(setup = counter)]
#[ignore = "goes on until it is stopped"]
async fn goes_on(lab: &Lab, counter: &Counter) -> brunt::Result {
    lab.load("count", 20.per_second(), |_| counter.counts());
    let fault = lab.inject(counter.process.stop()).await?;
    fault.hold(secs(600)).await
}

brunt::main!();
