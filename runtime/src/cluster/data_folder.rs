//! `DataFolder`: the folder of a cluster's data. It is in memory if there is room, and is removed with its owner; if
//! the owner was killed, the next folder of the same kind removes it.
//!
//! Every user may create files beside it. Therefore its name cannot be guessed, only the user of the test can change
//! its entries, only the user of the servers can pass through it, and of the folders beside it only those of the test's
//! user are touched.

use super::run_as::RunAs;
use super::secret::random_secret;
use crate::private_folder;
use rustix::process::{Pid, Signal, kill_process};
use std::fs::{self, DirBuilder, File, Metadata, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};

/// The file that the owner keeps locked. A folder whose file can be locked has no owner any more and may be removed.
const OWNER_LOCK: &str = "owner.lock";
/// Least free memory for a folder in memory. Containers often have 64 MB of shared memory, which is too little for a
/// cluster.
const LEAST_FREE_BYTES: u64 = 512 << 20;

/// A function that removes what servers leave behind outside of the given folder.
pub(crate) type RemoveLeftovers = fn(&Path);

/// A folder that is removed on drop or, if its owner was killed, by the next `DataFolder` of its kind.
pub(crate) struct DataFolder {
    path: PathBuf,
    remove_leftovers: RemoveLeftovers,
    _owner: File,
}

