//! PostgreSQL: failover, lost and kept writes, pauses, partitions, restarts.

use super::{run, unless_missing};
use brunt::fault::{Error, Fault, Heal};
use brunt::postgres::{Cluster, Options};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio_postgres::{Client, NoTls};

const LONG: Duration = Duration::from_secs(60);
const BRIEF: Duration = Duration::from_millis(100);

/// A cluster with a table, or `None` where PostgreSQL is missing.
async fn cluster(options: Options) -> Option<Cluster> {
    let start = Instant::now();
    let cluster = unless_missing(Cluster::start(options.clone()).await)?;
    println!("{options:?}: started in {:?}", start.elapsed());
    cluster.primary().sql("create table t (id bigint primary key)").await.unwrap();
    Some(cluster)
}

async fn connect(url: &str) -> Result<Client, tokio_postgres::Error> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

/// Writers that insert ids of their own, and what was acknowledged to them.
#[derive(Default)]
struct Ledger {
    next: AtomicI64,
    acknowledged: Mutex<BTreeSet<i64>>,
    end: AtomicBool,
}

impl Ledger {
    fn count(&self) -> usize {
        self.acknowledged.lock().unwrap().len()
    }

    /// Inserts, with a new connection after every failure, until the end.
    async fn write(self: Arc<Self>, url: String) {
        while !self.end.load(Ordering::SeqCst) {
            let Ok(client) = connect(&url).await else {
                tokio::time::sleep(Duration::from_millis(2)).await;
                continue;
            };
            while !self.end.load(Ordering::SeqCst) {
                let id = self.next.fetch_add(1, Ordering::SeqCst);
                if client.execute("insert into t values ($1)", &[&id]).await.is_err() {
                    break;
                }
                self.acknowledged.lock().unwrap().insert(id);
            }
        }
    }

    /// Starts four of them.
    fn start(url: &str) -> (Arc<Self>, Vec<tokio::task::JoinHandle<()>>) {
        let ledger = Arc::new(Self::default());
        let tasks = (0..4).map(|_| tokio::spawn(ledger.clone().write(url.to_owned()))).collect();
        (ledger, tasks)
    }

    async fn until(&self, count: usize) {
        eventually(|| async { self.count() >= count }).await;
    }
}

