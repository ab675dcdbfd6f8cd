//! An empty data folder, made once a machine and version and copied for every node: `initdb` takes half a second, a
//! copy a tenth of that. It starts no server.

use crate::cluster::Account;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// To be raised when what is in a template changes.
const FORMAT: u32 = 2;

/// The template of this version for this account; made if it is not there. It takes its turn with other processes, and
/// a copy that was left half made is not used.
pub(super) fn template(programs: &Path, account: Account) -> io::Result<PathBuf> {
    let name = format!("brunt-postgres-template{FORMAT}-{}-{}", version(programs)?, account.user());
    let path = std::env::temp_dir().join(&name);
    // One lock a user of the machine: nobody else's file need be opened.
    let own = format!("{name}-by{}", rustix::process::geteuid().as_raw());
    let turn = path.with_file_name(format!("{own}.lock"));
    let turn = File::options().create(true).append(true).open(turn)?;
    turn.lock()?;
    if !path.is_dir() {
        make(programs, account, &path.with_file_name(format!("{own}.new")), &path)?;
    }
    if !account.owns(&path) {
        let text = format!("{} is somebody else's: remove it", path.display());
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, text));
    }
    Ok(path)
}

fn make(programs: &Path, account: Account, unfinished: &Path, path: &Path) -> io::Result<()> {
    let _ = fs::remove_dir_all(unfinished);
    let mut command = account.command(&programs.join("initdb"));
    command.arg("-D").arg(unfinished).args(["-U", super::server::USER, "-A", "trust", "-E", "UTF8"]);
    // A quarter of the usual segment: it is most of what is copied.
    command.args(["--no-locale", "--no-sync", "--no-instructions", "--wal-segsize=4"]);
    let made = command.stdin(Stdio::null()).output()?;
    if !made.status.success() {
        let said = String::from_utf8_lossy(&made.stderr).trim().to_owned();
        return Err(io::Error::other(format!("initdb: {} ({said})", made.status)));
    }
    match fs::rename(unfinished, path) {
        // The same account's, made by another user (root) for it.
        Err(_) if path.is_dir() => fs::remove_dir_all(unfinished),
        renamed => renamed,
    }
}

/// `15.18`, of "postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)".
fn version(programs: &Path) -> io::Result<String> {
    let said = Command::new(programs.join("postgres")).arg("--version").stdin(Stdio::null()).output()?.stdout;
    let said = String::from_utf8_lossy(&said).into_owned();
    let version = said.split(' ').nth(2).map(|version| version.trim().to_owned());
    version.ok_or_else(|| io::Error::other(format!("`postgres --version` said `{said}`")))
}
