//! The folder of a run, `<out>/<run>`, and the files of the newest run in `<out>`, which are the same files under
//! another name.
//!
//! Every process of a run holds a shared lock on the run's marker: a folder whose marker is locked is never deleted,
//! however many runs have started since.

use crate::error::Error;
use crate::regular_file;
use crate::sync::Lock;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

/// The number of runs whose files are kept.
const KEPT_RUNS: usize = 5;
/// The file that marks a folder as one of ours: no other folder is ever deleted.
const MARKER: &str = ".brunt-run";
/// The file that names the run whose reports are in the output folder.
const LATEST: &str = ".latest-run";
/// The longest file name, without the extension, that every file system accepts.
const LONGEST_NAME: usize = 180;
/// The files in a run's folder, beside those with these extensions.
const OURS: [&str; 2] = ["state", "keys"];
const EXTENSIONS: [&str; 4] = ["json", "xml", "tmp", "damaged"];

/// The longest wait for the lock of the output folder.
const LOCKED: Duration = Duration::from_secs(60);
/// The longest pause between two attempts to take that lock.
const NAP: Duration = Duration::from_millis(10);

/// The folder of one run.
#[derive(Debug)]
pub(super) struct Folder {
    out: PathBuf,
    run: String,
    path: PathBuf,
    /// The marker, with the lock that keeps the folder.
    marker: Lock<Option<File>>,
}

impl Folder {
    pub(super) fn new(out: PathBuf, run: &str) -> Self {
        let run = file_name(run);
        Self { path: out.join(&run), out, run, marker: Lock::default() }
    }

    /// The path of a file in the run's folder.
    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// The path at which people read a file of the run: in the output folder, unless a newer run shows its files there.
    pub(super) fn shown(&self, name: &str) -> PathBuf {
        if self.latest().is_none_or(|run| run == self.run) { self.out.join(name) } else { self.file(name) }
    }

    /// Creates the folder and its marker where they are missing, each time it is called.
    ///
    /// # Errors
    /// When the folder cannot be created.
    pub(super) fn make(&self) -> Result<(), Error> {
        let path = self.file(MARKER);
        let mut marker = self.marker.lock();
        if marker.is_some() && path.is_file() {
            return Ok(());
        }
        fs::create_dir_all(&self.path).map_err(|cause| Error::file(&self.path, cause))?;
        let made = regular_file::open(File::options().create(true).truncate(true).write(true), &path)
            .map_err(|cause| Error::file(&path, cause))?;
        // On a file system without locks, the age of the marker has to serve instead.
        let _ = made.lock_shared();
        *marker = Some(made);
        drop(marker);
        self.forget_old_runs();
        Ok(())
    }

    /// Takes the lock that keeps all other processes out until it is dropped.
    ///
    /// # Errors
    /// When the lock cannot be taken.
    pub(super) fn lock(&self) -> Result<File, Error> {
        let path = self.out.join(".lock");
        let opened = regular_file::open(File::options().create(true).truncate(false).write(true), &path);
        opened.and_then(|file| lock_folder(&file).map(|()| file)).map_err(|cause| Error::file(&path, cause))
    }

