//! What the service does, over real HTTP and a real database: the plain tests that a load test does not replace.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use std::sync::Arc;

use support::Service;
use workflow_service::breaker::State;
use workflow_service::client::{Answer, Client};
use workflow_service::profile::ProfileDetails;
use workflow_service::seen::{Degraded, Seen};
use workflow_service::workflow::{EventKind, Stage, Status, Workflow, WorkflowRequest};
use workflow_service::{Partner, Server, Sqlite};

fn refused<T: std::fmt::Debug>(answer: Answer<T>) -> u16 {
    let error = answer.expect_err("a refusal was wanted");
    error.status().unwrap_or_else(|| panic!("a refusal was wanted, not {error:?}")).as_u16()
}

async fn workflow(service: &Service, budget: u32) -> Workflow {
    let profile_id = service.client.create_profile(&service.somebody()).await.unwrap().id;
    service.client.start_workflow(&request(profile_id, budget)).await.unwrap()
}

fn request(profile_id: i64, budget: u32) -> WorkflowRequest {
    WorkflowRequest { profile_id, title: "A handbook".to_owned(), budget }
}

fn log(workflow: &Workflow) -> Vec<(Stage, EventKind)> {
    workflow.events.iter().map(|event| (event.stage, event.kind)).collect()
}

async fn break_database(service: &Service, trigger: &'static str) {
    service.database.write(move |transaction| Ok(transaction.execute_batch(trigger)?)).await.unwrap();
}

#[tokio::test]
async fn is_healthy_until_it_stops() {
    let service = Service::start().await.unwrap();
    service.client.health().await.unwrap();
    service.stop().await.unwrap();
    service.stop().await.unwrap();
    assert_eq!(service.client.health().await.unwrap_err().status(), None);
}

#[tokio::test]
async fn reads_back_what_was_written() {
    let service = Service::start().await.unwrap();
    let details = service.somebody();
    let created = service.client.create_profile(&details).await.unwrap();
    assert_eq!((&created.details, created.revision), (&details, 1));
    assert_eq!(service.client.profile(created.id).await.unwrap(), created);

    let changed = ProfileDetails { headline: "here for a while".to_owned(), ..details };
    let updated = service.client.update_profile(created.id, &changed).await.unwrap();
    assert_eq!((&updated.details, updated.revision), (&changed, 2));
    assert_eq!(service.client.profile(created.id).await.unwrap(), updated);
}

#[tokio::test]
async fn refuses_invalid_input() {
    let service = Service::start().await.unwrap();
    let client = &service.client;
    let known = client.create_profile(&service.somebody()).await.unwrap();
    let nameless = ProfileDetails { name: " ".to_owned(), ..service.somebody() };
    assert_eq!(refused(client.create_profile(&nameless).await), 422);
    assert_eq!(refused(client.update_profile(known.id, &nameless).await), 422);
    assert_eq!(client.profile(known.id).await.unwrap(), known);

    let untitled = WorkflowRequest { title: String::new(), ..request(known.id, 100) };
    assert_eq!(refused(client.start_workflow(&untitled).await), 422);
    assert_eq!(refused(client.subscribe(known.id, "No-Topic").await), 422);
}

