//! Lock by which tests that measure time run one at a time, over all threads and processes of a user, so that no other
//! brunt test uses the cores meanwhile.

use crate::private_folder;
use crate::sync::{Lock, Signal};
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::MutexGuard;
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Whether a test can share the machine with others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Share {
    /// The test measures time and runs alone.
    Alone,
    /// The test does not measure time closely. It runs beside others of this kind, never beside one that runs alone.
    WithOthers,
}

/// The test that holds the lock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Holder {
    process: u32,
    /// In seconds since 1970.
    since: u64,
    name: String,
}

/// Guard of the lock: dropping it lets the next test run.
#[derive(Debug)]
pub(crate) struct MachineTurn<'a> {
    // Fields are dropped in this order: other processes first, then the threads of this one.
    _file: Option<File>,
    _threads: Threads<'a>,
}

/// A lock for the threads of this process and, through a file, for other processes.
#[derive(Debug)]
pub(crate) struct MachineLock {
    holders: Lock<Vec<(Share, Holder)>>,
    changed: Signal,
}

/// Guard of the lock among the threads of this process.
#[derive(Debug)]
struct Threads<'a> {
    lock: &'a MachineLock,
    holder: Holder,
}

impl Drop for Threads<'_> {
    fn drop(&mut self) {
        let mut holders = self.lock.lock();
        if let Some(at) = holders.iter().position(|(_, holder)| *holder == self.holder) {
            holders.remove(at);
        }
        drop(holders);
        self.lock.changed.notify_all();
    }
}

/// Interval at which a waiting test reports and checks whether it still has to wait.
const LOOK: Duration = Duration::from_millis(100);
/// Size in bytes above which the file of holders is truncated.
const MOST: u64 = 64 * 1024;

impl MachineLock {
    pub(crate) const fn new() -> Self {
        Self { holders: Lock::new(Vec::new()), changed: Signal::new() }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<(Share, Holder)>> {
        self.holders.lock()
    }

    /// Waits for the lock on behalf of the test `name`. While others hold it, `waiting` is called regularly with the
    /// time waited and the holders; if it returns `false`, the wait ends without the lock (`None`).
    pub(crate) fn wait(
        &self,
        file: &Path,
        share: Share,
        name: &str,
        mut waiting: impl FnMut(Duration, &[Holder]) -> bool,
    ) -> Option<MachineTurn<'_>> {
        let mut waited = Duration::ZERO;
        let threads = self.among_threads(share, name, &mut waited, &mut waiting)?;
        // Without a usable file, at least the threads of this process take turns.
        let Ok(opened) = private_folder::open(OpenOptions::new().create(true).append(true), file) else {
            return Some(MachineTurn { _file: None, _threads: threads });
        };
        let (locked, done) = sync_channel(0);
        let wait = move || {
            let result = match share {
                Share::Alone => opened.lock(),
                Share::WithOthers => opened.lock_shared(),
            };
            // If the wait has been given up, the send fails and the file is closed, which releases it at once.
            let _ = locked.send(result.map(|()| opened).ok());
        };
        let Ok(_) = std::thread::Builder::new().name("brunt-turn".to_owned()).spawn(wait) else {
            return Some(MachineTurn { _file: None, _threads: threads });
        };
        loop {
            match done.recv_timeout(LOOK) {
                Ok(locked) => {
                    locked.iter().for_each(|locked| threads.holder.write(locked, share));
                    return Some(MachineTurn { _file: locked, _threads: threads });
                }
                Err(RecvTimeoutError::Disconnected) => return Some(MachineTurn { _file: None, _threads: threads }),
                Err(RecvTimeoutError::Timeout) => waited += LOOK,
            }
            if !waiting(waited, &Holder::all_in(file)) {
                return None;
            }
        }
    }

    fn among_threads(
        &self,
        share: Share,
        name: &str,
        waited: &mut Duration,
        waiting: &mut impl FnMut(Duration, &[Holder]) -> bool,
    ) -> Option<Threads<'_>> {
        let mut holders = self.lock();
        while holders.iter().any(|(other, _)| share == Share::Alone || *other == Share::Alone) {
            let (after, look) = self.changed.wait_timeout(holders, LOOK);
            holders = after;
            if look.timed_out() {
                *waited += LOOK;
                let there: Vec<Holder> = holders.iter().map(|(_, holder)| holder.clone()).collect();
                drop(holders);
                if !waiting(*waited, &there) {
                    return None;
                }
                holders = self.lock();
            }
        }
        let holder = Holder::new(name);
        holders.push((share, holder.clone()));
        drop(holders);
        Some(Threads { lock: self, holder })
    }
}