    /// Lists the files of the run with an extension, by name.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub(super) fn list_files(&self, extension: &str) -> Result<Vec<PathBuf>, Error> {
        let all = list_files(&self.path).map_err(|cause| Error::file(&self.path, cause))?;
        Ok(all.into_iter().filter(|path| path.extension().is_some_and(|found| found == extension)).collect())
    }

    /// Shows files of the run in the output folder. A run that begins is the newest and is always shown. A run that
    /// continues is not shown in place of a newer run with tests that have not ended.
    ///
    /// # Errors
    /// When a file cannot be shown.
    pub(super) fn show(&self, names: &[String], begins: bool) -> Result<(), Error> {
        let latest = self.latest();
        let is_mine = latest.as_ref() == Some(&self.run);
        if !is_mine && !begins && latest.is_some_and(|run| self.is_unsettled(&run)) {
            return Ok(());
        }
        if !is_mine {
            let path = self.out.join(LATEST);
            let opened = regular_file::open(File::options().create(true).truncate(true).write(true), &path);
            let written = opened.and_then(|mut file| file.write_all(self.run.as_bytes()));
            written.map_err(|cause| Error::file(&path, cause))?;
        }
        for name in names {
            let (shown, own) = (self.out.join(name), self.out.join(format!(".{name}.{}.tmp", std::process::id())));
            if is_same(&self.file(name), &shown) {
                continue;
            }
            let _ = fs::remove_file(&own);
            let linked = fs::hard_link(self.file(name), &own).or_else(|_| fs::copy(self.file(name), &own).map(drop));
            let renamed = linked.and_then(|()| fs::rename(&own, &shown));
            // Renaming between two names of one file does nothing and leaves both names.
            let _ = fs::remove_file(&own);
            renamed.map_err(|cause| Error::file(&shown, cause))?;
        }
        Ok(())
    }

    fn latest(&self) -> Option<String> {
        String::from_utf8(regular_file::read(&self.out.join(LATEST)).ok()?).ok()
    }

    /// Whether a run has parts, which hold tests that have not ended.
    fn is_unsettled(&self, run: &str) -> bool {
        let is_part = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "json");
        let parts = list_files(&self.out.join(run)).unwrap_or_default().into_iter().filter(is_part);
        parts.filter(|path| path.file_name().is_some_and(|name| name != "report.json")).count() > 0
    }

    /// Deletes the files of all runs but the newest and the running ones. Errors are ignored: a new report matters more
    /// than the deletion of old ones.
    fn forget_old_runs(&self) {
        let mut runs: Vec<(SystemTime, PathBuf)> = list_files(&self.out)
            .unwrap_or_default()
            .into_iter()
            // The target of a link is not ours to delete.
            .filter(|path| *path != self.path && path.symlink_metadata().is_ok_and(|found| found.is_dir()))
            .filter_map(|path| Some((fs::metadata(path.join(MARKER)).ok()?.modified().ok()?, path)))
            .collect();
        runs.sort();
        runs.reverse();
        for (_, folder) in runs.into_iter().skip(KEPT_RUNS - 1) {
            remove_leftovers(&folder);
        }
    }
}

/// Takes the lock of the output folder. A holder only writes a few files. The wait is limited, so that a holder stopped
/// meanwhile, as by a debugger, does not keep other processes' tests from ending.
fn lock_folder(file: &File) -> io::Result<()> {
    let begun = Instant::now();
    let mut nap = Duration::from_micros(200);
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(()),
            Err(fs::TryLockError::Error(cause)) => return Err(cause),
            Err(fs::TryLockError::WouldBlock) if begun.elapsed() >= LOCKED => {
                let message = format!("another process has kept it locked for {LOCKED:?}");
                return Err(io::Error::new(io::ErrorKind::TimedOut, message));
            }
            Err(fs::TryLockError::WouldBlock) => std::thread::sleep(nap),
        }
        nap = (nap * 2).min(NAP);
    }
}

fn remove_leftovers(folder: &Path) {
    let Ok(marker) = regular_file::open(File::options().write(true), &folder.join(MARKER)) else { return };
    if matches!(marker.try_lock(), Err(fs::TryLockError::WouldBlock)) {
        return;
    }
    let is_ours = |path: &PathBuf| {
        let has_name = path.file_name().is_some_and(|name| OURS.iter().any(|ours| name == *ours));
        has_name || path.extension().is_some_and(|extension| EXTENSIONS.iter().any(|ours| extension == *ours))
    };
    for file in list_files(folder).unwrap_or_default().into_iter().filter(is_ours) {
        let _ = fs::remove_file(file);
    }
    let _ = fs::remove_file(folder.join(MARKER));
    // This succeeds only if the folder is empty now: files that are not ours keep it.
    let _ = fs::remove_dir(folder);
}

/// Whether two paths name the same file.
#[cfg(unix)]
fn is_same(one: &Path, other: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let file = |path: &Path| fs::metadata(path).map(|found| (found.dev(), found.ino())).ok();
    file(one).is_some_and(|one| file(other) == Some(one))
}

#[cfg(not(unix))]
fn is_same(_: &Path, _: &Path) -> bool {
    false
}

fn list_files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut paths =
        fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<Vec<_>>>()?;
    paths.sort();
    Ok(paths)
}

/// Makes a file name that every file system accepts and that differs from the name of any other text.
pub(super) fn file_name(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
    let name: String = text.chars().map(|c| if plain(c) { c } else { '_' }).collect();
    if name == text && name.len() <= LONGEST_NAME && !name.starts_with('.') && !name.is_empty() {
        return name;
    }
    let short: String = name.trim_start_matches('.').chars().take(LONGEST_NAME - 17).collect();
    // The hash distinguishes texts that look alike once characters are replaced and the end is cut off.
    format!("{short}-{:016x}", fnv_hash(text))
}

/// The FNV-1a hash of a text.
pub(super) fn fnv_hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
