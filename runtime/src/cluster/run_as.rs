//! `RunAs`: the system user that servers run as, and files that belong to this user.

use crate::private_folder;
use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, fchown, lchown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

/// The system user that servers run as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RunAs {
    /// User and group id; `None` for those of the test.
    other: Option<(u32, u32)>,
}

impl RunAs {
    /// The user of the test.
    pub(crate) const fn of_the_test() -> Self {
        Self { other: None }
    }

    /// The user of the test or, if that is root, `user`, or `nobody` if there is no such user.
    pub(crate) fn unprivileged(user: &str) -> io::Result<Self> {
        if !rustix::process::geteuid().is_root() {
            return Ok(Self { other: None });
        }
        let users = fs::read_to_string("/etc/passwd")?;
        let other = passwd_entry(&users, user).or_else(|| passwd_entry(&users, "nobody"));
        let nobody =
            || io::Error::new(io::ErrorKind::NotFound, format!("no user `{user}` and no `nobody` to run it as"));
        Ok(Self { other: Some(other.ok_or_else(nobody)?) })
    }

    /// A command that runs as this user.
    pub(crate) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        if let Some((user, group)) = self.other {
            // std drops root's supplementary groups along with the user.
            command.uid(user).gid(group);
        }
        // The user may have no access to the current folder of the test.
        command.current_dir("/").env("LC_ALL", "C");
        command
    }

    /// The user id.
    pub(crate) fn user(&self) -> u32 {
        self.other.map_or_else(|| rustix::process::geteuid().as_raw(), |(user, _)| user)
    }

    /// Copies a folder with its contents. The copy belongs to this user.
    pub(crate) fn copy(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.make(to)?;
        for entry in fs::read_dir(from)? {
            let entry = entry?;
            let target = to.join(entry.file_name());
            let kind = entry.file_type()?;
            if kind.is_dir() {
                self.copy(&entry.path(), &target)?;
            } else if kind.is_file() {
                fs::copy(entry.path(), &target)?;
                self.take(&target)?;
            } else {
                let message = format!("{} is neither a file nor a folder", entry.path().display());
                return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
            }
        }
        Ok(())
    }

    /// Makes a folder that belongs to this user and that no other user can read.
    pub(crate) fn make(&self, folder: &Path) -> io::Result<()> {
        DirBuilder::new().mode(0o700).create(folder)?;
        self.take(folder)
    }

    /// Writes a file that belongs to this user and that no other user can read. No link is followed: the folder belongs
    /// to the user, who could place a link there, while the test may run as root.
    pub(crate) fn write(&self, path: &Path, text: &str) -> io::Result<()> {
        let mut file = private_folder::open(OpenOptions::new().create(true).write(true).truncate(true), path)?;
        file.write_all(text.as_bytes())?;
        self.other.map_or(Ok(()), |(user, group)| fchown(file, Some(user), Some(group)))
    }

    /// Reads a file of a server. A link is not followed, and a pipe is not waited for.
    pub(crate) fn read(path: &Path) -> io::Result<String> {
        let mut text = String::new();
        private_folder::open(OpenOptions::new().read(true), path)?.read_to_string(&mut text)?;
        Ok(text)
    }

    /// Overwrites a file of a server; its owner stays the same.
    pub(crate) fn rewrite(path: &Path, text: &str) -> io::Result<()> {
        private_folder::open(OpenOptions::new().write(true).truncate(true), path)?.write_all(text.as_bytes())
    }

    /// The group id, if it is not that of the test.
    pub(crate) fn other_group(&self) -> Option<u32> {
        self.other.map(|(_, group)| group)
    }

    fn take(&self, path: &Path) -> io::Result<()> {
        self.other.map_or(Ok(()), |(user, group)| lchown(path, Some(user), Some(group)))
    }
}

/// User and group id of the user `name` in the text of passwd(5).
fn passwd_entry(users: &str, name: &str) -> Option<(u32, u32)> {
    let line = users.lines().find(|line| line.split(':').next() == Some(name))?;
    let mut numbers = line.split(':').skip(2);
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

    #[test]
    fn what_is_written_is_the_accounts_own_and_follows_no_link() {
        let root = tempfile::tempdir().unwrap();
        let run_as = RunAs::unprivileged("nobody").unwrap();
        let (file, link, victim) = (root.path().join("file"), root.path().join("link"), root.path().join("victim"));
        run_as.write(&file, "secret").unwrap();
        let found = fs::metadata(&file).unwrap();
        assert_eq!((found.uid(), found.permissions().mode() & 0o777), (run_as.user(), 0o600));
        fs::write(&victim, "precious").unwrap();
        symlink(&victim, &link).unwrap();
        assert!(
            run_as.write(&link, "x").is_err() && RunAs::rewrite(&link, "x").is_err() && RunAs::read(&link).is_err()
        );
        assert_eq!(fs::read_to_string(&victim).unwrap(), "precious");
    }

    #[test]
    fn a_user_is_found_by_its_whole_name() {
        let users = "root:x:0:0:root:/root:/bin/sh\npostgres2:x:7:8::/:\npostgres:x:101:104:,,,:/:/bin/sh\n";
        assert_eq!(passwd_entry(users, "postgres"), Some((101, 104)));
        assert_eq!(passwd_entry(users, "redis"), None);
    }

    #[test]
    fn servers_never_run_as_root() {
        let run_as = RunAs::unprivileged("no-such-user").unwrap();
        assert_ne!(run_as.user(), 0);
        let id = run_as.command(Path::new("/usr/bin/id")).arg("-u").output().unwrap();
        assert_eq!(String::from_utf8_lossy(&id.stdout).trim(), run_as.user().to_string());
    }

    #[test]
    fn a_copy_is_whole_and_the_accounts_own() {
        let root = tempfile::tempdir().unwrap();
        let (from, to) = (root.path().join("from"), root.path().join("to"));
        fs::create_dir_all(from.join("inner")).unwrap();
        fs::write(from.join("inner/file"), "text").unwrap();
        let run_as = RunAs::unprivileged("nobody").unwrap();
        run_as.copy(&from, &to).unwrap();
        assert_eq!(fs::read_to_string(to.join("inner/file")).unwrap(), "text");
        let owner = |path: &Path| fs::metadata(path).unwrap().uid();
        assert_eq!((owner(&to), owner(&to.join("inner/file"))), (run_as.user(), run_as.user()));
        assert_eq!(fs::metadata(&to).unwrap().permissions().mode() & 0o777, 0o700);
    }
}
