//! Tests that measure time run one at a time, across the threads and the processes of a user: nothing else of brunt's
//! may take the cores they are measured on. It does not know what a test is.

use crate::private_folder;
use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

/// How a test shares the machine with others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Share {
    /// It measures time: alone.
    Alone,
    /// It does not measure time closely: beside others of its sort, never beside one that does.
    WithOthers,
}

/// The place is free for whoever comes next when this is dropped.
#[derive(Debug)]
pub(crate) struct Turn<'a> {
    // Fields are dropped in this order: other processes first, then the threads of this one.
    _file: Option<File>,
    _threads: Threads<'a>,
}

#[derive(Debug)]
#[allow(dead_code, reason = "the guards are held, not read")]
enum Threads<'a> {
    Alone(RwLockWriteGuard<'a, ()>),
    WithOthers(RwLockReadGuard<'a, ()>),
}

/// A lock for the threads of this process and, through a file, for other processes.
#[derive(Debug)]
pub(crate) struct Lock {
    threads: RwLock<()>,
}

/// How often a wait is looked at anew.
const LOOK: Duration = Duration::from_millis(100);

impl Lock {
    pub(crate) const fn new() -> Self {
        Self { threads: RwLock::new(()) }
    }

    /// Waits for a turn. `waiting` is asked now and then while another process has its turn; with `false` the wait is
    /// given up, and there is no turn.
    pub(crate) fn wait(
        &self,
        file: &Path,
        share: Share,
        mut waiting: impl FnMut(Duration) -> bool,
    ) -> Option<Turn<'_>> {
        let threads = match share {
            Share::Alone => Threads::Alone(self.threads.write().unwrap_or_else(PoisonError::into_inner)),
            Share::WithOthers => Threads::WithOthers(self.threads.read().unwrap_or_else(PoisonError::into_inner)),
        };
        // Where no file can be made or locked the threads of this process still take turns.
        let Ok(file) = private_folder::open(OpenOptions::new().create(true).append(true), file) else {
            return Some(Turn { _file: None, _threads: threads });
        };
        let (locked, done) = sync_channel(0);
        let wait = move || {
            let result = match share {
                Share::Alone => file.lock(),
                Share::WithOthers => file.lock_shared(),
            };
            // Nobody waits any more when the wait was given up; the file is closed, and free, at once.
            let _ = locked.send(result.map(|()| file).ok());
        };
        let Ok(_) = std::thread::Builder::new().name("brunt-turn".to_owned()).spawn(wait) else {
            return Some(Turn { _file: None, _threads: threads });
        };
        let mut waited = Duration::ZERO;
        loop {
            match done.recv_timeout(LOOK) {
                Ok(file) => return Some(Turn { _file: file, _threads: threads }),
                Err(RecvTimeoutError::Disconnected) => return Some(Turn { _file: None, _threads: threads }),
                Err(RecvTimeoutError::Timeout) => waited += LOOK,
            }
            if !waiting(waited) {
                return None;
            }
        }
    }
}

/// The file by which the processes of this user take turns, whatever they test and wherever their reports are. Without a
/// folder of the user's own the threads of this process take turns alone.
pub(crate) fn place() -> PathBuf {
    private_folder::of_user().map_or_else(
        |cause| {
            eprintln!("warning: brunt tests of other processes are not waited for: {cause}");
            PathBuf::new()
        },
        |folder| folder.join("turn.lock"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn never(_: Duration) -> bool {
        panic!("nobody else holds the lock")
    }

    #[test]
    fn one_waits_for_the_other_process_and_gives_up_when_told() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("lock");
        // Two locks are two processes: they share nothing but the file.
        let (ours, theirs) = (Lock::new(), Lock::new());
        let turn = theirs.wait(&file, Share::Alone, never).unwrap();
        for share in [Share::Alone, Share::WithOthers] {
            let mut asked = 0;
            let refused = ours.wait(&file, share, |_| {
                asked += 1;
                asked < 2
            });
            assert!(refused.is_none());
            assert_eq!(asked, 2);
        }
        drop(turn);
        assert!(ours.wait(&file, Share::Alone, |_| true).is_some());
    }

    #[test]
    fn those_that_do_not_measure_time_run_beside_one_another() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("lock");
        let (ours, theirs) = (Lock::new(), Lock::new());
        let first = theirs.wait(&file, Share::WithOthers, never).unwrap();
        let second = ours.wait(&file, Share::WithOthers, |_| true).unwrap();
        let third = ours.wait(&file, Share::WithOthers, |_| true).unwrap();
        drop((first, second, third));
    }

    #[test]
    fn threads_take_turns_without_a_file() {
        let lock = Lock::new();
        let nowhere = Path::new("/nowhere/at/all");
        let turn = lock.wait(nowhere, Share::Alone, never).unwrap();
        assert!(lock.threads.try_read().is_err());
        drop(turn);
        assert!(lock.threads.try_read().is_ok());
    }

    #[cfg(unix)]
    #[test]
    fn a_pipe_or_a_link_in_its_place_is_neither_waited_for_nor_followed() {
        let dir = tempfile::tempdir().unwrap();
        let (pipe, link) = (dir.path().join("pipe"), dir.path().join("link"));
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        std::os::unix::fs::symlink(dir.path().join("victim"), &link).unwrap();
        for planted in [pipe, link] {
            assert!(Lock::new().wait(&planted, Share::Alone, never).is_some());
        }
        assert!(!dir.path().join("victim").exists());
    }

    #[cfg(unix)]
    #[test]
    fn its_place_is_in_a_folder_of_the_users_own() {
        use std::os::unix::fs::MetadataExt;
        let folder = place().parent().unwrap().to_owned();
        let found = std::fs::symlink_metadata(folder).unwrap();
        assert_eq!((found.uid(), found.mode() & 0o777), (rustix::process::geteuid().as_raw(), 0o700));
    }
}
