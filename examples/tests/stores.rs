//! Whether a service over PostgreSQL does what one over SQLite does, and which of two primaries it takes.

#![allow(clippy::unwrap_used)]

use std::fmt::Debug;
use std::time::Duration;

use brunt::fault::{Error, Fault};
use brunt::postgres::{Cluster, Options};
use workflow_service::profile::ProfileDetails;
use workflow_service::retry::Retry;
use workflow_service::store::postgres::{Postgres, Settings};
use workflow_service::store::{Sqlite, Storage};
use workflow_service::workflow::{EventKind, Stage, Status, WorkflowRequest};

/// None where PostgreSQL is not installed, unless it is required.
async fn cluster() -> Option<Cluster> {
    match Cluster::start(Options::new().replicas(1).synchronous(true)).await {
        Err(Error::Missing(missing)) if std::env::var_os("BRUNT_REQUIRE").is_none() => {
            eprintln!("left out: {missing}");
            None
        }
        started => Some(started.unwrap()),
    }
}

async fn connected(cluster: &Cluster) -> Postgres {
    let (primary, replica) = (cluster.primary().address(), cluster.replica(0).address());
    let login = format!("postgres:{}", cluster.password());
    Postgres::connect(&format!("postgres://{login}@{primary},{replica}/postgres"), Settings::default()).await.unwrap()
}

fn details(name: &str) -> ProfileDetails {
    ProfileDetails { name: name.to_owned(), email: format!("{name}@example.org"), headline: String::new() }
}

/// All that a store can be asked for, also what it must refuse; one line for each answer.
async fn life(store: &dyn Storage) -> Vec<String> {
    let mut answers = Vec::new();
    let mut note = |answer: &dyn Debug| answers.push(format!("{answer:?}"));
    note(&store.ping().await);
    note(&store.insert_profile(details("ada")).await);
    note(&store.insert_profile(details("ada")).await);
    note(&store.profile(1).await);
    note(&store.profile(99).await);
    note(&store.update_profile(1, details("eve")).await);
    note(&store.update_profile(99, details("bob")).await);
    for (profile, topic) in [(1, "b-2"), (1, "b-10"), (1, "b-2"), (99, "a")] {
        note(&store.subscribe(profile, topic.to_owned()).await);
    }
    note(&store.subscriptions(1).await);
    note(&store.subscriptions(99).await);
    note(&store.popular_topics(1).await);
    note(&store.unsubscribe(1, "b-10".to_owned()).await);
    note(&store.unsubscribe(1, "b-10".to_owned()).await);

    let request = |profile_id| WorkflowRequest { profile_id, title: "A handbook".to_owned(), budget: 100 };
    let made = || vec![("notes", "of it".to_owned()), ("sources", "of it".to_owned())];
    let id = store.insert_workflow(request(1)).await.unwrap();
    note(&store.complete_stage(id, Stage::Research, made()).await);
    note(&store.complete_stage(id, Stage::Design, made()).await);
    note(&store.workflow(id).await);
    note(&store.unfinished_workflows().await);
    note(&store.finish_workflow(id, Status::Compensated).await);
    note(&store.log(id, Stage::Build, EventKind::Failed, "no room".to_owned()).await);
    note(&store.begin_compensation(id).await);
    note(&store.complete_stage(id, Stage::Build, made()).await);
    note(&store.undo_stage(id, Stage::Design).await);
    note(&store.begin_compensation(id).await);
    note(&store.undo_stage(id, Stage::Research).await);
    note(&store.finish_workflow(id, Status::Completed).await);
    note(&store.finish_workflow(id, Status::Compensated).await);
    note(&store.begin_compensation(id).await);
    note(&store.unfinished_workflows().await);
    note(&store.workflow(id).await);
    note(&store.workflow(99).await);
    // Last, because PostgreSQL does not give the number of what it refused to anything else.
    note(&store.insert_workflow(request(99)).await);
    answers
}

#[tokio::test]
async fn both_stores_give_the_same_answers() {
    let Some(cluster) = cluster().await else { return };
    let directory = tempfile::tempdir().unwrap();
    let sqlite = life(&Sqlite::open(directory.path().join("service.db")).unwrap()).await;
    let postgres = life(&connected(&cluster).await).await;
    assert_eq!(postgres, sqlite);
}

/// Writes as a caller does who tries again.
async fn written(store: &Postgres, name: &str) {
    let retry = Retry { attempts: 50, base: Duration::from_millis(20), cap: Duration::from_millis(200) };
    retry.run(7, workflow_service::Error::is_outage, || store.insert_profile(details(name))).await.unwrap();
}

#[tokio::test]
async fn an_old_primary_that_comes_back_is_refused() {
    let Some(cluster) = cluster().await else { return };
    let store = connected(&cluster).await;
    written(&store, "ada").await;
    cluster.first().process().kill().await.unwrap();
    cluster.replica(0).promote().await.unwrap();
    written(&store, "bob").await;

    // It takes writes, is the first in the list, and for a moment the only one that can be reached.
    cluster.first().process().restart().await.unwrap();
    assert_eq!(cluster.first().value("SELECT pg_is_in_recovery()").await.unwrap(), "f");
    let reset = cluster.replica(0).proxy().inject(Fault::reset()).await.unwrap();
    for _ in 0..3 {
        assert!(store.ping().await.is_err_and(|failure| failure.is_outage()));
    }
    drop(reset);
    written(&store, "eve").await;
    let eve = "SELECT count(*) FROM profiles WHERE name = 'eve'";
    assert_eq!(cluster.replica(0).value(eve).await.unwrap(), "1");
    assert_eq!(cluster.first().value(eve).await.unwrap(), "0");
}
