//! `Postgres`: the implementation of `Server`. Configuration and replication follow PostgreSQL's manual, chapters 20
//! and 27.

use super::sql::{SqlSession, USER, WRITTEN};
use super::{template, verifier};
use crate::cluster::{Installed, NodeConfig, Options, Programs, RunAs, Server, random_secret};
use crate::fault::{Error, Launch, Ready};
use std::fmt::Write;
use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Time limit for a promotion.
const PROMOTE_WITHIN: Duration = Duration::from_secs(30);

/// Settings of every node. Shared memory is mapped, so that almost nothing of it is left after a kill. New WAL files
/// are not filled with zeros, and the last 256 MB of WAL are kept for replicas that were disconnected.
const COMMON_SETTINGS: &str = "\
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 100
shared_buffers = 16MB
shared_memory_type = mmap
dynamic_shared_memory_type = mmap
wal_level = replica
hot_standby = on
max_wal_senders = 10
wal_keep_size = 256MB
wal_init_zero = off
wal_retrieve_retry_interval = 100ms
autovacuum = off
logging_collector = off
log_destination = stderr
timezone = UTC
password_encryption = 'scram-sha-256'
";

/// PostgreSQL as the server of a [`Cluster`](crate::cluster::Cluster). Its settings are methods of [`Options`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Postgres {
    pub(super) synchronous: bool,
    pub(super) fsync: bool,
}

impl Server for Postgres {
    const NAME: &'static str = "postgres";
    const PROGRAMS: Programs = Programs {
        names: &["postgres", "initdb"],
        folders: &["/usr/lib/postgresql/*/bin", "/usr/local/pgsql/bin", "/opt/homebrew/bin"],
        install: "apt-get install postgresql",
    };
    const RUN_AS: &'static str = USER;

    fn url(address: SocketAddr, password: &str) -> String {
        format!("postgres://{USER}:{password}@{address}/{USER}")
    }

    /// Copies the template to all nodes in parallel.
    fn prepare(installed: &Installed, nodes: &[PathBuf]) -> io::Result<Option<String>> {
        let run_as = installed.run_as;
        let template = template::template_for(&installed.programs, run_as)?;
        std::thread::scope(|scope| {
            let from = &template.data;
            let copies: Vec<_> = nodes.iter().map(|to| scope.spawn(move || run_as.copy(from, to))).collect();
            let lost = |_| Err(io::Error::other("copying the template panicked"));
            copies.into_iter().try_for_each(|copy| copy.join().unwrap_or_else(lost))
        })?;
        Ok(Some(template.password))
    }

    fn launch(options: &Options<Self>, installed: &Installed, node: &NodeConfig) -> io::Result<Launch> {
        let (run_as, data) = (installed.run_as, &node.data);
        run_as.write(&data.join("postgresql.conf"), &postgresql_conf(options, node))?;
        if node.source.is_some() {
            run_as.write(&data.join("standby.signal"), "")?;
        }
        let mut command = run_as.command(&installed.programs.join("postgres"));
        command.arg("-D").arg(data).args(["-p", &node.address.port().to_string()]);
        Ok(Launch::new(command).ready(Ready::line("database system is ready to accept")))
    }

    async fn admit(primary: &NodeConfig, initial: Option<&str>) -> Result<(), Error> {
        let session = SqlSession::open_as(primary, initial.unwrap_or_default()).await?;
        let verifier = random_secret().and_then(|salt| verifier::scram_verifier(&primary.password, &salt));
        let verifier = verifier.map_err(|cause| Error::server(Self::NAME, "making a password", cause))?;
        // The replicas are not started yet, and a synchronous commit would wait for them.
        let change = format!("set synchronous_commit = local; alter role {USER} password '{verifier}'");
        session.rows(&change).await.map(drop)
    }

