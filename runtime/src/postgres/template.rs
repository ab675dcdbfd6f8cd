//! The template of a data folder. It is made once for every user and version, and copied for every node, since `initdb`
//! takes half a second and a copy a tenth of that.

use super::verifier::scram_verifier;
use crate::cluster::{DataFolder, RunAs, random_secret};
use crate::private_folder;
use std::fs::{self, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Version of the contents of a template; to be raised when they change.
const TEMPLATE_FORMAT: u32 = 4;
/// File beside the data with the administrator's password in it. Every cluster changes this password before it is
/// ready.
const PASSWORD_FILE: &str = "password";

/// An empty data folder to be copied.
pub(super) struct Template {
    pub(super) data: PathBuf,
    pub(super) password: String,
}

/// The template for this version and this user; it is made if it does not exist. It is in the private folder of the
/// test's user, so that no other user can change it. A file lock prevents that two processes make it at the same time,
/// and an unfinished template is never used.
pub(super) fn template_for(programs: &Path, run_as: RunAs) -> io::Result<Template> {
    let name = format!("postgres-template{TEMPLATE_FORMAT}-{}-{}", server_version(programs)?, run_as.user());
    let path = private_folder::of_user()?.join(&name);
    let turn = path.with_file_name(format!("{name}.lock"));
    let turn = private_folder::open(OpenOptions::new().create(true).append(true), &turn)?;
    turn.lock()?;
    if !path.is_dir() {
        let unfinished = path.with_file_name(format!("{name}.new"));
        let _ = fs::remove_dir_all(&unfinished);
        make_template(programs, run_as, &unfinished)?;
        fs::rename(unfinished, &path)?;
    }
    Ok(Template { password: RunAs::read(&path.join(PASSWORD_FILE))?, data: path.join("data") })
}

fn make_template(programs: &Path, run_as: RunAs, path: &Path) -> io::Result<()> {
    // Made elsewhere first, since the server's user has no access to the private folder of the test's user.
    let folder = DataFolder::make("postgres-template", run_as, |_| ())?;
    let (data, file, password) = (folder.path().join("data"), folder.path().join(PASSWORD_FILE), random_secret()?);
    run_as.make(&data)?;
    run_as.write(&file, &scram_verifier(&password, &random_secret()?)?)?;
    let mut command = run_as.command(&programs.join("initdb"));
    command.arg("-D").arg(&data).arg("--pwfile").arg(&file);
    command.args(["-U", super::sql::USER, "--auth=scram-sha-256", "-E", "UTF8"]);
    // A quarter of the default size: the segment is the largest part of a copy.
    command.args(["--no-locale", "--no-sync", "--no-instructions", "--wal-segsize=4"]);
    let made = command.stdin(Stdio::null()).output()?;
    if !made.status.success() {
        let said = String::from_utf8_lossy(&made.stderr).trim().to_owned();
        return Err(io::Error::other(format!("initdb: {} ({said})", made.status)));
    }
    let own = RunAs::of_the_test();
    own.make(path)?;
    own.write(&path.join(PASSWORD_FILE), &password)?;
    own.copy(&data, &path.join("data"))
}

/// Version of the installed server: `15.18` of "postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)".
fn server_version(programs: &Path) -> io::Result<String> {
    let said = Command::new(programs.join("postgres")).arg("--version").stdin(Stdio::null()).output()?.stdout;
    let said = String::from_utf8_lossy(&said).into_owned();
    let version = said.split(' ').nth(2).map(|version| version.trim().to_owned());
    version.ok_or_else(|| io::Error::other(format!("`postgres --version` said `{said}`")))
}
