//! The reaper: a shell that kills the remaining processes of a test after the test's process has ended, in whatever
//! way. A pipe brings it the ids of all processes; the end of the pipe is the end of the test's process.

use crate::sync::Lock;
use rustix::process::Pid;
use std::collections::BTreeSet;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::{self, Write};
use std::os::unix::process::CommandExt;
use std::process::{ChildStdin, Command, Stdio};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

/// The environment variable with the marks of a process and its ancestors. Child processes inherit it.
pub(super) const MARKS_VARIABLE: &str = "BRUNT_PROCESS";

/// The script of the shell.
const REAPER_SCRIPT: &str = include_str!("reaper.sh");

/// Unique prefix of the marks that this test's process gives.
static MARK_PREFIX: LazyLock<String> = LazyLock::new(|| {
    let random = RandomState::new().build_hasher().finish();
    format!("{}-{random:016x}-", std::process::id())
});

static REAPER: Lock<Reaper> = Lock::new(Reaper { pipe: None, shells: 0, watched: BTreeSet::new() });

/// Least time between two replacements of a killed shell, so that a test does not spend its time on starting shells if
/// each is killed at once.
const LEAST_TIME_BETWEEN_SHELLS: Duration = Duration::from_millis(100);

struct Reaper {
    /// Pipe to the current shell; the shell may have been killed.
    pipe: Option<ChildStdin>,
    /// Number of shells started so far.
    shells: u64,
    /// Watched processes, in the text form of the pipe.
    watched: BTreeSet<String>,
}

/// Returns a new mark. The reaper is running when this returns.
pub(super) fn new_mark() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    REAPER.lock().tell("\n");
    format!("{}{};", *MARK_PREFIX, NEXT.fetch_add(1, Relaxed))
}

/// Value of the variable for a process with this mark: the marks of the current process, and then the new one.
pub(super) fn inherited_marks(mark: &str) -> String {
    std::env::var(MARKS_VARIABLE).map_or_else(|_| mark.to_owned(), |outer| format!("{outer}{mark}"))
}

/// Registers a process to be killed, with its descendants, after the end of the test's process. Dropping the result
/// ends the registration.
pub(super) fn watch_process(pid: Pid, started: Option<u64>) -> WatchedProcess {
    let started = started.map_or_else(|| "-".to_owned(), |started| started.to_string());
    let watched = format!("{} {started}", pid.as_raw_nonzero());
    let mut reaper = REAPER.lock();
    reaper.watched.insert(watched.clone());
    reaper.tell(&format!("+ {watched}\n"));
    WatchedProcess(watched)
}

/// Registration of a process with the reaper.
#[derive(Debug)]
pub(super) struct WatchedProcess(String);

impl Drop for WatchedProcess {
    fn drop(&mut self) {
        let mut reaper = REAPER.lock();
        reaper.watched.remove(&self.0);
        reaper.tell(&format!("- {}\n", self.0));
    }
}

impl Reaper {
    /// Sends a change to the shell or, if this fails, starts a new one with all registrations. If no shell can be
    /// started, a killed test leaves its processes running.
    fn tell(&mut self, line: &str) {
        let told = self.pipe.as_mut().is_some_and(|pipe| pipe.write_all(line.as_bytes()).is_ok());
        if !told {
            self.start();
        }
    }

    fn start(&mut self) {
        self.shells += 1;
        self.pipe = start_shell(self.shells).ok().flatten();
        let known: String = self.watched.iter().map(|watched| format!("+ {watched}\n")).collect();
        if let Some(pipe) = &mut self.pipe {
            // If this fails, the shell was killed, and its thread replaces it.
            let _ = pipe.write_all(known.as_bytes());
        }
    }
}

/// Starts a shell, and a thread that starts the next one if this one is killed. The thread is needed because data in
/// the pipe of a killed shell is lost without an error, and the test may never write to it again.
///
/// The shell is in a process group of its own, which signals to the test's group do not reach. It inherits no stream of
/// the test, since a test runner waits for the end of the test's output.
fn start_shell(nth: u64) -> io::Result<Option<ChildStdin>> {
    let mut command = Command::new("sh");
    command.args(["-c", REAPER_SCRIPT, "brunt-reaper", &MARK_PREFIX, "/proc"]).current_dir("/").process_group(0);
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut shell = command.spawn()?;
    let pipe = shell.stdin.take();
    let born = Instant::now();
    // Without the thread the shell is replaced at the next change.
    let _ = thread::Builder::new().name("brunt-reaper".to_owned()).spawn(move || {
        let _ = shell.wait();
        thread::sleep(LEAST_TIME_BETWEEN_SHELLS.saturating_sub(born.elapsed()));
        let mut reaper = REAPER.lock();
        if reaper.shells == nth {
            reaper.start();
        }
    });
    Ok(pipe)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{BufRead, BufReader};
    use std::os::unix::process::ExitStatusExt;

    /// Where there is no /proc it asks `ps`, by which it knows parents and groups.
    #[test]
    fn without_proc_it_kills_by_parent_and_group() {
        if Command::new("ps").output().is_err() {
            let _ = writeln!(std::io::stderr(), "skipped: no `ps` (apt-get install procps)");
            return;
        }
        let script = "sleep 600 & echo $!; wait";
        let mut family =
            Command::new("sh").args(["-c", script]).stdout(Stdio::piped()).process_group(0).spawn().unwrap();
        let mut bystander = Command::new("sleep").arg("600").spawn().unwrap();
        let mut line = String::new();
        let mut output = BufReader::new(family.stdout.take().unwrap());
        output.read_line(&mut line).unwrap();

        let mut shell = Command::new("sh");
        shell
            .args(["-c", REAPER_SCRIPT, "brunt-reaper", "no process bears this mark", "/no/proc"])
            .stdin(Stdio::piped());
        let mut shell = shell.spawn().unwrap();
        let told = format!("+ {0} -\n+ {1} -\n- {1} -\n", family.id(), bystander.id());
        shell.stdin.take().unwrap().write_all(told.as_bytes()).unwrap();
        assert!(shell.wait().unwrap().success());
        assert_eq!(family.wait().unwrap().signal(), Some(9));
        // Its stream ends with the last that holds it.
        output.read_line(&mut line).unwrap();
        assert!(bystander.try_wait().unwrap().is_none(), "it had been told that this one has ended");
        bystander.kill().unwrap();
        bystander.wait().unwrap();
    }
}