impl DataFolder {
    /// Makes a folder that servers of the user `run_as` can pass through.
    pub(crate) fn make(kind: &str, run_as: RunAs, remove_leftovers: RemoveLeftovers) -> io::Result<Self> {
        let base = base_folder();
        let prefix = format!("brunt-{kind}-");
        remove_orphans(&base, &prefix, remove_leftovers);
        loop {
            let path = base.join(format!("{prefix}{}", random_secret()?));
            DirBuilder::new().mode(0o700).create(&path)?;
            if let Some(group) = run_as.other_group() {
                chown(&path, None, Some(group))?;
                fs::set_permissions(&path, Permissions::from_mode(0o710))?;
            }
            if let Some(owner) = lock_of_owner(&path)? {
                return Ok(Self { path, remove_leftovers, _owner: owner });
            }
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Folder of the data of a node.
    pub(crate) fn node(&self, index: usize) -> PathBuf {
        self.path.join(format!("node{index}"))
    }
}

impl Drop for DataFolder {
    fn drop(&mut self) {
        (self.remove_leftovers)(&self.path);
        let _ = fs::remove_dir_all(&self.path);
    }
}

fn base_folder() -> PathBuf {
    let memory = Path::new("/dev/shm");
    let room = rustix::fs::statvfs(memory).is_ok_and(|found| found.f_bavail * found.f_frsize >= LEAST_FREE_BYTES);
    if room && memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() }
}

/// Locks a new folder. `None` if another process removed the folder as an orphan before it was locked.
fn lock_of_owner(path: &Path) -> io::Result<Option<File>> {
    let name = path.join(OWNER_LOCK);
    let owner = match private_folder::open(OpenOptions::new().create(true).append(true), &name) {
        Ok(owner) => owner,
        Err(_) if !path.exists() => return Ok(None),
        Err(error) => return Err(error),
    };
    let locked = owner.try_lock().is_ok();
    let same = |there: Metadata| owner.metadata().is_ok_and(|mine| mine.ino() == there.ino());
    Ok((locked && fs::metadata(&name).is_ok_and(same)).then_some(owner))
}

/// Whether a folder belongs to the user of the test, and only this user can change its entries.
fn is_ours(path: &Path) -> bool {
    let ours = |found: Metadata| {
        found.is_dir() && found.uid() == rustix::process::geteuid().as_raw() && found.mode() & 0o022 == 0
    };
    fs::symlink_metadata(path).is_ok_and(ours)
}

/// Removes the folders that dead owners left behind.
fn remove_orphans(base: &Path, prefix: &str, remove_leftovers: RemoveLeftovers) {
    for entry in fs::read_dir(base).into_iter().flatten().flatten() {
        let path = entry.path();
        if !entry.file_name().to_string_lossy().starts_with(prefix) || !is_ours(&path) {
            continue;
        }
        let owner = private_folder::open(OpenOptions::new().read(true), &path.join(OWNER_LOCK));
        if owner.is_ok_and(|owner| owner.try_lock().is_ok()) {
            kill_processes_on(&path);
            remove_leftovers(&path);
            let _ = fs::remove_dir_all(&path);
        }
    }
}

/// Kills the processes whose command line names a folder: those of the test's user, and of the users that own entries
/// of the folder.
fn kill_processes_on(folder: &Path) {
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

    fn run_as() -> RunAs {
        RunAs::unprivileged("nobody").unwrap()
    }

    #[test]
    fn a_folder_goes_with_its_owner() {
        let folder = DataFolder::make("test-own", run_as(), |_| ()).unwrap();
        let path = folder.path().to_owned();
        fs::write(path.join("data"), "text").unwrap();
        let other = DataFolder::make("test-own", run_as(), |_| ()).unwrap();
        assert!(path.is_dir(), "an owned folder is not swept");
        assert_ne!(path, other.path());
        drop(folder);
        assert!(!path.exists());
    }

    #[test]
    fn nobody_but_its_servers_gets_in() {
        let folder = DataFolder::make("test-closed", run_as(), |_| ()).unwrap();
        let mode = fs::symlink_metadata(folder.path()).unwrap().mode() & 0o777;
        assert_eq!(mode, if run_as().other_group().is_some() { 0o710 } else { 0o700 });
        run_as().make(&folder.path().join("node0")).unwrap();
        let found = run_as().command(Path::new("ls")).arg(folder.path().join("node0")).output().unwrap();
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
        // A name that the new folder cannot get.
        let path = base_folder().join(format!("brunt-test-orphan-{}-dead", std::process::id()));
        DirBuilder::new().mode(0o700).create(&path).unwrap();
        fs::write(path.join(OWNER_LOCK), "").unwrap();
        let mut orphan = Command::new("sh")
            .args(["-c", "echo up; read line; :", &format!("{}/data", path.display())])
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        // The command line appears in /proc some time after the start.
        orphan.stdout.take().unwrap().read_exact(&mut [0; 3]).unwrap();
        let remove_leftovers: RemoveLeftovers = |path| SWEPT.lock().unwrap().push(path.to_owned());
        let _folder = DataFolder::make("test-orphan", run_as(), remove_leftovers).unwrap();
        assert!(!path.exists());
        assert!(SWEPT.lock().unwrap().contains(&path));
        assert_eq!(std::os::unix::process::ExitStatusExt::signal(&orphan.wait().unwrap()), Some(9));
    }

    #[test]
    fn what_others_may_have_planted_is_neither_swept_nor_waited_for() {
        static SWEPT: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());
        let planted = |name: &str| base_folder().join(format!("brunt-test-planted-{}-{name}", std::process::id()));
        let (open, pipe, link, target) = (planted("open"), planted("pipe"), planted("link"), planted("x"));
        let target = target.with_file_name(format!("brunt-test-target-{}", std::process::id()));
        for (path, mode) in [(&open, 0o777), (&pipe, 0o700), (&target, 0o700)] {
            fs::create_dir(path).unwrap();
            fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
        }
        fs::write(open.join(OWNER_LOCK), "").unwrap();
        fs::write(target.join(OWNER_LOCK), "").unwrap();
        assert!(Command::new("mkfifo").arg(pipe.join(OWNER_LOCK)).status().unwrap().success());
        std::os::unix::fs::symlink(&target, &link).unwrap();
        let mut all = vec![open, pipe, target, link];
        if rustix::process::geteuid().is_root() {
            let other = planted("other");
            DirBuilder::new().mode(0o700).create(&other).unwrap();
            fs::write(other.join(OWNER_LOCK), "").unwrap();
            chown(&other, Some(12_345), None).unwrap();
            all.push(other);
        }
        let remove_leftovers: RemoveLeftovers = |path| SWEPT.lock().unwrap().push(path.to_owned());
        let folder = DataFolder::make("test-planted", run_as(), remove_leftovers).unwrap();
        let left = all.iter().all(|path| path.exists());
        let swept = SWEPT.lock().unwrap().clone();
        drop(folder);
        for path in all {
            let _ = fs::remove_file(&path).or_else(|_| fs::remove_dir_all(&path));
        }
        assert!(left && swept.is_empty(), "{swept:?}");
    }
}