#[tokio::test]
async fn answers_a_malformed_body_as_every_refusal() {
    let service = Service::start().await.unwrap();
    let url = format!("{}/profiles", service.client.base());
    for (body, status) in [("{", 400), (r#"{"name": "Ada"}"#, 422)] {
        let response = reqwest::Client::new().post(&url).header("content-type", "application/json").body(body);
        let response = response.send().await.unwrap();
        assert_eq!(response.status().as_u16(), status, "{body}");
        assert!(response.text().await.unwrap().starts_with(r#"{"error":"#), "{body}");
    }
}

#[tokio::test]
async fn two_profiles_cannot_share_an_email_address() {
    let service = Service::start().await.unwrap();
    let (ada, bob) = (service.somebody(), service.somebody());
    service.client.create_profile(&ada).await.unwrap();
    assert_eq!(refused(service.client.create_profile(&ada).await), 409);
    let bob_id = service.client.create_profile(&bob).await.unwrap().id;
    assert_eq!(refused(service.client.update_profile(bob_id, &ada).await), 409);
}

#[tokio::test]
async fn unknown_ids_are_not_found() {
    let service = Service::start().await.unwrap();
    let client = &service.client;
    assert_eq!(refused(client.profile(7).await), 404);
    assert_eq!(refused(client.update_profile(7, &service.somebody()).await), 404);
    assert_eq!(refused(client.start_workflow(&request(7, 100)).await), 404);
    assert_eq!(refused(client.workflow(7).await), 404);
    assert_eq!(refused(client.subscribe(7, "releases").await), 404);
    assert_eq!(refused(client.unsubscribe(7, "releases").await), 404);
    assert_eq!(refused(client.subscriptions(7).await), 404);
}

#[tokio::test]
async fn subscriptions_come_and_go() {
    let service = Service::start().await.unwrap();
    let client = &service.client;
    let id = client.create_profile(&service.somebody()).await.unwrap().id;
    for topic in ["releases", "outages", "releases"] {
        client.subscribe(id, topic).await.unwrap();
    }
    assert_eq!(client.subscriptions(id).await.unwrap(), ["outages", "releases"]);
    client.unsubscribe(id, "outages").await.unwrap();
    assert_eq!(refused(client.unsubscribe(id, "outages").await), 404);
    assert_eq!(client.subscriptions(id).await.unwrap(), ["releases"]);
}

#[tokio::test]
async fn suggestions_are_the_popular_topics_that_one_does_not_follow() {
    let service = Service::start().await.unwrap();
    let client = &service.client;
    let ada = client.create_profile(&service.somebody()).await.unwrap().id;
    let bob = client.create_profile(&service.somebody()).await.unwrap().id;
    for (id, topic) in [(ada, "releases"), (ada, "outages"), (bob, "releases")] {
        client.subscribe(id, topic).await.unwrap();
    }
    assert_eq!(client.suggestions(bob).await.unwrap(), Seen { value: vec!["outages".to_owned()], degraded: None });
    assert_eq!(refused(client.suggestions(7).await), 404);
    assert!(client.status().await.unwrap().is_empty(), "a file and no partner need no breaker");
}

#[tokio::test]
async fn a_partner_that_is_down_makes_suggestions_partial_and_opens_its_breaker() {
    let partner = Service::start().await.unwrap();
    let somebody = partner.client.create_profile(&partner.somebody()).await.unwrap().id;
    partner.client.subscribe(somebody, "releases").await.unwrap();
    let directory = tempfile::tempdir().unwrap();
    let database = Arc::new(Sqlite::open(directory.path().join("service.db")).unwrap());
    let server = Server::start("127.0.0.1:0", database, Some(Partner::new(partner.client.base()))).await.unwrap();
    let client = Client::new(server.address());
    let id = client.create_profile(&partner.somebody()).await.unwrap().id;
    let whole = Seen { value: vec!["releases".to_owned()], degraded: None };
    assert_eq!(client.suggestions(id).await.unwrap(), whole);

    partner.stop().await.unwrap();
    for state in [State::Closed, State::Closed, State::Closed, State::Closed, State::Open] {
        let partial = Seen { value: Vec::new(), degraded: Some(Degraded::Partial) };
        assert_eq!(client.suggestions(id).await.unwrap(), partial);
        assert_eq!(client.status().await.unwrap()["partner"], state);
    }
}

#[tokio::test]
async fn a_paid_workflow_leaves_the_artifacts_of_all_stages() {
    let service = Service::start().await.unwrap();
    let workflow = workflow(&service, Stage::TOTAL_COST).await;
    assert_eq!(workflow.status, Status::Completed);
    assert_eq!(log(&workflow), Stage::ALL.map(|stage| (stage, EventKind::Completed)));
    let made: Vec<_> = workflow.artifacts.iter().map(|artifact| (artifact.stage, artifact.kind.as_str())).collect();
    let wanted = Stage::ALL.iter().flat_map(|&stage| stage.makes().iter().map(move |&kind| (stage, kind)));
    assert_eq!(made, wanted.collect::<Vec<_>>());
    assert_eq!(service.client.workflow(workflow.id).await.unwrap(), workflow);
}

#[tokio::test]
async fn a_failing_stage_compensates_the_earlier_ones_in_reverse() {
    let service = Service::start().await.unwrap();
    let workflow = workflow(&service, 69).await;
    assert_eq!(workflow.status, Status::Compensated);
    assert_eq!(workflow.artifacts, []);
    assert_eq!(
        log(&workflow),
        [
            (Stage::Research, EventKind::Completed),
            (Stage::Design, EventKind::Completed),
            (Stage::Build, EventKind::Failed),
            (Stage::Design, EventKind::Compensated),
            (Stage::Research, EventKind::Compensated),
        ]
    );
    assert_eq!(workflow.events[2].detail, "39 of the budget left, the stage costs 40");
}

#[tokio::test]
async fn a_stage_that_the_database_stops_half_way_leaves_nothing() {
    let service = Service::start().await.unwrap();
    // The second artifact of the stage is refused, after the first was inserted.
    break_database(
        &service,
        "CREATE TRIGGER full BEFORE INSERT ON artifacts WHEN new.kind = 'figures'
         BEGIN SELECT RAISE(ABORT, 'no room for figures'); END",
    )
    .await;
    let workflow = workflow(&service, Stage::TOTAL_COST).await;
    assert_eq!(workflow.status, Status::Compensated);
    assert_eq!(workflow.artifacts, []);
    assert_eq!((workflow.events[2].stage, workflow.events[2].kind), (Stage::Build, EventKind::Failed));
    assert!(workflow.events[2].detail.contains("no room for figures"), "{}", workflow.events[2].detail);
}

#[tokio::test]
async fn a_failing_compensation_is_logged_and_the_rest_goes_on() {
    let service = Service::start().await.unwrap();
    break_database(
        &service,
        "CREATE TRIGGER kept BEFORE DELETE ON artifacts WHEN old.stage = 'design'
         BEGIN SELECT RAISE(ABORT, 'outlines are kept'); END",
    )
    .await;
    let workflow = workflow(&service, 99).await;
    assert_eq!(workflow.status, Status::CompensationFailed);
    assert_eq!(
        log(&workflow)[3..],
        [
            (Stage::Review, EventKind::Completed),
            (Stage::Release, EventKind::Failed),
            (Stage::Review, EventKind::Compensated),
            (Stage::Build, EventKind::Compensated),
            (Stage::Design, EventKind::CompensationFailed),
            (Stage::Research, EventKind::Compensated),
        ]
    );
    assert!(workflow.events[7].detail.contains("outlines are kept"), "{}", workflow.events[7].detail);
    let kept: Vec<_> = workflow.artifacts.iter().map(|artifact| artifact.stage).collect();
    assert_eq!(kept, [Stage::Design], "what could not be deleted stays tracked");
}

#[tokio::test]
async fn a_restart_compensates_what_was_left_running() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("service.db");
    let database = Sqlite::open(&file).unwrap();
    // What a process leaves that is killed between the second and the third stage.
    let left = "INSERT INTO profiles VALUES (1, 'Ada', 'ada@example.org', '', 1);
         INSERT INTO workflows VALUES (1, 1, 'A handbook', 100, 'running');
         INSERT INTO artifacts VALUES (1, 1, 'research', 'notes', ''), (2, 1, 'design', 'outline', '');
         INSERT INTO workflow_events VALUES (1, 1, 'research', 'completed', ''), (2, 1, 'design', 'completed', '');";
    database.write(move |transaction| Ok(transaction.execute_batch(left)?)).await.unwrap();
    drop(database);

    let server = Server::start("127.0.0.1:0", Arc::new(Sqlite::open(&file).unwrap()), None).await.unwrap();
    let workflow = Client::new(server.address()).workflow(1).await.unwrap();
    assert_eq!(workflow.status, Status::Compensated);
    assert_eq!(workflow.artifacts, []);
    assert_eq!(
        log(&workflow)[2..],
        [(Stage::Design, EventKind::Compensated), (Stage::Research, EventKind::Compensated)]
    );
    server.stop().await.unwrap();
}
