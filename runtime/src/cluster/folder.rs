//! A folder for a cluster's data: in memory where there is room, gone with its owner, also when the owner was killed.
//! What lies in it is not its matter.
//!
//! It lies where everybody may put things. So its name cannot be guessed, nobody but the test's user can change what is
//! in it, nobody but the account of the servers can pass through it, and of what is found beside it only what belongs to
//! the test's user is looked at.

use super::account::Account;
use super::secret::secret;
use crate::private_folder;
use rustix::process::{Pid, Signal, kill_process};
use std::fs::{self, DirBuilder, File, Metadata, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};

/// Locked by the owner as long as it lives: whoever can lock it may remove the folder.
const OWNER: &str = "owner.lock";
/// Containers often have 64 MB of shared memory: too little for a cluster.
const ROOM: u64 = 512 << 20;

/// Removes what a server leaves behind outside of its folder.
pub(crate) type Sweep = fn(&Path);

/// A folder that is removed when this is dropped, or else when the next of its kind is made.
pub(crate) struct Folder {
    path: PathBuf,
    sweep: Sweep,
    _owner: File,
}

impl Folder {
    /// A folder that an account's servers get through.
    pub(crate) fn make(kind: &str, account: Account, sweep: Sweep) -> io::Result<Self> {
        let base = base();
        let prefix = format!("brunt-{kind}-");
        sweep_orphans(&base, &prefix, sweep);
        loop {
            let path = base.join(format!("{prefix}{}", secret()?));
            DirBuilder::new().mode(0o700).create(&path)?;
            if let Some(group) = account.other_group() {
                chown(&path, None, Some(group))?;
                fs::set_permissions(&path, Permissions::from_mode(0o710))?;
            }
            if let Some(owner) = owned(&path)? {
                return Ok(Self { path, sweep, _owner: owner });
            }
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Where the data of a node lies.
    pub(crate) fn node(&self, index: usize) -> PathBuf {
        self.path.join(format!("node{index}"))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        (self.sweep)(&self.path);
        let _ = fs::remove_dir_all(&self.path);
    }
}

fn base() -> PathBuf {
    let memory = Path::new("/dev/shm");
    let room = rustix::fs::statvfs(memory).is_ok_and(|found| found.f_bavail * found.f_frsize >= ROOM);
    if room && memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() }
}

/// The lock of a new folder, unless somebody took it for an orphan before it was locked.
fn owned(path: &Path) -> io::Result<Option<File>> {
    let name = path.join(OWNER);
    let owner = match private_folder::open(OpenOptions::new().create(true).append(true), &name) {
        Ok(owner) => owner,
        Err(_) if !path.exists() => return Ok(None),
        Err(error) => return Err(error),
    };
    let locked = owner.try_lock().is_ok();
    let same = |there: Metadata| owner.metadata().is_ok_and(|mine| mine.ino() == there.ino());
    Ok((locked && fs::metadata(&name).is_ok_and(same)).then_some(owner))
}

/// Whether the test's user made it, and nobody else can change what is in it.
fn is_ours(path: &Path) -> bool {
    let ours = |found: Metadata| {
        found.is_dir() && found.uid() == rustix::process::geteuid().as_raw() && found.mode() & 0o022 == 0
    };
    fs::symlink_metadata(path).is_ok_and(ours)
}

/// Removes the folders whose owners died without doing it.
fn sweep_orphans(base: &Path, prefix: &str, sweep: Sweep) {
    for entry in fs::read_dir(base).into_iter().flatten().flatten() {
        let path = entry.path();
        if !entry.file_name().to_string_lossy().starts_with(prefix) || !is_ours(&path) {
            continue;
        }
        let owner = private_folder::open(OpenOptions::new().read(true), &path.join(OWNER));
        if owner.is_ok_and(|owner| owner.try_lock().is_ok()) {
            end_those_of(&path);
            sweep(&path);
            let _ = fs::remove_dir_all(&path);
        }
    }
}

/// Kills what still runs on a folder whose owner is dead: of the test's user, and of those to whom the folders in it
/// belong.
fn end_those_of(folder: &Path) {
    let inner = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut users: Vec<u32> = inner.filter_map(|entry| Some(entry.metadata().ok()?.uid())).collect();
    users.push(rustix::process::geteuid().as_raw());
    let folder = format!("{}/", folder.to_string_lossy());
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let command = fs::read(entry.path().join("cmdline")).unwrap_or_default();
        let is_theirs = entry.metadata().is_ok_and(|found| users.contains(&found.uid()));
        let pid = entry.file_name().to_str().and_then(|name| Pid::from_raw(name.parse().ok()?));
        if let Some(pid) = pid.filter(|_| is_theirs && String::from_utf8_lossy(&command).contains(&folder)) {
            let _ = kill_process(pid, Signal::KILL);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;
    use std::process::Command;
    use std::sync::Mutex;

    fn account() -> Account {
        Account::unprivileged("nobody").unwrap()
    }

    #[test]
    fn a_folder_goes_with_its_owner() {
        let folder = Folder::make("test-own", account(), |_| ()).unwrap();
        let path = folder.path().to_owned();
        fs::write(path.join("data"), "text").unwrap();
        let other = Folder::make("test-own", account(), |_| ()).unwrap();
        assert!(path.is_dir(), "an owned folder is not swept");
        assert_ne!(path, other.path());
        drop(folder);
        assert!(!path.exists());
    }

    #[test]
    fn nobody_but_its_servers_gets_in() {
        let folder = Folder::make("test-closed", account(), |_| ()).unwrap();
        let mode = fs::symlink_metadata(folder.path()).unwrap().mode() & 0o777;
        assert_eq!(mode, if account().other_group().is_some() { 0o710 } else { 0o700 });
        account().make(&folder.path().join("node0")).unwrap();
        let found = account().command(Path::new("ls")).arg(folder.path().join("node0")).output().unwrap();
        assert!(found.status.success(), "{}", String::from_utf8_lossy(&found.stderr));
        if rustix::process::geteuid().is_root() {
            let mut stranger = Command::new("ls");
            std::os::unix::process::CommandExt::uid(&mut stranger, 12_345).current_dir("/");
            std::os::unix::process::CommandExt::gid(&mut stranger, 12_345);
            assert!(!stranger.arg(folder.path()).output().unwrap().status.success());
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_folder_of_a_dead_owner_is_swept_with_what_runs_on_it() {
        static SWEPT: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());
        // Under a name that the new folder will not have.
        let path = base().join(format!("brunt-test-orphan-{}-dead", std::process::id()));
        DirBuilder::new().mode(0o700).create(&path).unwrap();
        fs::write(path.join(OWNER), "").unwrap();
        let mut orphan = Command::new("sh")
            .args(["-c", "echo up; read line; :", &format!("{}/data", path.display())])
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        // Its command line is not there at once.
        orphan.stdout.take().unwrap().read_exact(&mut [0; 3]).unwrap();
        let sweep: Sweep = |path| SWEPT.lock().unwrap().push(path.to_owned());
        let _folder = Folder::make("test-orphan", account(), sweep).unwrap();
        assert!(!path.exists());
        assert!(SWEPT.lock().unwrap().contains(&path));
        assert_eq!(std::os::unix::process::ExitStatusExt::signal(&orphan.wait().unwrap()), Some(9));
    }

    #[test]
    fn what_others_may_have_planted_is_neither_swept_nor_waited_for() {
        static SWEPT: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());
        let planted = |name: &str| base().join(format!("brunt-test-planted-{}-{name}", std::process::id()));
        let (open, pipe, link, target) = (planted("open"), planted("pipe"), planted("link"), planted("x"));
        let target = target.with_file_name(format!("brunt-test-target-{}", std::process::id()));
        for (path, mode) in [(&open, 0o777), (&pipe, 0o700), (&target, 0o700)] {
            fs::create_dir(path).unwrap();
            fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
        }
        fs::write(open.join(OWNER), "").unwrap();
        fs::write(target.join(OWNER), "").unwrap();
        assert!(Command::new("mkfifo").arg(pipe.join(OWNER)).status().unwrap().success());
        std::os::unix::fs::symlink(&target, &link).unwrap();
        let mut all = vec![open, pipe, target, link];
        if rustix::process::geteuid().is_root() {
            let other = planted("other");
            DirBuilder::new().mode(0o700).create(&other).unwrap();
            fs::write(other.join(OWNER), "").unwrap();
            chown(&other, Some(12_345), None).unwrap();
            all.push(other);
        }
        let sweep: Sweep = |path| SWEPT.lock().unwrap().push(path.to_owned());
        let folder = Folder::make("test-planted", account(), sweep).unwrap();
        let left = all.iter().all(|path| path.exists());
        let swept = SWEPT.lock().unwrap().clone();
        drop(folder);
        for path in all {
            let _ = fs::remove_file(&path).or_else(|_| fs::remove_dir_all(&path));
        }
        assert!(left && swept.is_empty(), "{swept:?}");
    }
}
