//! A folder for a cluster's data: in memory where there is room, gone with its owner, also when the owner was killed.
//! What lies in it is not its matter.

use rustix::process::{Pid, Signal, kill_process};
use std::fs::{self, File, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

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
    pub(crate) fn make(kind: &str, sweep: Sweep) -> io::Result<Self> {
        let base = base();
        let prefix = format!("brunt-{kind}-");
        sweep_orphans(&base, &prefix, sweep);
        loop {
            static NEXT: AtomicU64 = AtomicU64::new(0);
            let number = NEXT.fetch_add(1, Relaxed);
            let path = base.join(format!("{prefix}{}-{number}", std::process::id()));
            match fs::create_dir(&path) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
                Err(error) => return Err(error),
            }
            // The account of the servers must get through.
            fs::set_permissions(&path, Permissions::from_mode(0o755))?;
            if let Some(owner) = owned(&path)? {
                return Ok(Self { path, sweep, _owner: owner });
            }
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
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
    let owner = match File::create(&name) {
        Ok(owner) => owner,
        Err(_) if !path.exists() => return Ok(None),
        Err(error) => return Err(error),
    };
    let locked = owner.try_lock().is_ok();
    let same = |there: fs::Metadata| owner.metadata().is_ok_and(|mine| mine.ino() == there.ino());
    Ok((locked && fs::metadata(&name).is_ok_and(same)).then_some(owner))
}

/// Removes the folders whose owners died without doing it.
fn sweep_orphans(base: &Path, prefix: &str, sweep: Sweep) {
    for entry in fs::read_dir(base).into_iter().flatten().flatten() {
        let path = entry.path();
        if !entry.file_name().to_string_lossy().starts_with(prefix) {
            continue;
        }
        let Ok(owner) = File::open(path.join(OWNER)) else { continue };
        if owner.try_lock().is_ok() {
            end_those_of(&path);
            sweep(&path);
            let _ = fs::remove_dir_all(&path);
        }
    }
}

/// Kills what still runs on a folder whose owner is dead.
fn end_those_of(folder: &Path) {
    let folder = folder.to_string_lossy();
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let command = fs::read(entry.path().join("cmdline")).unwrap_or_default();
        let pid = entry.file_name().to_str().and_then(|name| Pid::from_raw(name.parse().ok()?));
        if let Some(pid) = pid.filter(|_| String::from_utf8_lossy(&command).contains(&format!("{folder}/"))) {
            let _ = kill_process(pid, Signal::KILL);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;
    use std::sync::Mutex;

    #[test]
    fn a_folder_goes_with_its_owner() {
        let folder = Folder::make("test-own", |_| ()).unwrap();
        let path = folder.path().to_owned();
        fs::write(path.join("data"), "text").unwrap();
        let other = Folder::make("test-own", |_| ()).unwrap();
        assert!(path.is_dir(), "an owned folder is not swept");
        assert_ne!(path, other.path());
        drop(folder);
        assert!(!path.exists());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_folder_of_a_dead_owner_is_swept_with_what_runs_on_it() {
        static SWEPT: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());
        // Under a name that the new folder will not have.
        let path = base().join(format!("brunt-test-orphan-{}-dead", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        fs::write(path.join(OWNER), "").unwrap();
        let mut orphan = std::process::Command::new("sh")
            .args(["-c", "echo up; read line; :", &format!("{}/data", path.display())])
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        // Its command line is not there at once.
        orphan.stdout.take().unwrap().read_exact(&mut [0; 3]).unwrap();
        let _folder = Folder::make("test-orphan", |path| SWEPT.lock().unwrap().push(path.to_owned())).unwrap();
        assert!(!path.exists());
        assert!(SWEPT.lock().unwrap().contains(&path));
        assert_eq!(std::os::unix::process::ExitStatusExt::signal(&orphan.wait().unwrap()), Some(9));
    }
}
