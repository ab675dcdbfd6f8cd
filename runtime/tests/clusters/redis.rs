//! Redis: failover, lost writes, pauses, partitions, restarts.

use super::{run, unless_missing};
use brunt::fault::Heal;
use brunt::redis::{Cluster, Node, Options, Reply};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

const LONG: Duration = Duration::from_secs(60);
const BRIEF: Duration = Duration::from_millis(100);

async fn cluster(options: Options) -> Option<Cluster> {
    let start = Instant::now();
    let cluster = unless_missing(Cluster::start(options.clone()).await)?;
    println!("{options:?}: started in {:?}", start.elapsed());
    Some(cluster)
}

/// A client through the proxies, as users have them.
fn client(address: SocketAddr, password: &str) -> TcpStream {
    let client = TcpStream::connect(address).unwrap();
    client.set_read_timeout(Some(LONG)).unwrap();
    // Nothing answers where it is down.
    let admitted = ask(&client, &format!("AUTH {password}"));
    assert!(admitted.as_ref().map_or(true, |answer| answer.is_empty() || answer == "+OK"), "{admitted:?}");
    client
}

fn ask(mut client: &TcpStream, command: &str) -> std::io::Result<String> {
    client.write_all(format!("{command}\r\n").as_bytes())?;
    let mut answer = [0; 100];
    let length = client.read(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer[..length]).trim().to_owned())
}

fn silent(client: &TcpStream, command: &str) -> bool {
    client.set_read_timeout(Some(BRIEF)).unwrap();
    let silent = ask(client, command).is_err();
    client.set_read_timeout(Some(LONG)).unwrap();
    silent
}

async fn count(node: Node<'_>) -> Reply {
    node.command(["DBSIZE"]).await.unwrap()
}

#[test]
fn a_cut_replication_link_loses_what_was_written_meanwhile() {
    run(async {
        let Some(cluster) = cluster(Options::new().replicas(1)).await else { return };
        let open = client(cluster.address(), cluster.password());
        (0..50).for_each(|n| assert_eq!(ask(&open, &format!("SET before:{n} x")).unwrap(), "+OK"));
        cluster.catch_up(0, LONG).await.unwrap();
        let cut = cluster.partition_replication(0).await.unwrap();
        (0..70).for_each(|n| assert_eq!(ask(&open, &format!("SET meanwhile:{n} x")).unwrap(), "+OK"));
        let start = Instant::now();
        let killed: Box<dyn Heal> = Box::new(cluster.primary().kill().await.unwrap());
        let (dead, promoting) = (start.elapsed(), Instant::now());
        cluster.replica(0).promote().await.unwrap();
        println!("killed in {dead:?}, promoted in {:?}", promoting.elapsed());
        assert_eq!(ask(&client(cluster.address(), cluster.password()), "SET after x").unwrap(), "+OK");
        assert_eq!(count(cluster.primary()).await, Reply::Integer(51));
        drop(cut);
        killed.heal().await.unwrap();
        assert!(cluster.first().process().ended().is_some(), "there is one primary");
        assert!(cluster.first().restart().await.unwrap_err().to_string().contains("stays down"));
        cluster.primary().restart().await.unwrap();
        let role = cluster.primary().command(["ROLE"]).await.unwrap().to_string();
        assert!(role.starts_with("master"), "a promoted node comes back as a primary: {role}");
    });
}

#[test]
fn a_killed_primary_comes_back_with_what_it_kept() {
    run(async {
        for append_only in [true, false] {
            let Some(cluster) = cluster(Options::new().append_only(append_only)).await else { return };
            let address = cluster.primary().address();
            assert_eq!(ask(&client(address, cluster.password()), "SET a 1").unwrap(), "+OK");
            let killed: Box<dyn Heal> = Box::new(cluster.primary().kill().await.unwrap());
            assert_eq!(killed.what(), "kill `redis primary`");
            assert!(ask(&client(address, cluster.password()), "GET a").map_or(true, |answer| answer.is_empty()));
            killed.heal().await.unwrap();
            assert_eq!(
                ask(&client(address, cluster.password()), "EXISTS a").unwrap(),
                format!(":{}", u8::from(append_only))
            );
        }
    });
}

