//! Services that depend on one another, each a process of its own.

use std::net::SocketAddr;
use std::process::Command;

use brunt::fault::{Fault, Launch, Process, Ready};
use brunt::prelude::*;
use tempfile::TempDir;
use workflow_service::Client;
use workflow_service::breaker::State;
use workflow_service::profile::ProfileDetails;

use crate::system::by_status;

/// R10: `a` asks a partner that stops answering. Its breaker opens, and its suggestions are partial. `b`, which asks
/// `a` for its topics, does not suffer: neither does its breaker open nor does it wait. (Who waits for a partner that
/// hangs waits for half a second.)
#[brunt::resilience(setup = tempfile::tempdir)]
#[target(detection_time < 3s, recovery_time < 30s, isolation = 100%, fault.b.errors = 0)]
#[target(b.p99 < 450ms, fault.b.p99 < 450ms, fault.a.errors(except "partial") = 0)]
async fn a_partner_that_hangs_does_not_drag_its_neighbours_down(lab: &Lab, folder: &TempDir) -> brunt::Result {
    let partner = service(lab, folder, "partner", None).await?;
    let link = lab.proxy(partner).await?;
    let a = service(lab, folder, "a", Some(link.address())).await?;
    let b = service(lab, folder, "b", Some(a)).await?;
    let (a, b) = (Neighbour::new(a).await?, Neighbour::new(b).await?);
    let (asked, bystander) = (a.clone(), b.clone());
    lab.load("a", 30.per_second(), move |_| asked.clone().suggestions());
    lab.bystander("b", 100.per_second(), move |_| bystander.clone().suggestions()).within(millis(450));
    lab.baseline(secs(2)).await?;
    lab.check("closed before", a.breaker().await? == State::Closed)?;
    let hanging = lab.inject(link.inject(Fault::black_hole())).await?;
    hanging.hold(secs(3)).await?;
    lab.check("a's breaker opens", a.breaker().await? != State::Closed)?;
    lab.check("b's breaker does not", b.breaker().await? == State::Closed)?;
    hanging.heal().await?;
    lab.recovery(secs(30)).await?;
    lab.check("closed after", a.breaker().await? == State::Closed)
}

/// A service with a database of its own, as its owner starts it.
async fn service(
    lab: &Lab<'_>,
    folder: &TempDir,
    name: &str,
    partner: Option<SocketAddr>,
) -> brunt::Result<SocketAddr> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_workflow-service"));
    command.arg("127.0.0.1:0").arg(folder.path().join(name));
    command.args(partner.map(|address| format!("http://{address}")));
    let process = lab.process(Launch::new(command).name(name).ready(Ready::line("listening on"))).await?;
    listens(&process)
}

fn listens(process: &Process) -> brunt::Result<SocketAddr> {
    let output = process.output().concat();
    let address = output.split("http://").nth(1).and_then(|rest| rest.split(',').next()).unwrap_or_default();
    Ok(address.parse()?)
}

/// A service that is asked for suggestions.
#[derive(Clone)]
struct Neighbour {
    client: Client,
    id: i64,
}

impl Neighbour {
    async fn new(address: SocketAddr) -> brunt::Result<Self> {
        let client = Client::new(address);
        let (name, email) = ("Ada".to_owned(), "ada@example.org".to_owned());
        let id = client.create_profile(&ProfileDetails { name, email, headline: String::new() }).await?.id;
        client.subscribe(id, "releases").await?;
        Ok(Self { client, id })
    }

    /// A partial answer counts as a failure.
    async fn suggestions(self) -> brunt::Result {
        if self.client.suggestions(self.id).await.map_err(by_status)?.degraded.is_some() {
            brunt::fail!("partial", "the suggestions are without the partner's");
        }
        Ok(())
    }

    async fn breaker(&self) -> brunt::Result<State> {
        let states = self.client.status().await?;
        states.get("partner").copied().ok_or_else(|| "the service names no breaker before its partner".into())
    }
}
