//! As whom a server runs. It knows no server.

use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

/// Whom servers run as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Account {
    /// User and group; `None`: as the test does.
    other: Option<(u32, u32)>,
}

impl Account {
    /// As the test's user, but never as root: then as this user, or as nobody.
    pub(crate) fn unprivileged(user: &str) -> io::Result<Self> {
        if !rustix::process::geteuid().is_root() {
            return Ok(Self { other: None });
        }
        let users = fs::read_to_string("/etc/passwd")?;
        let other = entry(&users, user).or_else(|| entry(&users, "nobody"));
        let nobody =
            || io::Error::new(io::ErrorKind::NotFound, format!("no user `{user}` and no `nobody` to run it as"));
        Ok(Self { other: Some(other.ok_or_else(nobody)?) })
    }

    /// A command of this account.
    pub(crate) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        if let Some((user, group)) = self.other {
            // std drops root's supplementary groups along with the user.
            command.uid(user).gid(group);
        }
        // The test's own folder may be closed to this account.
        command.current_dir("/").env("LC_ALL", "C");
        command
    }

    /// Its user's number.
    pub(crate) fn user(&self) -> u32 {
        self.other.map_or_else(|| rustix::process::geteuid().as_raw(), |(user, _)| user)
    }

    /// Copies a folder with all that is in it. The copy is this account's.
    pub(crate) fn copy(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.make(to)?;
        for entry in fs::read_dir(from)? {
            let entry = entry?;
            let target = to.join(entry.file_name());
            if entry.file_type()?.is_dir() {
                self.copy(&entry.path(), &target)?;
            } else {
                fs::copy(entry.path(), &target)?;
                self.own(&target)?;
            }
        }
        Ok(())
    }

    /// Makes a folder of this account's that nobody else can look into.
    pub(crate) fn make(&self, folder: &Path) -> io::Result<()> {
        fs::create_dir(folder)?;
        fs::set_permissions(folder, fs::Permissions::from_mode(0o700))?;
        self.own(folder)
    }

    /// Writes a file of this account's.
    pub(crate) fn write(&self, file: &Path, text: &str) -> io::Result<()> {
        fs::write(file, text)?;
        self.own(file)
    }

    /// Whether it is this account's: what lies in a folder that anybody may write to could be anybody's.
    pub(crate) fn owns(&self, path: &Path) -> bool {
        fs::symlink_metadata(path).is_ok_and(|found| found.uid() == self.user())
    }

    fn own(&self, path: &Path) -> io::Result<()> {
        self.other.map_or(Ok(()), |(user, group)| chown(path, Some(user), Some(group)))
    }
}

/// User and group of a line of passwd(5).
fn entry(users: &str, name: &str) -> Option<(u32, u32)> {
    let line = users.lines().find(|line| line.split(':').next() == Some(name))?;
    let mut numbers = line.split(':').skip(2);
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_found_by_its_whole_name() {
        let users = "root:x:0:0:root:/root:/bin/sh\npostgres2:x:7:8::/:\npostgres:x:101:104:,,,:/:/bin/sh\n";
        assert_eq!(entry(users, "postgres"), Some((101, 104)));
        assert_eq!(entry(users, "redis"), None);
    }

    #[test]
    fn servers_never_run_as_root() {
        let account = Account::unprivileged("no-such-user").unwrap();
        assert_ne!(account.user(), 0);
        let id = account.command(Path::new("/usr/bin/id")).arg("-u").output().unwrap();
        assert_eq!(String::from_utf8_lossy(&id.stdout).trim(), account.user().to_string());
    }

    #[test]
    fn a_copy_is_whole_and_the_accounts_own() {
        let root = tempfile::tempdir().unwrap();
        let (from, to) = (root.path().join("from"), root.path().join("to"));
        fs::create_dir_all(from.join("inner")).unwrap();
        fs::write(from.join("inner/file"), "text").unwrap();
        let account = Account::unprivileged("nobody").unwrap();
        account.copy(&from, &to).unwrap();
        assert_eq!(fs::read_to_string(to.join("inner/file")).unwrap(), "text");
        assert!(account.owns(&to) && account.owns(&to.join("inner/file")));
        assert_eq!(fs::metadata(&to).unwrap().permissions().mode() & 0o777, 0o700);
    }
}