    async fn until_replicating(primary: &NodeConfig, replicas: &[&NodeConfig], within: Duration) -> Result<(), Error> {
        if replicas.is_empty() {
            return Ok(());
        }
        let streaming = "select count(*) from pg_stat_replication where state = 'streaming'";
        SqlSession::open(primary).await?.until(streaming, &replicas.len().to_string(), within).await?;
        // The new password reaches a replica by replication.
        let start = Instant::now();
        for replica in replicas {
            while let Err(error) = is_admitted(replica).await {
                if start.elapsed() > within {
                    return Err(error);
                }
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        }
        Ok(())
    }

    async fn promote(node: &NodeConfig) -> Result<(), Error> {
        let session = SqlSession::open(node).await?;
        // `false`: do not wait in the server, which checks only every 100 ms.
        session.rows("select pg_promote(false)").await?;
        session.until("select pg_is_in_recovery()", "f", PROMOTE_WITHIN).await
    }

    async fn catch_up(primary: &NodeConfig, replica: &NodeConfig, within: Duration) -> Result<(), Error> {
        let written = SqlSession::open(primary).await?.value(WRITTEN).await?;
        let applied = format!("select coalesce(pg_last_wal_replay_lsn() >= '{written}', false)");
        SqlSession::open(replica).await?.until(&applied, "t", within).await
    }

    fn remove_leftovers(folder: &Path) {
        remove_segments(folder);
    }
}

/// Checks that a node accepts the password of the cluster.
async fn is_admitted(node: &NodeConfig) -> Result<(), Error> {
    SqlSession::open(node).await?.rows("select 1").await.map(drop)
}

fn postgresql_conf(options: &Options<Postgres>, node: &NodeConfig) -> String {
    let Postgres { synchronous, fsync } = options.server;
    let mut text = COMMON_SETTINGS.to_owned();
    let _ = writeln!(text, "fsync = {}", if fsync { "on" } else { "off" });
    if let Some(source) = node.source {
        let (host, port, name, password) = (source.ip(), source.port(), application_name(node.index), &node.password);
        let source = format!("host={host} port={port} user={USER} password={password} application_name={name}");
        let _ = writeln!(text, "primary_conninfo = '{source}'");
    } else if synchronous && options.replicas > 0 {
        let names: Vec<String> = (1..=options.replicas).map(application_name).collect();
        let _ = writeln!(text, "synchronous_standby_names = 'FIRST {} ({})'", names.len(), names.join(", "));
        let _ = writeln!(text, "synchronous_commit = remote_apply");
    }
    for (name, value) in &options.settings {
        let _ = writeln!(text, "{name} = '{}'", value.replace('\'', "''"));
    }
    text
}

/// Name by which a replica connects to its primary.
fn application_name(index: usize) -> String {
    format!("replica_{}", index - 1)
}

/// Removes the System V segments of killed servers whose data is in `folder`. Every server has a segment of 56 bytes,
/// which prevents that two servers run on the same data. Its id is the second number of the 7th line of
/// `postmaster.pid`.
fn remove_segments(folder: &Path) {
    for node in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        // Removed as the owner of the data: the server wrote the file, and could have named the segment of another
        // user.
        let Ok(owner) = std::fs::symlink_metadata(node.path()) else { continue };
        let text = RunAs::read(&node.path().join("postmaster.pid")).unwrap_or_default();
        if let Some(id) = segment_id(&text) {
            let mut remove = Command::new("ipcrm");
            if rustix::process::geteuid().is_root() {
                remove.uid(owner.uid()).gid(owner.gid());
            }
            let _ = remove.args(["-m", id]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
        }
    }
}

fn segment_id(postmaster: &str) -> Option<&str> {
    let id = postmaster.lines().nth(6)?.split_whitespace().nth(1)?;
    id.parse::<u32>().is_ok().then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn configured(options: &Options<Postgres>, index: usize) -> String {
        let address = ([127, 0, 0, 1], 20_001).into();
        let source = (index > 0).then_some(([127, 0, 0, 1], 40_001).into());
        let (name, data, password) = ("node".to_owned(), PathBuf::from("/data"), "s3cret".to_owned());
        postgresql_conf(options, &NodeConfig { index, name, data, address, source, password })
    }

    #[test]
    fn a_synchronous_primary_waits_for_every_replica_and_a_promoted_one_for_nobody() {
        let options = Options::new().replicas(2).synchronous(true);
        let primary = configured(&options, 0);
        assert!(primary.contains("synchronous_standby_names = 'FIRST 2 (replica_0, replica_1)'\n"), "{primary}");
        assert!(primary.contains("synchronous_commit = remote_apply\n"), "{primary}");
        let replica = configured(&options, 2);
        let source =
            "primary_conninfo = 'host=127.0.0.1 port=40001 user=postgres password=s3cret application_name=replica_1'\n";
        assert!(replica.contains(source) && !replica.contains("synchronous"), "{replica}");
        assert!(!configured(&Options::new().replicas(2), 0).contains("synchronous"));
    }

    #[test]
    fn its_name_is_known_whether_the_feature_is_on_or_not() {
        assert!(crate::servers::known_names().any(|name| name == Postgres::NAME));
    }

    #[test]
    fn settings_come_last_and_are_quoted() {
        let text = configured(&Options::new().fsync(true).set("search_path", "'a', b").set("max_connections", 7), 0);
        assert!(text.contains("fsync = on\n"), "{text}");
        assert!(text.ends_with("search_path = '''a'', b'\nmax_connections = '7'\n"), "{text}");
    }

    #[test]
    fn a_segment_is_read_where_there_is_one() {
        let text = "7\n/data\n1700000000\n20001\n\n127.0.0.1\n  9172412    32770\nready\n";
        assert_eq!(segment_id(text), Some("32770"));
        assert_eq!(segment_id("7\n/data\n"), None);
    }

    /// The server wrote the file, and could have named the segment of another user.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_segment_is_removed_as_whoever_the_data_belongs_to_and_nothing_is_waited_for() {
        let made = Command::new("ipcmk").args(["-M", "56"]).output().unwrap();
        let said = String::from_utf8_lossy(&made.stdout).into_owned();
        let id = said.trim().rsplit(' ').next().unwrap().to_owned();
        let exists = || {
            let list = std::fs::read_to_string("/proc/sysvipc/shm").unwrap();
            list.lines().any(|line| line.split_whitespace().nth(1) == Some(&id))
        };
        assert!(exists(), "{said}");
        let root = tempfile::tempdir().unwrap();
        let plant = |node: &str, owner: u32| {
            let data = root.path().join(node);
            std::fs::create_dir(&data).unwrap();
            std::fs::write(data.join("postmaster.pid"), format!("7\n/data\n1\n1\n\n127.0.0.1\n 9172412 {id}\n"))
                .unwrap();
            std::os::unix::fs::chown(&data, Some(owner), None).unwrap();
        };
        let piped = root.path().join("piped");
        std::fs::create_dir(&piped).unwrap();
        assert!(Command::new("mkfifo").arg(piped.join("postmaster.pid")).status().unwrap().success());
        if rustix::process::geteuid().is_root() {
            plant("another's", 12_345);
            remove_segments(root.path());
            assert!(exists(), "it is not the other's to remove");
        }
        plant("ours", rustix::process::geteuid().as_raw());
        remove_segments(root.path());
        assert!(!exists());
    }
}
