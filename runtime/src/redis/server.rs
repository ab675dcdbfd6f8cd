//! One Redis server: its configuration and its command.

use super::options::Options;
use crate::cluster::{Account, Seat, trouble};
use crate::fault::{Error, Launch, Ready};
use std::fmt::Write;
use std::io;
use std::path::{Path, PathBuf};

/// Replicas are sent a snapshot at once and past the disk, and one that was away a while finds what it missed.
const COMMON: &str = "\
bind 127.0.0.1
daemonize no
save \"\"
appendfsync everysec
repl-diskless-sync yes
repl-diskless-sync-delay 0
repl-backlog-size 16mb
";
/// How a line begins that makes a server a replica.
const REPLICA: &str = "replicaof ";

pub(super) struct Server<'a> {
    pub(super) programs: &'a Path,
    pub(super) account: Account,
    pub(super) folder: &'a Path,
    pub(super) options: &'a Options,
    pub(super) password: &'a str,
}

impl Server<'_> {
    /// Configures a node on the folder that is there.
    pub(super) fn launch(&self, seat: &Seat) -> Result<Launch, Error> {
        let file = configuration(self.folder, seat.index);
        let written = self.account.write(&file, &self.text(seat));
        written.map_err(|cause| trouble(&seat.name, "configuring it", cause))?;
        let mut command = self.account.command(&self.programs.join("redis-server"));
        command.arg(&file);
        let ready = Ready::line("Ready to accept connections");
        Ok(Launch::new(command).ready(ready).ready_within(self.options.ready_within))
    }

    fn text(&self, seat: &Seat) -> String {
        let mut text = COMMON.to_owned();
        let _ = writeln!(text, "port {}", seat.address.port());
        let _ = writeln!(text, "dir {}", data(self.folder, seat.index).display());
        let _ = writeln!(text, "appendonly {}", if self.options.append_only { "yes" } else { "no" });
        let _ = writeln!(text, "requirepass \"{0}\"\nmasterauth \"{0}\"", self.password);
        if let Some(source) = seat.source {
            let _ = writeln!(text, "{REPLICA}{} {}", source.ip(), source.port());
        }
        for (name, value) in &self.options.settings {
            let _ = writeln!(text, "{name} {value}");
        }
        text
    }
}

/// Where a node's data lies.
pub(super) fn data(folder: &Path, index: usize) -> PathBuf {
    folder.join(format!("node{index}"))
}

/// Makes a node that was promoted come back as no replica when it is restarted.
pub(super) fn forget_source(folder: &Path, index: usize) -> io::Result<()> {
    let file = configuration(folder, index);
    let text = Account::read(&file)?;
    let kept = text.lines().filter(|line| !line.starts_with(REPLICA));
    Account::rewrite(&file, &kept.map(|line| format!("{line}\n")).collect::<String>())
}

fn configuration(folder: &Path, index: usize) -> PathBuf {
    data(folder, index).join("redis.conf")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_promoted_node_forgets_whom_it_followed() {
        let root = tempfile::tempdir().unwrap();
        let options = Options::new().append_only(true).set("maxmemory", "64mb");
        let account = Account::unprivileged("nobody").unwrap();
        let (programs, folder) = (Path::new("/bin"), root.path());
        let server = Server { programs, account, folder, options: &options, password: "s3cret" };
        let (address, source) = (([127, 0, 0, 1], 20_001).into(), Some(([127, 0, 0, 1], 40_001).into()));
        let text = server.text(&Seat { index: 1, name: "node".to_owned(), address, source });
        assert!(text.contains("\nreplicaof 127.0.0.1 40001\nmaxmemory 64mb\n"), "{text}");
        assert!(text.contains("requirepass \"s3cret\"\nmasterauth \"s3cret\"\n"), "{text}");
        assert!(text.contains("port 20001\n") && text.contains("appendonly yes\n"), "{text}");
        std::fs::create_dir(data(root.path(), 1)).unwrap();
        std::fs::write(configuration(root.path(), 1), &text).unwrap();
        forget_source(root.path(), 1).unwrap();
        let kept = std::fs::read_to_string(configuration(root.path(), 1)).unwrap();
        assert_eq!(kept, text.replace("replicaof 127.0.0.1 40001\n", ""));
    }
}