impl Holder {
    fn new(name: &str) -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        // The file has one line for each holder.
        Self { process: std::process::id(), since, name: name.replace(char::is_control, " ") }
    }

    /// Writes the holder into the file, for the messages of waiting tests. A failure to write does not affect the lock.
    fn write(&self, mut file: &File, share: Share) {
        let is_long = file.metadata().is_ok_and(|file| file.len() > MOST);
        if share == Share::Alone || is_long {
            let _ = file.set_len(0);
        }
        let _ = writeln!(file, "{} {} {}", self.process, self.since, self.name);
    }

    /// The holders in the file: current ones and the last ones.
    fn all_in(file: &Path) -> Vec<Self> {
        let text = std::fs::read_to_string(file).unwrap_or_default();
        let holder = |line: &str| {
            let mut words = line.splitn(3, ' ');
            let (process, since) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
            Some(Self { process, since, name: words.next()?.to_owned() }).filter(Self::may_live)
        };
        let all: Vec<Self> = text.lines().filter_map(holder).collect();
        // Only the last entry of each process counts.
        let is_last = |(at, one): &(usize, &Self)| !all[at + 1..].iter().any(|later| later.process == one.process);
        all.iter().enumerate().filter(is_last).map(|(_, one)| one.clone()).collect()
    }

    /// Whether its process exists; `true` if the system cannot tell.
    fn may_live(&self) -> bool {
        let processes = Path::new("/proc");
        !processes.join("self").exists() || processes.join(self.process.to_string()).exists()
    }

    pub(crate) fn is_of_this_process(&self) -> bool {
        self.process == std::process::id()
    }

    /// `` `spike` (process 4711, for 80 s)``
    pub(crate) fn told(&self) -> String {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        format!("`{}` (process {}, for {} s)", self.name, self.process, now.saturating_sub(self.since))
    }
}

/// Path of the lock file: one for each user, whatever is tested and wherever the reports are. Without a private folder
/// it is empty, and only the threads of this process take turns.
pub(crate) fn lock_file_path() -> PathBuf {
    private_folder::of_user().map_or_else(
        |cause| {
            super::say::print_uncaptured(format_args!(
                "warning: brunt tests of other processes are not waited for: {cause}"
            ));
            PathBuf::new()
        },
        |folder| folder.join("turn.lock"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn never(_: Duration, _: &[Holder]) -> bool {
        panic!("nobody else holds the lock")
    }

    #[test]
    fn one_waits_for_the_other_process_is_told_of_it_and_gives_up_when_told() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("lock");
        // Two locks are two processes: they share nothing but the file.
        let (ours, theirs) = (MachineLock::new(), MachineLock::new());
        let turn = theirs.wait(&file, Share::Alone, "load::spike\n9 9 x", never).unwrap();
        for share in [Share::Alone, Share::WithOthers] {
            let mut asked = 0;
            let refused = ours.wait(&file, share, "ours", |_, holders| {
                asked += 1;
                let told: Vec<String> = holders.iter().map(Holder::told).collect();
                let wanted = format!("`load::spike 9 9 x` (process {}, for ", std::process::id());
                assert!(told.len() == 1 && told[0].starts_with(&wanted), "{told:?}");
                asked < 2
            });
            assert!(refused.is_none());
            assert_eq!(asked, 2);
        }
        drop(turn);
        assert!(ours.wait(&file, Share::Alone, "ours", |_, _| true).is_some());
    }

    #[test]
    fn a_thread_of_the_same_process_is_named_too() {
        let dir = tempfile::tempdir().unwrap();
        let (file, lock) = (dir.path().join("lock"), MachineLock::new());
        let first = lock.wait(&file, Share::WithOthers, "first", never).unwrap();
        let refused = lock.wait(&file, Share::Alone, "second", |_, holders| {
            assert!(holders[0].told().starts_with("`first` (process "), "{holders:?}");
            false
        });
        assert!(refused.is_none());
        drop(first);
        assert!(lock.wait(&file, Share::Alone, "second", never).is_some());
    }

    #[test]
    fn those_that_do_not_measure_time_run_beside_one_another() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("lock");
        let (ours, theirs) = (MachineLock::new(), MachineLock::new());
        let first = theirs.wait(&file, Share::WithOthers, "first", never).unwrap();
        let second = ours.wait(&file, Share::WithOthers, "second", |_, _| true).unwrap();
        let third = ours.wait(&file, Share::WithOthers, "third", |_, _| true).unwrap();
        drop((first, second, third));
    }

    #[test]
    fn threads_take_turns_without_a_file() {
        let lock = MachineLock::new();
        let nowhere = Path::new("/nowhere/at/all");
        let turn = lock.wait(nowhere, Share::Alone, "first", never).unwrap();
        assert!(lock.wait(nowhere, Share::WithOthers, "second", |_, _| false).is_none());
        drop(turn);
        assert!(lock.wait(nowhere, Share::WithOthers, "second", never).is_some());
    }

    #[test]
    fn what_is_no_word_of_a_holder_names_nobody() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("lock");
        std::fs::write(&file, "\nx y z\n4000000001 5 gone\n").unwrap();
        assert_eq!(
            Holder::all_in(&file),
            if Path::new("/proc/self").exists() { vec![] } else { Holder::all_in(&file) }
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_pipe_or_a_link_in_its_place_is_neither_waited_for_nor_followed() {
        let dir = tempfile::tempdir().unwrap();
        let (pipe, link) = (dir.path().join("pipe"), dir.path().join("link"));
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        std::os::unix::fs::symlink(dir.path().join("victim"), &link).unwrap();
        for planted in [pipe, link] {
            assert!(MachineLock::new().wait(&planted, Share::Alone, "load::spike", never).is_some());
        }
        assert!(!dir.path().join("victim").exists());
    }

    #[cfg(unix)]
    #[test]
    fn its_place_is_in_a_folder_of_the_users_own() {
        use std::os::unix::fs::MetadataExt;
        let folder = lock_file_path().parent().unwrap().to_owned();
        let found = std::fs::symlink_metadata(folder).unwrap();
        assert_eq!((found.uid(), found.mode() & 0o777), (rustix::process::geteuid().as_raw(), 0o700));
    }
}