#[test]
fn pauses_and_partitions_are_silent_until_they_are_healed() {
    run(async {
        let Some(cluster) = cluster(Options::new().replicas(1)).await else { return };
        let open = client(cluster.primary().address(), cluster.password());
        let paused: Box<dyn Heal> = Box::new(cluster.primary().pause().await.unwrap());
        assert_eq!(paused.what(), "stop `redis primary`");
        assert!(silent(&open, "SET a 1"));
        paused.heal().await.unwrap();
        assert_eq!(open_answer(&open), "+OK");
        let cut = cluster.primary().partition().await.unwrap();
        assert!(silent(&open, "SET b 1"));
        assert_eq!(cut.met().unwrap().connections, [0]);
        cluster.primary().command(["SET", "c", "two words"]).await.unwrap();
        cut.heal().unwrap();
        assert_eq!(open_answer(&open), "+OK");
        cluster.catch_up(0, LONG).await.unwrap();
        assert_eq!(cluster.replica(0).command(["GET", "c"]).await.unwrap().text(), Some("two words"));
        assert_eq!(count(cluster.replica(0)).await, Reply::Integer(3));
        let error = cluster.replica(0).command(["SET", "d", "1"]).await.unwrap_err().to_string();
        assert!(error.contains("redis replica 0: SET d 1: READONLY"), "{error}");
    });
}

fn open_answer(mut client: &TcpStream) -> String {
    let mut answer = [0; 5];
    client.read_exact(&mut answer).unwrap();
    String::from_utf8_lossy(&answer).trim().to_owned()
}

#[test]
fn other_replicas_follow_the_promoted_one() {
    run(async {
        let Some(cluster) = cluster(Options::new().replicas(2)).await else { return };
        let _killed = cluster.primary().kill().await.unwrap();
        cluster.replica(0).promote().await.unwrap();
        cluster.primary().command(["SET", "a", "1"]).await.unwrap();
        cluster.catch_up(1, LONG).await.unwrap();
        assert_eq!(count(cluster.replica(1)).await, Reply::Integer(1));
        let error = cluster.primary().promote().await.unwrap_err().to_string();
        assert_eq!(error, "redis replica 0: promoting it: it is no replica");
    });
}

#[test]
fn nobody_gets_in_without_the_password_of_the_cluster() {
    run(async {
        let Some(one) = cluster(Options::new().replicas(1)).await else { return };
        let Some(other) = cluster(Options::new()).await else { return };
        assert_ne!(one.password(), other.password());
        assert_eq!(one.url(), format!("redis://:{}@{}", one.password(), one.address()));
        for node in [one.primary(), one.replica(0)] {
            for address in [node.address(), node.direct_address()] {
                let stranger = TcpStream::connect(address).unwrap();
                stranger.set_read_timeout(Some(LONG)).unwrap();
                assert!(ask(&stranger, "CONFIG GET dir").unwrap().starts_with("-NOAUTH"));
                let wrong = ask(&stranger, &format!("AUTH {}", other.password())).unwrap();
                assert!(wrong.starts_with("-WRONGPASS"), "{wrong}");
            }
        }
        let Some(own) = cluster(Options::new().replicas(1).set("requirepass", "mine")).await else { return };
        assert_eq!(own.password(), "mine");
        assert_eq!(ask(&client(own.replica(0).address(), "mine"), "PING").unwrap(), "+PONG");
        let Some(open) = cluster(Options::new().set("requirepass", "\"\"")).await else { return };
        assert_eq!(open.url(), format!("redis://{}", open.address()));
        assert_eq!(open.primary().command(["PING"]).await.unwrap().text(), Some("PONG"));
    });
}
