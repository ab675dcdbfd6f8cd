//! An empty data folder, made once a user and version and copied for every node: `initdb` takes half a second, a copy a
//! tenth of that. It starts no server.

use super::verifier::verifier;
use crate::cluster::{Account, Folder, secret};
use crate::private_folder;
use std::fs::{self, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// To be raised when what is in a template changes.
const FORMAT: u32 = 4;
/// The administrator's password in a template, beside it. A cluster changes it before anybody is told of the cluster.
const PASSWORD: &str = "password";

/// A data folder to be copied.
pub(super) struct Template {
    pub(super) data: PathBuf,
    pub(super) password: String,
}

/// The template of this version for this account; made if it is not there. It lies in the folder of the test's user, where
/// nobody else can change it. It takes its turn with other processes, and a copy that was left half made is not used.
pub(super) fn template(programs: &Path, account: Account) -> io::Result<Template> {
    let name = format!("postgres-template{FORMAT}-{}-{}", version(programs)?, account.user());
    let path = private_folder::of_user()?.join(&name);
    let turn = path.with_file_name(format!("{name}.lock"));
    let turn = private_folder::open(OpenOptions::new().create(true).append(true), &turn)?;
    turn.lock()?;
    if !path.is_dir() {
        let unfinished = path.with_file_name(format!("{name}.new"));
        let _ = fs::remove_dir_all(&unfinished);
        make(programs, account, &unfinished)?;
        fs::rename(unfinished, &path)?;
    }
    Ok(Template { password: Account::read(&path.join(PASSWORD))?, data: path.join("data") })
}

fn make(programs: &Path, account: Account, path: &Path) -> io::Result<()> {
    // The account cannot get into the folder of the test's user.
    let folder = Folder::make("postgres-template", account, |_| ())?;
    let (data, file, password) = (folder.path().join("data"), folder.path().join(PASSWORD), secret()?);
    account.make(&data)?;
    account.write(&file, &verifier(&password, &secret()?)?)?;
    let mut command = account.command(&programs.join("initdb"));
    command.arg("-D").arg(&data).arg("--pwfile").arg(&file);
    command.args(["-U", super::sql::USER, "--auth=scram-sha-256", "-E", "UTF8"]);
    // A quarter of the usual segment: it is most of what is copied.
    command.args(["--no-locale", "--no-sync", "--no-instructions", "--wal-segsize=4"]);
    let made = command.stdin(Stdio::null()).output()?;
    if !made.status.success() {
        let said = String::from_utf8_lossy(&made.stderr).trim().to_owned();
        return Err(io::Error::other(format!("initdb: {} ({said})", made.status)));
    }
    let own = Account::of_the_test();
    own.make(path)?;
    own.write(&path.join(PASSWORD), &password)?;
    own.copy(&data, &path.join("data"))
}

/// `15.18`, of "postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)".
fn version(programs: &Path) -> io::Result<String> {
    let said = Command::new(programs.join("postgres")).arg("--version").stdin(Stdio::null()).output()?.stdout;
    let said = String::from_utf8_lossy(&said).into_owned();
    let version = said.split(' ').nth(2).map(|version| version.trim().to_owned());
    version.ok_or_else(|| io::Error::other(format!("`postgres --version` said `{said}`")))
}