async fn eventually<F: Future<Output = bool>>(mut holds: impl FnMut() -> F) {
    let start = Instant::now();
    while !holds().await {
        assert!(start.elapsed() < LONG);
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

async fn present(cluster: &Cluster) -> BTreeSet<i64> {
    let rows = cluster.primary().sql("select id from t").await.unwrap();
    rows.into_iter().map(|row| row[0].as_deref().unwrap().parse().unwrap()).collect()
}

/// Kills the primary under load, promotes the replica, and gives back what was acknowledged and what is there.
async fn fail_over(cluster: &Cluster, cut_for: Option<usize>) -> (BTreeSet<i64>, BTreeSet<i64>) {
    let (ledger, tasks) = Ledger::start(&cluster.url());
    ledger.until(200).await;
    let cut = match cut_for {
        Some(writes) => {
            let cut = cluster.partition_replication(0).await.unwrap();
            ledger.until(ledger.count() + writes).await;
            Some(cut)
        }
        None => None,
    };
    let start = Instant::now();
    let killed = cluster.primary().kill().await.unwrap();
    let (dead, promoting, before) = (start.elapsed(), Instant::now(), ledger.count());
    cluster.replica(0).promote().await.unwrap();
    let promoted = promoting.elapsed();
    ledger.until(before + 1).await;
    println!("killed in {dead:?}, promoted in {promoted:?}, first write after {:?}", start.elapsed());
    ledger.until(before + 200).await;
    drop(cut);
    ledger.end.store(true, Ordering::SeqCst);
    for task in tasks {
        task.await.unwrap();
    }
    Box::new(killed).heal().await.unwrap();
    assert!(cluster.first().process().ended().is_some(), "there is one primary");
    let acknowledged = ledger.acknowledged.lock().unwrap().clone();
    (acknowledged, present(cluster).await)
}

#[test]
fn a_synchronous_failover_loses_nothing_that_was_acknowledged() {
    run(async {
        let Some(cluster) = cluster(Options::new().replicas(1).synchronous(true)).await else { return };
        let (acknowledged, present) = fail_over(&cluster, None).await;
        assert_eq!(acknowledged.difference(&present).count(), 0);
        assert_eq!(cluster.primary().name(), "postgres replica 0");
        let error = cluster.first().restart().await.unwrap_err().to_string();
        assert!(error.contains("`postgres primary` stays down: `postgres replica 0` was promoted"), "{error}");
    });
}

#[test]
fn a_cut_replication_link_loses_what_was_written_meanwhile() {
    run(async {
        let Some(cluster) = cluster(Options::new().replicas(1)).await else { return };
        let (acknowledged, present) = fail_over(&cluster, Some(100)).await;
        let lost = acknowledged.difference(&present).count();
        println!("{lost} acknowledged writes lost");
        // What was under way when the link was cut may have passed it.
        assert!(lost >= 90, "{lost}");
    });
}

#[test]
fn a_killed_primary_comes_back_with_its_data_under_its_address() {
    run(async {
        let Some(cluster) = cluster(Options::new().replicas(1)).await else { return };
        let url = cluster.primary().url();
        connect(&url).await.unwrap().batch_execute("insert into t values (1)").await.unwrap();
        let killed: Box<dyn Heal> = Box::new(cluster.primary().kill().await.unwrap());
        assert_eq!(killed.what(), "kill `postgres primary`");
        assert!(connect(&url).await.is_err());
        let start = Instant::now();
        killed.heal().await.unwrap();
        println!("restarted after a kill in {:?}", start.elapsed());
        let client = connect(&url).await.unwrap();
        client.batch_execute("insert into t values (2)").await.unwrap();
        cluster.catch_up(0, LONG).await.unwrap();
        assert_eq!(
            cluster.replica(0).value("select string_agg(id::text, ',' order by id) from t").await.unwrap(),
            "1,2"
        );
        cluster.replica(0).restart().await.unwrap();
        client.batch_execute("insert into t values (3)").await.unwrap();
        cluster.catch_up(0, LONG).await.unwrap();
        assert_eq!(cluster.lag(0).await.unwrap(), 0);
    });
}

#[test]
fn a_paused_primary_says_nothing_and_goes_on() {
    run(async {
        let Some(cluster) = cluster(Options::new()).await else { return };
        let (open, url) = (connect(&cluster.url()).await.unwrap(), cluster.url());
        let paused: Box<dyn Heal> = Box::new(cluster.primary().pause().await.unwrap());
        let insert = open.execute("insert into t values (1)", &[]);
        let mut insert = Box::pin(insert);
        assert!(tokio::time::timeout(BRIEF, &mut insert).await.is_err(), "no error, no answer");
        assert!(tokio::time::timeout(BRIEF, connect(&url)).await.is_err(), "new connections neither");
        paused.heal().await.unwrap();
        assert_eq!(insert.await.unwrap(), 1);
    });
}

#[test]
fn a_partition_cuts_clients_off_and_not_the_replica() {
    run(async {
        let Some(cluster) = cluster(Options::new().replicas(1)).await else { return };
        let open = connect(&cluster.primary().url()).await.unwrap();
        let cut: Box<dyn Heal> = Box::new(cluster.primary().partition().await.unwrap());
        assert_eq!(cut.what(), "partition `postgres primary` from its clients");
        let mut insert = Box::pin(open.execute("insert into t values (1)", &[]));
        assert!(tokio::time::timeout(BRIEF, &mut insert).await.is_err());
        assert_eq!(cut.met().unwrap().connections.len(), 1);
        cluster.primary().sql("insert into t values (2)").await.unwrap();
        cluster.catch_up(0, LONG).await.unwrap();
        assert_eq!(cluster.replica(0).value("select count(*) from t").await.unwrap(), "1");
        cut.heal().await.unwrap();
        assert_eq!(insert.await.unwrap(), 1);
    });
}

#[test]
fn a_synchronous_primary_waits_for_a_replica_that_is_cut_off() {
    run(async {
        let Some(cluster) = cluster(Options::new().replicas(1).synchronous(true)).await else { return };
        let client = connect(&cluster.url()).await.unwrap();
        client.execute("insert into t values (1)", &[]).await.unwrap();
        assert_eq!(cluster.replica(0).value("select count(*) from t").await.unwrap(), "1", "applied when acknowledged");
        let cut = cluster.replication(0).inject(Fault::black_hole()).await.unwrap();
        let mut insert = Box::pin(client.execute("insert into t values (2)", &[]));
        assert!(tokio::time::timeout(BRIEF, &mut insert).await.is_err());
        cut.heal().unwrap();
        assert_eq!(insert.await.unwrap(), 1);
    });
}

#[test]
fn other_replicas_follow_the_promoted_one() {
    run(async {
        let Some(cluster) = cluster(Options::new().replicas(2)).await else { return };
        cluster.primary().sql("insert into t values (1)").await.unwrap();
        cluster.catch_up(0, LONG).await.unwrap();
        let _killed = cluster.primary().kill().await.unwrap();
        cluster.replica(0).promote().await.unwrap();
        cluster.primary().sql("insert into t values (2)").await.unwrap();
        cluster.catch_up(1, LONG).await.unwrap();
        assert_eq!(cluster.replica(1).value("select count(*) from t").await.unwrap(), "2");
        // And once more.
        let _killed = cluster.primary().kill().await.unwrap();
        cluster.replica(1).promote().await.unwrap();
        cluster.primary().sql("insert into t values (3)").await.unwrap();
        assert_eq!(cluster.primary().name(), "postgres replica 1");
        assert_eq!(present(&cluster).await, BTreeSet::from([1, 2, 3]));
    });
}

#[test]
fn clusters_live_side_by_side_and_leave_nothing() {
    run(async {
        let (a, b) = tokio::join!(cluster(Options::new().replicas(1)), cluster(Options::new().set("work_mem", "7MB")));
        let (Some(a), Some(b)) = (a, b) else { return };
        a.primary().sql("insert into t values (1)").await.unwrap();
        assert!(present(&b).await.is_empty());
        assert_eq!(b.primary().value("show work_mem").await.unwrap(), "7MB");
        let data = b.primary().value("show data_directory").await.unwrap();
        let id = b.primary().process().id();
        let panicked = std::thread::spawn(move || {
            let _cluster = b;
            std::panic::resume_unwind(Box::new("the test panics"));
        });
        assert!(panicked.join().is_err());
        assert!(!std::path::Path::new(&data).exists() && !std::path::Path::new(&format!("/proc/{id}")).exists());
        a.primary().sql("insert into t values (2)").await.unwrap();
    });
}

#[test]
fn what_cannot_be_says_why() {
    run(async {
        let options = Options::new().set("no_such_setting", "1");
        let error = match Cluster::start(options).await {
            Err(Error::Missing(missing)) => return drop(unless_missing::<Cluster>(Err(Error::Missing(missing)))),
            other => other.unwrap_err().to_string(),
        };
        assert!(error.contains("unrecognized configuration parameter \"no_such_setting\""), "{error}");
        let Some(cluster) = cluster(Options::new()).await else { return };
        let error = cluster.primary().promote().await.unwrap_err().to_string();
        assert!(error.contains("recovery is not in progress"), "{error}");
        let error = cluster.primary().sql("select nothing").await.unwrap_err().to_string();
        assert!(error.contains("postgres primary: select nothing: ") && error.contains("nothing"), "{error}");
    });
}

/// A test's process that is to be killed: see the next test.
#[test]
#[ignore = "started by another test, to be killed"]
fn holds_a_cluster_until_it_is_killed() {
    run(async {
        let cluster = Cluster::start(Options::new().replicas(1)).await.unwrap();
        let data = cluster.primary().value("show data_directory").await.unwrap();
        println!("holding {} {} {data}", cluster.primary().process().id(), cluster.replica(0).process().id());
        std::future::pending::<()>().await;
    });
}

#[cfg(target_os = "linux")]
#[test]
fn a_killed_test_takes_its_servers_along_and_the_next_one_removes_their_data() {
    use std::io::{BufRead, BufReader};
    use std::process::{Command, Stdio};
    run(async {
        if cluster(Options::new()).await.is_none() {
            return;
        }
        let mut test = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "postgres::holds_a_cluster_until_it_is_killed", "--ignored", "--nocapture"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(test.stdout.take().unwrap()).lines();
        let held = lines.map(Result::unwrap).find(|line| line.contains("holding ")).unwrap();
        let words: Vec<String> = held.split_whitespace().rev().take(3).map(str::to_owned).collect();
        let (data, servers) = (&words[0], &words[1..]);
        // While they live: once they are dead, whatever test starts a cluster next removes both.
        let segment = std::fs::read_to_string(format!("{data}/postmaster.pid")).unwrap();
        let segment = segment.lines().nth(6).unwrap().split_whitespace().nth(1).unwrap().to_owned();
        let segments = || std::fs::read_to_string("/proc/sysvipc/shm").unwrap();
        let listed = |list: String| list.lines().any(|line| line.split_whitespace().nth(1) == Some(&segment));
        assert!(listed(segments()));
        test.kill().unwrap();
        test.wait().unwrap();
        for id in servers {
            let stat = format!("/proc/{id}/stat");
            let gone = || std::fs::read_to_string(&stat).map_or(true, |stat| stat.contains(") Z "));
            eventually(|| async { gone() }).await;
        }
        eventually(|| async {
            // Its last processes hear of the end a moment later.
            drop(Cluster::start(Options::new()).await.unwrap());
            !std::path::Path::new(data).exists() && !listed(segments())
        })
        .await;
    });
}

#[test]
fn nobody_gets_in_without_the_password_of_the_cluster() {
    run(async {
        let Some(one) = cluster(Options::new().replicas(1)).await else { return };
        let Some(other) = cluster(Options::new()).await else { return };
        assert_ne!(one.password(), other.password());
        for (node, direct) in [(one.primary(), true), (one.replica(0), true), (one.primary(), false)] {
            let address = if direct { node.direct_address() } else { node.address() };
            connect(&node.url()).await.unwrap().simple_query("select 1").await.unwrap();
            for login in ["postgres".to_owned(), format!("postgres:{}", other.password())] {
                let stranger = connect(&format!("postgres://{login}@{address}/postgres")).await;
                let error = format!("{:?}", stranger.err().unwrap());
                assert!(error.contains("password"), "{error}");
            }
        }
        let methods = "select distinct auth_method from pg_hba_file_rules";
        assert_eq!(one.primary().value(methods).await.unwrap(), "scram-sha-256");
        let kept = "select left(rolpassword, 13) from pg_authid where rolname = 'postgres'";
        assert_eq!(one.replica(0).value(kept).await.unwrap(), "SCRAM-SHA-256");
    });
}
