//! `Redis`: the implementation of `Server`.

use super::resp::{self, Reply};
use crate::cluster::{Installed, NodeConfig, Options, Programs, RunAs, Server, run_blocking};
use crate::fault::{Error, Launch, Ready};
use std::fmt::Write;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Settings of every node. A replica gets its snapshot at once and without a file; the backlog is kept for replicas
/// that were disconnected for a while.
const COMMON_SETTINGS: &str = "\
bind 127.0.0.1
daemonize no
save \"\"
appendfsync everysec
repl-diskless-sync yes
repl-diskless-sync-delay 0
repl-backlog-size 16mb
";
/// Beginning of the line that makes a server a replica.
const REPLICA_PREFIX: &str = "replicaof ";

/// Pause between two queries for an awaited state.
const ASK_EVERY: Duration = Duration::from_millis(2);

/// Redis as the server of a [`Cluster`](crate::cluster::Cluster). Its settings are methods of [`Options`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Redis {
    pub(super) append_only: bool,
}

impl Server for Redis {
    const NAME: &'static str = "redis";
    const PROGRAMS: Programs = Programs {
        names: &["redis-server"],
        folders: &["/usr/local/bin", "/usr/bin", "/opt/homebrew/bin"],
        install: "apt-get install redis-server",
    };
    const RUN_AS: &'static str = "redis";

    fn url(address: SocketAddr, password: &str) -> String {
        if password.is_empty() { format!("redis://{address}") } else { format!("redis://:{password}@{address}") }
    }

    fn password(options: &Options<Self>) -> Option<&str> {
        let set = options.settings.iter().rfind(|(name, _)| name.eq_ignore_ascii_case("requirepass"));
        set.map(|(_, password)| password.trim_matches('"'))
    }

    fn launch(options: &Options<Self>, installed: &Installed, node: &NodeConfig) -> io::Result<Launch> {
        let file = configuration_file(&node.data);
        installed.run_as.write(&file, &redis_conf(options, node))?;
        let mut command = installed.run_as.command(&installed.programs.join("redis-server"));
        command.arg(&file);
        Ok(Launch::new(command).ready(Ready::line("Ready to accept connections")))
    }

    async fn until_replicating(_primary: &NodeConfig, replicas: &[&NodeConfig], within: Duration) -> Result<(), Error> {
        for replica in replicas {
            wait_for_state(replica, "its link", within, |state| state.is("master_link_status", "up")).await?;
        }
        Ok(())
    }

    async fn promote(node: &NodeConfig) -> Result<(), Error> {
        if ReplicationState::of(node).await?.is("role", "master") {
            return Err(Error::server(&node.name, "promoting it", "it is no replica"));
        }
        run_command(node, ["REPLICAOF", "NO", "ONE"]).await?;
        let data = node.data.clone();
        run_blocking(&node.name, "configuring it", move || forget_source(&data)).await
    }

    async fn catch_up(primary: &NodeConfig, replica: &NodeConfig, within: Duration) -> Result<(), Error> {
        let written = ReplicationState::of(primary).await?.number("master_repl_offset");
        let applied = |state: &ReplicationState| {
            state.is("master_link_status", "up") && state.number("slave_repl_offset") >= written
        };
        wait_for_state(replica, "what its primary has", within, applied).await
    }
}

/// Runs a command on a node, past its proxy.
pub(super) async fn run_command(
    node: &NodeConfig,
    words: impl IntoIterator<Item = impl Into<String>>,
) -> Result<Reply, Error> {
    let words: Vec<String> = words.into_iter().map(Into::into).collect();
    let (address, doing, password) = (node.address, words.join(" "), node.password.clone());
    run_blocking(&node.name, &doing, move || resp::send_command(address, &password, &words)).await
}

/// Waits until `holds` accepts the replication state of a node.
async fn wait_for_state(
    node: &NodeConfig,
    what: &str,
    within: Duration,
    holds: impl Fn(&ReplicationState) -> bool,
) -> Result<(), Error> {
    let start = Instant::now();
    while !holds(&ReplicationState::of(node).await?) {
        if start.elapsed() > within {
            return Err(Error::server(&node.name, &format!("waiting for {what}"), format!("not in {within:?}")));
        }
        tokio::time::sleep(ASK_EVERY).await;
    }
    Ok(())
}

/// The answer to `INFO replication`: lines of `name:value`.
struct ReplicationState(String);

impl ReplicationState {
    async fn of(node: &NodeConfig) -> Result<Self, Error> {
        Ok(Self(run_command(node, ["INFO", "replication"]).await?.to_string()))
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
    }

    fn is(&self, name: &str, value: &str) -> bool {
        self.get(name) == Some(value)
    }

    fn number(&self, name: &str) -> Option<u64> {
        self.get(name)?.parse().ok()
    }
}

fn redis_conf(options: &Options<Redis>, node: &NodeConfig) -> String {
    let mut text = COMMON_SETTINGS.to_owned();
    let _ = writeln!(text, "port {}", node.address.port());
    let _ = writeln!(text, "dir {}", node.data.display());
    let _ = writeln!(text, "appendonly {}", if options.server.append_only { "yes" } else { "no" });
    let _ = writeln!(text, "requirepass \"{0}\"\nmasterauth \"{0}\"", node.password);
    if let Some(source) = node.source {
        let _ = writeln!(text, "{REPLICA_PREFIX}{} {}", source.ip(), source.port());
    }
    for (name, value) in &options.settings {
        let _ = writeln!(text, "{name} {value}");
    }
    text
}

/// Removes the source from the configuration of a promoted node, so that it is no replica after a restart.
fn forget_source(data: &Path) -> io::Result<()> {
    let file = configuration_file(data);
    let text = RunAs::read(&file)?;
    let kept = text.lines().filter(|line| !line.starts_with(REPLICA_PREFIX));
    RunAs::rewrite(&file, &kept.map(|line| format!("{line}\n")).collect::<String>())
}

fn configuration_file(data: &Path) -> PathBuf {
    data.join("redis.conf")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn its_name_is_known_whether_the_feature_is_on_or_not() {
        assert!(crate::servers::known_names().any(|name| name == Redis::NAME));
    }

    #[test]
    fn a_promoted_node_forgets_whom_it_followed() {
        let root = tempfile::tempdir().unwrap();
        let options = crate::redis::Options::new().append_only(true).set("maxmemory", "64mb");
        let node = NodeConfig {
            index: 1,
            name: "node".to_owned(),
            data: root.path().join("node1"),
            address: ([127, 0, 0, 1], 20_001).into(),
            source: Some(([127, 0, 0, 1], 40_001).into()),
            password: "s3cret".to_owned(),
        };
        let text = redis_conf(&options, &node);
        assert!(text.contains("\nreplicaof 127.0.0.1 40001\nmaxmemory 64mb\n"), "{text}");
        assert!(text.contains("requirepass \"s3cret\"\nmasterauth \"s3cret\"\n"), "{text}");
        assert!(text.contains("port 20001\n") && text.contains("appendonly yes\n"), "{text}");
        std::fs::create_dir(&node.data).unwrap();
        std::fs::write(configuration_file(&node.data), &text).unwrap();
        forget_source(&node.data).unwrap();
        let kept = std::fs::read_to_string(configuration_file(&node.data)).unwrap();
        assert_eq!(kept, text.replace("replicaof 127.0.0.1 40001\n", ""));
    }
}
